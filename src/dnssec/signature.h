// Whether an RRset is signed by its zone (RFC 4035 section 5.3, RFC 6840 section 5).
// Pure functions of their arguments; any thread, with a KeyCache of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dns/name.h"
#include "dns/rrset.h"
#include "dns/wire.h"
#include "dnssec/budget.h"
#include "dnssec/key_cache.h"

namespace dotmesh {

// A signature made "just now" by a signer whose clock is a little ahead counts, as PowerDNS Recursor has it
// (signature-inception-skew). Expiry is taken at its word.
inline constexpr std::int64_t kInceptionSkew = 60;

// Why, from the most to the least telling: of several signatures that fail, the first in this order is told.
enum class SignatureStatus : std::uint8_t {
  kSecure,
  kTooMuchWork,           // the budget is used up
  kBadSignature,          // by a key of the zone, and not over these octets
  kExpired,
  kNotYetValid,
  kExpiredBeforeValid,    // expiration before inception
  kNoZoneKeyBit,          // there is one, but its flags say that it signs no zone
  kKeyUnusable,           // there is one, revoked, of another protocol, or not a key of its algorithm
  kKeyMissing,            // no key of the zone with that tag and algorithm
  kUnsupportedAlgorithm,  // we do not know the algorithm
  kWrongSigner,           // not signed by the zone whose keys were given
  kMalformed,             // fields that contradict the RRset (labels, type)
  kNoSignature,
};

struct SignatureVerdict {
  SignatureStatus status = SignatureStatus::kNoSignature;
  // These mean something only if kSecure.
  std::uint8_t labels = 0;      // of the RRSIG: the RRset's source has so many (without "*")
  bool wildcard = false;        // it was made from "*" below the name of the last `labels` labels: needs a proof
  std::uint16_t signature = 0;  // which of the RRset's signatures
  std::uint32_t ttl = 0;        // not longer than this: TTL, original TTL, what is left of the signature

  bool secure() const { return status == SignatureStatus::kSecure; }
};

// Checks `rrset` and its signatures with the keys of `keys`, a DNSKEY RRset that is trusted and whose owner
// is the apex of the zone. `now` is Unix time in seconds. Signatures of other signers are passed over. A DS
// RRset must be signed by a zone above its owner.
SignatureVerdict verify_rrset(const RRset& rrset, const RRset& keys, std::int64_t now, KeyCache& cache,
                              WorkBudget& budget);

// A revoked key signs nothing but the news that it is (RFC 5011 section 2.1).
enum class RevokedKeys : std::uint8_t { kRefused, kAllowed };

// The same with only these keys of `zone`; those that are not usable are told from those that are missing.
SignatureVerdict verify_rrset(const RRset& rrset, NameView zone, std::span<const Dnskey> keys, std::int64_t now,
                              KeyCache& cache, WorkBudget& budget, RevokedKeys revoked = RevokedKeys::kRefused);

// RFC 8914; kNone for kSecure.
ExtendedError extended_error(SignatureStatus status);

// Whose keys are needed for `rrset`: the signer's name of its first signature that can be right (the signer
// is at or above the owner; above it for a DS RRset). A view into `rrset`.
std::optional<NameView> signer_name(const RRset& rrset);
// The same of all its signatures: each signer once, kMaxSigners of them at most.
std::vector<NameView> signer_names(const RRset& rrset);

// The verdict of a verified `rrset` put to use: its TTL is lowered, and the signature that was good stands in
// front of the others, of which nothing is known: whoever looks at an RRset later (its signer, its labels) must
// look at the first.
void cap_ttl(RRset& rrset, const SignatureVerdict& verdict);

// The verdict that `rrset`, found secure and put through cap_ttl() before, had then.
inline SignatureVerdict remembered_verdict(const RRset& rrset) {
  SignatureVerdict verdict;
  verdict.status = SignatureStatus::kSecure;
  verdict.labels = rrset.signatures.empty() ? 0 : rrset.signatures.front()[3];
  verdict.ttl = rrset.ttl;
  return verdict;
}

}  // namespace dotmesh
