#include "network/plan_reader.h"

#include <fmt/format.h>

#include "network/record_place.h"
#include "network/twins.h"

namespace dotmesh {

void AuthoritySink::on_record(const RecordView& record) {
  if (record.type != RRType::kSOA && record.type != RRType::kNS) return;
  if (!record.owner.equals(from_)) return;
  RecordView moved = record;
  moved.owner = to_;
  next_.on_record(moved);
}

ReverseCollector make_collector(const ZonePlan& plan, std::size_t zone) {
  const Name& origin = plan.zones[zone].origin;
  ReverseCollector collector(origin, *ReversePrefix::of_zone(origin));
  for (const PlannedZone& other : plan.zones) {
    if (other.origin.view().is_below(origin)) collector.leave_to(other.origin);
  }
  return collector;
}

bool PlanReader::read_own(std::size_t zone, RecordSink& sink) {
  const PlannedZone& z = plan_.zones[zone];
  bool good = !z.unreadable;
  if (good && !z.file.empty()) good = reader_.read(z.file, z.origin, sink);
  for (const GenerateRule& rule : z.generate) {
    good = run_rule(rule, z.origin, plan_.network_file, diagnostics_, sink) && good;
  }
  return good;
}

bool PlanReader::read(std::size_t zone, RecordSink& sink) {
  const PlannedZone& z = plan_.zones[zone];
  if (!z.reverse_of.empty()) return read_reverse(zone, sink);
  if (!z.twin_of) return read_own(zone, sink);
  RenamingSink renaming(z.renames, sink);
  bool good = read(*z.twin_of, renaming);
  if (const auto& record = renaming.too_long()) {
    report_too_long(zone, record->owner, record->type, record->file, record->line);
    good = false;
  }
  return good;
}

bool PlanReader::read_reverse(std::size_t zone, RecordSink& sink) {
  const PlannedZone& z = plan_.zones[zone];
  ReverseCollector collector = make_collector(plan_, zone);
  CollectSink own(collector, true);
  CollectSink source(collector, false);
  FanOut both;
  both.add(sink);
  both.add(own);
  bool good = read_own(zone, both);
  bool first = z.file.empty();
  for (std::size_t from : z.reverse_of) {
    const PlannedZone& other = plan_.zones[from];
    FanOut fan;
    fan.add(source);
    AuthoritySink authority(other.origin, z.origin, sink);
    if (first) fan.add(authority);
    first = false;
    if (other.twin_of) {
      RenamingSink renaming(other.renames, fan);
      good = read_own(*other.twin_of, renaming) && good;
    } else {
      good = read_own(from, fan) && good;
    }
  }
  collector.finish(sink, [](const ReverseCollector::Clash&) {});
  return good;
}

void PlanReader::report_too_long(std::size_t twin, const Name& owner, RRType type, std::uint32_t file,
                                 std::uint32_t line) {
  RecordPlaces places(tree_, plan_);
  Diagnostic d = places.fault(
      Severity::kError, "twin-too-long", file_name(file), line,
      fmt::format("a name of {} at \"{}\" becomes longer than 255 octets in the twin \"{}\"",
                  to_string(type), owner.to_string(), plan_.zones[twin].origin.to_string()),
      "shorten the name");
  d.counterpart = "twin";
  d.counterpart_position = plan_.network_file.position(plan_.zones[twin].declared);
  diagnostics_.add(std::move(d));
}

}  // namespace dotmesh
