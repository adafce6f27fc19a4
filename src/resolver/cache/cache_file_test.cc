#include "resolver/cache/cache_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "resolver/cache/cache_file_format.h"

namespace dotmesh {
namespace {

using std::chrono::seconds;

Name name(std::string_view text) { return Name::parse(text).value(); }

// `monotonic` seconds after the process's start, `wall` after some Unix time.
ResolverTime at(std::int64_t monotonic, std::int64_t wall) {
  return {.monotonic = seconds(monotonic), .wall = 1'700'000'000 + wall};
}

CacheEntry address(std::string_view owner, CacheSeconds stored, std::uint32_t ttl, std::uint8_t last = 1) {
  CacheEntry entry;
  entry.rank = Rank::kAuthoritative;
  entry.security = Security::kSecure;
  entry.stored = stored;
  entry.expires = stored + ttl;
  entry.zone = name("example.org.");
  entry.rrsets.push_back({.owner = name(owner), .type = RRType::kA, .ttl = ttl, .rdata = {}, .signatures = {}});
  entry.rrsets[0].rdata.add(std::vector<std::uint8_t>{192, 0, 2, last});
  return entry;
}

class CacheFileTest : public ::testing::Test {
 protected:
  CacheFileTest() {
    std::string folder = ::testing::TempDir() + "cache_file_test.XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    path_ = folder_ + "/cache";
  }
  ~CacheFileTest() override { std::filesystem::remove_all(folder_); }

  bool store(std::string_view owner, const CacheEntry& entry, CacheSeconds now = 1000) {
    return cache_.store(kIteratedPartition, name(owner), RRType::kA, entry, now);
  }
  static std::optional<CacheEntry> find(const RRsetCache& cache, std::string_view owner) {
    return cache.find(kIteratedPartition, name(owner), RRType::kA);
  }
  std::vector<std::uint8_t> saved() {
    EXPECT_TRUE(save_cache(cache_, path_, options_, at(1000, 0)));
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // The message of a file that cannot be used.
  std::string fault(std::span<const std::uint8_t> octets, ResolverTime now = at(5, 10)) {
    auto loaded = load_cache_octets(other_, octets, "cache", options_, now);
    return loaded ? "none" : loaded.error().message;
  }

  std::string folder_;
  std::string path_;
  CacheFileOptions options_{.settings_tag = 77};
  RRsetCache cache_{RRsetCache::kMinCapacity};
  RRsetCache other_{RRsetCache::kMinCapacity};
};

TEST_F(CacheFileTest, KeepsEntriesAndTakesOffTheTimeBetween) {
  CacheEntry entry = address("www.example.org.", 900, 300);
  entry.rrsets[0].signatures.add(std::vector<std::uint8_t>(30, 0));  // 18 octets, the root, a signature
  store("www.example.org.", entry);
  CacheEntry nodata;
  nodata.kind = EntryKind::kNodata;
  nodata.expires = 1100;
  nodata.error = ExtendedError::kForgedAnswer;
  cache_.store(7, name("other."), RRType::kMX, nodata, 1000);
  auto report = save_cache(cache_, path_, options_, at(1000, 0));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->entries, 2);
  EXPECT_EQ(report->octets, std::filesystem::file_size(path_));

  // 20 seconds later, in a process that is 5 seconds old.
  auto loaded = load_cache(other_, path_, options_, at(5, 20));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->entries, 2);
  auto found = find(other_, "www.example.org.");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->stored, 5);
  EXPECT_EQ(found->expires, 5 + 300 - 100 - 20);
  EXPECT_EQ(found->rrsets[0].ttl, 300 - 100 - 20);
  EXPECT_EQ(found->rank, Rank::kAuthoritative);
  EXPECT_EQ(found->security, Security::kSecure);
  EXPECT_EQ(found->zone.to_string(), "example.org.");
  EXPECT_EQ(found->rrsets[0].signatures.count(), 1);
  auto other = other_.find(7, name("other."), RRType::kMX);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->kind, EntryKind::kNodata);
  EXPECT_EQ(other->error, ExtendedError::kForgedAnswer);
  EXPECT_EQ(other->expires, 85);
}

