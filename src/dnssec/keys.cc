#include "dnssec/keys.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "dnssec/budget.h"

namespace dotmesh {
namespace {

struct AlgorithmRow {
  DnssecAlgorithm algorithm;
  std::string_view name;
  bool supported;
};

// The one place that says what is validated. RSA/SHA-1 (5 and 7): RFC 9905 forbids to sign with it and lets a
// validator treat it as unknown; Unbound and Knot Resolver of Debian 12 still validate it, and so do we.
constexpr AlgorithmRow kAlgorithms[] = {
    {DnssecAlgorithm::kRsaMd5, "RSAMD5", false},
    {DnssecAlgorithm::kDsa, "DSA", false},
    {DnssecAlgorithm::kRsaSha1, "RSASHA1", true},
    {DnssecAlgorithm::kDsaNsec3Sha1, "DSA-NSEC3-SHA1", false},
    {DnssecAlgorithm::kRsaSha1Nsec3Sha1, "RSASHA1-NSEC3-SHA1", true},
    {DnssecAlgorithm::kRsaSha256, "RSASHA256", true},
    {DnssecAlgorithm::kRsaSha512, "RSASHA512", true},
    {DnssecAlgorithm::kEccGost, "ECC-GOST", false},
    {DnssecAlgorithm::kEcdsaP256Sha256, "ECDSAP256SHA256", true},
    {DnssecAlgorithm::kEcdsaP384Sha384, "ECDSAP384SHA384", true},
    {DnssecAlgorithm::kEd25519, "ED25519", true},
    {DnssecAlgorithm::kEd448, "ED448", true},
};

const AlgorithmRow* find_row(DnssecAlgorithm algorithm) {
  auto row = std::ranges::find(kAlgorithms, algorithm, &AlgorithmRow::algorithm);
  return row == std::end(kAlgorithms) ? nullptr : row;
}

const EVP_MD* digest_of(DsDigest digest) {
  switch (digest) {
    case DsDigest::kSha1: return EVP_sha1();
    case DsDigest::kSha256: return EVP_sha256();
    case DsDigest::kSha384: return EVP_sha384();
    default: return nullptr;
  }
}

}  // namespace

bool is_supported(DnssecAlgorithm algorithm) {
  const AlgorithmRow* row = find_row(algorithm);
  return row != nullptr && row->supported;
}

bool is_supported(DsDigest digest) { return digest_of(digest) != nullptr; }

std::string to_string(DnssecAlgorithm algorithm) {
  const AlgorithmRow* row = find_row(algorithm);
  return row != nullptr ? std::string(row->name) : "ALGORITHM" + std::to_string(static_cast<unsigned>(algorithm));
}

std::optional<Dnskey> Dnskey::from_rdata(std::span<const std::uint8_t> rdata) {
  if (rdata.size() <= 4) return std::nullopt;
  return Dnskey(rdata);
}

std::uint16_t Dnskey::compute_key_tag() const {
  if (algorithm() == DnssecAlgorithm::kRsaMd5) {  // RFC 4034 appendix B.1
    return rdata_.size() < 7 ? 0 : load16(rdata_.data() + rdata_.size() - 3);
  }
  std::uint32_t sum = 0;  // at most 65,535 octets: does not overflow
  for (std::size_t i = 0; i < rdata_.size(); ++i) sum += (i & 1) != 0 ? rdata_[i] : std::uint32_t{rdata_[i]} << 8;
  return static_cast<std::uint16_t>(sum + (sum >> 16));
}

std::vector<Dnskey> parse_keys(const RRset& keys) {
  std::vector<Dnskey> parsed;
  for (auto rdata : keys.rdata) {
    if (parsed.size() == kMaxKeysPerZone) break;
    if (std::optional<Dnskey> key = Dnskey::from_rdata(rdata)) parsed.push_back(*key);
  }
  return parsed;
}

std::optional<DsRecord> DsRecord::from_rdata(std::span<const std::uint8_t> rdata) {
  if (rdata.size() < 4) return std::nullopt;
  return DsRecord(rdata);
}

bool DsRecord::matches(NameView owner, const Dnskey& key) const {
  const EVP_MD* type = digest_of(digest_type());
  if (type == nullptr || digest().size() != static_cast<std::size_t>(EVP_MD_get_size(type))) return false;
  if (algorithm() != key.algorithm() || key_tag() != key.key_tag()) return false;
  const Name lowered = Name(owner).lowered();
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> computed;
  return context && EVP_DigestInit_ex(context.get(), type, nullptr) == 1 &&
         EVP_DigestUpdate(context.get(), lowered.data(), lowered.size()) == 1 &&
         EVP_DigestUpdate(context.get(), key.rdata().data(), key.rdata().size()) == 1 &&
         EVP_DigestFinal_ex(context.get(), computed.data(), nullptr) == 1 &&
         std::ranges::equal(digest(), std::span(computed).first(digest().size()));
}

DsSupport ds_support(const RdataList& ds) {
  DsSupport support = DsSupport::kUnknownAlgorithm;
  for (auto rdata : ds) {
    std::optional<DsRecord> record = DsRecord::from_rdata(rdata);
    if (!record || !is_supported(record->algorithm())) continue;
    if (is_supported(record->digest_type())) return DsSupport::kSupported;
    support = DsSupport::kUnknownDigest;
  }
  return support;
}

}  // namespace dotmesh
