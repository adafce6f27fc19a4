// Delegations: servers without addresses, delegations to ourselves that nobody serves, data that a
// delegation hides.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "check/lint_report.h"

namespace dotmesh {
namespace {

using NameSet = std::unordered_set<NameView, NameHash, NameEqual>;

// A server inside the zone whose address nobody can know.
void check_glue(const ZoneRecords& zone, const LintRecord& record, LintReport& report) {
  NameView server = *record.target();
  if (!server.is_at_or_below(zone.origin)) return;
  bool below_this_cut = record.owner.size() > zone.origin.size() && server.is_at_or_below(record.owner);
  std::optional<NameView> cut = zone.cut_above(server);
  if (cut && !below_this_cut) return;  // another delegation's name: its servers know it
  if (zone.has(server, RRType::kA) || zone.has(server, RRType::kAAAA)) return;
  if (!below_this_cut && !zone.names.contains(server) && zone.exists(server)) return;  // by a wildcard
  report.warn(record, {.code = "missing-glue",
                       .subject = server.to_string(),
                       .message = fmt::format("server \"{}\" of \"{}\" has no A or AAAA record", server.to_string(),
                                              record.owner.to_string()),
                       .way_out = fmt::format("add \"{} A ADDRESS\"", relative_text(server, zone.origin)),
                       .underline = relative_text(server, zone.origin)});
}

// The names of our own servers: those that the zones of the network are served from.
NameSet own_servers(const NetworkRecords& network) {
  NameSet servers;
  for (const ZoneRecords& zone : network.zones()) {
    auto apex = zone.by_owner.find(zone.origin.view());
    if (apex == zone.by_owner.end()) continue;
    for (std::uint32_t i : apex->second) {
      if (zone.records[i].type == RRType::kNS) servers.insert(*zone.records[i].target());
    }
  }
  return servers;
}

// A delegation to ourselves is lame unless we serve the child, under every origin of the parent.
void check_own_delegation(const NetworkRecords& network, std::size_t index, const LintRecord& record,
                          LintReport& report) {
  const ZonePlan& plan = network.plan();
  for (std::size_t i = 0; i < plan.zones.size(); i++) {
    const PlannedZone& zone = plan.zones[i];
    if (i != index && zone.twin_of != index) continue;
    Name child = record.owner;
    for (const Rename& rename : zone.renames) {
      if (auto renamed = Name::replace_suffix(child, rename.from, rename.to)) child = *renamed;
    }
    if (plan.find(child)) continue;
    report.warn(record, {.code = "lame-delegation",
                         .subject = child.to_string(),
                         .message = fmt::format("\"{}\" is delegated to this network's own server \"{}\", but no "
                                                "zone of that name is here",
                                                child.to_string(), record.target()->to_string()),
                         .way_out = fmt::format("add the zone \"{}\", or delegate to a server that has it",
                                                child.to_string())});
  }
}

// What stands at or below a delegation and is no glue is never answered.
void check_hidden(const ZoneRecords& zone, const LintRecord& record, const NameSet& servers, LintReport& report) {
  if (record.type == RRType::kRRSIG || record.type == RRType::kNSEC || record.type == RRType::kNSEC3) return;
  std::optional<NameView> cut = zone.cut_above(record.owner);
  if (!cut) return;
  bool at_cut = cut->equals(record.owner);
  if (at_cut && (record.type == RRType::kNS || record.type == RRType::kDS)) return;
  if (record.is_address() && servers.contains(record.owner)) return;
  const auto& at = zone.by_owner.at(*cut);
  auto ns = std::ranges::find_if(at, [&](std::uint32_t i) { return zone.records[i].type == RRType::kNS; });
  report.warn(record, {.code = "below-delegation",
                       .subject = record.owner.to_string(),
                       .message = fmt::format("{} of \"{}\" is never answered: \"{}\" is delegated",
                                              to_string(record.type), record.owner.to_string(), cut->to_string()),
                       .way_out = fmt::format("move it to the zone \"{}\", or remove the delegation", cut->to_string()),
                       .counterpart = &zone.records[*ns]});
}

}  // namespace

void lint_delegations(const NetworkRecords& network, LintReport& report) {
  NameSet own = own_servers(network);
  for (std::size_t i = 0; i < network.zones().size(); i++) {
    const ZoneRecords& zone = network.zones()[i];
    NameSet servers;
    NameSet reported;
    for (const LintRecord& record : zone.records) {
      if (record.type == RRType::kNS) servers.insert(*record.target());
    }
    for (const LintRecord& record : zone.records) {
      if (!record.owner.is_at_or_below(zone.origin)) continue;
      if (record.type == RRType::kNS) {
        check_glue(zone, record, report);
        bool is_cut = record.owner.size() > zone.origin.size();
        if (is_cut && own.contains(*record.target()) && reported.insert(record.owner).second) {
          check_own_delegation(network, i, record, report);
        }
      }
      if (!zone.cuts.empty()) check_hidden(zone, record, servers, report);
    }
  }
}

}  // namespace dotmesh
