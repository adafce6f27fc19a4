#include "dns/lookup_name.h"

#include <sys/random.h>

namespace dotmesh {

std::uint64_t make_hash_seed() {
  std::uint64_t seed = 0;
  // Cannot block or fail in practice after boot; a constant seed would still be correct, only weaker.
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) seed = 0x2545f4914f6cdd1d;
  return seed;
}

const std::uint64_t kHashSeed = make_hash_seed();

void LookupName::finish(std::size_t size, std::size_t labels) {
  size_ = static_cast<std::uint8_t>(size);
  labels_ = static_cast<std::uint8_t>(labels);
  hashes_[0] = kHashSeed;
  for (std::size_t i = labels; i-- != 0;) {
    const std::uint8_t* label = wire_.data() + offsets_[i];
    hashes_[labels - i] = hash_label(hashes_[labels - i - 1], label + 1, *label);
  }
}

void LookupName::assign(NameView name) { assign_wire(name.data(), name.size()); }

std::size_t LookupName::assign_wire(const std::uint8_t* bytes, std::size_t available) {
  std::size_t labels = 0;
  std::size_t at = 0;
  while (true) {
    if (at >= available) return 0;
    std::size_t length = bytes[at];
    if (length > kMaxLabelLength) return 0;  // compression pointers and extended labels too
    offsets_[labels] = static_cast<std::uint8_t>(at);
    at += 1 + length;
    if (at > kMaxNameLength) return 0;
    if (length == 0) break;
    labels++;
  }
  // Length octets are below 'A', so the whole wire form can be lowered without looking at labels.
  std::size_t i = 0;
  for (; i + 8 <= at; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes + i, 8);
    word = lower_word(word);
    std::memcpy(wire_.data() + i, &word, 8);
  }
  for (; i < at; i++) wire_[i] = lower_octet(bytes[i]);
  finish(at, labels);
  return at;
}

}  // namespace dotmesh
