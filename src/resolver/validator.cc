#include "resolver/validator.h"

#include <algorithm>

#include "dnssec/denial_check.h"
#include "dnssec/keys.h"
#include "dnssec/signature.h"

namespace dotmesh {
namespace {

// The trust anchor that `name` lies below and nothing nearer takes back; null: none.
const TrustAnchor* anchor_for(const ResolverSettings& settings, NameView name) {
  const TrustAnchor* best = nullptr;
  for (const TrustAnchor& anchor : settings.trust_anchors) {
    if (!name.is_at_or_below(anchor.owner)) continue;
    if (best == nullptr || anchor.owner.size() > best->owner.size()) best = &anchor;
  }
  if (best == nullptr) return nullptr;
  for (const Name& negative : settings.negative_trust_anchors) {
    if (name.is_at_or_below(negative) && negative.size() >= best->owner.size()) return nullptr;
  }
  for (const Name& zone : settings.private_zones) {
    if (name.is_at_or_below(zone) && zone.size() > best->owner.size()) return nullptr;
  }
  return best;
}

// How often a zone's keys are asked for again, of other servers, when they are bogus.
constexpr unsigned kKeyRetries = 2;

// Whether `set` may stay beside what it proves: a denial made from a wildcard says nothing (RFC 4035 section
// 5.3.4), and would look like any other when it comes out of the cache.
bool is_proof(const RRset& set, const SignatureVerdict& verdict) {
  return verdict.secure() && !(is_denial(set.type) && verdict.wildcard);
}

// A secure denial of the DS RRset of `name`: what it says about the zone cut.
DsVerdict cut_of(const CacheEntry& entry, NameView name, WorkBudget& budget) {
  NameView zone = entry.zone;
  for (const RRset& set : entry.rrsets) {
    if (!is_denial(set.type)) continue;
    if (auto signer = signer_name(set)) zone = *signer;
    break;
  }
  DenialCheck check(zone);
  for (const RRset& set : entry.rrsets) {
    if (is_denial(set.type)) check.add(set, remembered_verdict(set));
  }
  return check.no_ds(name, budget);
}

// Whether the records of `zone` themselves show an insecure delegation at or above `name`: where
// the parent's server denies what it should have referred to the child, there is no proof, and none
// is needed (RFC 6840 section 4.1).
bool is_below_insecure(DenialCheck& denial, NameView zone, NameView name, WorkBudget& budget) {
  for (; name.is_below(zone); name = name.parent()) {
    const DsVerdict cut = denial.no_ds(name, budget);
    if (cut.absence == DsAbsence::kInsecureDelegation && !cut.opt_out) return true;
  }
  return false;
}

// The zones that signed `set` and lie between `top` and `name`.
std::vector<Name> signers_between(const RRset& set, NameView top, NameView name) {
  std::vector<Name> signers;
  for (NameView signer : signer_names(set)) {
    if (signer.is_at_or_below(top) && name.is_at_or_below(signer)) signers.emplace_back(signer);
  }
  return signers;
}

EntryPtr keys_entry(Security security, ExtendedError error) {
  auto entry = make_pooled<CacheEntry>();
  entry->security = security;
  entry->error = error;
  return entry;
}

}  // namespace

Task<CacheEntry> Validator::check(Caller caller, CacheEntry entry, Name name, RRType type) {
  Verdict verdict;
  if (entry.kind == EntryKind::kRRset) {
    verdict = co_await check_positive(caller, entry, type);
  } else {
    verdict = co_await check_negative(caller, entry, name, type);
  }
  entry.security = verdict.security;
  entry.error = verdict.security == Security::kSecure ? ExtendedError::kNone : verdict.error;
  switch (verdict.security) {
    case Security::kSecure: engine_.counters.validated_secure.add(); break;
    case Security::kBogus: engine_.counters.validated_bogus.add(); break;
    default: engine_.counters.validated_insecure.add(); break;
  }
  if (engine_.trace != nullptr) [[unlikely]]
    engine_.trace->judged(name, type, entry);
  if (entry.security == Security::kSecure) {
    CacheSeconds ttl = entry.expires - entry.stored;
    for (const RRset& set : entry.rrsets) ttl = std::min(ttl, set.ttl);
    entry.expires = entry.stored + ttl;
  }
  co_return entry;
}

Task<Validator::Verdict> Validator::check_positive(Caller caller, CacheEntry& entry, RRType type) {
  const ResolverSettings& settings = *caller.context->settings;
  RRset& set = entry.rrsets.front();
  if (type == RRType::kRRSIG) co_return Verdict{Security::kInsecure, ExtendedError::kNone};
  const bool is_ds = set.type == RRType::kDS;
  const Name standing = is_ds && !set.owner.view().is_root() ? Name(set.owner.view().parent()) : set.owner;
  const TrustAnchor* anchor = anchor_for(settings, standing);
  if (anchor == nullptr) co_return Verdict{Security::kInsecure, ExtendedError::kNone};
  std::vector<Name> signers = signers_between(set, anchor->owner, standing);
  if (signers.empty()) {
    Verdict verdict = co_await check_unsigned(caller, standing, entry.zone, anchor);
    co_return verdict;
  }
  const Signer signer = co_await find_signer(caller, set, std::move(signers));
  const Name& zone = signer.zone;
  const EntryPtr& zone_keys = signer.keys;
  if (engine_.trace != nullptr) [[unlikely]]
    engine_.trace->keys(zone, zone_keys->security, zone_keys->error);
  if (zone_keys->security != Security::kSecure) co_return Verdict{zone_keys->security, zone_keys->error};
  WorkBudget& budget = caller.context->budget.crypto;
  const RRset& dnskey = zone_keys->rrsets.front();
  const std::int64_t wall = engine_.now.wall;
  SignatureVerdict good = verify_rrset(set, dnskey, wall, engine_.keys, budget);
  if (!good.secure()) {
    Verdict verdict =
        co_await insecure_or_bogus(caller, zone, entry.zone, extended_error(good.status));
    co_return verdict;
  }
  cap_ttl(set, good);
  if (!good.wildcard) co_return Verdict{Security::kSecure, ExtendedError::kNone};
  std::vector<SignatureVerdict> verdicts;
  const std::vector<Dnskey> parsed = parse_keys(dnskey);
  auto is_unproven = [&](RRset& proof) {
    const SignatureVerdict verdict =
        verify_rrset(proof, dnskey.owner, parsed, wall, engine_.keys, budget);
    if (!is_proof(proof, verdict)) return true;
    cap_ttl(proof, verdict);
    verdicts.push_back(verdict);
    return false;
  };
  entry.rrsets.erase(std::remove_if(entry.rrsets.begin() + 1, entry.rrsets.end(), is_unproven), entry.rrsets.end());
  DenialCheck denial(zone);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (is_denial(entry.rrsets[i + 1].type)) denial.add(entry.rrsets[i + 1], verdicts[i]);
  }
  const NameView made = set.owner.view();
  DenialVerdict verdict = denial.wildcard_answer(made, good.labels, budget);
  if (verdict.status == DenialStatus::kProven) co_return Verdict{Security::kSecure, ExtendedError::kNone};
  const bool insecure = verdict.status == DenialStatus::kInsecure;
  co_return Verdict{insecure ? Security::kInsecure : Security::kBogus, verdict.error};
}

