// Names that records point to: addresses in their place, missing final dots, names that are not there, aliases.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "check/lint_report.h"

namespace dotmesh {
namespace {

// Top-level domains that a name in a volunteer's zone file really ends in. Short on purpose: a service
// may be called "dev" or "app", so the name before it must not exist either.
constexpr auto kTopLevelDomains = std::to_array<std::string_view>(
    {"app", "at",  "biz", "ca",  "ch",  "cloud", "club", "co",     "com",  "coop", "de",  "dev", "edu", "es",
     "eu",  "fr",  "gov", "in",  "info", "io",   "it",   "me",     "mil",  "net",  "network", "nl", "nyc",
     "online", "org", "pl", "se", "site", "space", "tech", "tv",   "uk",   "us",   "xyz"});

std::string label_text(NameView name) {
  auto label = name.first_label();
  std::string text(label.begin(), label.end());
  std::ranges::transform(text, text.begin(), [](char c) { return static_cast<char>(lower_octet(static_cast<std::uint8_t>(c))); });
  return text;
}

// The address that the leftmost four labels spell; empty when they do not.
std::string spelled_address(NameView name) {
  std::string text;
  for (int i = 0; i < 4; i++) {
    if (name.is_root()) return {};
    std::string label = label_text(name);
    unsigned octet = 256;
    auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), octet);
    if (error != std::errc{} || end != label.data() + label.size() || octet > 255) return {};
    text += (i == 0 ? "" : ".") + label;
    name = name.parent();
  }
  return text;
}

// The last label in front of `origin`, and how many there are.
std::pair<std::string, std::size_t> last_label_before(NameView name, NameView origin) {
  std::string last;
  std::size_t count = 0;
  for (; name.size() > origin.size(); name = name.parent(), count++) last = label_text(name);
  return {last, count};
}

// "wiki.mesh" written in mesh. without its final dot becomes wiki.mesh.mesh.: the zone's own name, or
// that of another zone of the network, stands in front of the origin. That name; nullopt otherwise.
std::optional<NameView> repeated_origin(const ZonePlan& plan, NameView name, NameView origin) {
  for (const PlannedZone& zone : plan.zones) {
    if (zone.origin.view().is_root() || zone.origin.size() - 1 + origin.size() > name.size()) continue;
    std::optional<Name> inner = Name::replace_suffix(name, origin, NameView());
    if (inner && inner->view().is_at_or_below(zone.origin)) return zone.origin.view();
  }
  return std::nullopt;
}

void check_final_dot(const NetworkRecords& network, const ZoneRecords& zone, const LintRecord& record,
                     NameView name, bool is_owner, LintReport& report) {
  if (!name.is_below(zone.origin)) return;
  if (!is_owner && zone.exists(name)) return;
  std::string written = relative_text(name, zone.origin);
  std::string what = is_owner ? "owner name" : fmt::format("target of {}", to_string(record.type));
  if (auto origin = repeated_origin(network.plan(), name, zone.origin)) {
    return report.warn(record,
                       {.code = "missing-final-dot",
                        .subject = name.to_string(),
                        .message = fmt::format("{} \"{}\" repeats the zone name \"{}\"; its final dot is missing",
                                               what, name.to_string(), origin->to_string()),
                        .way_out = fmt::format("write \"{}.\"", written),
                        .underline = written});
  }
  if (is_owner) return;
  auto [last, count] = last_label_before(name, zone.origin);
  if (count < 2 || !std::ranges::binary_search(kTopLevelDomains, last)) return;
  report.warn(record, {.code = "missing-final-dot",
                       .subject = name.to_string(),
                       .message = fmt::format("{} \"{}\" has \".{}\" in front of the zone name; its final dot "
                                              "is missing",
                                              what, name.to_string(), last),
                       .way_out = fmt::format("write \"{}.\"", written),
                       .underline = written});
}

// True when reported.
bool check_address_as_name(const ZoneRecords& zone, const LintRecord& record, NameView target, LintReport& report) {
  std::string address = spelled_address(target);
  if (address.empty() || zone.exists(target)) return false;
  const std::string_view type = record.type == RRType::kCNAME ? "an A record instead of CNAME"
                                                              : "a name there, and an A record for it";
  report.warn(record, {.code = "address-as-name",
                       .subject = target.to_string(),
                       .message = fmt::format("{} of \"{}\" points to the address {}, where a name belongs",
                                              to_string(record.type), record.owner.to_string(), address),
                       .way_out = fmt::format("write {}", type),
                       .underline = address});
  return true;
}

void check_dangling(const NetworkRecords& network, const LintRecord& record, NameView target, LintReport& report) {
  auto location = network.locate(target);
  if (!location) return;
  const ZoneRecords& zone = network.zones()[location->zone];
  if (zone.computed || zone.exists(location->name) || zone.cut_above(location->name)) return;
  // Below a DNAME every name leads somewhere.
  for (NameView above = location->name; above.size() > zone.origin.size();) {
    above = above.parent();
    if (zone.has(above, RRType::kDNAME)) return;
  }
  report.warn(record, {.code = "dangling-cname",
                       .subject = record.owner.to_string(),
                       .message = fmt::format("CNAME of \"{}\" points to \"{}\", which does not exist",
                                              record.owner.to_string(), target.to_string()),
                       .way_out = "add that name, or remove the CNAME",
                       .underline = relative_text(target, zone.origin)});
}

// RFC 2181 section 10.3: mail and delegations get lost where a server does not follow it.
void check_alias(const NetworkRecords& network, const LintRecord& record, NameView target, LintReport& report) {
  auto location = network.locate(target);
  if (!location) return;
  const ZoneRecords& zone = network.zones()[location->zone];
  auto found = zone.by_owner.find(location->name);
  if (found == zone.by_owner.end()) return;
  const LintRecord& alias = zone.records[found->second.front()];
  if (alias.type != RRType::kCNAME) return;
  report.warn(record, {.code = "alias-as-target",
                       .subject = target.to_string(),
                       .message = fmt::format("{} of \"{}\" points to \"{}\", which is an alias", to_string(record.type),
                                              record.owner.to_string(), target.to_string()),
                       .way_out = fmt::format("write the name that it stands for, \"{}\"", alias.target()->to_string()),
                       .underline = relative_text(target, zone.origin),
                       .counterpart = &alias});
}

}  // namespace

void lint_targets(const NetworkRecords& network, LintReport& report) {
  for (const ZoneRecords& zone : network.zones()) {
    NameView last_owner;
    for (const LintRecord& record : zone.records) {
      if (!record.owner.equals(last_owner)) check_final_dot(network, zone, record, record.owner, true, report);
      last_owner = record.owner;
      std::optional<NameView> target = record.target();
      if (!target || record.type == RRType::kPTR) continue;
      if (check_address_as_name(zone, record, *target, report)) continue;
      std::size_t before = report.count();
      check_final_dot(network, zone, record, *target, false, report);
      if (record.type == RRType::kCNAME && report.count() == before) check_dangling(network, record, *target, report);
      if (record.needs_canonical_target()) check_alias(network, record, *target, report);
    }
  }
}

}  // namespace dotmesh
