#include "resolver/cache/entry_ring.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <optional>
#include <random>
#include <thread>
#include <vector>

namespace dotmesh {
namespace {

using Words = std::vector<std::uint64_t>;

std::uint64_t hash_of(std::uint64_t key) {
  key = (key + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
  key = (key ^ key >> 27) * 0x94d049bb133111eb;
  return key ^ key >> 31;
}

// Entries of the tests: the key, then a payload.
Words entry(std::uint64_t key, std::uint64_t value, std::size_t size = 6) {
  Words words(size, value);
  words[0] = key;
  return words;
}

bool put(EntryRing& ring, std::uint64_t key, const Words& words, std::uint64_t hash) {
  return ring.store(hash, words, [&](const EntryRing::View& view) { return view.word(0) == key; },
                    [](const EntryRing::View&) { return true; });
}
bool put(EntryRing& ring, std::uint64_t key, const Words& words) { return put(ring, key, words, hash_of(key)); }

std::optional<Words> get(const EntryRing& ring, std::uint64_t key, std::uint64_t hash) {
  Words words;
  bool found = ring.read(hash, [&](const EntryRing::View& view, bool) {
    if (view.word(0) != key) return false;
    words.resize(view.size());
    view.copy(0, words.data(), view.size() * 8);
    return true;
  });
  return found ? std::optional(words) : std::nullopt;
}
std::optional<Words> get(const EntryRing& ring, std::uint64_t key) { return get(ring, key, hash_of(key)); }

TEST(EntryRing, GivesBackWhatWasStored) {
  EntryRing ring(EntryRing::kMinCapacity);
  EXPECT_EQ(get(ring, 1), std::nullopt);
  EXPECT_TRUE(put(ring, 1, entry(1, 11)));
  EXPECT_TRUE(put(ring, 2, entry(2, 22, 9)));
  EXPECT_EQ(get(ring, 1), entry(1, 11));
  EXPECT_EQ(get(ring, 2), entry(2, 22, 9));
  EXPECT_EQ(get(ring, 3), std::nullopt);
  EXPECT_EQ(ring.stats().entries, 2);
}

TEST(EntryRing, ReplacesTheSameEntry) {
  EntryRing ring(EntryRing::kMinCapacity);
  put(ring, 1, entry(1, 11));
  put(ring, 1, entry(1, 12, 20));
  EXPECT_EQ(get(ring, 1), entry(1, 12, 20));
  EXPECT_EQ(ring.stats().entries, 1);
}

TEST(EntryRing, KeepsWhatMayNotBeReplaced) {
  EntryRing ring(EntryRing::kMinCapacity);
  put(ring, 1, entry(1, 11));
  EXPECT_FALSE(ring.store(hash_of(1), entry(1, 12), [](const EntryRing::View& view) { return view.word(0) == 1; },
                          [](const EntryRing::View& view) { return view.word(1) == 99; }));
  EXPECT_EQ(get(ring, 1), entry(1, 11));
}

TEST(EntryRing, TellsEntriesOfOneHashApart) {
  EntryRing ring(EntryRing::kMinCapacity);
  for (std::uint64_t key = 1; key <= 10; ++key) put(ring, key, entry(key, key * 11), 42);
  for (std::uint64_t key = 1; key <= 10; ++key) EXPECT_EQ(get(ring, key, 42), entry(key, key * 11)) << key;
}

TEST(EntryRing, MoreOfOneHashThanTwoBucketsHoldIsBounded) {
  EntryRing ring(EntryRing::kMinCapacity);
  for (std::uint64_t key = 1; key <= 100; ++key) put(ring, key, entry(key, key), 42);
  EXPECT_LE(ring.stats().entries, 16);
  EXPECT_EQ(get(ring, 100, 42), entry(100, 100));
}

TEST(EntryRing, Removes) {
  EntryRing ring(EntryRing::kMinCapacity);
  const auto is_one = [](const EntryRing::View& view) { return view.word(0) == 1; };
  put(ring, 1, entry(1, 11));
  EXPECT_TRUE(ring.remove(hash_of(1), is_one));
  EXPECT_FALSE(ring.remove(hash_of(1), is_one));
  EXPECT_EQ(get(ring, 1), std::nullopt);
  EXPECT_EQ(ring.stats().entries, 0);
}

TEST(EntryRing, RefusesWhatIsTooLarge) {
  EntryRing ring(EntryRing::kMinCapacity);
  EXPECT_TRUE(put(ring, 1, entry(1, 1, ring.max_words())));
  EXPECT_FALSE(put(ring, 1, entry(1, 2, ring.max_words() + 1)));
  EXPECT_EQ(get(ring, 1), entry(1, 1, ring.max_words()));
}

TEST(EntryRing, SaysWhetherItWasUsed) {
  EntryRing ring(EntryRing::kMinCapacity);
  put(ring, 1, entry(1, 1));
  std::vector<bool> seen;
  for (int i = 0; i < 3; ++i) {
    ring.read(hash_of(1), [&](const EntryRing::View&, bool used) {
      seen.push_back(used);
      return true;
    });
  }
  EXPECT_EQ(seen, (std::vector<bool>{false, true, true}));
}

TEST(EntryRing, DropsTheOldestAndKeepsTheUsed) {
  EntryRing ring(EntryRing::kMinCapacity);
  constexpr std::uint64_t kHot = 100;
  std::uint64_t stored = 0;
  for (; ring.stats().evicted < 50000; ++stored) {
    put(ring, stored, entry(stored, stored));
    if (stored >= kHot) {
      EXPECT_NE(get(ring, stored % kHot), std::nullopt) << stored;
    }
  }
  EXPECT_EQ(get(ring, stored - 1), entry(stored - 1, stored - 1));
  EXPECT_EQ(get(ring, kHot + 1), std::nullopt);
  for (std::uint64_t key = 0; key < kHot; ++key) EXPECT_EQ(get(ring, key), entry(key, key));
}

// Small entries, the hashes of which share buckets in threes as those of a name's types do.
TEST(EntryRing, TheIndexHoldsWhatTheRingHolds) {
  constexpr std::size_t kCapacity = 8 << 20;
  EntryRing ring(kCapacity);
  std::uint64_t stored = 0;
  for (; ring.stats().octets < kCapacity / 100 * 88; ++stored) {
    std::uint64_t hash = hash_of(stored / 3) ^ (stored % 3) << EntryRing::kTagShift;
    put(ring, stored, entry(stored, stored, 8), hash);
  }
  EXPECT_GT(stored, 80000);
  EXPECT_LE(ring.stats().evicted, stored / 1000);
}

TEST(EntryRing, StaysWithinItsCapacity) {
  for (std::size_t capacity : {EntryRing::kMinCapacity, std::size_t{9} << 20, std::size_t{33} << 20}) {
    EntryRing ring(capacity);
    for (std::uint64_t key = 0; key < capacity / 64 * 2; ++key) put(ring, key, entry(key, key, 4 + key % 9));
    EXPECT_LE(ring.stats().octets, capacity);
    EXPECT_GT(ring.stats().octets, capacity / 2);
    EXPECT_GT(ring.stats().evicted, 0);
  }
}

// Whatever the order of stores of many sizes, removals and reads: what is found is the newest.
TEST(EntryRing, AgreesWithAMap) {
  EntryRing ring(EntryRing::kMinCapacity);
  std::map<std::uint64_t, Words> model;
  std::mt19937_64 random(7);
  std::uint64_t found = 0;
  for (int step = 0; step < 400000; ++step) {
    std::uint64_t key = random() % 20000;
    switch (random() % 4) {
      case 0: case 1: {
        Words words = entry(key, random(), 1 + random() % (random() % 1000 == 0 ? 4000 : 16));
        ASSERT_TRUE(put(ring, key, words));
        model[key] = words;
        break;
      }
      case 2: {
        auto got = get(ring, key);
        if (got) {
          ASSERT_TRUE(model.contains(key));
          ASSERT_EQ(*got, model[key]);
          ++found;
        }
        break;
      }
      default:
        if (random() % 8 != 0) break;
        ring.remove(hash_of(key), [&](const EntryRing::View& view) { return view.word(0) == key; });
        model.erase(key);
    }
  }
  EXPECT_GT(found, 20000);
  EXPECT_GT(ring.stats().evicted, 1000);
}

TEST(EntryRing, WalkSeesEverythingOnceAndDropsWhatItIsTold) {
  EntryRing ring(8 << 20);
  constexpr std::uint64_t kEntries = 20000;
  for (std::uint64_t key = 0; key < kEntries; ++key) put(ring, key, entry(key, key));
  std::vector<int> seen(kEntries);
  EntryRing::Cursor cursor;
  int steps = 1;
  const auto drop_odd = [&](const EntryRing::View& view) {
    ++seen[view.word(0)];
    return view.word(0) % 2 == 1;
  };
  for (; ring.walk(cursor, drop_odd); ++steps) {
  }
  EXPECT_GT(steps, 10);
  EXPECT_EQ(seen, std::vector<int>(kEntries, 1));
  EXPECT_EQ(ring.stats().entries, kEntries / 2);
  EXPECT_NE(get(ring, 2), std::nullopt);
  EXPECT_EQ(get(ring, 3), std::nullopt);
}

TEST(EntryRing, ClearForgetsAll) {
  EntryRing ring(EntryRing::kMinCapacity);
  for (std::uint64_t key = 0; key < 100; ++key) put(ring, key, entry(key, key));
  ring.clear();
  EXPECT_EQ(ring.stats().entries, 0);
  EXPECT_EQ(get(ring, 5), std::nullopt);
  put(ring, 5, entry(5, 55));
  EXPECT_EQ(get(ring, 5), entry(5, 55));
}

// The ring wraps while an entry is being read: what was read until then is thrown away.
TEST(EntryRing, LooksAgainWhenTheEntryWentWhileBeingRead) {
  EntryRing ring(EntryRing::kMinCapacity);
  put(ring, 1, entry(1, 11));
  int visits = 0;
  bool found = ring.read(hash_of(1), [&](const EntryRing::View& view, bool) {
    ++visits;
    if (view.word(0) != 1) return false;
    for (std::uint64_t key = 2; key < 40000; ++key) put(ring, key, entry(key, key));
    EXPECT_NE(view.word(1), 11);
    return true;
  });
  EXPECT_FALSE(found);
  EXPECT_EQ(visits, 1);
}

TEST(EntryRing, ReadsTheNewEntryWhenItWasReplacedMeanwhile) {
  EntryRing ring(EntryRing::kMinCapacity);
  put(ring, 1, entry(1, 11));
  std::vector<std::uint64_t> seen;
  EXPECT_TRUE(ring.read(hash_of(1), [&](const EntryRing::View& view, bool) {
    seen.push_back(view.word(1));
    if (seen.size() == 1) put(ring, 1, entry(1, 12));
    return true;
  }));
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{11, 12}));
  // It is looked for a bounded number of times.
  seen.clear();
  EXPECT_FALSE(ring.read(hash_of(1), [&](const EntryRing::View& view, bool) {
    seen.push_back(view.word(1));
    put(ring, 1, entry(1, seen.back() + 1));
    return true;
  }));
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{12, 13, 14, 15}));
}

