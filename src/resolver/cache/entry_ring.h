// EntryRing: a bounded store of small immutable entries, found by a 64-bit hash; the memory under the
// caches. It knows nothing of DNS: an entry is a hash and some 64-bit words.
//
// In shards. Each is a ring of words to which entries are appended, and an index that finds them:
//
//   index   buckets of one cache line, eight slots each; an entry's slot is in one of two buckets that its
//           hash names. Slot: offset in the ring | lap | used | tag (bits of the hash); 0: empty
//   ring    [entries of this lap) tail  (gap)  oldest [entries of the last lap) end
//
// The hand (`oldest`) runs before the tail and drops what is in the way; an entry that was used since it
// was written is slid over the gap instead (second chance), a bounded number per insertion.
//
// Threads: writers take the shard's mutex. Readers take no lock: they read a slot, then the entry's
// words, then the slot again. Invariants that make this right:
//   1. A slot is cleared, or swung elsewhere, before any word that it leads to is overwritten.
//   2. (offset, lap) of one slot is never used for another entry until 32,767 laps later.
//   3. Words are stored with release and loaded with acquire order: who sees a new word sees the slot's
//      change as well. (Not fences: ThreadSanitizer does not know them. On x86 both are plain moves.)
//
// Memory: mapped at once and touched when used, so that an empty ring costs nothing; never more than
// the capacity, no allocation per entry.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>

namespace dotmesh {

class EntryRing {
 public:
  // Hashes carry a tag in the bits from here on, by which slots are told apart; the rest chooses shard and buckets.
  static constexpr unsigned kTagShift = 48;

  struct Stats {
    std::uint64_t entries = 0;
    std::uint64_t octets = 0;   // of memory that holds, or held, entries; index included
    std::uint64_t evicted = 0;  // dropped for want of room, since the start
  };

  // The words of one entry. Readers without the lock may see them change: a wrong value is thrown away
  // afterwards, but until then must not do harm.
  class View {
   public:
    std::size_t size() const { return size_; }  // words
    std::uint64_t word(std::size_t i) const { return words_[i].load(std::memory_order_acquire); }
    // Words from `first` on, as octets; `first` + size/8 rounded up <= size().
    void copy(std::size_t first, void* out, std::size_t octets) const {
      auto* at = static_cast<std::uint8_t*>(out);
      for (; octets >= 8; octets -= 8, at += 8) {
        std::uint64_t value = word(first++);
        std::memcpy(at, &value, 8);
      }
      if (octets != 0) {
        std::uint64_t value = word(first);
        std::memcpy(at, &value, octets);
      }
    }
    bool equals(std::size_t first, std::span<const std::uint64_t> words) const {
      if (size_ < first || size_ - first < words.size()) return false;
      for (std::size_t i = 0; i < words.size(); ++i) {
        if (word(first + i) != words[i]) return false;
      }
      return true;
    }

   private:
    friend class EntryRing;
    View(const std::atomic<std::uint64_t>* words, std::size_t size) : words_(words), size_(size) {}
    const std::atomic<std::uint64_t>* words_;
    std::size_t size_;
  };

  // At most `capacity` octets in all, at least kMinCapacity.
  explicit EntryRing(std::size_t capacity);
  ~EntryRing();
  EntryRing(const EntryRing&) = delete;
  EntryRing& operator=(const EntryRing&) = delete;

  static constexpr std::size_t kMinCapacity = 1 << 20;

  // The largest entry that is taken, in words.
  std::size_t max_words() const { return max_words_; }

  // Two steps that hide the memory's latency; only hints.
  void prefetch_slot(std::uint64_t hash) const {
    const Shard& shard = shard_of(hash);
    __builtin_prefetch(shard.buckets + first_bucket(shard, hash) * kSlotsPerBucket);
  }
  void prefetch_entry(std::uint64_t hash) const;

  // Calls `visit(view, used)` for the entries of `hash` (hardly ever more than one) until it returns
  // true: "this is it, and I have copied what I need". False when there is none. `used`: it was found
  // before. What `visit` wrote is valid only when read() returns true; it may be called several times.
  template <typename Visit>
  bool read(std::uint64_t hash, Visit&& visit) const;

  // Puts an entry in, in place of the one for which `same(view)` holds; that one is kept, and false
  // returned, if `may_replace(view)` does not hold. False also for an entry above max_words().
  template <typename Same, typename MayReplace>
  bool store(std::uint64_t hash, std::span<const std::uint64_t> words, Same&& same, MayReplace&& may_replace);

  template <typename Same>
  bool remove(std::uint64_t hash, Same&& same);

