#include "zone/zone_builder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_set>

#include "dns/lookup_name.h"
#include "zone/block.h"
#include "zone/record_store.h"
#include "zone/shard_writer.h"

namespace dotmesh {
namespace {

// Names in a shard on average: its slots are then 512 and about two thirds full.
constexpr std::size_t kNamesPerShard = 350;
// Octets of records in a shard on average, at most; keeps every shard far below kMaxShardSize.
constexpr std::size_t kBytesPerShard = std::size_t{1} << 20;
// Upon a base the number of shards stays; when the zone has grown or shrunk by this, all are redone.
constexpr std::size_t kReshardFactor = 4;
// Shards of a new zone share blocks of this size.
constexpr std::size_t kPoolBlock = std::size_t{8} << 20;
constexpr std::size_t kSoaNumbers = 20;  // the five fields behind the names

// Which records and names of the base the files still have: one bit for each eight octets of its
// shards, which no two records or nodes share.
class SeenMap {
 public:
  explicit SeenMap(const ZoneData& base) {
    first_bit_.reserve(base.shards.size());
    std::size_t bits = 0;
    for (const Shard& shard : base.shards) {
      first_bit_.push_back(bits);
      bits += shard.header().size / 8 + 1;
    }
    words_.resize(bits / 64 + 1);
  }
  // True when it was not marked before.
  bool mark(std::size_t shard, std::size_t offset) {
    std::size_t bit = first_bit_[shard] + offset / 8;
    std::uint64_t mask = std::uint64_t{1} << (bit % 64);
    bool fresh = (words_[bit / 64] & mask) == 0;
    words_[bit / 64] |= mask;
    return fresh;
  }
  bool test(std::size_t shard, std::size_t offset) const {
    std::size_t bit = first_bit_[shard] + offset / 8;
    return (words_[bit / 64] >> (bit % 64) & 1) != 0;
  }

 private:
  std::vector<std::size_t> first_bit_;
  std::vector<std::uint64_t> words_;
};

// Records waiting to be compared with the base. A base larger than the processor's cache costs two
// fetches from memory a record; asked for in groups they overlap.
class PendingRecords {
 public:
  static constexpr std::size_t kGroup = 32;
  static constexpr std::size_t kMaxRdata = 64;  // larger records are rare and go alone

  bool full() const { return count_ == kGroup; }
  void clear() { count_ = 0; }
  void add(const ShardEntry& entry) {
    Record& record = records_[count_++];
    std::memcpy(record.owner.data(), entry.owner.data(), entry.owner.size());
    std::ranges::copy(entry.rdata, record.rdata.begin());
    record.entry = entry;
    record.entry.owner = NameView(record.owner.data(), entry.owner.size());
    record.entry.rdata = std::span(record.rdata).first(entry.rdata.size());
  }
  template <typename F>
  void for_each(F&& each) const {
    for (std::size_t i = 0; i < count_; i++) each(records_[i].entry);
  }

 private:
  struct Record {
    ShardEntry entry;
    std::array<std::uint8_t, kMaxNameLength> owner;
    std::array<std::uint8_t, kMaxRdata> rdata;
  };
  std::array<Record, kGroup> records_;
  std::size_t count_ = 0;
};

// Copies finished shards into memory that the zone keeps.
class ShardPool {
 public:
  explicit ShardPool(std::size_t block_size) : block_size_(block_size) {}

  std::pair<Shard, std::shared_ptr<const void>> place(std::span<const std::uint8_t> bytes) {
    std::size_t size = (bytes.size() + 63) & ~std::size_t{63};
    if (block_ == nullptr || capacity_ - used_ < size) {
      capacity_ = std::max(block_size_, size);
      block_ = allocate_block(capacity_);
      used_ = 0;
    }
    std::uint8_t* at = block_.get() + used_;
    std::memcpy(at, bytes.data(), bytes.size());
    used_ += size;
    return {Shard(at), std::shared_ptr<const void>(block_, at)};
  }

