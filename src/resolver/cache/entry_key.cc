#include "resolver/cache/entry_key.h"

#include <cstring>

#include "resolver/cache/entry_ring.h"

namespace dotmesh {
namespace {

constexpr std::uint64_t kFactor = 0x9fb21c651e98df25;
constexpr std::uint8_t kWildcardLabel[8] = {'*'};  // as long as hash_label() may read

}  // namespace

std::uint8_t* EntryKey::begin(CachePartition partition, RRType type, std::size_t name_size, std::uint64_t hash_of_name) {
  words_[0] = std::uint64_t{partition} << 32 | static_cast<std::uint64_t>(type) << kTypeShift | name_size;
  size_ = size_in_words(words_[0]);
  words_[size_ - 1] = 0;
  auto product = static_cast<unsigned __int128>(hash_of_name ^ partition) * kFactor;
  name_hash_ = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  return reinterpret_cast<std::uint8_t*>(words_.data() + 1);
}

EntryKey::EntryKey(CachePartition partition, NameView name, RRType type) {
  const LookupName lookup(name);
  std::memcpy(begin(partition, type, name.size(), lookup.hash()), lookup.view().data(), name.size());
}

EntryKey::EntryKey(CachePartition partition, const LookupName& name, std::size_t labels, RRType type) {
  const NameView suffix = name.suffix(labels);
  std::memcpy(begin(partition, type, suffix.size(), name.suffix_hash(labels)), suffix.data(), suffix.size());
}

EntryKey EntryKey::of_wildcard(CachePartition partition, const LookupName& name, std::size_t labels, RRType type) {
  EntryKey key;
  const NameView suffix = name.suffix(labels);
  std::uint8_t* to = key.begin(partition, type, suffix.size() + 2, hash_label(name.suffix_hash(labels), kWildcardLabel, 1));
  to[0] = 1;
  to[1] = '*';
  std::memcpy(to + 2, suffix.data(), suffix.size());
  return key;
}

std::uint64_t EntryKey::hash() const {
  // The type goes into the tag only: all of a name's types share their buckets.
  return name_hash_ ^ static_cast<std::uint64_t>(type()) * kFactor << EntryRing::kTagShift;
}

}  // namespace dotmesh
