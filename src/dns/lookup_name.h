// LookupName: a domain name made ready for look-ups: lowered, with the place and the hash of every
// suffix, so that a search for the closest encloser or the zone hashes nothing twice.
//
// The hash of a name is computed from the root leftwards, label by label; the hash of each ancestor
// is an intermediate value. It is seeded once per process, so that nobody can prepare zones or
// queries whose names collide.
// About 1.4 KiB, of which a usual name touches 200 octets; reuse it. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dns/name.h"

namespace dotmesh {

std::uint64_t make_hash_seed();
// Set before main() and never changed.
extern const std::uint64_t kHashSeed;

// One step of the hash: `label` (lowered, readable up to a multiple of eight octets) in front of a
// name whose hash is `parent`.
inline std::uint64_t hash_label(std::uint64_t parent, const std::uint8_t* label, std::size_t size) {
  constexpr std::uint64_t kFactor = 0x9fb21c651e98df25;
  constexpr std::uint64_t kOffset = 0xd6e8feb86659fd93;
  std::uint64_t hash = parent ^ (size * kOffset);
  for (std::size_t left = size; left != 0;) {
    std::uint64_t word;
    std::memcpy(&word, label, 8);
    if (left < 8) {
      word &= ~std::uint64_t{0} >> (64 - 8 * left);
      left = 0;
    } else {
      label += 8;
      left -= 8;
    }
    auto product = static_cast<unsigned __int128>(hash ^ word) * kFactor;
    hash = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^ kOffset;
  }
  return hash;
}

// Eight octets lowered at once (ASCII letters only; other octets, those above 127 included, stay).
inline std::uint64_t lower_word(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::uint64_t low7 = word & (0x7f * kOnes);
  std::uint64_t at_least_a = low7 + (0x80 - 'A') * kOnes;
  std::uint64_t above_z = low7 + (0x80 - 'Z' - 1) * kOnes;
  std::uint64_t is_upper = (at_least_a ^ above_z) & ~word & (0x80 * kOnes);
  return word | (is_upper >> 2);
}

class LookupName {
 public:
  LookupName() = default;
  explicit LookupName(NameView name) { assign(name); }

  void assign(NameView name);
  // Reads the name at the start of `bytes` as Name::from_wire does and assigns it; returns its size,
  // or 0 when it is malformed or compressed.
  std::size_t assign_wire(const std::uint8_t* bytes, std::size_t available);

  // The whole name, lowered.
  NameView view() const { return {wire_.data(), size_}; }
  std::size_t size() const { return size_; }
  std::size_t label_count() const { return labels_; }
  // The suffix made of the last `labels` labels.
  NameView suffix(std::size_t labels) const {
    std::size_t at = offsets_[labels_ - labels];
    return {wire_.data() + at, size_ - at};
  }
  std::uint64_t suffix_hash(std::size_t labels) const { return hashes_[labels]; }
  std::uint64_t hash() const { return hashes_[labels_]; }

 private:
  void finish(std::size_t size, std::size_t labels);

  static constexpr std::size_t kPadding = 8;  // hash_label reads whole words
  std::uint8_t size_ = 1;
  std::uint8_t labels_ = 0;
  std::array<std::uint8_t, kMaxLabels + 1> offsets_{};            // of label i from the left
  alignas(8) std::array<std::uint8_t, 256 + kPadding> wire_{};
  std::array<std::uint64_t, kMaxLabels + 1> hashes_{};            // by number of labels from the right
};

// The hash of "*." in front of a name whose hash is `parent`.
inline std::uint64_t wildcard_hash(std::uint64_t parent) {
  static constexpr std::uint8_t kStar[8] = {'*'};
  return hash_label(parent, kStar, 1);
}

}  // namespace dotmesh
