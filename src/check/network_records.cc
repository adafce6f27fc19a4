#include "check/network_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "dns/rdata.h"

namespace dotmesh {

std::optional<NameView> LintRecord::target() const {
  switch (type) {
    case RRType::kNS: case RRType::kCNAME: case RRType::kMX: case RRType::kSRV: case RRType::kPTR:
    case RRType::kDNAME: case RRType::kSOA: {
      RdataName places[2];
      if (rdata_names(type, rdata, places) == 0) return std::nullopt;
      return NameView(rdata.data() + places[0].offset, places[0].size);
    }
    default: return std::nullopt;
  }
}

std::string LintRecord::to_text() const {
  return fmt::format("{} {} {} {}", owner.to_string(), ttl, to_string(type), rdata_to_string(type, rdata));
}

std::optional<NameView> ZoneRecords::cut_above(NameView name) const {
  std::optional<NameView> topmost;
  for (; name.size() > origin.size(); name = name.parent()) {
    if (cuts.contains(name)) topmost = name;
  }
  return topmost;
}

bool ZoneRecords::exists(NameView name) const {
  if (names.contains(name)) return true;
  while (name.size() > origin.size()) {
    name = name.parent();
    if (!names.contains(name)) continue;
    // RFC 4592: the closest encloser's wildcard, and nobody else's.
    std::optional<Name> wildcard = Name::wildcard_of(name);
    return wildcard && names.contains(wildcard->view());
  }
  return false;
}

bool ZoneRecords::has(NameView owner, RRType type) const {
  auto found = by_owner.find(owner);
  return found != by_owner.end() &&
         std::ranges::any_of(found->second, [&](std::uint32_t i) { return records[i].type == type; });
}

// Copies what PlanReader lends.
class NetworkRecords::Collector : public RecordSink {
 public:
  Collector(std::pmr::memory_resource& memory, ZoneRecords& zone) : memory_(memory), zone_(zone) {}

  void on_record(const RecordView& record) override {
    zone_.records.push_back({.owner = NameView(keep(record.owner.wire()).data(), record.owner.size()),
                             .type = record.type,
                             .ttl = record.ttl,
                             .rdata = keep(record.rdata),
                             .file = record.file,
                             .line = record.line});
  }

 private:
  std::span<const std::uint8_t> keep(std::span<const std::uint8_t> bytes) {
    auto* copy = static_cast<std::uint8_t*>(memory_.allocate(std::max<std::size_t>(bytes.size(), 1), 1));
    std::ranges::copy(bytes, copy);
    return {copy, bytes.size()};
  }

  std::pmr::memory_resource& memory_;
  ZoneRecords& zone_;
};

NetworkRecords::NetworkRecords(const FileTree& tree, const ZonePlan& plan)
    : plan_(plan), reader_(tree, plan, faults_) {
  for (std::size_t i = 0; i < plan.zones.size(); i++) {
    const PlannedZone& planned = plan.zones[i];
    ZoneRecords& zone = zones_.emplace_back();
    zone.origin = planned.origin;
    zone.computed = !planned.reverse_of.empty();
    if (planned.twin_of || planned.unreadable) continue;
    Collector collector(memory_, zone);
    reader_.read_own(i, collector);
    index(zone);
  }
}

void NetworkRecords::index(ZoneRecords& zone) {
  for (std::uint32_t i = 0; i < zone.records.size(); i++) {
    const LintRecord& record = zone.records[i];
    if (!record.owner.is_at_or_below(zone.origin)) continue;
    zone.by_owner[record.owner].push_back(i);
    if (record.type == RRType::kNS && record.owner.size() > zone.origin.size()) zone.cuts.insert(record.owner);
    for (NameView name = record.owner; name.size() >= zone.origin.size(); name = name.parent()) {
      if (!zone.names.insert(name).second || name.is_root()) break;
    }
  }
}

std::optional<NetworkRecords::Location> NetworkRecords::locate(NameView name) const {
  std::optional<std::size_t> best;
  for (NameView suffix = name;; suffix = suffix.parent()) {
    best = plan_.find(suffix);
    if (best || suffix.is_root()) break;
  }
  if (!best) return std::nullopt;
  const PlannedZone& zone = plan_.zones[*best];
  Location location{zone.twin_of.value_or(*best), name};
  for (auto rename = zone.renames.rbegin(); rename != zone.renames.rend(); ++rename) {
    if (auto back = Name::replace_suffix(location.name, rename->to, rename->from)) location.name = *back;
  }
  return location;
}

}  // namespace dotmesh
