// CacheEntry: what the resolver knows about one (partition, name, type), positive or negative.
// A value that owns its octets; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "base/socket_address.h"
#include "dns/rrset.h"
#include "dns/wire.h"
#include "resolver/time.h"

namespace dotmesh {

// Data from different sources never mix (MaginotDNS): iterated data, each forward zone, the network's
// own zones. A number that is the same after a restart with the same settings.
using CachePartition = std::uint32_t;
inline constexpr CachePartition kIteratedPartition = 0;
inline constexpr CachePartition kLocalPartition = 1;  // the node's own zones: never stored
inline constexpr CachePartition kKeysPartition = 2;   // validated DNSKEY RRsets, or that a zone has no chain of trust

enum class EntryKind : std::uint8_t {
  kRRset,       // rrsets[0] is the RRset; a wildcard's proof follows
  kNodata,      // RFC 2308: SOA if there was one, then the proof
  kNxdomain,    // the same, for every type: stored under kNxdomainType
  kDelegation,  // the parent's NS RRset, its DS RRset if there is one, glue A and AAAA; under kDelegationType
  kFailure,     // RFC 9520: resolution failed; no RRsets
};

// Keys of what is not one type's data: types that nobody can ask for (query/ refuses type 0 and OPT).
inline constexpr RRType kNxdomainType = static_cast<RRType>(0);
inline constexpr RRType kDelegationType = RRType::kOPT;

// RFC 2181 section 5.4.1, lowest first. A lower rank never replaces a fresh higher one.
enum class Rank : std::uint8_t {
  kAdditional,    // glue and additional sections
  kReferral,      // the authority section of a referral
  kAnswer,        // the answer section of a response without AA, or a forwarder's
  kAuthoritative, // with AA, answer or authority section
};

enum class Security : std::uint8_t { kUnchecked, kInsecure, kSecure, kBogus };

struct CacheEntry {
  EntryKind kind = EntryKind::kRRset;
  Rank rank = Rank::kAdditional;
  Security security = Security::kUnchecked;
  ExtendedError error = ExtendedError::kNone;  // why it is bogus or failed
  CacheSeconds stored = 0;
  CacheSeconds expires = 0;  // after this instant it is stale
  Name zone;                 // the zone whose servers gave it
  std::vector<RRset> rrsets; // TTLs as of `stored`
  SocketAddress server;      // who gave it; not kept in the cache
};

}  // namespace dotmesh
