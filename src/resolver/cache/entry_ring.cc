#include "resolver/cache/entry_ring.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

namespace dotmesh {
namespace {

// Writers of different shards do not meet; more than this gains nothing on a machine of many cores.
constexpr std::size_t kMaxShards = 64;
// Below this a shard would hold too few large entries to be a good cache.
constexpr std::size_t kMinShardOctets = 4 << 20;
// One slot for so many octets of ring: small entries (80 octets and up) fill the index to 60 percent,
// where two buckets of eight hardly ever overflow.
constexpr std::size_t kOctetsPerSlot = 48;
// No entry takes more of a shard than this, nor more than a message of the largest size with room for
// what was compressed in it.
constexpr std::size_t kMaxEntryShare = 8;
constexpr std::size_t kMaxEntryOctets = 128 << 10;
// Second chances: each insertion earns some, and they may be saved up, since what is popular was often
// stored together. Bounds the work of an insertion on average, and what one may do under the lock.
constexpr std::uint64_t kChancesEarned = 4;
constexpr std::uint64_t kMaxChances = 256;
constexpr std::uint64_t kMaxSlideWords = 4096;

}  // namespace

EntryRing::EntryRing(std::size_t capacity) {
  capacity = std::max(capacity, kMinCapacity);
  shard_count_ = std::clamp<std::size_t>(std::bit_floor(capacity / kMinShardOctets), 1, kMaxShards);
  shard_mask_ = shard_count_ - 1;
  shards_ = std::make_unique<Shard[]>(shard_count_);
  // A bucket and the ring that goes with it, as many as fit beside the Shards themselves.
  constexpr std::size_t kUnit = kSlotsPerBucket * (8 + kOctetsPerSlot);
  std::size_t octets = (capacity - shard_count_ * sizeof(Shard)) / shard_count_;
  std::size_t units = octets / kUnit;
  mapped_ = units * kUnit * shard_count_;
  memory_ = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory_ == MAP_FAILED) throw std::bad_alloc();
  // All buckets first: each must be one cache line.
  auto* buckets = static_cast<Word*>(memory_);
  Word* ring = buckets + units * kSlotsPerBucket * shard_count_;
  for (std::size_t i = 0; i < shard_count_; ++i) {
    Shard& shard = shards_[i];
    shard.bucket_count = units;
    shard.ring_words = units * kSlotsPerBucket * kOctetsPerSlot / 8;
    shard.buckets = buckets + i * units * kSlotsPerBucket;
    shard.ring = ring + i * shard.ring_words;
  }
  max_words_ = std::min<std::size_t>(shards_[0].ring_words / kMaxEntryShare, kMaxEntryOctets / 8) - kHeaderWords;
}

EntryRing::~EntryRing() { munmap(memory_, mapped_); }

void EntryRing::prefetch_entry(std::uint64_t hash) const {
  const Shard& shard = shard_of(hash);
  for_slots(shard, hash, [&](Word&, std::uint64_t slot) {
    const Word* at = shard.ring + offset_of(slot);
    __builtin_prefetch(at);
    __builtin_prefetch(at + 8);
    return true;
  });
}

// Moves the hand until `words` fit between the tail and what it has not passed yet.
void EntryRing::make_room(Shard& shard, std::uint64_t words) {
  shard.chances = std::min(shard.chances + kChancesEarned, kMaxChances);
  std::uint64_t slide_words = kMaxSlideWords;
  while (true) {
    bool last_lap_left = shard.oldest < shard.end;
    if ((last_lap_left ? shard.oldest : shard.ring_words) - shard.tail >= words) return;
    if (last_lap_left) {
      pass_oldest(shard, slide_words);
      continue;
    }
    shard.end = shard.tail;
    shard.tail = 0;
    shard.oldest = 0;
    shard.lap = shard.lap == kMaxLap ? 1 : shard.lap + 1;
    shard.wrapped = true;
  }
}

// The entry under the hand goes: it is garbage already, is dropped, or slides down to the tail.
void EntryRing::pass_oldest(Shard& shard, std::uint64_t& slide_words) {
  Word* from = shard.ring + shard.oldest;
  std::uint64_t hash = from[0].load(std::memory_order_relaxed);
  std::uint64_t words = kHeaderWords + from[1].load(std::memory_order_relaxed);
  std::uint64_t last_lap = shard.lap == 1 ? kMaxLap : shard.lap - 1;
  std::uint64_t want = make_slot(hash, shard.oldest, last_lap);
  Word* place = nullptr;
  std::uint64_t slot = 0;
  for_slots(shard, hash, [&](Word& at, std::uint64_t value) {
    if ((value & ~kUsed) != want) return false;
    place = &at;
    slot = value;
    return true;
  });
  shard.oldest += words;
  if (place == nullptr) return;
  bool stays = (slot & kUsed) != 0 && shard.chances != 0 && slide_words >= words;
  // Where it stays and does not overlap itself, it can be found all the time.
  if (!stays || shard.oldest - shard.tail < 2 * words) place->store(0, std::memory_order_release);
  if (!stays) {
    --shard.entries;
    ++shard.evicted;
    return;
  }
  --shard.chances;
  slide_words -= words;
  Word* to = shard.ring + shard.tail;
  for (std::uint64_t i = 0; i < words; ++i) {
    to[i].store(from[i].load(std::memory_order_relaxed), std::memory_order_release);
  }
  place->store(make_slot(hash, shard.tail, shard.lap), std::memory_order_release);
  shard.tail += words;
}

