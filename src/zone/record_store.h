// RecordStore: records that a zone under construction keeps until its shards are written. Append
// only; what it hands out stays where it is until the store dies, and its memory then goes back to
// the system at once. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "zone/block.h"
#include "zone/shard_writer.h"

namespace dotmesh {

class RecordStore {
 public:
  // Copies the owner and RDATA of `entry`.
  void add(const ShardEntry& entry) {
    std::size_t size = (sizeof(Head) + entry.owner.size() + entry.rdata.size() + 7) & ~std::size_t{7};
    if (chunks_.empty() || chunks_.back().capacity - chunks_.back().used < size) grow(size);
    Chunk& chunk = chunks_.back();
    std::uint8_t* at = chunk.memory.get() + chunk.used;
    Head head{.hash = entry.hash,
              .ttl = entry.ttl,
              .type = entry.type,
              .rdata_size = static_cast<std::uint16_t>(entry.rdata.size()),
              .is_rrsig = static_cast<std::uint8_t>(entry.is_rrsig),
              .owner_size = static_cast<std::uint8_t>(entry.owner.size())};
    std::memcpy(at, &head, sizeof head);
    std::memcpy(at + sizeof head, entry.owner.data(), entry.owner.size());
    if (!entry.rdata.empty()) {
      std::memcpy(at + sizeof head + entry.owner.size(), entry.rdata.data(), entry.rdata.size());
    }
    chunk.used += size;
    size_ += size;
    count_++;
  }

  std::size_t count() const { return count_; }
  std::size_t size() const { return size_; }  // octets

  // Calls `each(const std::uint8_t* at, std::uint64_t hash)` in order of addition; entry(at) decodes.
  template <typename F>
  void for_each(F&& each) const {
    for (const Chunk& chunk : chunks_) {
      for (std::size_t i = 0; i < chunk.used;) {
        const std::uint8_t* at = chunk.memory.get() + i;
        Head head;
        std::memcpy(&head, at, sizeof head);
        each(at, head.hash);
        i += (sizeof head + head.owner_size + head.rdata_size + 7) & ~std::size_t{7};
      }
    }
  }

  static ShardEntry entry(const std::uint8_t* at) {
    Head head;
    std::memcpy(&head, at, sizeof head);
    const std::uint8_t* owner = at + sizeof head;
    return {.hash = head.hash,
            .owner = NameView(owner, head.owner_size),
            .type = head.type,
            .is_rrsig = head.is_rrsig,
            .ttl = head.ttl,
            .rdata = {owner + head.owner_size, head.rdata_size}};
  }

 private:
  struct Head {
    std::uint64_t hash;
    std::uint32_t ttl;
    std::uint16_t type;
    std::uint16_t rdata_size;
    std::uint8_t is_rrsig;
    std::uint8_t owner_size;
  };
  struct Chunk {
    std::shared_ptr<std::uint8_t> memory;
    std::size_t capacity;
    std::size_t used;
  };
  static constexpr std::size_t kFirstChunk = std::size_t{16} << 10;
  static constexpr std::size_t kLargestChunk = std::size_t{2} << 20;

  void grow(std::size_t least) {
    std::size_t capacity = chunks_.empty() ? kFirstChunk : chunks_.back().capacity * 4;
    capacity = std::max(std::min(capacity, kLargestChunk), least);
    chunks_.push_back({allocate_block(capacity), capacity, 0});
  }

  std::vector<Chunk> chunks_;
  std::size_t count_ = 0;
  std::size_t size_ = 0;
};

}  // namespace dotmesh
