#include "network/zone_plan.h"

#include <fmt/format.h>

#include <unordered_map>
#include <utility>

#include "network/reverse.h"
#include "network/twins.h"

namespace dotmesh {
namespace {

constexpr std::string_view kZoneSuffix = ".zone";

using OriginIndex = std::unordered_map<Name, std::size_t, NameHash, NameEqual>;

// Every NAME.zone at the root of the tree.
void plan_from_files(const FileTree& tree, ZonePlan& plan, Diagnostics& diagnostics) {
  auto entries = tree.list("");
  if (!entries) {
    diagnostics.error("unreadable-folder", {".", 0, 0}, entries.error().message);
    return;
  }
  OriginIndex by_origin;
  for (const TreeEntry& entry : *entries) {
    if (entry.is_folder || !entry.name.ends_with(kZoneSuffix)) continue;
    std::optional<Name> origin = zone_name_of_file(entry.name);
    if (!origin) {
      diagnostics.error("zone-file-name", {entry.name, 0, 0}, "the file's name is not a domain name and .zone",
                        "name it as the zone, such as example.mesh.zone, or list it in dotmesh.toml");
      continue;
    }
    if (auto [other, fresh] = by_origin.emplace(*origin, plan.zones.size()); !fresh) {
      Diagnostic d;
      d.code = "zone-twice";
      d.position = {entry.name, 0, 0};
      d.message = fmt::format("two files for zone \"{}\"", origin->to_string());
      d.counterpart = "first";
      d.counterpart_position = {plan.zones[other->second].file, 0, 0};
      d.way_out = "keep one of the two";
      diagnostics.add(std::move(d));
      continue;
    }
    PlannedZone& zone = plan.zones.emplace_back();
    zone.origin = *origin;
    zone.file = entry.name;
  }
}

// Makes the plan of what the network file lists.
class FilePlanner {
 public:
  FilePlanner(const FileTree& tree, ZonePlan& plan, Diagnostics& diagnostics)
      : tree_(tree), plan_(plan), diagnostics_(diagnostics) {}

  void run() {
    for (const ZoneDeclaration& entry : plan_.config.zone) add_zone(entry);
    if (too_many_generated_) {  // nobody waits for the rest of them
      for (PlannedZone& zone : plan_.zones) zone.generate.clear();
    }
    add_twins(plan_, diagnostics_);
    for (std::size_t i = 0; i < plan_.zones.size(); i++) by_origin_.emplace(plan_.zones[i].origin, i);
    for (std::size_t i = 0; i < plan_.config.zone.size(); i++) {
      PlannedZone& zone = plan_.zones[i];
      if (!connect_reverse(i) && zone.file.empty()) zone.unreadable = true;
    }
  }

 private:
  Diagnostic& fault(std::string code, const Place& place, std::string message, std::string way_out) {
    last_ = plan_.network_file.fault(Severity::kError, std::move(code), place, std::move(message),
                                     std::move(way_out));
    return last_;
  }

  void add_zone(const ZoneDeclaration& entry) {
    PlannedZone& zone = plan_.zones.emplace_back();
    zone.origin = entry.name.value;
    zone.declared = entry.name.place;
    if (zone.declared.line == 0) {  // no name: that has been told
      zone.unreadable = true;
      return;
    }
    if (auto [other, fresh] = declared_.emplace(zone.origin, plan_.zones.size() - 1); !fresh) {
      Diagnostic& d = fault("zone-twice", zone.declared,
                            fmt::format("zone \"{}\" is declared twice", zone.origin.to_string()),
                            "keep one of the two");
      d.counterpart = "first";
      d.counterpart_position = plan_.network_file.position(plan_.zones[other->second].declared);
      diagnostics_.add(d);
    }
    add_file(entry, zone);
    for (const GenerateEntry& rule : entry.generate) {
      auto compiled = compile_rule(rule, plan_.network_file, diagnostics_);
      if (!compiled) continue;
      generated_ += compiled->count();
      if (generated_ > kMaxGeneratedTotal) {
        if (std::exchange(too_many_generated_, true)) continue;
        diagnostics_.add(fault("generate", rule.range.place,
                               fmt::format("the rules make more than {} records together", kMaxGeneratedTotal),
                               "make the ranges smaller"));
        continue;
      }
      zone.generate.push_back(std::move(*compiled));
    }
  }

