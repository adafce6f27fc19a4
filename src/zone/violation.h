// Violation: a rule of the DNS data model that a zone's records break. A zone with violations is not
// served. A Violation has no place in a file: the loader looks the records up again to say where they
// stand (src/network), so that a good zone pays nothing for it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dns/name.h"
#include "dns/rr_type.h"

namespace dotmesh {

enum class ViolationKind : std::uint8_t {
  kNoSoa,             // RFC 1035 section 5.2: exactly one SOA at the apex
  kManySoa,
  kSoaBelowApex,
  kNoNs,              // RFC 1035 section 4.2.1: the apex has NS records
  kOutOfZone,         // owner is not at or below the origin
  kNotClassIn,
  kMetaType,          // OPT, TSIG, ANY ... as data
  kCnameAndOther,     // RFC 2181 section 10.1
  kManyCname,
  kManyDname,         // RFC 6672 section 2.4
  kDnameAndCname,
  kBelowDname,        // RFC 6672 section 2.4: nothing may stand below
  kDsAtApex,
  kWildcardNs,        // RFC 4592 section 4.2 and 4.4: NS, DNAME at a wildcard have no meaning
  kWildcardDname,
  kRRsetTooLarge,     // cannot be sent in a message of 65,535 octets
};

struct Violation {
  ViolationKind kind;
  Name owner;
  RRType type = RRType::kANY;        // of the record at fault, where that says more
  Name other_owner;                  // the counterpart, equal to `owner` where it stands there too
  RRType other_type = RRType::kANY;  // kANY: no counterpart
};

// People read the first screens; a repository of broken zones must not fill memory.
inline constexpr std::size_t kMaxViolations = 1000;

}  // namespace dotmesh
