// Twins: the same records under further origins, children included. Part of making a ZonePlan.
//
// Where zone X has the twins T1, T2, the names X, T1, T2 are one set, and whatever zone is served at or
// below one of them is served below the others too, unless the network file says otherwise there. So a
// delegation that X's records make under each of these names finds its child zone everywhere.
#pragma once

#include "base/diagnostic.h"
#include "dns/rr_type.h"
#include "network/zone_plan.h"
#include "zone/record.h"

namespace dotmesh {

// Appends the twins of the plan's declared zones, and the twins of their children. `plan.zones` holds
// the declared zones at the indexes of `plan.config.zone`.
void add_twins(ZonePlan& plan, Diagnostics& diagnostics);

// Hands records on under other names. A record that the new names make too long is left out and
// remembered. DNSSEC's own records are left out: signatures hold for one name only.
class RenamingSink : public RecordSink {
 public:
  // All outlive the sink.
  RenamingSink(const std::vector<Rename>& renames, RecordSink& next) : renames_(renames), next_(next) {}

  void on_record(const RecordView& record) override;

  // The first record whose name became too long.
  struct TooLong {
    Name owner;
    RRType type;
    std::uint32_t file;
    std::uint32_t line;
  };
  const std::optional<TooLong>& too_long() const { return too_long_; }

 private:
  const std::vector<Rename>& renames_;
  RecordSink& next_;
  std::optional<TooLong> too_long_;
};

}  // namespace dotmesh
