// How a CacheEntry with its key stands in memory (EntryRing) and in the cache file, as octets in words:
//
//   key    see entry_key.h
//   facts  two words: what CacheEntry holds beside names and RRsets, in integers
//   body   the zone and the RRsets: names that are suffixes of the key's name in one octet, lengths in
//          one or two, RDATA as in RdataList
//
// Decoding checks every length: the octets may come from a file that anyone wrote.
// Pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dns/name.h"
#include "resolver/cache/entry.h"
#include "resolver/cache/entry_key.h"

namespace dotmesh {

// What decides about replacing, without the body.
struct EntryFacts {
  EntryKind kind = EntryKind::kRRset;
  Rank rank = Rank::kAdditional;
  Security security = Security::kUnchecked;
  ExtendedError error = ExtendedError::kNone;
  CacheSeconds stored = 0;
  CacheSeconds expires = 0;
  std::uint32_t body_size = 0;  // octets

  static constexpr std::size_t kWords = 2;
  static EntryFacts from_words(std::uint64_t first, std::uint64_t second);
  std::array<std::uint64_t, kWords> to_words() const;
};

// The largest body that is kept: an RRset of the largest message, or a delegation with all its glue.
inline constexpr std::size_t kMaxEntryBody = 96 << 10;

// Key, facts and body in `out`, which is borrowed memory of this thread until its next call. Empty when
// the entry is too large.
std::span<const std::uint64_t> encode_entry(const EntryKey& key, const CacheEntry& entry);

// `name` is the key's. Nullopt when the body is malformed.
std::optional<CacheEntry> decode_entry(NameView name, RRType type, const EntryFacts& facts,
                                       std::span<const std::uint8_t> body);

}  // namespace dotmesh
