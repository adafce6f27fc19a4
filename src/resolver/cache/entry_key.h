// EntryKey: what an entry is found by: partition, name, type. In words, as it stands before the entry in memory
// (entry_codec.h): partition (32 bits) | type (16) | size of the name (8); then the lowered name, padded.
//
// Made from a LookupName, the keys of a name and of all its ancestors cost one hash in all; another type of the
// same name costs nothing. All types of a name have the same hash but for its tag, so they are found in the same
// cache lines (entry_ring.h).
// A value; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "dns/lookup_name.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "resolver/cache/entry.h"

namespace dotmesh {

class EntryKey {
 public:
  EntryKey(CachePartition partition, NameView name, RRType type);
  // The name of the last `labels` labels of `name`.
  EntryKey(CachePartition partition, const LookupName& name, std::size_t labels, RRType type);
  // "*." in front of those. Precondition: the whole is no longer than a name may be.
  static EntryKey of_wildcard(CachePartition partition, const LookupName& name, std::size_t labels, RRType type);

  // The same for another type.
  void set_type(RRType type) { words_[0] = (words_[0] & ~kTypeMask) | static_cast<std::uint64_t>(type) << kTypeShift; }

  std::span<const std::uint64_t> words() const { return {words_.data(), size_}; }
  std::uint64_t hash() const;
  // Without the type.
  std::uint64_t name_hash() const { return name_hash_; }
  NameView name() const { return {reinterpret_cast<const std::uint8_t*>(words_.data() + 1), name_size(words_[0])}; }
  RRType type() const { return type(words_[0]); }

  static constexpr std::size_t kMaxWords = 1 + (kMaxNameLength + 7) / 8;
  // Of the key that begins with `first`: its size in words and what it says.
  static std::size_t size_in_words(std::uint64_t first) { return 1 + (name_size(first) + 7) / 8; }
  static std::size_t name_size(std::uint64_t first) { return first & 0xff; }
  static RRType type(std::uint64_t first) { return static_cast<RRType>(first >> kTypeShift & 0xffff); }
  static CachePartition partition(std::uint64_t first) { return static_cast<CachePartition>(first >> 32); }

 private:
  static constexpr unsigned kTypeShift = 16;
  static constexpr std::uint64_t kTypeMask = 0xffff0000;

  EntryKey() = default;
  // The octets of the name follow.
  std::uint8_t* begin(CachePartition partition, RRType type, std::size_t name_size, std::uint64_t hash_of_name);

  std::size_t size_ = 0;
  std::uint64_t name_hash_ = 0;
  std::array<std::uint64_t, kMaxWords> words_;  // only size_ of them are set
};

}  // namespace dotmesh
