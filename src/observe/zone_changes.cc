#include "observe/zone_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <unordered_set>
#include <utility>

#include "dns/rdata.h"
#include "dns/wire.h"

namespace dotmesh::observe {
namespace {

bool is_proof(const RRsetView& rrset) {
  switch (rrset.type()) {
    case RRType::kRRSIG:
    case RRType::kNSEC:
    case RRType::kNSEC3:
    case RRType::kNSEC3PARAM:
      return true;
    default:
      return false;
  }
}

using Record = std::pair<std::uint32_t, std::span<const std::uint8_t>>;  // TTL, RDATA

bool before_in_order(const Record& a, const Record& b) {
  return std::ranges::lexicographical_compare(a.second, b.second) ||
         (a.first < b.first && std::ranges::equal(a.second, b.second));
}

std::vector<Record> records_of(const RRsetView& rrset) {
  std::vector<Record> records;
  if (rrset)
    for_each_rr(rrset, [&](const RRView& rr) { records.emplace_back(rr.ttl(), rr.rdata()); });
  std::ranges::sort(records, before_in_order);
  return records;
}

std::vector<Record> only_in(const std::vector<Record>& these, const std::vector<Record>& others) {
  std::vector<Record> out;
  std::ranges::set_difference(these, others, std::back_inserter(out), before_in_order);
  return out;
}

bool same(const RRsetView& a, const RRsetView& b) {
  return a && b && a.count() == b.count() && std::ranges::equal(a.body(), b.body());
}

RRsetView find(NodeView node, const RRsetView& like) {
  if (!node) return {};
  return like.is_rrsig() ? node.find_rrsig(like.covered()) : node.find(like.covered());
}

// The node of a lowered name, those with nothing but NSEC3 included.
NodeView find(const ZoneData& data, NameView name) {
  const LookupName lookup(name);
  return data.shard_of(lookup.hash()).find(lookup.view(), lookup.hash());
}

class ZoneComparison {
 public:
  ZoneComparison(ZoneChanges& out, std::size_t& room) : out_(out), room_(room) {}

  void compare(const Zone& before, const Zone& after) {
    compare_soa(before.data(), after.data());
    if (before.shared_data() != after.shared_data()) {
      // What stands in memory that both use is the same.
      each_node_not_in(before.data(), after.data(), [&](NodeView node) {
        compare_node(find(before.data(), node.name()), node);
      });
      each_node_not_in(after.data(), before.data(), [&](NodeView node) {
        if (!find(after.data(), node.name())) compare_node(node, {});
      });
    }
    std::ranges::sort(out_.records, [](const RecordChange& a, const RecordChange& b) {
      const int order = compare_canonical(a.owner, b.owner);
      return order != 0 ? order < 0
                        : std::tie(a.type, a.before, a.after) < std::tie(b.type, b.before, b.after);
    });
  }

 private:
  // Each node of `data` whose memory `other` does not share.
  template <typename F>
  static void each_node_not_in(const ZoneData& other, const ZoneData& data, F&& each) {
    std::unordered_set<const std::uint8_t*> shared;
    for (const Shard& shard : other.shards) shared.insert(shard.block());
    for (const Shard& shard : data.shards) {
      if (!shared.contains(shard.block())) shard.for_each_node(each);
    }
  }

  void compare_node(NodeView before, NodeView after) {
    const NameView owner = after ? after.name() : before.name();
    if (after) {
      after.for_each_rrset(
          [&](const RRsetView& rrset) { compare_rrset(owner, find(before, rrset), rrset); });
    }
    if (before) {
      before.for_each_rrset([&](const RRsetView& rrset) {
        if (!find(after, rrset)) compare_rrset(owner, rrset, {});
      });
    }
  }

  void compare_rrset(NameView owner, const RRsetView& before, const RRsetView& after) {
    if (same(before, after)) return;
    const auto had = records_of(before);
    const auto has = records_of(after);
    const auto gone = only_in(had, has);
    const auto come = only_in(has, had);
    const RRsetView& either = after ? after : before;
    if (is_proof(either)) {
      out_.proofs += gone.size() + come.size();
      return;
    }
    const std::size_t pairs = std::min(gone.size(), come.size());
    out_.changed += pairs;
    out_.removed += gone.size() - pairs;
    out_.added += come.size() - pairs;
    for (std::size_t i = 0; i < std::max(gone.size(), come.size()); i++) {
      tell(owner, either.type(), i < gone.size() ? &gone[i] : nullptr,
           i < come.size() ? &come[i] : nullptr);
    }
  }

