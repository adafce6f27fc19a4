// NSEC3 records (RFC 5155), the hash of names, and what one record says about a hash: for proofs (denial_check.h)
// and for answers made from the cache (RFC 8198).
// Views must not outlive the RRset. Any thread, with an Nsec3Hasher of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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

// Hashes names and remembers the last ones, so that one response costs each hash once.
class Nsec3Hasher {
 public:
  // nullopt: the budget is used up. `name` is lowered first.
  std::optional<Nsec3Hash> hash(NameView name, const Nsec3Scheme& scheme, WorkBudget& budget);

 private:
  // The names on the way from a name to its zone, and their wildcards: more are computed again.
  static constexpr std::size_t kMaxKept = 64;
  struct Kept {
    Name name;
    std::uint16_t iterations;
    std::vector<std::uint8_t> salt;
    Nsec3Hash hash;
  };
  std::vector<Kept> kept_;
  std::size_t next_ = 0;
};

}  // namespace dotmesh