Task<Validator::Signer> Validator::find_signer(Caller caller, const RRset& set, std::vector<Name> signers) {
  Signer first;
  for (const Name& zone : signers) {
    EntryPtr zone_keys = known_keys(*caller.context, zone);
    if (!zone_keys) zone_keys = co_await keys(caller, zone);
    Signer signer{zone, zone_keys};
    if (signers.size() == 1) co_return signer;
    const bool good = zone_keys->security == Security::kSecure &&
                      verify_rrset(set, zone_keys->rrsets.front(), engine_.now.wall, engine_.keys,
                                   caller.context->budget.crypto).secure();
    if (good) co_return signer;
    if (!first.keys) first = std::move(signer);
  }
  co_return first;
}

Task<Validator::Verdict> Validator::check_negative(Caller caller, CacheEntry& entry, const Name& name, RRType type) {
  const ResolverSettings& settings = *caller.context->settings;
  const bool is_ds = type == RRType::kDS && !name.view().is_root();
  const Name standing = is_ds ? Name(name.view().parent()) : name;
  const TrustAnchor* anchor = anchor_for(settings, standing);
  if (anchor == nullptr) co_return Verdict{Security::kInsecure, ExtendedError::kNone};
  const RRset* proof = nullptr;
  for (const RRset& set : entry.rrsets) {
    if (!signer_name(set)) continue;
    proof = &set;
    if (is_denial(set.type)) break;
  }
  // A zone above the anchor may deny what the anchor was for: an anchor vouches for a zone's data, not that
  // its parent still delegates it. Then it is the parent's standing that counts.
  const auto first_signer = proof != nullptr ? signer_name(*proof) : std::nullopt;
  if (first_signer && anchor->owner.view().is_below(*first_signer)) anchor = anchor_for(settings, *first_signer);
  if (anchor == nullptr) co_return Verdict{Security::kInsecure, ExtendedError::kNone};
  std::vector<Name> signers;
  if (proof != nullptr) signers = signers_between(*proof, anchor->owner, standing);
  if (signers.empty()) {
    Verdict verdict = co_await check_unsigned(caller, standing, entry.zone, anchor);
    co_return verdict;
  }
  const Signer signer = co_await find_signer(caller, *proof, std::move(signers));
  const Name& zone = signer.zone;
  const EntryPtr& zone_keys = signer.keys;
  if (zone_keys->security != Security::kSecure) co_return Verdict{zone_keys->security, zone_keys->error};
  WorkBudget& budget = caller.context->budget.crypto;
  const RRset& dnskey = zone_keys->rrsets.front();
  std::erase_if(entry.rrsets, [](const RRset& set) { return set.type != RRType::kSOA && !is_denial(set.type); });
  // What is not signed is no part of the proof, now or when it comes out of the cache (cut_of()).
  std::vector<SignatureVerdict> verdicts;
  SignatureStatus fault = SignatureStatus::kSecure;
  const std::vector<Dnskey> parsed = parse_keys(dnskey);
  std::erase_if(entry.rrsets, [&](RRset& set) {
    const SignatureVerdict verdict =
        verify_rrset(set, dnskey.owner, parsed, engine_.now.wall, engine_.keys, budget);
    if (is_proof(set, verdict)) {
      cap_ttl(set, verdict);
      verdicts.push_back(verdict);
    } else if (set.type == RRType::kSOA || verdict.status == SignatureStatus::kBadSignature) {
      fault = verdict.status;
    }
    return !is_proof(set, verdict);
  });
  if (fault != SignatureStatus::kSecure) {
    Verdict verdict = co_await insecure_or_bogus(caller, zone, entry.zone, extended_error(fault));
    co_return verdict;
  }
  DenialCheck denial(zone);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (is_denial(entry.rrsets[i].type)) denial.add(entry.rrsets[i], verdicts[i]);
  }
  if (is_ds && entry.kind == EntryKind::kNodata) {
    DsVerdict verdict = denial.no_ds(name, budget);
    if (verdict.absence == DsAbsence::kNotProven) {
      // A signed parent without a proof: perhaps the cut lies higher and all here is unsigned.
      co_return Verdict{Security::kBogus, verdict.error};
    }
    const bool plain = verdict.error == ExtendedError::kNone && !verdict.opt_out;
    co_return Verdict{plain ? Security::kSecure : Security::kInsecure, verdict.error};
  }
  DenialVerdict verdict = entry.kind == EntryKind::kNxdomain ? denial.nxdomain(name, budget)
                                                             : denial.nodata(name, type, budget);
  if (entry.kind == EntryKind::kNxdomain && verdict.status == DenialStatus::kNotProven &&
      denial.nodata(name, type, budget).proven()) {
    // Servers that do not know empty non-terminals have the wrong rcode and the right proof.
    entry.kind = EntryKind::kNodata;
    co_return Verdict{Security::kSecure, ExtendedError::kNone};
  }
  switch (verdict.status) {
    case DenialStatus::kProven: co_return Verdict{Security::kSecure, ExtendedError::kNone};
    case DenialStatus::kInsecure: co_return Verdict{Security::kInsecure, verdict.error};
    case DenialStatus::kNotProven: break;
  }
  const bool below_insecure = is_below_insecure(denial, zone, name, budget);
  co_return Verdict{below_insecure ? Security::kInsecure : Security::kBogus, verdict.error};
}

