#include "dnssec/signature.h"

#include <algorithm>
#include <vector>

#include "dnssec/canonical.h"

namespace dotmesh {
namespace {

// One RRset being checked with the keys of one zone.
class Check {
 public:
  Check(const RRset& rrset, NameView zone, std::span<const Dnskey> keys, std::int64_t now, KeyCache& cache,
        WorkBudget& budget, RevokedKeys revoked)
      : rrset_(rrset), zone_(zone), keys_(keys), now_(static_cast<std::uint32_t>(now)), cache_(cache), budget_(budget),
        revoked_(revoked), owner_labels_(rrset.owner.view().label_count()) {}

  SignatureVerdict run() {
    SignatureVerdict verdict;
    if (!rrset_.owner.view().is_at_or_below(zone_) || rrset_.rdata.empty()) return verdict;
    for (auto rdata : rrset_.signatures) {
      std::optional<Rrsig> signature = Rrsig::from_rdata(rdata);
      const SignatureStatus status = signature ? check_fields(*signature) : SignatureStatus::kMalformed;
      verdict.status = std::min(verdict.status, status == SignatureStatus::kSecure ? check_keys(*signature) : status);
      if (verdict.secure()) {
        fill(verdict, *signature);
        return verdict;
      }
      if (verdict.status == SignatureStatus::kTooMuchWork) return verdict;
      ++verdict.signature;
    }
    return verdict;
  }

 private:
  // RFC 4035 section 5.3.1.
  SignatureStatus check_fields(const Rrsig& signature) const {
    if (!(signature.signer() == zone_)) return SignatureStatus::kWrongSigner;
    // The child cannot sign what its parent says of it.
    if (rrset_.type == RRType::kDS && rrset_.owner.view() == zone_ && !zone_.is_root()) return SignatureStatus::kWrongSigner;
    if (signature.type_covered() != rrset_.type || signature.labels() > owner_labels_ ||
        signature.labels() < zone_.label_count()) {
      return SignatureStatus::kMalformed;
    }
    // Serial number arithmetic (RFC 4034 section 3.1.5).
    if (is_after(signature.inception(), signature.expiration())) return SignatureStatus::kExpiredBeforeValid;
    if (is_after(now_, signature.expiration())) return SignatureStatus::kExpired;
    if (is_after(signature.inception(), now_ + kInceptionSkew)) return SignatureStatus::kNotYetValid;
    if (!is_supported(static_cast<DnssecAlgorithm>(signature.algorithm()))) return SignatureStatus::kUnsupportedAlgorithm;
    return SignatureStatus::kSecure;
  }

  static bool is_after(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) > 0; }

  SignatureStatus check_keys(const Rrsig& signature) {
    SignatureStatus status = SignatureStatus::kKeyMissing;
    std::vector<std::uint8_t> octets;
    std::size_t tried = 0;
    for (const Dnskey& key : keys_) {
      if (static_cast<std::uint8_t>(key.algorithm()) != signature.algorithm() || key.key_tag() != signature.key_tag()) continue;
      if (!key.is_usable() && !(revoked_ == RevokedKeys::kAllowed && key.is_usable_but_revoked())) {
        status = std::min(status, key.is_zone_key() ? SignatureStatus::kKeyUnusable : SignatureStatus::kNoZoneKeyBit);
        continue;
      }
      if (tried++ == kMaxKeysPerTag) return status;
      if (!budget_.may_check_signature() || ++checks_ > kMaxChecksPerRRset) return SignatureStatus::kTooMuchWork;
      if (octets.empty()) octets = signed_octets(rrset_, signature);
      const KeyCache::Fingerprint fingerprint = cache_.fingerprint(key, signature.signature(), octets);
      if (cache_.was_good(fingerprint)) return SignatureStatus::kSecure;
      --budget_.signature_checks;
      PublicKey* ready = cache_.find(key);
      if (ready != nullptr && ready->verify(octets, signature.signature())) {
        cache_.add_good(fingerprint);
        return SignatureStatus::kSecure;
      }
      --budget_.failed_checks;
      status = std::min(status, ready != nullptr ? SignatureStatus::kBadSignature : SignatureStatus::kKeyUnusable);
    }
    return status;
  }

