#include "observe/zone_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/ip_prefix.h"
#include "dns/rdata.h"
#include "observe/json_text.h"

namespace dotmesh::observe {
namespace {

using nlohmann::json;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool looks_like_address(std::string_view text) {
  if (text.find(':') != text.npos)
    return text.find_first_not_of("0123456789abcdefABCDEF:./") == text.npos;
  return text.find_first_not_of("0123456789./") == text.npos && text.find('.') != text.npos;
}

// How well a name answers the question; the best first.
enum Match : std::uint8_t { kExact, kCovering, kFirstLabels, kBeginning, kInside, kNone };
constexpr std::size_t kMatches = kNone;

struct Found {
  const ZoneInfo* zone;
  NodeView node;
};

// A name as a person types it, lowered and without the final dot; not escaped.
class PlainName {
 public:
  explicit PlainName(NameView name) {
    const std::uint8_t* wire = name.data();
    for (std::size_t at = 0; wire[at] != 0; at += 1U + wire[at]) {
      if (size_ != 0) text_[size_++] = '.';
      for (std::size_t i = 1; i <= wire[at]; i++)
        text_[size_++] = static_cast<char>(lower_octet(wire[at + i]));
    }
  }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, kMaxNameLength> text_;
  std::size_t size_ = 0;
};

class Search {
 public:
  Search(const Generation& generation, std::size_t max_names)
      : generation_(generation), max_names_(max_names) {}

  json by_address(const IpPrefix& prefix) {
    if (prefix.length() == prefix.address().size() * 8) add_pointer(prefix.address());
    each_node([&](const ZoneInfo& zone, NodeView node) {
      if (has_address_in(node, prefix)) add(kInside, zone, node);
    });
    return result("address");
  }

  json by_name(std::string_view text) {
    const auto exact =
        Name::parse(text.ends_with('.') ? std::string(text) : fmt::format("{}.", text));
    if (exact) add_exact(exact->lowered());
    std::string part(text.substr(0, text.size() - (text.ends_with('.') ? 1 : 0)));
    if (part.empty()) return result("name");
    std::ranges::transform(part, part.begin(), [](char c) {
      return static_cast<char>(lower_octet(static_cast<std::uint8_t>(c)));
    });
    each_node([&](const ZoneInfo& zone, NodeView node) {
      const Match match = match_of(PlainName(node.name()).text(), part);
      if (match != kNone) add(match, zone, node);
    });
    return result("name");
  }

 private:
  static bool has_address_in(NodeView node, const IpPrefix& prefix) {
    bool found = false;
    if (const RRsetView rrset = node.find(prefix.is_ipv6() ? RRType::kAAAA : RRType::kA)) {
      for_each_rr(rrset, [&](const RRView& rr) { found = found || prefix.contains(rr.rdata()); });
    }
    return found;
  }

  // The exact name is found without a search.
  static Match match_of(std::string_view name, std::string_view part) {
    const auto at = name.find(part);
    if (at == name.npos || name.size() == part.size()) return kNone;
    if (at != 0) return kInside;
    return name[part.size()] == '.' ? kFirstLabels : kBeginning;
  }

  template <typename F>
  void each_node(F&& each) {
    std::size_t looked_at = 0;
    for (const ZoneInfo& info : generation_.zone_infos) {
      if (!info.zone || info.twin_of) continue;
      for (const Shard& shard : info.zone->data().shards) {
        if (looked_at >= max_names_) {
          incomplete_ = true;
          return;
        }
        looked_at += shard.header().name_count;
        shard.for_each_node([&](NodeView node) {
          if (node.rrset_count() != 0 && !node.has(kNodeNsec3Only)) each(info, node);
        });
      }
    }
  }

  const ZoneInfo* info_of(const Zone* zone) const {
    for (const ZoneInfo& info : generation_.zone_infos) {
      if (zone != nullptr && info.zone && NameEqual{}(info.origin, zone->origin())) return &info;
    }
    return nullptr;
  }

  void add_exact(NameView name) {
    const LookupName lookup(name);
    const Zone* zone = generation_.zones.find(lookup);
    const ZoneInfo* info = info_of(zone);
    if (info == nullptr) return;
    // From the apex down: what lies below a delegation is another's.
    NodeView closest = zone->apex();
    std::size_t labels = zone->origin_labels();
    while (labels < lookup.label_count()) {
      const NodeView next = zone->find(lookup, labels + 1);
      if (!next) break;
      closest = next;
      labels++;
      if (next.has(kNodeHasNs)) break;
    }
    if (labels == lookup.label_count()) {
      if (closest.rrset_count() != 0) add(kExact, *info, closest);
    } else if (labels != zone->origin_labels() && closest.has(kNodeHasNs)) {
      add(kCovering, *info, closest);
    } else if (const NodeView wildcard =
                   zone->find_wildcard(lookup.suffix(labels), lookup.suffix_hash(labels))) {
      add(kCovering, *info, wildcard);
    }
  }