  void add_file(const ZoneDeclaration& entry, PlannedZone& zone) {
    if (entry.file.value.empty()) {
      if (!entry.reverse_of.empty()) return;
      diagnostics_.add(fault("zone-without-file", entry.name.place,
                             fmt::format("zone \"{}\" has no file", zone.origin.to_string()),
                             "add file = \"...\" with at least its SOA and NS records"));
      zone.unreadable = true;
      return;
    }
    Result<std::string> path = normalise_tree_path(entry.file.value);
    if (!path) {
      diagnostics_.add(fault("zone-file", entry.file.place, path.error().message,
                             "name a file of the repository, from its root"));
      zone.unreadable = true;
      return;
    }
    zone.file = *path;
    zone.file_place = entry.file.place;
    if (!tree_.exists(zone.file)) {
      diagnostics_.add(fault("zone-file", entry.file.place,
                             fmt::format("there is no file \"{}\" for zone \"{}\"", zone.file,
                                         zone.origin.to_string()),
                             "add the file or remove the zone"));
      zone.unreadable = true;
    }
  }

  // False when something about reverse_of is wrong (reported).
  bool connect_reverse(std::size_t index) {
    bool good = true;
    const ZoneDeclaration& entry = plan_.config.zone[index];
    if (entry.reverse_of.empty()) return true;
    if (!ReversePrefix::of_zone(plan_.zones[index].origin)) {
      diagnostics_.add(fault("reverse-zone", entry.name.place,
                             fmt::format("zone \"{}\" is no reverse zone, so reverse_of says nothing",
                                         entry.name.value.to_string()),
                             "a reverse zone is such as 10.in-addr.arpa. or 8.b.d.0.1.0.0.2.ip6.arpa."));
      return false;
    }
    for (const Located<Name>& source : entry.reverse_of) {
      auto found = by_origin_.find(source.value);
      if (found == by_origin_.end() || found->second == index) {
        diagnostics_.add(fault("reverse-zone", source.place,
                               fmt::format("reverse_of names \"{}\", which is no other zone of this network",
                                           source.value.to_string()),
                               "name zones that this file declares"));
        good = false;
        continue;
      }
      plan_.zones[index].reverse_of.push_back(found->second);
    }
    return has_authority(index) && good;
  }

  // SOA and NS of a reverse zone without a file come from the first zone of reverse_of.
  bool has_authority(std::size_t index) {
    const PlannedZone& zone = plan_.zones[index];
    if (!zone.file.empty() || zone.reverse_of.empty()) return true;
    const PlannedZone& first = plan_.zones[zone.reverse_of[0]];
    if (!plan_.zones[first.twin_of.value_or(zone.reverse_of[0])].file.empty()) return true;
    diagnostics_.add(fault("reverse-zone", plan_.config.zone[index].reverse_of[0].place,
                           fmt::format("\"{}\" has no file to take the SOA and NS records of \"{}\" from",
                                       first.origin.to_string(), zone.origin.to_string()),
                           "give the reverse zone a file, or name a zone with a file first"));
    return false;
  }

  const FileTree& tree_;
  ZonePlan& plan_;
  Diagnostics& diagnostics_;
  Diagnostic last_;
  OriginIndex declared_;
  OriginIndex by_origin_;
  std::uint64_t generated_ = 0;
  bool too_many_generated_ = false;
};

}  // namespace

std::optional<std::size_t> ZonePlan::find(NameView origin) const {
  for (std::size_t i = 0; i < zones.size(); i++) {
    if (zones[i].origin.view().equals(origin)) return i;
  }
  return std::nullopt;
}

std::optional<Name> zone_name_of_file(std::string_view file_name) {
  if (!file_name.ends_with(kZoneSuffix)) return std::nullopt;
  file_name.remove_suffix(kZoneSuffix.size());
  Result<Name> name = Name::parse(file_name);
  if (!name || file_name == "@") return std::nullopt;
  return *name;
}

ZonePlan plan_zones(const FileTree& tree, Diagnostics& diagnostics) {
  ZonePlan plan;
  auto bytes = tree.read(kNetworkFile);
  // A network file that is there but a symbolic link or a folder must not pass for none.
  bool absent = !bytes && bytes.error().message.find("no such file") != std::string::npos;
  if (absent) {
    plan_from_files(tree, plan, diagnostics);
  } else if (!bytes) {
    diagnostics.error("unreadable-file", {std::string(kNetworkFile), 0, 0},
                      fmt::format("cannot read the network file: {}", bytes.error().message),
                      "put the file itself there");
  } else {
    plan.has_network_file = true;
    plan.network_file = SourceText(std::string(kNetworkFile), bytes->text());
    plan.config = parse_network_config(plan.network_file, diagnostics);
    FilePlanner(tree, plan, diagnostics).run();
  }
  if (plan.zones.empty() && !diagnostics.has_errors()) {
    diagnostics.error("no-zones", {plan.has_network_file ? std::string(kNetworkFile) : ".", 0, 0},
                      plan.has_network_file ? "the network file lists no zone"
                                            : "there is no zone file and no dotmesh.toml here",
                      plan.has_network_file ? "add a [[zone]]" : "name zone files NAME.zone, such as mesh.zone");
  }
  return plan;
}

}  // namespace dotmesh
