// NSEC3 records (RFC 5155), the hash of names, and what one record says about a hash: for proofs (denial_check.h)
// and for answers made from the cache (RFC 8198).
// Views must not outlive the RRset. Any thread, with an Nsec3Hasher of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "dns/name.h"
#include "dns/rrset.h"
#include "dnssec/budget.h"
#include "dnssec/nsec.h"

namespace dotmesh {

// A zone with more is treated as insecure (RFC 9276 section 3.2); the bound of BIND 9.20 and Knot Resolver 6.
inline constexpr std::uint16_t kMaxTrustedNsec3Iterations = 50;
inline constexpr std::size_t kNsec3HashSize = 20;  // SHA-1, the only algorithm

using Nsec3Hash = std::array<std::uint8_t, kNsec3HashSize>;

struct Nsec3Scheme {
  std::uint8_t algorithm = 1;
  std::uint16_t iterations = 0;
  std::span<const std::uint8_t> salt;

  bool equals(const Nsec3Scheme& other) const;
};

struct Nsec3 {
  Nsec3Hash owner{};  // the hash in the first label of the owner name
  Nsec3Hash next{};
  NameView zone;
  std::uint8_t flags = 0;
  Nsec3Scheme scheme;
  TypeBitmap types;

  // nullopt: not exactly one well-formed NSEC3 record of a known hash algorithm and known flags.
  static std::optional<Nsec3> from(const RRset& rrset);
  bool opt_out() const { return flags & 1; }
  bool matches(const Nsec3Hash& hash) const { return owner == hash; }
  // Strictly between owner and next, around the end of the chain too.
  bool covers(const Nsec3Hash& hash) const;
};

// The hash that an NSEC3 record's owner name carries in its first label (base32 with extended hex alphabet, RFC
// 4648); nullopt if it is none.
std::optional<Nsec3Hash> nsec3_hash_of_owner(NameView owner);
// And the owner name of a hash; nullopt if it is too long.
std::optional<Name> nsec3_owner(const Nsec3Hash& hash, NameView zone);

// Hashes names and remembers the last ones, so that one response costs each hash once.
class Nsec3Hasher {
 public:
  Nsec3Hasher();
  ~Nsec3Hasher();
  Nsec3Hasher(Nsec3Hasher&&) noexcept;
  Nsec3Hasher& operator=(Nsec3Hasher&&) noexcept;

  // nullopt: the budget is used up. `name` is lowered first.
  std::optional<Nsec3Hash> hash(NameView name, const Nsec3Scheme& scheme, WorkBudget& budget);

 private:
  // The names on the way from a name to its zone, and their wildcards. Beyond, the oldest are computed again.
  static constexpr std::size_t kMaxKept = 64;
  struct Impl;
  std::unique_ptr<Impl> impl_;  // made at the first hash
};

}  // namespace dotmesh
