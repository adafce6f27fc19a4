// ZoneBuilder: records in, one immutable Zone out.
//
// Built upon the zone that is being served (`base`), it compares while it reads: a record that stands
// in `base` is only marked as seen, and each shard in which nothing changed is shared, not copied.
// One changed record in a million costs one rebuilt shard. The same run yields the change itself.
// One thread.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "zone/record.h"
#include "zone/zone.h"

namespace dotmesh {

// A rule of the data model that the records break; such a zone is not served.
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

class ZoneBuilder : public RecordSink {
 public:
  // `base`, when given, has the same origin.
  explicit ZoneBuilder(NameView origin, std::shared_ptr<const Zone> base = nullptr);
  ~ZoneBuilder() override;

  void on_record(const RecordView& record) override;

  // The finished zone with its SOA serial set to `serial`, or the rules it breaks (at most
  // kMaxViolations). Call once.
  std::expected<std::shared_ptr<const Zone>, std::vector<Violation>> build(std::uint32_t serial);

  // After build(): distinct records added to and removed from `base` (SOA excluded).
  std::size_t added() const;
  std::size_t removed() const;

  static constexpr std::size_t kMaxViolations = 1000;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dotmesh
