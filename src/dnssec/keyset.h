// One link of the chain of trust: whether a zone's DNSKEY RRset is that of its DS records, or of a trust
// anchor (RFC 4035 section 5.2, RFC 6840 section 5).
// Pure functions; any thread, with a KeyCache of its own.
#pragma once

#include <cstdint>

#include "dns/rrset.h"
#include "dns/wire.h"
#include "dnssec/budget.h"
#include "dnssec/key_cache.h"

namespace dotmesh {

enum class KeysetStatus : std::uint8_t {
  kSecure,    // all keys of the RRset are the zone's
  kInsecure,  // no DS record has both an algorithm and a digest that we know
  kBogus,
};

struct KeysetVerdict {
  KeysetStatus status = KeysetStatus::kBogus;
  ExtendedError error = ExtendedError::kDnssecBogus;  // kNone if secure; why it is insecure
  std::uint32_t ttl = 0;                              // if secure: as SignatureVerdict::ttl

  bool secure() const { return status == KeysetStatus::kSecure; }
};

// `keys` is a DNSKEY RRset with its signatures, `ds` the secure DS RRset of the parent. Secure if one of the
// keys matches a record of `ds` and signs the RRset. SHA-1 records of `ds` do not count beside better ones
// (RFC 4509 section 3).
KeysetVerdict verify_keyset(const RRset& keys, const RdataList& ds, std::int64_t now, KeyCache& cache,
                            WorkBudget& budget);

// The same with the trust anchors of the zone: DS RDATA and DNSKEY RDATA. Never kInsecure: who configures an
// anchor wants the zone validated, so one that we cannot use makes it bogus (as Knot Resolver has it; Unbound
// drops such an anchor).
KeysetVerdict verify_anchored_keyset(const RRset& keys, const RdataList& ds, const RdataList& anchor_keys,
                                     std::int64_t now, KeyCache& cache, WorkBudget& budget);

}  // namespace dotmesh