TEST_F(CacheFileTest, LeavesOutWhatExpiredFailedOrIsBogus) {
  store("expired.", address("expired.", 600, 300));
  store("expires.", address("expires.", 900, 105));
  store("fresh.", address("fresh.", 900, 300));
  CacheEntry bogus = address("bogus.", 900, 300);
  bogus.security = Security::kBogus;
  store("bogus.", bogus);
  CacheEntry failure;
  failure.kind = EntryKind::kFailure;
  failure.expires = 2000;
  store("failure.", failure);
  EXPECT_EQ(save_cache(cache_, path_, options_, at(1000, 0))->entries, 2);
  EXPECT_EQ(load_cache(other_, path_, options_, at(5, 5))->entries, 1);
  EXPECT_TRUE(find(other_, "fresh."));
}

TEST_F(CacheFileTest, KeepsStaleEntriesWhenTold) {
  options_.keep_stale = seconds(1000);
  store("stale.", address("stale.", 700, 200));
  store("too_old.", address("too_old.", 0, 0), 0);
  EXPECT_EQ(save_cache(cache_, path_, options_, at(1000, 0))->entries, 1);
  EXPECT_EQ(load_cache(other_, path_, options_, at(5000, 100))->entries, 1);
  auto found = find(other_, "stale.");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->expires, 5000 - 200);
  EXPECT_EQ(found->rrsets[0].ttl, 0);
  RRsetCache young(RRsetCache::kMinCapacity);
  EXPECT_EQ(load_cache(young, path_, options_, at(5, 100))->entries, 1);
  EXPECT_EQ(find(young, "stale.")->expires, 0);
  RRsetCache later(RRsetCache::kMinCapacity);
  EXPECT_EQ(load_cache(later, path_, options_, at(5, 900))->entries, 0);
}

TEST_F(CacheFileTest, WhatIsFreshInTheCacheStays) {
  store("a.", address("a.", 1000, 300, 1));
  auto file = saved();
  other_.store(kIteratedPartition, name("a."), RRType::kA, address("a.", 5, 300, 2), 5);
  ASSERT_TRUE(load_cache_octets(other_, file, "cache", options_, at(5, 0)));
  EXPECT_EQ(find(other_, "a.")->rrsets[0].rdata.front()[3], 2);
}

TEST_F(CacheFileTest, NoFileIsNoFault) {
  auto loaded = load_cache(other_, path_, options_, at(5, 0));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->entries, 0);
}

TEST_F(CacheFileTest, SaysWhyAFileCannotBeUsed) {
  store("a.", address("a.", 1000, 300));
  auto file = saved();
  const std::string anew = "; it is written anew at the next stop";
  EXPECT_EQ(fault({}), "cache: cannot be used as cache: it is too short for a header" + anew);
  auto changed = file;
  changed[0] = 'D';
  EXPECT_EQ(fault(changed), "cache: cannot be used as cache: it is not a cache file of dotmesh" + anew);
  changed = file;
  changed[19] = 99;
  EXPECT_EQ(fault(changed), "cache: cannot be used as cache: it was written by another version of dotmesh" + anew);
  changed = file;
  changed[30] ^= 1;
  EXPECT_EQ(fault(changed), "cache: cannot be used as cache: its header is damaged" + anew);
  EXPECT_EQ(fault(file, at(5, -61)), "cache: cannot be used as cache: it was saved in the future, by the clock" + anew);
  options_.settings_tag = 78;
  EXPECT_EQ(fault(file), "cache: cannot be used as cache: trust anchors or forward zones have changed" + anew);
  options_.settings_tag = 77;
  EXPECT_EQ(fault(std::span(file).first(file.size() - 1)),
            "cache: damaged at block 2: it ends too early; 1 entries before it were loaded, and the file is written anew "
            "at the next stop");
  other_.clear();
  changed = file;
  changed[80] ^= 1;
  EXPECT_EQ(fault(changed),
            "cache: damaged at block 1: its checksum is wrong; 0 entries before it were loaded, and the file is written "
            "anew at the next stop");
  EXPECT_EQ(other_.stats().entries, 0);
  EXPECT_EQ(fault(file), "none");
}