// An entry of the same key at the same place, a lap later, is not taken for the one before.
TEST(EntryRing, TellsLapsApart) {
  EntryRing ring(EntryRing::kMinCapacity);
  const std::size_t size = ring.max_words();
  std::vector<std::uint64_t> seen;
  put(ring, 1, entry(1, 100, size));
  EXPECT_TRUE(ring.read(hash_of(1), [&](const EntryRing::View& view, bool) {
    seen.push_back(view.word(1));
    for (std::uint64_t round = 1; seen.size() == 1 && round <= 8; ++round) put(ring, 1, entry(1, 100 + round, size));
    return true;
  }));
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{100, 108}));
}

// Few keys, many of them stored all the time, in a ring that wraps often: every entry that a reader
// gets is whole (all payload words equal) and its own.
TEST(EntryRing, ReadersNeverSeeAMixedEntry) {
  EntryRing ring(EntryRing::kMinCapacity);
  constexpr std::uint64_t kKeys = 3000;
  constexpr std::uint64_t kStores = 60000;
  std::atomic<int> writers{2};
  const auto write = [&](unsigned seed) {
    std::mt19937_64 random(seed);
    for (std::uint64_t i = 0; i < kStores; ++i) {
      std::uint64_t key = random() % kKeys;
      put(ring, key, entry(key, random(), 2 + random() % 60));
      if (i % 5000 == 0) {
        ring.remove(hash_of(key), [&](const EntryRing::View& view) { return view.word(0) == key; });
      }
    }
    --writers;
  };
  std::atomic<std::uint64_t> mixed{0};
  std::atomic<std::uint64_t> found{0};
  const auto read = [&](unsigned seed) {
    std::mt19937_64 random(seed);
    while (writers != 0) {
      std::uint64_t key = random() % kKeys;
      std::array<std::uint64_t, 64> words;
      std::size_t size = 0;
      bool got = ring.read(hash_of(key), [&](const EntryRing::View& view, bool) {
        if (view.word(0) != key) return false;
        size = std::min(view.size(), words.size());
        view.copy(0, words.data(), size * 8);
        return true;
      });
      if (!got) continue;
      ++found;
      bool whole = size >= 2 && words[0] == key;
      for (std::size_t i = 2; i < size; ++i) whole = whole && words[i] == words[1];
      if (!whole) ++mixed;
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 2; ++i) threads.emplace_back(write, i);
  for (unsigned i = 2; i < 4; ++i) threads.emplace_back(read, i);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(mixed, 0);
  EXPECT_GT(found, 100);
}

}  // namespace
}  // namespace dotmesh
