// The octets of a cache file: header, block and entry. See cache_file.h.
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "resolver/cache/entry_codec.h"
#include "resolver/cache/rrset_cache.h"

namespace dotmesh::cache_file {

// Raised with every change of the format or of what the entries mean.
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kHeaderOctets = 48;
inline constexpr std::size_t kBlockHeaderOctets = 12;
// Blocks are written when they have become so large.
inline constexpr std::size_t kBlockOctets = 256 << 10;
// A block may be larger by one entry.
inline constexpr std::size_t kMaxBlockOctets = kBlockOctets + kMaxEntryBody + 512;

struct Header {
  std::uint64_t settings_tag = 0;
  std::int64_t saved_at = 0;  // Unix seconds
};
enum class HeaderFault : std::uint8_t { kNone, kForeign, kOtherVersion, kDamaged };

void put_header(std::vector<std::uint8_t>& to, const Header& header);
// `octets` has kHeaderOctets.
HeaderFault read_header(std::span<const std::uint8_t> octets, Header& header);

struct BlockHeader {
  std::uint32_t size = 0;
  std::uint64_t checksum = 0;
};
void put_block_header(std::vector<std::uint8_t>& to, std::span<const std::uint8_t> block);
BlockHeader read_block_header(std::span<const std::uint8_t> octets);

std::uint64_t checksum(std::span<const std::uint8_t> octets);

// One entry. Seconds are relative to the time of saving.
struct Entry {
  CachePartition partition = kIteratedPartition;
  Name name;
  RRType type = RRType::kA;
  EntryFacts facts;           // without instants
  std::uint32_t age = 0;      // since it was stored
  std::int32_t left = 0;      // until it expires; negative: since
  std::span<const std::uint8_t> body;
};
void put_entry(std::vector<std::uint8_t>& to, const RRsetCache::RawEntry& entry, CacheSeconds now);
// Takes one entry from the front of `octets`; nullopt: malformed.
std::optional<Entry> take_entry(std::span<const std::uint8_t>& octets);

// Whether the resolver can work with it: the RRsets that its kind promises, RDATA well-formed.
bool is_sound(const CacheEntry& entry);

}  // namespace dotmesh::cache_file