  void tell(NameView owner, RRType type, const Record* before, const Record* after) {
    if (out_.twin_of || room_ == 0) return;
    room_--;
    const auto text = [type](const Record* record) {
      return record ? fmt::format("{} {}", record->first, rdata_to_string(type, record->second))
                    : std::string();
    };
    out_.records.push_back({Name(owner), to_string(type), text(before), text(after)});
  }

  // The serial rises with every commit and is told apart.
  void compare_soa(const ZoneData& before, const ZoneData& after) {
    auto had = before.soa_rdata;
    auto has = after.soa_rdata;
    for (auto* rdata : {&had, &has}) {
      constexpr std::size_t kSerialToEnd = 20;  // serial, refresh, retry, expire, minimum
      if (rdata->size() >= kSerialToEnd)
        std::fill_n(rdata->end() - kSerialToEnd, 4, std::uint8_t{0});
    }
    if (had == has && before.soa_ttl == after.soa_ttl) return;
    out_.changed++;
    const Record first{before.soa_ttl, before.soa_rdata};
    const Record second{after.soa_ttl, after.soa_rdata};
    tell(after.origin, RRType::kSOA, &first, &second);
  }

  ZoneChanges& out_;
  std::size_t& room_;
};

using ByOrigin = std::map<Name, const ZoneInfo*, CanonicalLess>;

ByOrigin by_origin(const Generation& generation) {
  ByOrigin out;
  for (const ZoneInfo& info : generation.zone_infos) {
    if (info.zone) out.emplace(info.origin, &info);
  }
  return out;
}

ZoneChanges begin_zone(const ZoneInfo& info) {
  ZoneChanges out;
  out.origin = info.origin;
  out.twin_of = info.twin_of;
  return out;
}

class Comparison {
 public:
  GenerationChanges compare(const Generation& before, const Generation& after) {
    const ByOrigin had = by_origin(before);
    const ByOrigin has = by_origin(after);
    for (const ZoneInfo& info : after.zone_infos) {
      if (!info.zone) continue;
      const auto found = had.find(info.origin);
      found == had.end() ? came(info) : both(*found->second, info);
    }
    for (const ZoneInfo& info : before.zone_infos) {
      if (info.zone && !has.contains(info.origin)) went(info);
    }
    return std::move(out_);
  }

 private:
  void both(const ZoneInfo& before, const ZoneInfo& after) {
    ZoneChanges zone = begin_zone(after);
    zone.serial_before = before.zone->serial();
    zone.serial_after = after.zone->serial();
    ZoneComparison(zone, room_).compare(*before.zone, *after.zone);
    const std::size_t records = zone.added + zone.removed + zone.changed;
    if (records + zone.proofs == 0) return;
    if (!zone.twin_of) out_.records_not_told += records - zone.records.size();
    add(std::move(zone));
  }

  void came(const ZoneInfo& info) {
    ZoneChanges zone = begin_zone(info);
    zone.what = ZoneChange::kCame;
    zone.serial_after = info.zone->serial();
    zone.added = info.zone->record_count();
    add(std::move(zone));
  }

  void went(const ZoneInfo& info) {
    ZoneChanges zone = begin_zone(info);
    zone.what = ZoneChange::kWent;
    zone.serial_before = info.zone->serial();
    zone.removed = info.zone->record_count();
    add(std::move(zone));
  }

  void add(ZoneChanges zone) {
    if (out_.zones.size() < kMaxChangedZones) {
      out_.zones.push_back(std::move(zone));
    } else {
      out_.zones_not_told++;
    }
  }

  GenerationChanges out_;
  std::size_t room_ = kMaxChangesTold;
};

}  // namespace

GenerationChanges changes_between(const Generation& before, const Generation& after) {
  return Comparison().compare(before, after);
}

}  // namespace dotmesh::observe
