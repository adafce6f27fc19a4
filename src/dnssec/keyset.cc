#include "dnssec/keyset.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "dnssec/keys.h"
#include "dnssec/signature.h"

namespace dotmesh {
namespace {

// The records of `ds` that count: known to us, and none of SHA-1 beside better ones.
std::vector<DsRecord> parse_ds(const RdataList& ds) {
  std::vector<DsRecord> parsed;
  for (auto rdata : ds) {
    if (parsed.size() == kMaxDsPerZone) break;
    std::optional<DsRecord> record = DsRecord::from_rdata(rdata);
    if (record && record->is_supported()) parsed.push_back(*record);
  }
  const auto is_sha1 = [](const DsRecord& record) { return record.digest_type() == DsDigest::kSha1; };
  if (!std::ranges::all_of(parsed, is_sha1)) std::erase_if(parsed, is_sha1);
  return parsed;
}

bool matches_any(const Dnskey& key, NameView owner, const std::vector<DsRecord>& ds, std::size_t& digests) {
  for (const DsRecord& record : ds) {
    if (record.algorithm() != key.algorithm() || record.key_tag() != key.key_tag()) continue;
    if (digests++ == kMaxDsDigests) return false;
    if (record.matches(owner, key)) return true;
  }
  return false;
}

KeysetVerdict verify_with(const RRset& keys, const std::vector<DsRecord>& ds, const RdataList& anchor_keys,
                          std::int64_t now, KeyCache& cache, WorkBudget& budget) {
  SignatureVerdict best{.status = SignatureStatus::kKeyMissing};
  std::size_t digests = 0;
  for (const Dnskey& key : parse_keys(keys)) {
    if (!key.is_usable() && key.is_zone_key()) continue;
    if (!anchor_keys.contains(key.rdata()) && !matches_any(key, keys.owner, ds, digests)) continue;
    // One that is vouched for and signs no zone tells more than that there is none (RFC 8914 section 4.12).
    SignatureVerdict verdict = verify_rrset(keys, keys.owner, std::span(&key, 1), now, cache, budget);
    if (verdict.secure()) return {.status = KeysetStatus::kSecure, .error = ExtendedError::kNone, .ttl = verdict.ttl};
    if (verdict.status < best.status || best.status == SignatureStatus::kKeyMissing) best = verdict;
  }
  return {.status = KeysetStatus::kBogus, .error = extended_error(best.status), .ttl = 0};
}

ExtendedError extended_error(DsSupport support) {
  switch (support) {
    case DsSupport::kUnknownAlgorithm: return ExtendedError::kUnsupportedDnskeyAlgorithm;
    case DsSupport::kUnknownDigest: return ExtendedError::kUnsupportedDsDigest;
    case DsSupport::kSupported: break;
  }
  return ExtendedError::kNone;
}

}  // namespace

KeysetVerdict verify_keyset(const RRset& keys, const RdataList& ds, std::int64_t now, KeyCache& cache,
                            WorkBudget& budget) {
  if (ds.empty()) return {};  // no DS RRset is for a DenialCheck to say
  if (DsSupport support = ds_support(ds); support != DsSupport::kSupported) {
    return {.status = KeysetStatus::kInsecure, .error = extended_error(support), .ttl = 0};
  }
  return verify_with(keys, parse_ds(ds), {}, now, cache, budget);
}

KeysetVerdict verify_anchored_keyset(const RRset& keys, const RdataList& ds, const RdataList& anchor_keys,
                                     std::int64_t now, KeyCache& cache, WorkBudget& budget) {
  if (anchor_keys.empty() && ds_support(ds) != DsSupport::kSupported) {
    return {.status = KeysetStatus::kBogus, .error = extended_error(ds_support(ds)), .ttl = 0};
  }
  return verify_with(keys, parse_ds(ds), anchor_keys, now, cache, budget);
}

}  // namespace dotmesh
