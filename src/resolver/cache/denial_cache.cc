#include "resolver/cache/denial_cache.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <string_view>
#include <unordered_map>

#include "dnssec/nsec.h"
#include "resolver/cache/denial_chain.h"
#include "resolver/cache/entry_codec.h"

namespace dotmesh {
namespace {

// Few threads meet here: an answer made from it takes microseconds elsewhere.
constexpr std::size_t kShards = 4;
constexpr std::size_t kMinShardOctets = 64 << 10;
constexpr std::size_t kZoneOctets = 1024;  // of a zone beside its records

std::string_view key_of(const Nsec3Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

EntryKey key_of_zone(CachePartition partition, NameView zone) { return {partition, zone, RRType::kSOA}; }

}  // namespace

// How many zones there are, by some bits of their hash: 0 says without a lock that one is not there. Most names
// lie in no signed zone, and all of their ancestors are looked for.
struct DenialCache::Filter {
  static constexpr std::size_t kCounts = 16384;
  std::array<std::atomic<std::uint32_t>, kCounts> counts{};

  std::atomic<std::uint32_t>& count(std::uint64_t hash) { return counts[hash >> 16 & (kCounts - 1)]; }
};

// What is held of one zone; under its shard's lock.
class DenialCache::Zone {
 public:
  explicit Zone(const EntryKey& key) : key_(key), apex_(key.name()) {}

  bool is(const EntryKey& key) const { return std::ranges::equal(key_.words(), key.words()); }
  std::uint64_t hash() const { return key_.name_hash(); }
  NameView apex() const { return apex_; }
  DenialChain& chain() { return chain_; }
  bool has_nsec3() const { return parameters_.has_value(); }
  const std::optional<Nsec3Parameters>& parameters() const { return parameters_; }
  bool empty() const { return chain_.empty() && soa_ == nullptr; }
  std::size_t octets() const { return kZoneOctets + chain_.octets() + (soa_ ? octets_of(*soa_) : 0); }

  bool store(DenialRecord record) {
    if (record.rrset.type == RRType::kSOA) return store_soa(std::move(record));
    if (record.rrset.type == RRType::kNSEC) return store_nsec(std::move(record));
    if (record.rrset.type == RRType::kNSEC3) return store_nsec3(std::move(record));
    return false;
  }
  std::shared_ptr<const DenialRecord> soa(CacheSeconds now) {
    if (soa_ && now >= soa_->expires) soa_ = nullptr;
    return soa_;
  }
  // Of a name that lies in this zone.
  void remove_at_or_below(NameView name) {
    if (has_nsec3()) chain_ = {};  // which hashes are meant is not known
    chain_.remove_at_or_below(CanonicalKey(name).view());
    if (apex_ == name) soa_ = nullptr;
  }

 private:
  bool store_soa(DenialRecord record) {
    if (record.rrset.owner.view() != apex_.view() || record.rrset.rdata.count() != 1) return false;
    soa_ = std::make_shared<const DenialRecord>(std::move(record));
    return true;
  }
  bool store_nsec(DenialRecord record) {
    auto nsec = Nsec::from(record.rrset);
    if (!nsec || !nsec->owner.is_at_or_below(apex_) || !nsec->next.is_at_or_below(apex_)) return false;
    if (has_nsec3()) {
      chain_ = {};
      parameters_.reset();
    }
    CanonicalKey owner(nsec->owner);
    CanonicalKey next(nsec->next);
    chain_.store(owner.view(), next.view(), std::make_shared<const DenialRecord>(std::move(record)));
    return true;
  }
  bool store_nsec3(DenialRecord record) {
    auto nsec3 = Nsec3::from(record.rrset);
    if (!nsec3 || nsec3->zone != apex_.view() || nsec3->scheme.iterations > kMaxTrustedNsec3Iterations) return false;
    if (!parameters_ || !parameters_->scheme().equals(nsec3->scheme)) {
      chain_ = {};
      parameters_ = {nsec3->scheme.iterations, {nsec3->scheme.salt.begin(), nsec3->scheme.salt.end()}};
    }
    Nsec3Hash owner = nsec3->owner;
    Nsec3Hash next = nsec3->next;
    chain_.store(key_of(owner), key_of(next), std::make_shared<const DenialRecord>(std::move(record)));
    return true;
  }

  EntryKey key_;
  Name apex_;
  DenialChain chain_;
  std::optional<Nsec3Parameters> parameters_;
  std::shared_ptr<const DenialRecord> soa_;
};

struct alignas(64) DenialCache::Shard {
  using Zones = std::list<Zone>;  // the last asked for first

