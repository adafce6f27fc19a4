// ShardWriter: turns the records of one shard into its block of memory, and says which rules of the
// data model they break. Used by ZoneBuilder only; one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "dns/name.h"
#include "zone/shard.h"
#include "zone/violation.h"

namespace dotmesh {

// A record, or a name without records (an empty non-terminal), on its way into a shard. Borrowed.
struct ShardEntry {
  static constexpr std::uint16_t kNoRecord = 0;  // `type`: the name exists, nothing more

  std::uint64_t hash = 0;
  NameView owner;                        // lowered
  std::uint16_t type = kNoRecord;        // for signatures, the type that they cover
  std::uint16_t is_rrsig = 0;
  std::uint32_t ttl = 0;
  std::span<const std::uint8_t> rdata{};
};

class ShardWriter {
 public:
  // `origin`: of the zone. Violations are appended to `violations`. Both must outlive the writer.
  ShardWriter(NameView origin, std::vector<Violation>& violations)
      : origin_(origin), violations_(violations) {}

  // Sorts `entries`, drops duplicates and lays the shard out in `block()`.
  // Returns false when it would be larger than kMaxShardSize.
  bool write(std::span<ShardEntry> entries);
  // The shard of the last write(); its first header().size octets are the block. Reused by the next.
  std::span<const std::uint8_t> block() const { return block_; }

 private:
  void write_node(std::span<const ShardEntry> records);
  void write_rrset(std::span<const ShardEntry> records);
  void check_node(std::span<const ShardEntry> records, NodeHeader header);
  void violate(ViolationKind kind, NameView owner, std::uint16_t type, std::uint16_t other_type);

  NameView origin_;
  std::vector<Violation>& violations_;
  std::vector<std::uint8_t> block_;
  ShardHeader header_{};
};

}  // namespace dotmesh