// A name below an insecure delegation is insecure, whatever signatures its servers put beside it.
// Looked for only where the servers that answered are known to be of a zone below `signer`.
Task<Validator::Verdict> Validator::insecure_or_bogus(Caller caller, Name signer, Name zone,
                                                      ExtendedError error) {
  if (zone.view().is_below(signer)) {
    EntryPtr zone_keys = known_keys(*caller.context, zone);
    if (!zone_keys) zone_keys = co_await keys(caller, zone);
    if (zone_keys->security == Security::kInsecure) co_return Verdict{Security::kInsecure, zone_keys->error};
  }
  co_return Verdict{Security::kBogus, error};
}

// Looks for the insecure delegation that must be between the anchor and an unsigned name.
Task<Validator::Verdict> Validator::check_unsigned(Caller caller, Name name, Name known_zone,
                                                   const TrustAnchor* anchor) {
  std::size_t labels = anchor->owner.view().label_count();
  const std::size_t all = name.view().label_count();
  // The zone whose servers answered is a cut for sure: begin there, if it lies between.
  if (known_zone.view().is_below(anchor->owner) && name.view().is_at_or_below(known_zone)) {
    EntryPtr zone_keys = known_keys(*caller.context, known_zone);
    if (!zone_keys) zone_keys = co_await keys(caller, known_zone);
    if (zone_keys->security != Security::kSecure) co_return Verdict{zone_keys->security, zone_keys->error};
    labels = known_zone.view().label_count();
  }
  for (unsigned steps = 0; labels < all && steps < kMaxChainSteps; ++steps) {
    ++labels;
    const Name cut(name.view().suffix(labels));
    EntryPtr ds = co_await find_checked_(caller, cut, RRType::kDS);
    if (is_failure(ds)) co_return Verdict{Security::kBogus, ds->error};
    if (ds->security != Security::kSecure) co_return Verdict{ds->security, ds->error};
    if (ds->kind == EntryKind::kNxdomain) break;
    if (ds->kind == EntryKind::kNodata) {
      DsVerdict verdict = cut_of(*ds, cut, caller.context->budget.crypto);
      if (verdict.absence == DsAbsence::kInsecureDelegation) co_return Verdict{Security::kInsecure, verdict.error};
      continue;
    }
    if (ds->rrsets.front().type != RRType::kDS) continue;  // an alias is no zone cut
    if (ds_support(ds->rrsets.front().rdata) != DsSupport::kSupported) {
      EntryPtr zone_keys = co_await keys(caller, cut);
      co_return Verdict{zone_keys->security, zone_keys->error};
    }
  }
  co_return Verdict{Security::kBogus, ExtendedError::kRrsigsMissing};
}