  // Goes through all entries in short steps, each under one shard's lock and the next under another's, so
  // that no writer waits for more than a step: `drop(view)` says whether the entry is to be removed. Start
  // with a new Cursor; false: all were seen. What is stored meanwhile may be missed.
  struct Cursor {
    std::size_t shard = 0;
    std::size_t bucket = 0;
  };
  template <typename Drop>
  bool walk(Cursor& cursor, Drop&& drop);

  void clear();
  Stats stats() const;

 private:
  using Word = std::atomic<std::uint64_t>;
  static_assert(sizeof(Word) == 8 && Word::is_always_lock_free);

  static constexpr std::size_t kSlotsPerBucket = 8;  // a cache line
  // An entry begins with its hash and its size: the hand finds its slot, a reader its end.
  static constexpr std::size_t kHeaderWords = 2;
  // An entry that moves while it is read is looked for again; one that moves this often is a miss.
  static constexpr int kMaxReadTries = 4;
  // Work of one step of walk() under the lock: about a thousand entries.
  static constexpr std::size_t kWalkBuckets = 128;

  struct alignas(64) Shard {
    Word* buckets = nullptr;
    Word* ring = nullptr;
    std::uint64_t bucket_count = 0;
    std::uint64_t ring_words = 0;
    // On a line of its own: readers use what is above.
    alignas(64) mutable std::mutex mutex;  // guards what follows, and every store to buckets and ring
    std::uint64_t tail = 0;
    std::uint64_t oldest = 0;
    std::uint64_t end = 0;
    std::uint64_t lap = 1;
    std::uint64_t entries = 0;
    std::uint64_t evicted = 0;
    std::uint64_t chances = 0;
    bool wrapped = false;
  };

  // Slots.
  static constexpr unsigned kLapShift = 32;
  static constexpr std::uint64_t kMaxLap = 0x7fff;
  static constexpr std::uint64_t kUsed = std::uint64_t{1} << 47;
  static std::uint64_t offset_of(std::uint64_t slot) { return slot & 0xffffffff; }
  static std::uint64_t lap_of(std::uint64_t slot) { return slot >> kLapShift & kMaxLap; }
  static std::uint64_t tag_of(std::uint64_t hash) { return hash >> kTagShift << kTagShift; }
  static std::uint64_t make_slot(std::uint64_t hash, std::uint64_t offset, std::uint64_t lap) {
    return tag_of(hash) | lap << kLapShift | offset;
  }
  static bool has_tag(std::uint64_t slot, std::uint64_t hash) {
    return slot != 0 && ((slot ^ hash) >> kTagShift) == 0;
  }
  // `hash` without its tag spread anew, so that shard, buckets and tag do not depend on each other; and
  // hashes that differ in the tag alone are in the same buckets: what is asked one after the other (the types
  // of a name) is found in cache lines that are there already.
  static std::uint64_t mix(std::uint64_t hash) {
    hash &= ~std::uint64_t{0} >> (64 - kTagShift);
    return (hash ^ hash >> 29) * 0xd6e8feb86659fd93;
  }
  static std::uint64_t first_bucket(const Shard& shard, std::uint64_t hash) {
    return (mix(hash) >> 32) * shard.bucket_count >> 32;
  }
  static std::uint64_t second_bucket(const Shard& shard, std::uint64_t hash) {
    return (mix(hash) & 0xffffffff) * shard.bucket_count >> 32;
  }
  Shard& shard_of(std::uint64_t hash) const { return shards_[hash & shard_mask_]; }

  View view_at(const Shard& shard, std::uint64_t offset) const;
  // Calls `use(slot_place, slot)` for each slot with the tag of `hash` until it returns true.
  template <typename Use>
  static bool for_slots(const Shard& shard, std::uint64_t hash, Use&& use);
  template <typename Same>
  Word* find_locked(const Shard& shard, std::uint64_t hash, Same&& same) const;

  // Writers' work; the shard's mutex is held.
  void make_room(Shard& shard, std::uint64_t words);
  void pass_oldest(Shard& shard, std::uint64_t& slide_words);
  std::uint64_t append(Shard& shard, std::uint64_t hash, std::span<const std::uint64_t> words);
  Word* free_slot(Shard& shard, std::uint64_t hash);
  static Word* move_neighbour(Shard& shard, std::uint64_t hash);