  // Null when there is none. The one that is found moves to the front.
  Zone* find(const EntryKey& key) {
    auto found = by_hash.find(key.name_hash());
    if (found == by_hash.end() || !found->second->is(key)) return nullptr;
    zones.splice(zones.begin(), zones, found->second);
    return &*found->second;
  }
  Zone& find_or_add(const EntryKey& key) {
    if (Zone* zone = find(key)) return *zone;
    if (auto other = by_hash.find(key.name_hash()); other != by_hash.end()) erase(other->second);
    zones.emplace_front(key);
    by_hash.emplace(key.name_hash(), zones.begin());
    filter->count(key.name_hash()).fetch_add(1, std::memory_order_relaxed);
    octets += kZoneOctets;
    return zones.front();
  }
  Zones::iterator erase(Zones::iterator zone) {
    octets -= zone->octets();
    by_hash.erase(zone->hash());
    filter->count(zone->hash()).fetch_sub(1, std::memory_order_relaxed);
    return zones.erase(zone);
  }
  // Changes a zone by `change(zone)`, keeping count.
  template <typename Change>
  auto count(Zone& zone, Change&& change) {
    octets -= zone.octets();
    auto result = change(zone);
    octets += zone.octets();
    return result;
  }
  void evict_one_of(Zones::iterator zone) {
    ++evicted;
    if (zone->chain().empty()) {
      erase(zone);
      return;
    }
    count(*zone, [](Zone& from) {
      from.chain().evict_one();
      return true;
    });
    if (zone->empty()) erase(zone);
  }
  // After a store into the front zone.
  void keep_bounds() {
    while (!zones.empty() && zones.front().octets() > capacity / kMaxZoneShare) evict_one_of(zones.begin());
    while (octets > capacity && !zones.empty()) evict_one_of(std::prev(zones.end()));
  }

  std::mutex mutex;
  Filter* filter = nullptr;
  std::size_t capacity = 0;
  std::size_t octets = 0;
  std::uint64_t evicted = 0;
  Zones zones;
  std::unordered_map<std::uint64_t, Zones::iterator> by_hash;
};

DenialCache::DenialCache(std::size_t capacity)
    : filter_(std::make_unique<Filter>()), shards_(std::make_unique<Shard[]>(kShards)) {
  for (std::size_t i = 0; i < kShards; ++i) {
    shards_[i].filter = filter_.get();
    shards_[i].capacity = std::max(capacity / kShards, kMinShardOctets);
  }
}

DenialCache::~DenialCache() = default;

DenialCache::Shard& DenialCache::shard_of(const EntryKey& zone) const { return shards_[zone.name_hash() % kShards]; }

bool DenialCache::store(CachePartition partition, NameView zone, DenialRecord record, CacheSeconds now) {
  if (now >= record.expires) return false;
  const EntryKey key = key_of_zone(partition, zone);
  Shard& shard = shard_of(key);
  std::lock_guard lock(shard.mutex);
  Zone& held = shard.find_or_add(key);
  bool stored = shard.count(held, [&](Zone& to) { return to.store(std::move(record)); });
  if (held.empty()) shard.erase(shard.zones.begin());
  shard.keep_bounds();
  return stored;
}

std::optional<DenialCache::Found> DenialCache::find_nsec(CachePartition partition, NameView zone, NameView name,
                                                         CacheSeconds now) {
  const EntryKey key = key_of_zone(partition, zone);
  Shard& shard = shard_of(key);
  std::lock_guard lock(shard.mutex);
  Zone* held = shard.find(key);
  if (held == nullptr || held->has_nsec3()) return std::nullopt;
  return shard.count(*held, [&](Zone& in) { return in.chain().find(CanonicalKey(name).view(), now); });
}

std::optional<DenialCache::Found> DenialCache::find_nsec3(CachePartition partition, NameView zone,
                                                          const Nsec3Hash& hash, CacheSeconds now) {
  const EntryKey key = key_of_zone(partition, zone);
  Shard& shard = shard_of(key);
  std::lock_guard lock(shard.mutex);
  Zone* held = shard.find(key);
  if (held == nullptr || !held->has_nsec3()) return std::nullopt;
  return shard.count(*held, [&](Zone& in) { return in.chain().find(key_of(hash), now); });
}

std::optional<DenialCache::Nsec3Parameters> DenialCache::nsec3_parameters(CachePartition partition, NameView zone) {
  const EntryKey key = key_of_zone(partition, zone);
  Shard& shard = shard_of(key);
  std::lock_guard lock(shard.mutex);
  Zone* held = shard.find(key);
  return held != nullptr && !held->chain().empty() ? held->parameters() : std::nullopt;
}

std::shared_ptr<const DenialRecord> DenialCache::find_soa(const EntryKey& zone, CacheSeconds now) {
  if (filter_->count(zone.name_hash()).load(std::memory_order_relaxed) == 0) return nullptr;
  Shard& shard = shard_of(zone);
  std::lock_guard lock(shard.mutex);
  Zone* held = shard.find(zone);
  if (held == nullptr) return nullptr;
  return shard.count(*held, [&](Zone& in) { return in.soa(now); });
}

void DenialCache::remove_subtree(NameView name) {
  for (std::size_t i = 0; i < kShards; ++i) {
    Shard& shard = shards_[i];
    std::lock_guard lock(shard.mutex);
    for (auto zone = shard.zones.begin(); zone != shard.zones.end();) {
      if (zone->apex().is_below(name) || zone->apex() == name) {
        zone = shard.erase(zone);
        continue;
      }
      if (name.is_below(zone->apex())) {
        shard.count(*zone, [&](Zone& in) {
          in.remove_at_or_below(name);
          return true;
        });
      }
      ++zone;
    }
  }
}

void DenialCache::clear() { remove_subtree(NameView()); }

DenialCache::Stats DenialCache::stats() const {
  Stats stats;
  for (std::size_t i = 0; i < kShards; ++i) {
    Shard& shard = shards_[i];
    std::lock_guard lock(shard.mutex);
    stats.zones += shard.zones.size();
    for (Zone& zone : shard.zones) stats.records += zone.chain().size();
    stats.octets += shard.octets;
    stats.evicted += shard.evicted;
  }
  return stats;
}

}  // namespace dotmesh