// What is known of a zone's keys: that they are secure, or that the zone is provably insecure.
EntryPtr Validator::known_keys(const Context& context, NameView zone) const {
  if (anchor_for(*context.settings, zone) == nullptr) return keys_entry(Security::kInsecure, ExtendedError::kNone);
  auto known = engine_.shared.cache.find(kKeysPartition, zone, RRType::kDNSKEY);
  if (!known || known->expires <= engine_.now.seconds()) return nullptr;
  return make_pooled<const CacheEntry>(std::move(*known));
}

// A secure parent says that the zone has no chain of trust: true as long as what says so.
EntryPtr Validator::remember_insecure(NameView zone, const CacheEntry& ds, ExtendedError error) {
  CacheEntry entry;
  entry.kind = EntryKind::kNodata;
  entry.rank = Rank::kAuthoritative;
  entry.security = Security::kInsecure;
  entry.error = error;
  entry.stored = ds.stored;
  entry.expires = ds.expires;
  engine_.shared.cache.store(kKeysPartition, zone, RRType::kDNSKEY, entry, engine_.now.seconds());
  return make_pooled<const CacheEntry>(std::move(entry));
}

Task<EntryPtr> Validator::keys(Caller caller, Name zone) {
  JobKey key(JobKey::Kind::kKeys, zone, RRType::kDNSKEY);
  auto make = [this, zone](Caller c) { return find_keys(std::move(c), zone); };
  EntryPtr found = co_await jobs_.get(std::move(caller), std::move(key), std::move(make));
  // No job, no keys: a node that has too much to do must not believe more for it.
  if (is_failure(found)) co_return keys_entry(Security::kBogus, found->error);
  co_return found;
}

Task<EntryPtr> Validator::find_keys(Caller caller, Name zone) {
  const ResolverSettings& settings = *caller.context->settings;
  const TrustAnchor* anchor = anchor_for(settings, zone);
  if (anchor == nullptr) co_return keys_entry(Security::kInsecure, ExtendedError::kNone);
  if (anchor->owner.view() == zone.view()) {
    EntryPtr found = co_await find_data_(caller, zone, RRType::kDNSKEY);
    EntryPtr entry = co_await judge_keys(caller, zone, nullptr, anchor, found);
    co_return entry;
  }
  EntryPtr ds = co_await find_checked_(caller, zone, RRType::kDS);
  if (is_failure(ds)) co_return keys_entry(Security::kBogus, ds->error);
  if (ds->security != Security::kSecure) co_return keys_entry(ds->security, ds->error);
  if (ds->kind == EntryKind::kNodata) {
    const DsVerdict verdict = cut_of(*ds, zone, caller.context->budget.crypto);
    if (verdict.absence == DsAbsence::kInsecureDelegation) co_return remember_insecure(zone, *ds, ExtendedError::kNone);
    co_return keys_entry(Security::kBogus, ExtendedError::kDnssecBogus);
  }
  if (ds->kind != EntryKind::kRRset || ds->rrsets.front().type != RRType::kDS) {
    co_return keys_entry(Security::kBogus, ExtendedError::kDnssecBogus);
  }
  switch (ds_support(ds->rrsets.front().rdata)) {
    case DsSupport::kSupported: break;
    case DsSupport::kUnknownAlgorithm:
      co_return remember_insecure(zone, *ds, ExtendedError::kUnsupportedDnskeyAlgorithm);
    case DsSupport::kUnknownDigest:
      co_return remember_insecure(zone, *ds, ExtendedError::kUnsupportedDsDigest);
  }
  EntryPtr found = co_await find_data_(caller, zone, RRType::kDNSKEY);
  EntryPtr entry = co_await judge_keys(caller, zone, ds, nullptr, found);
  co_return entry;
}