 private:
  std::size_t block_size_;
  std::shared_ptr<std::uint8_t> block_;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
};

}  // namespace

struct ZoneBuilder::State {
  Name origin;
  LookupName origin_lookup;
  std::size_t origin_labels = 0;
  std::shared_ptr<const Zone> base;

  RecordStore added;                             // what the base does not have
  std::unordered_set<std::uint64_t> added_empty; // hashes of empty non-terminals in `added`
  std::unique_ptr<SeenMap> seen;                 // with a base only
  std::vector<std::uint32_t> seen_units;         // by shard: records and empty non-terminals marked
  std::size_t seen_records = 0;

  bool has_soa = false;
  std::uint32_t soa_ttl = 0;
  std::vector<std::uint8_t> soa_rdata;
  bool soa_signed = false;
  std::vector<Violation> violations;

  PendingRecords pending;        // with a base only
  LookupName owner;              // of the record at hand
  std::uint64_t last_parent = 0; // whose ancestors are known to be accounted for
  std::size_t added_records = 0;
  std::size_t removed_records = 0;

  void violate(ViolationKind kind, NameView at, RRType type = RRType::kANY,
               RRType other_type = RRType::kANY) {
    if (violations.size() < kMaxViolations) {
      violations.push_back(
          {.kind = kind, .owner = at, .type = type, .other_owner = at, .other_type = other_type});
    }
  }

  void take_soa(const RecordView& record);
  void compare_with_base(const ShardEntry& entry);
  void compare_pending();
  bool seen_in_base(const ShardEntry& entry);
  void keep_ancestors();
  bool mark_name(std::size_t labels);

