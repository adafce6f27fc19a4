// Shard: some hundreds of a zone's names in one block of memory, found by hash.
//
//   ShardHeader | slots (open addressing, a power of two) | node | node | ...
//
// A slot is 32 bits: the node's offset in units of eight octets (24 bits) and eight bits of the hash,
// so that a probe touches one cache line before it reads the node. Immutable once built. A zone
// shares a shard with the zone it was built upon when nothing in it changed (zone_builder.h).
// Invariants: at least one empty slot; nodes 8-aligned; a name stands in exactly one shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "dns/name.h"
#include "zone/node.h"

namespace dotmesh {

// A set of label counts (1 to 127): at which depths of a zone something stands.
struct DepthMask {
  std::uint64_t bits[2] = {0, 0};

  void set(std::size_t labels) { bits[labels >> 6] |= std::uint64_t{1} << (labels & 63); }
  bool test(std::size_t labels) const { return (bits[labels >> 6] >> (labels & 63) & 1) != 0; }
  bool empty() const { return (bits[0] | bits[1]) == 0; }
  DepthMask& operator|=(const DepthMask& other) {
    bits[0] |= other.bits[0];
    bits[1] |= other.bits[1];
    return *this;
  }
};

struct ShardHeader {
  std::uint32_t slot_mask;
  std::uint32_t name_count;
  std::uint32_t record_count;
  std::uint32_t empty_count;  // of the names, empty non-terminals
  std::uint32_t size;         // octets in all
  std::uint32_t has_denial;   // 1: some name owns NSEC or NSEC3
  std::uint64_t reserved;
  DepthMask cut_depths;       // names with NS, the apex left out
  DepthMask dname_depths;
  DepthMask wildcard_depths;  // names that begin with the label "*"
};
static_assert(sizeof(ShardHeader) == 80);

inline constexpr std::size_t kMaxShardSize = std::size_t{1} << 27;  // what 24 bits of offset reach

class Shard {
 public:
  Shard() = default;
  explicit Shard(const std::uint8_t* block) : block_(block) {}

  const std::uint8_t* block() const { return block_; }
  ShardHeader header() const {
    ShardHeader header;
    std::memcpy(&header, block_, sizeof header);
    return header;
  }

  // Asks the processor to fetch the slot where a search for `hash` begins.
  void prefetch_slot(std::uint64_t hash) const { __builtin_prefetch(slots() + (hash & mask())); }
  // Once the slot is there: asks for the node that it names.
  void prefetch_node(std::uint64_t hash) const {
    std::uint32_t slot = load_slot(hash & mask());
    if (slot == 0) return;
    const std::uint8_t* node = block_ + (slot >> 8) * std::size_t{8};
    __builtin_prefetch(node);
    __builtin_prefetch(node + 56);
  }

  // The node of `name` (lowered), whose hash is `hash`; empty view when the shard has none.
  NodeView find(NameView name, std::uint64_t hash) const {
    std::uint32_t tag = tag_of(hash);
    for (std::uint32_t i = static_cast<std::uint32_t>(hash) & mask();; i = (i + 1) & mask()) {
      std::uint32_t slot = load_slot(i);
      if (slot == 0) return {};
      if ((slot & 0xff) != tag) continue;
      const std::uint8_t* at = block_ + (slot >> 8) * std::size_t{8};
      if (at[3] == name.size() && std::memcmp(at + sizeof(NodeHeader), name.data(), name.size()) == 0) {
        return NodeView(at);
      }
    }
  }

  // Every node, in no particular order.
  template <typename F>
  void for_each_node(F&& each) const {
    for (std::uint32_t i = 0; i <= mask(); i++) {
      std::uint32_t slot = load_slot(i);
      if (slot != 0) each(NodeView(block_ + (slot >> 8) * std::size_t{8}));
    }
  }

  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 56); }

 private:
  std::uint32_t mask() const { return *reinterpret_cast<const std::uint32_t*>(block_); }
  const std::uint32_t* slots() const {
    return reinterpret_cast<const std::uint32_t*>(block_ + sizeof(ShardHeader));
  }
  std::uint32_t load_slot(std::uint64_t i) const { return slots()[i]; }

  const std::uint8_t* block_ = nullptr;
};

}  // namespace dotmesh