  // The PTR record of an address (RFC 1035 section 3.5, RFC 3596 section 2.5).
  void add_pointer(std::span<const std::uint8_t> address) {
    std::string text;
    for (std::size_t i = address.size(); i-- != 0;) {
      text += address.size() == 4 ? fmt::format("{}.", address[i])
                                  : fmt::format("{:x}.{:x}.", address[i] & 15, address[i] >> 4);
    }
    text += address.size() == 4 ? "in-addr.arpa." : "ip6.arpa.";
    const auto name = Name::parse(text);
    if (name) add_exact(*name);
  }

  void add(Match match, const ZoneInfo& zone, NodeView node) {
    auto& matches = found_[match];
    if (matches.size() < ZoneSearch::kMaxResults) {
      matches.push_back({&zone, node});
    } else {
      more_ = true;
    }
  }

  std::vector<std::string> twins_of(const Found& found) const {
    std::vector<std::string> out;
    for (const ZoneInfo& info : generation_.zone_infos) {
      if (!info.twin_of || !NameEqual{}(*info.twin_of, found.zone->origin)) continue;
      const auto name = Name::replace_suffix(found.node.name(), found.zone->origin, info.origin);
      if (name && out.size() < ZoneSearch::kMaxRecords) out.push_back(name->to_string());
    }
    return out;
  }

  json found_json(Match match, const Found& found) const {
    json records = json::array();
    std::size_t more = 0;
    const auto tell = [&](const RRsetView& rrset) {
      if (rrset.is_rrsig()) return;
      for_each_rr(rrset, [&](const RRView& rr) {
        if (records.size() == ZoneSearch::kMaxRecords) {
          more++;
          return;
        }
        records.push_back({{"type", to_string(rrset.type())},
                           {"ttl", rr.ttl()},
                           {"data", rdata_to_string(rrset.type(), rr.rdata())}});
      });
    };
    if (found.node.data() == found.zone->zone->apex().data()) tell(found.zone->zone->soa());
    found.node.for_each_rrset(tell);
    return {{"name", found.node.name().to_string()},
            {"zone", found.zone->origin.to_string()},
            {"twins", twins_of(found)},
            {"covers", match == kCovering},
            {"records", std::move(records)},
            {"records_not_told", more}};
  }

  json result(std::string_view kind) {
    json results = json::array();
    for (std::size_t match = 0; match < kMatches; match++) {
      std::ranges::sort(found_[match], [](const Found& a, const Found& b) {
        return compare_canonical(a.node.name(), b.node.name()) < 0;
      });
      for (const Found& found : found_[match]) {
        if (results.size() == ZoneSearch::kMaxResults) {
          more_ = true;
          break;
        }
        results.push_back(found_json(static_cast<Match>(match), found));
      }
    }
    return {{"commit", generation_.commit.id},
            {"kind", kind},
            {"results", std::move(results)},
            {"more", more_},
            {"incomplete", incomplete_}};
  }

  const Generation& generation_;
  const std::size_t max_names_;
  std::array<std::vector<Found>, kMatches> found_;
  bool more_ = false;        // results left out
  bool incomplete_ = false;  // names not looked at
};

json fault(std::string text) {
  return {{"fault", std::move(text)}, {"results", json::array()}};
}

}  // namespace

std::string search_zones(const Generation& generation, std::string_view question,
                         std::size_t max_names) {
  const std::string_view text = trimmed(question);
  if (text.empty())
    return json_text(fault("nothing to search for; give a name, a part of one, or an address"));
  if (text.size() > ZoneSearch::kMaxQuestion)
    return json_text(fault("too long to be a name or an address"));
  if (looks_like_address(text)) {
    const auto prefix = IpPrefix::parse(text);
    if (prefix) return json_text(Search(generation, max_names).by_address(*prefix));
    if (text.find('/') != text.npos) return json_text(fault(prefix.error().message));
  }
  return json_text(Search(generation, max_names).by_name(text));
}

std::string ZoneSearch::find(const std::string& question) {
  const auto generation = published_.current();
  if (!generation) return json_text(fault("nothing is served yet"));
  std::lock_guard lock(one_at_a_time_);
  return search_zones(*generation, question);
}

}  // namespace dotmesh::observe