std::uint64_t EntryRing::append(Shard& shard, std::uint64_t hash, std::span<const std::uint64_t> words) {
  Word* at = shard.ring + shard.tail;
  at[0].store(hash, std::memory_order_release);
  at[1].store(words.size(), std::memory_order_release);
  for (std::size_t i = 0; i < words.size(); ++i) {
    at[kHeaderWords + i].store(words[i], std::memory_order_release);
  }
  std::uint64_t slot = make_slot(hash, shard.tail, shard.lap);
  shard.tail += kHeaderWords + words.size();
  return slot;
}

// An empty slot for `hash`, or that of the oldest entry in its two buckets, one that was not used if
// there is one.
EntryRing::Word* EntryRing::free_slot(Shard& shard, std::uint64_t hash) {
  Word* victim = nullptr;
  std::uint64_t victim_age = 0;
  for (std::uint64_t bucket : {first_bucket(shard, hash), second_bucket(shard, hash)}) {
    Word* slots = shard.buckets + bucket * kSlotsPerBucket;
    for (std::size_t i = 0; i < kSlotsPerBucket; ++i) {
      std::uint64_t slot = slots[i].load(std::memory_order_relaxed);
      if (slot == 0) return &slots[i];
      // The smaller, the sooner it goes: not used, of the last lap, near the hand.
      std::uint64_t age = ((slot & kUsed) != 0 ? std::uint64_t{1} << 34 : 0) |
                          (lap_of(slot) == shard.lap ? std::uint64_t{1} << 33 : 0) | offset_of(slot);
      if (victim != nullptr && age >= victim_age) continue;
      victim = &slots[i];
      victim_age = age;
    }
  }
  if (Word* moved = move_neighbour(shard, hash)) return moved;
  // Its words stay where they are until the hand comes by: a reader of them sees the slot change.
  --shard.entries;
  ++shard.evicted;
  return victim;
}

// Makes room in the full buckets of `hash`: an entry there moves to the other bucket of its own, if that
// has room. It can be found all the time but by a reader who has looked into that bucket already.
EntryRing::Word* EntryRing::move_neighbour(Shard& shard, std::uint64_t hash) {
  for (std::uint64_t bucket : {first_bucket(shard, hash), second_bucket(shard, hash)}) {
    Word* slots = shard.buckets + bucket * kSlotsPerBucket;
    for (std::size_t i = 0; i < kSlotsPerBucket; ++i) {
      std::uint64_t slot = slots[i].load(std::memory_order_relaxed);
      std::uint64_t neighbour = shard.ring[offset_of(slot)].load(std::memory_order_relaxed);
      std::uint64_t first = first_bucket(shard, neighbour);
      Word* other = shard.buckets + (first == bucket ? second_bucket(shard, neighbour) : first) * kSlotsPerBucket;
      for (std::size_t k = 0; k < kSlotsPerBucket; ++k) {
        if (other[k].load(std::memory_order_relaxed) != 0) continue;
        other[k].store(slot, std::memory_order_release);
        return &slots[i];
      }
    }
  }
  return nullptr;
}

void EntryRing::clear() {
  for (std::size_t i = 0; i < shard_count_; ++i) {
    Shard& shard = shards_[i];
    std::lock_guard lock(shard.mutex);
    for (std::uint64_t slot = 0; slot < shard.bucket_count * kSlotsPerBucket; ++slot) {
      if (shard.buckets[slot].load(std::memory_order_relaxed) != 0) {
        shard.buckets[slot].store(0, std::memory_order_release);
      }
    }
    shard.tail = shard.oldest = shard.end = 0;
    shard.lap = shard.lap == kMaxLap ? 1 : shard.lap + 1;
    shard.entries = 0;
    shard.wrapped = false;
  }
}

EntryRing::Stats EntryRing::stats() const {
  Stats stats;
  for (std::size_t i = 0; i < shard_count_; ++i) {
    const Shard& shard = shards_[i];
    std::lock_guard lock(shard.mutex);
    stats.entries += shard.entries;
    stats.evicted += shard.evicted;
    stats.octets += 8 * ((shard.wrapped ? shard.ring_words : shard.tail) + shard.entries);
  }
  return stats;
}

}  // namespace dotmesh
