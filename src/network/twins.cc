#include "network/twins.h"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "dns/rdata.h"

namespace dotmesh {
namespace {

// Types that are made by signing a zone under its name.
bool belongs_to_one_name(RRType type) {
  switch (type) {
    case RRType::kRRSIG: case RRType::kNSEC: case RRType::kNSEC3: case RRType::kNSEC3PARAM:
    case RRType::kDNSKEY: case RRType::kDS: case RRType::kCDS: case RRType::kCDNSKEY:
    case RRType::kZONEMD:
      return true;
    default:
      return false;
  }
}

// The origins under which one declared zone's records stand, itself first.
using TwinSet = std::vector<Name>;

class TwinPlanner {
 public:
  TwinPlanner(ZonePlan& plan, Diagnostics& diagnostics) : plan_(plan), diagnostics_(diagnostics) {}

  void run() {
    for (std::size_t i = 0; i < plan_.zones.size(); i++) by_origin_.emplace(plan_.zones[i].origin, i);
    std::size_t declared = plan_.config.zone.size();
    for (std::size_t i = 0; i < declared; i++) add_declared_twins(i);
    first_implied_ = plan_.zones.size();
    if (sets_.empty()) return;
    // Twins of children, and of what that adds.
    for (std::size_t i = 0; i < plan_.zones.size() && !stopped_; i++) add_twins_of_child(i);
  }

 private:
  Diagnostic fault(const Place& place, std::string code, std::string message, std::string way_out) {
    return plan_.network_file.fault(Severity::kError, std::move(code), place, std::move(message),
                                    std::move(way_out));
  }

  // The origin in `set` that lies above or below `twin`.
  static std::optional<Name> overlapping(const TwinSet& set, NameView twin) {
    for (const Name& origin : set) {
      if (twin.is_below(origin) || origin.view().is_below(twin)) return origin;
    }
    return set[0].view().equals(twin) ? std::optional(set[0]) : std::nullopt;
  }

  void add_declared_twins(std::size_t index) {
    TwinSet set{plan_.zones[index].origin};
    const ZoneDeclaration& entry = plan_.config.zone[index];
    if (!entry.twins.empty() && !entry.reverse_of.empty()) {
      diagnostics_.add(fault(entry.twins[0].place, "twin-of-reverse-zone",
                             fmt::format("the reverse zone \"{}\" has twins", set[0].to_string()),
                             "declare the other reverse zone with a reverse_of of its own"));
      return;
    }
    for (const Located<Name>& twin : entry.twins) {
      Name origin = set[0];
      if (set.size() > kMaxTwins) {
        diagnostics_.add(fault(twin.place, "twins-without-end",
                               fmt::format("zone \"{}\" has more than {} twins", origin.to_string(), kMaxTwins),
                               "serve it under fewer names"));
        return;
      }
      if (std::optional<Name> other = overlapping(set, twin.value)) {
        diagnostics_.add(fault(twin.place, "twin-overlaps",
                               fmt::format("the twin \"{}\" and \"{}\", the same zone, lie within each other",
                                           twin.value.to_string(), other->to_string()),
                               "a twin stands beside its zone, under a name of its own"));
        continue;
      }
      PlannedZone zone;
      zone.origin = twin.value;
      zone.declared = twin.place;
      zone.twin_of = index;
      zone.renames.push_back({origin, twin.value});
      auto [other, fresh] = by_origin_.emplace(twin.value, plan_.zones.size());
      if (!fresh) {
        Diagnostic d = fault(twin.place, "zone-twice",
                             fmt::format("zone \"{}\" is declared twice", twin.value.to_string()),
                             "keep one of the two");
        d.counterpart = "first";
        d.counterpart_position = plan_.network_file.position(plan_.zones[other->second].declared);
        diagnostics_.add(std::move(d));
        continue;
      }
      set.push_back(twin.value);
      plan_.zones.push_back(std::move(zone));
    }
    if (set.size() == 1) return;
    for (const Name& origin : set) set_of_.emplace(origin, sets_.size());
    sets_.push_back(std::move(set));
  }