  std::size_t choose_shard_count() const;
  bool write_shards(ZoneData& data, std::size_t count);
  void gather_base(std::size_t shard, std::vector<ShardEntry>& out) const;
  void summarise(ZoneData& data);
  void check_below_dname(const ZoneData& data);
};

ZoneBuilder::ZoneBuilder(NameView origin, std::shared_ptr<const Zone> base)
    : state_(std::make_unique<State>()) {
  state_->origin = Name(origin).lowered();
  state_->origin_lookup.assign(origin);
  state_->origin_labels = state_->origin_lookup.label_count();
  state_->last_parent = state_->origin_lookup.hash();
  state_->base = std::move(base);
  if (state_->base) {
    const ZoneData& data = state_->base->data();
    state_->seen = std::make_unique<SeenMap>(data);
    state_->seen_units.resize(data.shards.size());
  }
}

ZoneBuilder::~ZoneBuilder() = default;

void ZoneBuilder::on_record(const RecordView& record) {
  State& s = *state_;
  s.owner.assign(record.owner);
  if (s.owner.label_count() < s.origin_labels ||
      s.owner.suffix_hash(s.origin_labels) != s.origin_lookup.hash() ||
      !record.owner.is_at_or_below(s.origin)) {
    return s.violate(ViolationKind::kOutOfZone, record.owner, record.type);
  }
  if (record.rclass != static_cast<std::uint16_t>(RRClass::kIN)) {
    return s.violate(ViolationKind::kNotClassIn, record.owner, record.type);
  }
  if (is_meta_type(record.type) || static_cast<std::uint16_t>(record.type) == 0) {
    return s.violate(ViolationKind::kMetaType, record.owner, record.type);
  }
  if (record.type == RRType::kSOA) return s.take_soa(record);

  ShardEntry entry{.hash = s.owner.hash(),
                   .owner = s.owner.view(),
                   .type = static_cast<std::uint16_t>(record.type),
                   .is_rrsig = 0,
                   .ttl = record.ttl,
                   .rdata = record.rdata};
  if (record.type == RRType::kRRSIG && record.rdata.size() > 2) {
    entry.type = load16(record.rdata.data());
    entry.is_rrsig = 1;
    if (static_cast<RRType>(entry.type) == RRType::kSOA) s.soa_signed = true;
  }
  if (s.base) {
    s.compare_with_base(entry);
  } else {
    s.added.add(entry);
  }
  s.keep_ancestors();
}

void ZoneBuilder::State::compare_with_base(const ShardEntry& entry) {
  if (entry.rdata.size() > PendingRecords::kMaxRdata) {
    if (!seen_in_base(entry)) added.add(entry);
    return;
  }
  base->data().shard_of(entry.hash).prefetch_slot(entry.hash);
  pending.add(entry);
  if (pending.full()) compare_pending();
}

void ZoneBuilder::State::compare_pending() {
  pending.for_each([&](const ShardEntry& e) { base->data().shard_of(e.hash).prefetch_node(e.hash); });
  pending.for_each([&](const ShardEntry& e) {
    if (!seen_in_base(e)) added.add(e);
  });
  pending.clear();
}

void ZoneBuilder::State::take_soa(const RecordView& record) {
  if (record.owner.size() != origin.size()) {
    return violate(ViolationKind::kSoaBelowApex, record.owner, RRType::kSOA);
  }
  if (record.rdata.size() < kSoaNumbers + 2) return;
  if (has_soa) {
    if (std::ranges::equal(soa_rdata, record.rdata)) return;
    return violate(ViolationKind::kManySoa, record.owner, RRType::kSOA, RRType::kSOA);
  }
  has_soa = true;
  soa_ttl = record.ttl;
  soa_rdata.assign(record.rdata.begin(), record.rdata.end());
}

// Marks the record in the base; false when the base has no such record.
bool ZoneBuilder::State::seen_in_base(const ShardEntry& entry) {
  const ZoneData& data = base->data();
  std::size_t index = ZoneData::shard_index(entry.hash, data.shards.size());
  const Shard& shard = data.shards[index];
  NodeView node = shard.find(entry.owner, entry.hash);
  if (!node) return false;
  auto type = static_cast<RRType>(entry.type);
  RRsetView rrset = entry.is_rrsig != 0 ? node.find_rrsig(type) : node.find(type);
  if (!rrset || rrset.ttl() != entry.ttl) return false;
  bool found = false;
  for_each_rr(rrset, [&](RRView rr) {
    if (found || !std::ranges::equal(rr.rdata(), entry.rdata)) return;
    found = true;
    if (seen->mark(index, static_cast<std::size_t>(rr.data() - shard.block()))) {
      seen_units[index]++;
      seen_records++;
    }
  });
  if (found) seen->mark(index, static_cast<std::size_t>(node.data() - shard.block()));
  return found;
}

// Marks the name made of the last `labels` labels of `owner` in the base as still needed. False when
// the base has no such name.
bool ZoneBuilder::State::mark_name(std::size_t labels) {
  const ZoneData& data = base->data();
  std::uint64_t hash = owner.suffix_hash(labels);
  std::size_t index = ZoneData::shard_index(hash, data.shards.size());
  const Shard& shard = data.shards[index];
  NodeView node = shard.find(owner.suffix(labels), hash);
  if (!node) return false;
  if (seen->mark(index, static_cast<std::size_t>(node.data() - shard.block())) && node.rrset_count() == 0) {
    seen_units[index]++;
  }
  return true;
}

// Every name between the apex and the owner exists, be it without records (RFC 4592 section 2.2.2).
void ZoneBuilder::State::keep_ancestors() {
  std::size_t labels = owner.label_count();
  if (labels <= origin_labels + 1) return;
  if (owner.suffix_hash(labels - 1) == last_parent) return;  // the record before had the same parent
  last_parent = owner.suffix_hash(labels - 1);
  for (std::size_t i = labels - 1; i > origin_labels; i--) {
    if (base && mark_name(i)) continue;
    if (!added_empty.insert(owner.suffix_hash(i)).second) break;  // and with it all above
    added.add({.hash = owner.suffix_hash(i), .owner = owner.suffix(i)});
  }
}

std::size_t ZoneBuilder::State::choose_shard_count() const {
  std::size_t names = added.count();
  std::size_t bytes = added.size();
  if (base) {
    names += base->name_count();
    bytes += base->data().memory;
  }
  std::size_t wanted = std::max({names / kNamesPerShard, bytes / kBytesPerShard, std::size_t{1}});
  if (base) {
    std::size_t present = base->data().shards.size();
    if (wanted <= present * kReshardFactor && present <= wanted * kReshardFactor) return present;
  }
  return wanted;
}

// The records and names of a base shard that the files still have.
void ZoneBuilder::State::gather_base(std::size_t index, std::vector<ShardEntry>& out) const {
  const Shard& shard = base->data().shards[index];
  const auto is_seen = [&](const std::uint8_t* at) {
    return seen->test(index, static_cast<std::size_t>(at - shard.block()));
  };
  shard.for_each_node([&](NodeView node) {
    if (!is_seen(node.data())) return;
    ShardEntry entry;
    entry.hash = LookupName(node.name()).hash();
    entry.owner = node.name();
    if (node.rrset_count() == 0 || added_empty.contains(entry.hash)) out.push_back(entry);
    std::size_t before = out.size();
    node.for_each_rrset([&](RRsetView rrset) {
      entry.type = static_cast<std::uint16_t>(rrset.covered());
      entry.is_rrsig = rrset.is_rrsig() ? 1 : 0;
      entry.ttl = rrset.ttl();
      for_each_rr(rrset, [&](RRView rr) {
        entry.rdata = rr.rdata();
        if (is_seen(rr.data())) out.push_back(entry);
      });
    });
    // The name lost its records but names below it remain: it becomes an empty non-terminal.
    if (out.size() == before && node.rrset_count() != 0) {
      out.push_back({.hash = entry.hash, .owner = entry.owner});
    }
  });
}

bool ZoneBuilder::State::write_shards(ZoneData& data, std::size_t count) {
  bool reuse = base && base->data().shards.size() == count;
  // The added records by shard: `order` holds their places, those of shard i from first[i] on.
  std::vector<std::size_t> first(count + 1);
  added.for_each([&](const std::uint8_t*, std::uint64_t hash) {
    first[ZoneData::shard_index(hash, count) + 1]++;
  });
  for (std::size_t i = 0; i < count; i++) first[i + 1] += first[i];
  std::vector<const std::uint8_t*> order(added.count());
  std::vector<std::size_t> next(first.begin(), first.end() - 1);
  added.for_each([&](const std::uint8_t* at, std::uint64_t hash) {
    order[next[ZoneData::shard_index(hash, count)]++] = at;
  });

  // All of the base goes into new shards when their number changes.
  std::vector<std::vector<ShardEntry>> moved(base && !reuse ? count : 0);
  if (base && !reuse) {
    std::vector<ShardEntry> kept;
    for (std::size_t i = 0; i < base->data().shards.size(); i++) {
      kept.clear();
      gather_base(i, kept);
      for (const ShardEntry& e : kept) moved[ZoneData::shard_index(e.hash, count)].push_back(e);
    }
  }

  std::size_t estimate = added.size() + added.size() / 4;
  ShardPool pool(reuse || count == 1 ? 0 : std::min(kPoolBlock, estimate));
  ShardWriter writer(origin, violations);
  std::vector<ShardEntry> entries;
  for (std::size_t i = 0; i < count; i++) {
    if (reuse) {
      const Shard& shard = base->data().shards[i];
      ShardHeader header = shard.header();
      if (first[i] == first[i + 1] && seen_units[i] == header.record_count + header.empty_count) {
        data.shards.push_back(shard);
        data.owners.push_back(base->data().owners[i]);
        continue;
      }
    }
    entries.clear();
    if (reuse) gather_base(i, entries);
    if (!moved.empty()) entries.swap(moved[i]);
    for (std::size_t k = first[i]; k < first[i + 1]; k++) entries.push_back(RecordStore::entry(order[k]));
    if (!writer.write(entries)) {
      violate(ViolationKind::kRRsetTooLarge, entries.front().owner);
      return false;
    }
    auto [shard, memory] = pool.place(writer.block());
    data.shards.push_back(shard);
    data.owners.push_back(std::move(memory));
  }
  return true;
}

void ZoneBuilder::State::summarise(ZoneData& data) {
  bool has_denial = false;
  for (const Shard& shard : data.shards) {
    ShardHeader header = shard.header();
    data.cut_depths |= header.cut_depths;
    data.dname_depths |= header.dname_depths;
    data.wildcard_depths |= header.wildcard_depths;
    data.name_count += header.name_count;
    data.record_count += header.record_count;
    data.memory += header.size;
    has_denial = has_denial || header.has_denial != 0;
  }
  data.apex = data.shard_of(origin_lookup.hash()).find(data.origin, origin_lookup.hash());
  if (has_denial) {
    std::vector<NodeView> nodes;
    for (const Shard& shard : data.shards) {
      if (shard.header().has_denial == 0) continue;
      shard.for_each_node([&](NodeView node) {
        if (node.find(RRType::kNSEC) || node.find(RRType::kNSEC3)) nodes.push_back(node);
      });
    }
    data.denial = std::make_unique<const DenialChains>(data.origin, nodes, data.apex);
  }
}

void ZoneBuilder::State::check_below_dname(const ZoneData& data) {
  LookupName name;
  for (const Shard& shard : data.shards) {
    shard.for_each_node([&](NodeView node) {
      name.assign(node.name());
      if (node.has(kNodeNsec3Only)) return;
      for (std::size_t labels = origin_labels; labels < name.label_count(); labels++) {
        if (!data.dname_depths.test(labels)) continue;
        std::uint64_t hash = name.suffix_hash(labels);
        NodeView above = data.shard_of(hash).find(name.suffix(labels), hash);
        if (!above || !above.has(kNodeHasDname) || violations.size() >= kMaxViolations) continue;
        violations.push_back({.kind = ViolationKind::kBelowDname,
                              .owner = node.name(),
                              .other_owner = above.name(),
                              .other_type = RRType::kDNAME});
      }
    });
  }
}

std::expected<std::shared_ptr<const Zone>, std::vector<Violation>> ZoneBuilder::build(std::uint32_t serial) {
  State& s = *state_;
  if (s.base) s.compare_pending();
  auto data = std::make_shared<ZoneData>();
  data->origin = s.origin;
  data->origin_labels = s.origin_labels;
  if (!s.has_soa) s.violate(ViolationKind::kNoSoa, s.origin);
  if (s.write_shards(*data, s.choose_shard_count())) {
    s.summarise(*data);
    if (!data->apex || !data->apex.has(kNodeHasNs)) s.violate(ViolationKind::kNoNs, s.origin);
    if (!data->dname_depths.empty()) s.check_below_dname(*data);
  }
  if (!s.violations.empty()) return std::unexpected(std::move(s.violations));
  s.added_records = data->record_count - s.seen_records;
  s.removed_records = s.base ? s.base->data().record_count - s.seen_records : 0;
  data->soa_ttl = s.soa_ttl;
  data->soa_rdata = std::move(s.soa_rdata);
  data->soa_signed = s.soa_signed;
  return std::make_shared<const Zone>(std::move(data), serial);
}

std::uint32_t ZoneBuilder::file_serial() const {
  const std::vector<std::uint8_t>& rdata = state_->soa_rdata;
  return rdata.empty() ? 0 : load32(rdata.data() + rdata.size() - kSoaNumbers);
}

std::size_t ZoneBuilder::added() const { return state_->added_records; }
std::size_t ZoneBuilder::removed() const { return state_->removed_records; }

}  // namespace dotmesh
