// RRsets: duplicate records, and TTLs that differ.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "check/lint_report.h"

namespace dotmesh {
namespace {

void check_owner(const ZoneRecords& zone, NameView owner, const std::vector<std::uint32_t>& indexes,
                 LintReport& report) {
  std::map<RRType, const LintRecord*> first;
  std::map<std::pair<RRType, std::string>, const LintRecord*> seen;
  for (std::uint32_t i : indexes) {
    const LintRecord& record = zone.records[i];
    if (record.type == RRType::kRRSIG) continue;  // an RRset of its own for each type that it covers
    auto [same, fresh] = seen.try_emplace({record.type, {record.rdata.begin(), record.rdata.end()}}, &record);
    if (!fresh) {
      // A file that is included twice: the same line cannot be removed from one of the two.
      if (same->second->file == record.file && same->second->line == record.line) continue;
      report.warn(record, {.code = "duplicate-record",
                           .subject = owner.to_string(),
                           .message = fmt::format("duplicate {} record of \"{}\"", to_string(record.type), owner.to_string()),
                           .way_out = "remove one of the two",
                           .counterpart = same->second});
      continue;
    }
    const LintRecord& other = *first.try_emplace(record.type, &record).first->second;
    if (other.ttl == record.ttl) continue;
    report.warn(record, {.code = "ttl-differs",
                         .subject = owner.to_string(),
                         .message = fmt::format("TTL {} of {} \"{}\" differs from {}; all get {}", record.ttl,
                                                to_string(record.type), owner.to_string(), other.ttl,
                                                std::min(record.ttl, other.ttl)),
                         .way_out = "give all records of a name and type one TTL",
                         .counterpart = &other});
  }
}

}  // namespace

void lint_rrsets(const NetworkRecords& network, LintReport& report) {
  for (const ZoneRecords& zone : network.zones()) {
    for (const auto& [owner, indexes] : zone.by_owner) {
      if (indexes.size() > 1) check_owner(zone, owner, indexes, report);
    }
  }
}

}  // namespace dotmesh