// As a job of the kind of find_keys(): who needs the keys meanwhile waits for these.
Task<EntryPtr> Validator::refresh_keys(Caller caller, Name zone) {
  JobKey key(JobKey::Kind::kKeys, zone, RRType::kDNSKEY);
  auto make = [this, zone](Caller c) { return find_anchored_keys_anew(std::move(c), zone); };
  return jobs_.get(std::move(caller), std::move(key), std::move(make));
}

Task<EntryPtr> Validator::find_anchored_keys_anew(Caller caller, Name zone) {
  const TrustAnchor* anchor = anchor_for(*caller.context->settings, zone);
  // A negative trust anchor takes it back.
  if (anchor == nullptr || !(anchor->owner.view() == zone.view()))
    co_return keys_entry(Security::kInsecure, ExtendedError::kNone);
  EntryPtr found = co_await find_anew_(caller, zone, RRType::kDNSKEY);
  EntryPtr entry = co_await judge_keys(caller, zone, nullptr, anchor, found);
  co_return entry;
}

KeysetVerdict Validator::judge_anchored(Context& context, const TrustAnchor& anchor,
                                        const RRset& keys, CacheSeconds fetched) {
  AnchorKeeper& anchors = engine_.shared.anchors;
  WorkBudget& budget = context.budget.crypto;
  const std::int64_t wall = engine_.now.wall;
  const AnchorKeeper::Trusted trusted = anchors.trusted(anchor);
  const KeysetVerdict verdict =
      verify_anchored_keyset(keys, trusted.ds, trusted.dnskey, wall, engine_.keys, budget);
  const bool changed =
      anchors.observe(anchor, {keys, verdict.secure(), fetched, wall}, engine_.keys, budget);
  // Only a revocation is believed of others: the keys that are known are not to be trusted any
  // more.
  if (changed && !verdict.secure())
    engine_.shared.cache.remove(kKeysPartition, anchor.owner, RRType::kDNSKEY);
  return verdict;
}

Task<EntryPtr> Validator::judge_keys(Caller caller, Name zone, EntryPtr ds,
                                     const TrustAnchor* anchor, EntryPtr found) {
  WorkBudget& budget = caller.context->budget.crypto;
  EntryPtr failed;
  for (unsigned retries = 0; retries <= kKeyRetries; ++retries) {
    if (is_failure(found)) co_return failed ? failed : keys_entry(Security::kBogus, found->error);
    ExtendedError error = ExtendedError::kDnskeyMissing;
    if (found->kind == EntryKind::kRRset && found->rrsets.front().type == RRType::kDNSKEY) {
      CacheEntry trusted = *found;
      RRset& set = trusted.rrsets.front();
      KeysetVerdict verdict;
      if (ds != nullptr) {
        verdict = verify_keyset(set, ds->rrsets.front().rdata, engine_.now.wall, engine_.keys, budget);
      } else {
        verdict = judge_anchored(*caller.context, *anchor, set, found->stored);
      }
      if (verdict.status == KeysetStatus::kInsecure) co_return keys_entry(Security::kInsecure, verdict.error);
      if (verdict.secure()) {
        set.ttl = std::min(set.ttl, verdict.ttl);
        trusted.security = Security::kSecure;
        trusted.rrsets.resize(1);
        trusted.expires = std::min(trusted.expires, trusted.stored + set.ttl);
        engine_.shared.cache.store(kKeysPartition, zone, RRType::kDNSKEY, trusted, engine_.now.seconds());
        co_return make_pooled<const CacheEntry>(std::move(trusted));
      }
      error = verdict.error;
    }
    failed = keys_entry(Security::kBogus, error);
    if (retries == kKeyRetries || budget.failed_checks == 0 || caller.context->cache_only) break;
    found = co_await find_elsewhere_(caller, zone, RRType::kDNSKEY, found->server);
  }
  co_return failed;
}

}  // namespace dotmesh