  std::unique_ptr<Shard[]> shards_;
  std::size_t shard_count_;
  std::uint64_t shard_mask_;
  std::size_t max_words_ = 0;
  void* memory_ = nullptr;
  std::size_t mapped_ = 0;
};

inline EntryRing::View EntryRing::view_at(const Shard& shard, std::uint64_t offset) const {
  const Word* at = shard.ring + offset;
  std::uint64_t size = at[1].load(std::memory_order_acquire);
  // A reader may see a size that is being overwritten: it must stay within the ring all the same.
  std::uint64_t room = shard.ring_words - offset - kHeaderWords;
  return {at + kHeaderWords, static_cast<std::size_t>(size < room ? size : room)};
}

template <typename Use>
bool EntryRing::for_slots(const Shard& shard, std::uint64_t hash, Use&& use) {
  std::uint64_t bucket = first_bucket(shard, hash);
  for (int choice = 0; choice < 2; ++choice) {
    Word* slots = shard.buckets + bucket * kSlotsPerBucket;
    for (std::size_t i = 0; i < kSlotsPerBucket; ++i) {
      std::uint64_t slot = slots[i].load(std::memory_order_acquire);
      if (has_tag(slot, hash) && use(slots[i], slot)) return true;
    }
    std::uint64_t second = second_bucket(shard, hash);
    if (second == bucket) break;
    bucket = second;
  }
  return false;
}

template <typename Visit>
bool EntryRing::read(std::uint64_t hash, Visit&& visit) const {
  const Shard& shard = shard_of(hash);
  bool moved = false;
  const auto use = [&](Word& place, std::uint64_t slot) {
    if (shard.ring[offset_of(slot)].load(std::memory_order_acquire) != hash) {
      moved = moved || place.load(std::memory_order_acquire) != slot;
      return false;
    }
    bool found = visit(view_at(shard, offset_of(slot)), (slot & kUsed) != 0);
    std::uint64_t again = place.load(std::memory_order_acquire);
    if ((again | kUsed) != (slot | kUsed)) {
      moved = true;
      return false;
    }
    // Only to a slot that is still the same: an exchange, not a store.
    if (found && (again & kUsed) == 0) {
      place.compare_exchange_strong(again, again | kUsed, std::memory_order_relaxed);
    }
    return found;
  };
  for (int tries = 0; tries < kMaxReadTries; ++tries) {
    moved = false;
    if (for_slots(shard, hash, use)) return true;
    if (!moved) return false;
  }
  return false;
}

template <typename Same>
EntryRing::Word* EntryRing::find_locked(const Shard& shard, std::uint64_t hash, Same&& same) const {
  Word* found = nullptr;
  for_slots(shard, hash, [&](Word& place, std::uint64_t slot) {
    if (shard.ring[offset_of(slot)].load(std::memory_order_relaxed) != hash) return false;
    if (!same(view_at(shard, offset_of(slot)))) return false;
    found = &place;
    return true;
  });
  return found;
}

template <typename Same, typename MayReplace>
bool EntryRing::store(std::uint64_t hash, std::span<const std::uint64_t> words, Same&& same,
                      MayReplace&& may_replace) {
  if (words.size() > max_words_) return false;
  Shard& shard = shard_of(hash);
  std::lock_guard lock(shard.mutex);
  Word* place = find_locked(shard, hash, same);
  if (place != nullptr && !may_replace(view_at(shard, offset_of(place->load(std::memory_order_relaxed))))) {
    return false;
  }
  make_room(shard, kHeaderWords + words.size());
  // The old one may have been in the way: then its slot is free, or another's.
  if (place != nullptr) place = find_locked(shard, hash, same);
  std::uint64_t slot = append(shard, hash, words);
  if (place == nullptr) {
    place = free_slot(shard, hash);
    ++shard.entries;
  }
  place->store(slot, std::memory_order_release);
  return true;
}

template <typename Same>
bool EntryRing::remove(std::uint64_t hash, Same&& same) {
  Shard& shard = shard_of(hash);
  std::lock_guard lock(shard.mutex);
  Word* place = find_locked(shard, hash, same);
  if (place == nullptr) return false;
  place->store(0, std::memory_order_release);
  --shard.entries;
  return true;
}

template <typename Drop>
bool EntryRing::walk(Cursor& cursor, Drop&& drop) {
  Shard& shard = shards_[cursor.shard];
  {
    std::lock_guard lock(shard.mutex);
    std::size_t stop = std::min<std::size_t>(cursor.bucket + kWalkBuckets, shard.bucket_count);
    for (std::size_t i = cursor.bucket * kSlotsPerBucket; i < stop * kSlotsPerBucket; ++i) {
      std::uint64_t slot = shard.buckets[i].load(std::memory_order_relaxed);
      if (slot == 0 || !drop(view_at(shard, offset_of(slot)))) continue;
      shard.buckets[i].store(0, std::memory_order_release);
      --shard.entries;
    }
  }
  if (++cursor.shard == shard_count_) cursor = {0, cursor.bucket + kWalkBuckets};
  return cursor.bucket < shard.bucket_count;
}

}  // namespace dotmesh