  // RFC 4035 section 5.3.3.
  void fill(SignatureVerdict& verdict, const Rrsig& signature) const {
    verdict.labels = signature.labels();
    // Asked for by its own name, "*" is a label like others.
    verdict.wildcard = owner_labels_ > signature.labels() &&
                       !(rrset_.owner.view().is_wildcard() && owner_labels_ == signature.labels() + 1U);
    verdict.ttl = std::min({rrset_.ttl, signature.original_ttl(), signature.expiration() - now_});
  }

  const RRset& rrset_;
  NameView zone_;
  std::span<const Dnskey> keys_;
  std::uint32_t now_;
  KeyCache& cache_;
  WorkBudget& budget_;
  RevokedKeys revoked_;
  std::size_t owner_labels_;
  std::size_t checks_ = 0;
};

std::optional<NameView> possible_signer(const RRset& rrset, std::span<const std::uint8_t> rdata) {
  std::optional<Rrsig> signature = Rrsig::from_rdata(rdata);
  if (!signature || signature->type_covered() != rrset.type) return std::nullopt;
  const NameView signer = signature->signer();
  const NameView owner = rrset.owner;
  const bool possible =
      rrset.type == RRType::kDS && !owner.is_root() ? owner.is_below(signer) : owner.is_at_or_below(signer);
  return possible ? std::optional(signer) : std::nullopt;
}

}  // namespace

SignatureVerdict verify_rrset(const RRset& rrset, NameView zone, std::span<const Dnskey> keys, std::int64_t now,
                              KeyCache& cache, WorkBudget& budget, RevokedKeys revoked) {
  return Check(rrset, zone, keys, now, cache, budget, revoked).run();
}

SignatureVerdict verify_rrset(const RRset& rrset, const RRset& keys, std::int64_t now, KeyCache& cache,
                              WorkBudget& budget) {
  return verify_rrset(rrset, keys.owner, parse_keys(keys), now, cache, budget);
}

ExtendedError extended_error(SignatureStatus status) {
  switch (status) {
    case SignatureStatus::kSecure: return ExtendedError::kNone;
    case SignatureStatus::kExpired: return ExtendedError::kSignatureExpired;
    case SignatureStatus::kNotYetValid: return ExtendedError::kSignatureNotYetValid;
    case SignatureStatus::kExpiredBeforeValid: return ExtendedError::kSignatureExpiredBeforeValid;
    case SignatureStatus::kKeyMissing: return ExtendedError::kDnskeyMissing;
    case SignatureStatus::kNoZoneKeyBit: return ExtendedError::kNoZoneKeyBit;
    case SignatureStatus::kUnsupportedAlgorithm: return ExtendedError::kUnsupportedDnskeyAlgorithm;
    case SignatureStatus::kWrongSigner: case SignatureStatus::kNoSignature: return ExtendedError::kRrsigsMissing;
    case SignatureStatus::kTooMuchWork: case SignatureStatus::kBadSignature: case SignatureStatus::kKeyUnusable:
    case SignatureStatus::kMalformed:
      break;
  }
  return ExtendedError::kDnssecBogus;
}

void cap_ttl(RRset& rrset, const SignatureVerdict& verdict) {
  rrset.ttl = std::min(rrset.ttl, verdict.ttl);
  if (!verdict.secure() || verdict.signature == 0) return;
  RdataList ordered;
  for (int good_ones : {1, 0}) {
    std::uint16_t at = 0;
    for (auto rdata : rrset.signatures) {
      if ((at++ == verdict.signature) == (good_ones == 1)) ordered.add(rdata);
    }
  }
  rrset.signatures = std::move(ordered);
}

std::optional<NameView> signer_name(const RRset& rrset) {
  for (auto rdata : rrset.signatures) {
    if (auto signer = possible_signer(rrset, rdata)) return signer;
  }
  return std::nullopt;
}

std::vector<NameView> signer_names(const RRset& rrset) {
  std::vector<NameView> signers;
  for (auto rdata : rrset.signatures) {
    if (signers.size() == kMaxSigners) break;
    auto signer = possible_signer(rrset, rdata);
    if (signer && std::ranges::find(signers, *signer) == signers.end()) signers.push_back(*signer);
  }
  return signers;
}

}  // namespace dotmesh