TEST_F(CacheFileTest, EveryDamageIsFoundOrHarmless) {
  store("www.example.org.", address("www.example.org.", 1000, 300));
  store("a.", address("a.", 1000, 300));
  const auto file = saved();
  for (std::size_t cut = 0; cut < file.size(); ++cut) EXPECT_NE(fault(std::span(file).first(cut)), "none") << cut;
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto changed = file;
      changed[i] ^= static_cast<std::uint8_t>(1 << bit);
      EXPECT_NE(fault(changed), "none") << i;
    }
  }
}

// With the right checksum: what an attacker would write.
TEST_F(CacheFileTest, DamageBehindAGoodChecksumIsSafe) {
  store("www.example.org.", address("www.example.org.", 1000, 300));
  const auto file = saved();
  constexpr std::size_t kBlock = cache_file::kHeaderOctets;
  constexpr std::size_t kContent = kBlock + cache_file::kBlockHeaderOctets;
  const std::size_t end = file.size() - cache_file::kBlockHeaderOctets;
  for (std::size_t i = kContent; i < end; ++i) {
    for (int value = 0; value < 256; ++value) {
      auto changed = file;
      changed[i] = static_cast<std::uint8_t>(value);
      std::vector<std::uint8_t> header;
      cache_file::put_block_header(header, std::span(changed).subspan(kContent, end - kContent));
      std::ranges::copy(header, changed.begin() + kBlock);
      fault(changed);
      if (auto found = find(other_, "www.example.org.")) {
        ASSERT_TRUE(cache_file::is_sound(*found));
      }
      other_.clear();
    }
  }
}

TEST_F(CacheFileTest, ManyBlocks) {
  RRsetCache large(32 << 20);
  RRsetCache again(32 << 20);
  constexpr int kEntries = 30000;
  for (int i = 0; i < kEntries; ++i) {
    std::string owner = "host" + std::to_string(i) + ".example.org.";
    CacheEntry entry = address(owner, 1000, 300);
    if (i % 1000 == 0) {
      entry.rrsets.push_back({.owner = name("."), .type = RRType::kTXT, .ttl = 9, .rdata = {}, .signatures = {}});
      entry.rrsets[1].rdata.add(std::vector<std::uint8_t>(60000, 'x'));
    }
    ASSERT_TRUE(large.store(kIteratedPartition, name(owner), RRType::kA, entry, 1000));
  }
  ASSERT_EQ(large.stats().evicted, 0);
  ASSERT_EQ(save_cache(large, path_, options_, at(1000, 0))->entries, kEntries);
  auto loaded = load_cache(again, path_, options_, at(5, 0));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->entries, kEntries);
  EXPECT_EQ(again.stats().entries, kEntries);
  EXPECT_EQ(find(again, "host29000.example.org.")->rrsets[1].rdata.front().size(), 60000);
}

TEST_F(CacheFileTest, AFileThatCannotBeWrittenLeavesTheOldOne) {
  store("a.", address("a.", 1000, 300));
  saved();
  auto size = std::filesystem::file_size(path_);
  std::filesystem::create_directory(path_ + ".new");
  auto report = save_cache(cache_, path_, options_, at(1000, 0));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message, path_ + ".new: Is a directory");
  EXPECT_EQ(std::filesystem::file_size(path_), size);
  report = save_cache(cache_, folder_ + "/absent/cache", options_, at(1000, 0));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().message, folder_ + "/absent/cache.new: No such file or directory");
  auto loaded = load_cache(other_, folder_, options_, at(5, 0));
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message, folder_ + ": cannot be used as cache: it is not a file");
}

// Saving goes on beside stores; TSan watches.
TEST_F(CacheFileTest, SavesWhileOthersStore) {
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; !done; ++i) {
      std::string owner = "host" + std::to_string(i % 30000) + ".example.org.";
      store(owner, address(owner, 1000, 300));
    }
  });
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(save_cache(cache_, path_, options_, at(1000, 0)));
    ASSERT_TRUE(load_cache(other_, path_, options_, at(5, 0)));
  }
  done = true;
  writer.join();
}

}  // namespace
}  // namespace dotmesh