  // Zone `index` lies below origins of twin sets: it is served below their other origins too.
  void add_twins_of_child(std::size_t index) {
    Name origin = plan_.zones[index].origin;
    for (NameView above = origin; !above.is_root() && !stopped_;) {
      above = above.parent();
      auto found = set_of_.find(above);
      if (found == set_of_.end()) continue;
      // A twin made by this very set has all its siblings already.
      if (index >= first_implied_ && above.equals(plan_.zones[index].renames.back().to)) continue;
      for (const Name& other : sets_[found->second]) {
        if (!other.view().equals(above)) add_implied(index, {Name(above), other});
      }
    }
  }

  void add_implied(std::size_t child, Rename rename) {
    const PlannedZone& from = plan_.zones[child];
    std::optional<Name> origin = Name::replace_suffix(from.origin, rename.from, rename.to);
    if (!origin) {
      diagnostics_.add(fault(from.declared, "twin-too-long",
                             fmt::format("the name of zone \"{}\" becomes longer than 255 octets below its "
                                         "parent's twin \"{}\"",
                                         from.origin.to_string(), rename.to.to_string()),
                             "shorten one of the names"));
      return;
    }
    PlannedZone zone;
    zone.origin = *origin;
    zone.declared = from.declared;
    zone.twin_of = from.twin_of ? *from.twin_of : child;
    zone.renames = from.renames;
    zone.renames.push_back(rename);
    if (auto other = by_origin_.find(*origin); other != by_origin_.end()) {
      report_conflict(other->second, zone, child);
      return;
    }
    if (zone.renames.size() > kMaxTwinChain || plan_.zones.size() >= kMaxZones) {
      diagnostics_.add(fault(from.declared, "twins-without-end",
                             fmt::format("twins within twins make more and more names of zone \"{}\"",
                                         plan_.zones[*zone.twin_of].origin.to_string()),
                             "no twin may lie below another zone's twin that leads back to it"));
      stopped_ = true;
      return;
    }
    by_origin_.emplace(*origin, plan_.zones.size());
    plan_.zones.push_back(std::move(zone));
  }

  // What the network file says outright wins; of two children that claim one name neither does.
  void report_conflict(std::size_t standing_index, const PlannedZone& zone, std::size_t child) {
    const PlannedZone& standing = plan_.zones[standing_index];
    if (standing_index < first_implied_ || standing.twin_of == zone.twin_of) return;
    Diagnostic d = fault(plan_.zones[child].declared, "twin-conflict",
                         fmt::format("\"{}\" would be served from two zones, \"{}\" and \"{}\"",
                                     zone.origin.to_string(), plan_.zones[*standing.twin_of].origin.to_string(),
                                     plan_.zones[*zone.twin_of].origin.to_string()),
                         "declare it as a zone of its own");
    d.counterpart = "first";
    d.counterpart_position = plan_.network_file.position(standing.declared);
    diagnostics_.add(std::move(d));
  }

  ZonePlan& plan_;
  Diagnostics& diagnostics_;
  std::unordered_map<Name, std::size_t, NameHash, NameEqual> by_origin_;
  std::vector<TwinSet> sets_;
  std::unordered_map<Name, std::size_t, NameHash, NameEqual> set_of_;
  std::size_t first_implied_ = 0;  // zones in front of it stand in the network file
  bool stopped_ = false;
};

}  // namespace

void add_twins(ZonePlan& plan, Diagnostics& diagnostics) { TwinPlanner(plan, diagnostics).run(); }

void RenamingSink::on_record(const RecordView& record) {
  if (belongs_to_one_name(record.type)) return;
  Name owner = record.owner;
  std::vector<std::uint8_t> rdata;
  RecordView renamed = record;
  for (const Rename& rename : renames_) {
    std::optional<Name> moved = owner;
    if (owner.view().is_at_or_below(rename.from)) {
      moved = Name::replace_suffix(owner, rename.from, rename.to);
    }
    auto moved_rdata = replace_rdata_suffix(record.type, renamed.rdata, rename.from, rename.to);
    if (!moved || !moved_rdata) {
      if (!too_long_) too_long_ = {record.owner, record.type, record.file, record.line};
      return;
    }
    owner = *moved;
    rdata = std::move(*moved_rdata);
    renamed.rdata = rdata;
  }
  renamed.owner = owner;
  next_.on_record(renamed);
}

}  // namespace dotmesh
