// RRsetCache: everything that the resolver learnt, bounded in octets, shared by all workers.
// The interface that the resolver's core uses; see rrset_cache.cc for how it is kept.
//
// Any thread may call anything. Names are compared without case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "dns/lookup_name.h"
#include "dns/name.h"
#include "resolver/cache/entry.h"
#include "resolver/cache/entry_key.h"

namespace dotmesh {

struct EntryFacts;

class RRsetCache {
 public:
  struct Stats {
    std::uint64_t entries = 0;
    std::uint64_t octets = 0;
    std::uint64_t evicted = 0;
  };

  // At most `capacity` octets of memory in all; at least kMinCapacity.
  explicit RRsetCache(std::size_t capacity);
  ~RRsetCache();
  RRsetCache(const RRsetCache&) = delete;
  RRsetCache& operator=(const RRsetCache&) = delete;

  static constexpr std::size_t kMinCapacity = 1 << 20;

  // Fresh means: now < expires.
  // Also gives expired entries (stale data, RFC 8767): compare `expires`.
  std::optional<CacheEntry> find(const EntryKey& key) const;
  std::optional<CacheEntry> find(CachePartition partition, NameView name, RRType type) const {
    return find(EntryKey(partition, name, type));
  }
  // Just whether something fresh is there, without copying it.
  bool has_fresh(const EntryKey& key, CacheSeconds now) const;
  bool has_fresh(CachePartition partition, NameView name, RRType type, CacheSeconds now) const {
    return has_fresh(EntryKey(partition, name, type), now);
  }
  // Stores unless a fresh entry of higher rank, or a fresh secure one where this is not, is there
  // (RFC 2181 section 5.4.1). False when it was not stored.
  bool store(CachePartition partition, NameView name, RRType type, const CacheEntry& entry, CacheSeconds now);
  void remove(CachePartition partition, NameView name, RRType type);
  // `name` and all below it, in every partition; how many entries went.
  std::size_t remove_subtree(NameView name);
  void clear();
  Stats stats() const;

  // An entry as it stands in memory (entry_codec.h).
  struct RawEntry {
    CachePartition partition = kIteratedPartition;
    NameView name;
    RRType type = RRType::kA;
    const EntryFacts& facts;
    std::span<const std::uint8_t> body;
  };
  // Where a walk over all entries stands; a new one begins it.
  struct Place {
    std::size_t shard = 0;
    std::size_t bucket = 0;
  };
  // One short step: calls `visit` for some entries, under a lock, so it must not call back or wait. False: all
  // were seen. What is stored meanwhile may be missed.
  bool walk(Place& place, const std::function<void(const RawEntry&)>& visit) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dotmesh
