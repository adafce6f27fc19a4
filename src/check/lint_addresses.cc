// Addresses: a name that got a second one, an address that got a second name, addresses that are not
// the network's, addresses without a reverse zone.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_set>

#include "check/lint_report.h"
#include "dns/rdata.h"
#include "network/reverse.h"

namespace dotmesh {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets octets(const LintRecord& record) { return {record.rdata.begin(), record.rdata.end()}; }

bool is_private(std::span<const std::uint8_t> a) {  // RFC 1918, RFC 6598, RFC 4193
  if (a.size() == 16) return (a[0] & 0xfe) == 0xfc;
  return a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168) ||
         (a[0] == 100 && (a[1] & 0xc0) == 64);
}

// Several addresses on consecutive lines are meant; one added elsewhere in the file, to a name that its
// author did not know was taken, is not.
void check_second_address(const ZoneRecords& zone, LintReport& report) {
  for (const auto& [owner, indexes] : zone.by_owner) {
    for (RRType type : {RRType::kA, RRType::kAAAA}) {
      const LintRecord* first = nullptr;
      std::uint32_t last = 0;
      for (std::uint32_t i : indexes) {
        const LintRecord& record = zone.records[i];
        if (record.type != type) continue;
        bool apart = first != nullptr && std::any_of(zone.records.begin() + last, zone.records.begin() + i,
                                                     [&](const LintRecord& r) { return !r.owner.equals(owner); });
        if (apart && !std::ranges::equal(record.rdata, first->rdata)) {
          report.warn(record, {.code = "two-addresses",
                               .subject = owner.to_string(),
                               .message = fmt::format("\"{}\" already has another address", owner.to_string()),
                               .way_out = fmt::format("keep one, write them on lines next to each other, or "
                                                      "acknowledge \"two-addresses:{}\" in dotmesh.toml",
                                                      owner.to_string()),
                               .counterpart = first});
        }
        if (first == nullptr) first = &record;
        last = i;
      }
    }
  }
}

class AddressLint {
 public:
  AddressLint(const NetworkRecords& network, LintReport& report) : network_(network), report_(report) {
    for (const PlannedZone& zone : network.plan().zones) {
      if (zone.twin_of) continue;
      if (auto prefix = ReversePrefix::of_zone(zone.origin)) reverse_.push_back(*prefix);
    }
    for (const ZoneRecords& zone : network.zones()) {
      for (const LintRecord& record : zone.records) note_target(record);
    }
  }

  void see(const ZoneRecords& zone, const LintRecord& record) {
    if (record.owner.is_wildcard()) return;
    Octets address = octets(record);
    bool has_reverse = std::ranges::any_of(reverse_, [&](const ReversePrefix& p) { return p.contains(address); });
    // Inside a reverse zone of ours the loader tells which name the PTR record says.
    if (!has_reverse && is_ours(address)) check_second_name(zone, record, address);
    check_prefixes(record, address);
    if (!has_reverse) count_without_reverse(record, address);
  }

  void finish() {
    for (const auto& [block, found] : without_reverse_) {
      report_.warn(*found.first, {.code = "no-reverse-zone",
                                  .subject = block,
                                  .message = fmt::format("no reverse zone for {} ({} address{} in {})",
                                                         rdata_to_string(found.first->type, found.first->rdata),
                                                         found.count, found.count == 1 ? "" : "es", block),
                                  .way_out = "add a zone with reverse_of in dotmesh.toml"});
    }
  }

 private:
  struct Block {
    const LintRecord* first;
    std::size_t count;
  };

  // Names that must not become aliases.
  void note_target(const LintRecord& record) {
    if (!record.needs_canonical_target()) return;
    const auto target = record.target();
    const auto location = target ? network_.locate(*target) : std::nullopt;
    if (!location) return;
    const auto& owners = network_.zones()[location->zone].by_owner;
    if (auto found = owners.find(location->name); found != owners.end()) targets_.insert(found->first);
  }

  // Somebody else keeps the reverse names of a public address.
  bool is_ours(const Octets& address) const {
    const auto& prefixes = network_.plan().config.network.mesh_prefixes;
    return is_private(address) || std::ranges::any_of(prefixes, [&](const auto& p) { return p.value.contains(address); });
  }

  void check_second_name(const ZoneRecords& zone, const LintRecord& record, const Octets& address) {
    auto [known, fresh] = first_name_.try_emplace(address, &record);
    if (fresh || known->second->owner.equals(record.owner)) return;
    std::string text = rdata_to_string(record.type, record.rdata);
    // A CNAME tolerates nothing beside it, and no MX or NS record that points at it.
    bool could_be_alias = zone.by_owner.at(record.owner).size() == 1 && !targets_.contains(record.owner);
    report_.warn(record, {.code = "two-names",
                          .subject = text,
                          .message = fmt::format("{} has two names; a PTR record would say \"{}\", the first", text,
                                                 known->second->owner.to_string()),
                          .way_out = could_be_alias
                                         ? fmt::format("if it is an alias, write \"{} CNAME {}\"; or acknowledge "
                                                       "\"two-names:{}\" in dotmesh.toml",
                                                       relative_text(record.owner, zone.origin),
                                                       known->second->owner.to_string(), text)
                                         : fmt::format("if both are meant, acknowledge \"two-names:{}\" in dotmesh.toml",
                                                       text),
                          .counterpart = known->second});
  }

  void check_prefixes(const LintRecord& record, const Octets& address) {
    const auto& prefixes = network_.plan().config.network.mesh_prefixes;
    if (prefixes.empty()) return;
    if (std::ranges::any_of(prefixes, [&](const auto& p) { return p.value.contains(address); })) return;
    std::string text = rdata_to_string(record.type, record.rdata);
    report_.warn(record, {.code = "outside-prefixes",
                          .subject = text,
                          .message = fmt::format("{} is outside mesh_prefixes", text),
                          .way_out = fmt::format("correct the address, or acknowledge \"outside-prefixes:{}\" in "
                                                 "dotmesh.toml",
                                                 text),
                          .underline = text});
  }

  // One report a block, so that a network without reverse zones is told once and not per record.
  void count_without_reverse(const LintRecord& record, const Octets& address) {
    if (!network_.plan().has_network_file) return;
    const auto& prefixes = network_.plan().config.network.mesh_prefixes;
    auto ours = std::ranges::find_if(prefixes, [&](const auto& p) { return p.value.contains(address); });
    std::string block;
    if (ours != prefixes.end()) {
      block = ours->value.to_string();
    } else if (prefixes.empty() && is_private(address)) {
      block = address.size() == 4 ? fmt::format("{}.0.0.0/8", address[0]) : "fc00::/7";
    } else {
      return;  // somebody else's address: its reverse zone is theirs
    }
    auto [found, fresh] = without_reverse_.try_emplace(block, Block{&record, 0});
    found->second.count++;
  }

  const NetworkRecords& network_;
  LintReport& report_;
  std::vector<ReversePrefix> reverse_;
  std::unordered_set<NameView, NameHash, NameEqual> targets_;
  std::map<Octets, const LintRecord*> first_name_;
  std::map<std::string, Block> without_reverse_;
};

}  // namespace

void lint_addresses(const NetworkRecords& network, LintReport& report) {
  AddressLint addresses(network, report);
  for (const ZoneRecords& zone : network.zones()) {
    check_second_address(zone, report);
    for (const LintRecord& record : zone.records) {
      if (record.is_address()) addresses.see(zone, record);
    }
  }
  addresses.finish();
}

}  // namespace dotmesh
