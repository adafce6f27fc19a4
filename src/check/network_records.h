// NetworkRecords: every record of a network's declared zones with its place, and which names exist
// under which origin. What the lints look things up in. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <memory_resource>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/diagnostic.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "network/plan_reader.h"
#include "network/zone_plan.h"

namespace dotmesh {

struct LintRecord {
  NameView owner;  // as written
  RRType type;
  std::uint32_t ttl;
  std::span<const std::uint8_t> rdata;
  std::uint32_t file;  // for NetworkRecords::file_name
  std::uint32_t line;

  bool is_address() const { return type == RRType::kA || type == RRType::kAAAA; }
  // The record's target: the last name of NS, CNAME, MX, SRV, PTR ...; nullopt without one.
  std::optional<NameView> target() const;
  // Whether that target must be a name with addresses, not an alias (RFC 2181 section 10.3, RFC 2782).
  bool needs_canonical_target() const {
    return type == RRType::kNS || type == RRType::kMX || type == RRType::kSRV;
  }
  std::string to_text() const;  // "wiki.mesh. 3600 A 10.0.0.1"
};

// One declared zone.
struct ZoneRecords {
  Name origin;
  bool computed = false;  // has computed PTR records too, which are not here
  std::vector<LintRecord> records;  // in the order of the files
  std::unordered_map<NameView, std::vector<std::uint32_t>, NameHash, NameEqual> by_owner;
  std::unordered_set<NameView, NameHash, NameEqual> names;  // owners and empty non-terminals
  std::unordered_set<NameView, NameHash, NameEqual> cuts;   // owners of NS below the apex

  // The topmost delegation at or above `name` (below the apex); nullopt when there is none.
  std::optional<NameView> cut_above(NameView name) const;
  // Whether the zone answers for `name` with something: it exists, or a wildcard covers it.
  bool exists(NameView name) const;
  bool has(NameView owner, RRType type) const;
};

class NetworkRecords {
 public:
  // Reads all zones of `plan`; both outlive this.
  NetworkRecords(const FileTree& tree, const ZonePlan& plan);

  const ZonePlan& plan() const { return plan_; }
  // By the plan's index; a twin's is empty.
  const std::deque<ZoneRecords>& zones() const { return zones_; }
  const std::string& file_name(std::uint32_t index) const { return reader_.file_name(index); }
  std::span<const std::string> files() const { return reader_.files(); }

  // Where `name` would be answered from.
  struct Location {
    std::size_t zone;  // the declared zone
    Name name;         // under that zone's origin, when a twin was asked
  };
  std::optional<Location> locate(NameView name) const;

 private:
  class Collector;
  void index(ZoneRecords& zone);

  const ZonePlan& plan_;
  Diagnostics faults_;  // the loader reports them; here they are dropped
  PlanReader reader_;
  std::pmr::monotonic_buffer_resource memory_;
  std::deque<ZoneRecords> zones_;
};

}  // namespace dotmesh
