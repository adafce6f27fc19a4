#include "resolver/cache/denial_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <thread>

#include "resolver/cache/denial_chain.h"

namespace dotmesh {
namespace {

constexpr CacheSeconds kNow = 1000;

Name name(std::string_view text) { return Name::parse(text).value(); }

DenialRecord record(std::string_view owner, RRType type, std::vector<std::uint8_t> rdata, CacheSeconds expires) {
  DenialRecord made;
  made.rrset.owner = name(owner);
  made.rrset.type = type;
  made.rrset.ttl = expires - kNow;
  made.rrset.rdata.add(rdata);
  made.rrset.signatures.add(std::vector<std::uint8_t>(100, 7));
  made.stored = kNow;
  made.expires = expires;
  return made;
}

DenialRecord nsec(std::string_view owner, std::string_view next, CacheSeconds expires = 2000) {
  Name to = name(next);
  std::vector<std::uint8_t> rdata(to.data(), to.data() + to.size());
  rdata.insert(rdata.end(), {0, 1, 0x40});  // A
  return record(owner, RRType::kNSEC, rdata, expires);
}

Nsec3Hash hash_of(std::uint8_t first) {
  Nsec3Hash hash{};
  hash[0] = first;
  return hash;
}

DenialRecord nsec3(std::uint8_t owner, std::uint8_t next, std::uint16_t iterations = 0, CacheSeconds expires = 2000) {
  std::vector<std::uint8_t> rdata{1, 0, static_cast<std::uint8_t>(iterations >> 8),
                                  static_cast<std::uint8_t>(iterations), 2, 0xab, 0xcd, 20};
  Nsec3Hash to = hash_of(next);
  rdata.insert(rdata.end(), to.begin(), to.end());
  rdata.insert(rdata.end(), {0, 1, 0x40});
  return record(nsec3_owner(hash_of(owner), name("example."))->to_string(), RRType::kNSEC3, rdata, expires);
}

class DenialCacheTest : public ::testing::Test {
 protected:
  bool store(DenialRecord made, std::string_view zone = "example.") {
    return cache_.store(kIteratedPartition, name(zone), std::move(made), kNow);
  }
  // "= OWNER": matches; "> OWNER": covers; "none".
  std::string find(std::string_view qname, CacheSeconds now = kNow, std::string_view zone = "example.") {
    return text(cache_.find_nsec(kIteratedPartition, name(zone), name(qname), now));
  }
  std::string find3(std::uint8_t hash, CacheSeconds now = kNow) {
    auto found = cache_.find_nsec3(kIteratedPartition, name("example."), hash_of(hash), now);
    if (!found) return "none";
    return (found->matches ? "= " : "> ") + std::to_string((*nsec3_hash_of_owner(found->record->rrset.owner))[0]);
  }
  static std::string text(const std::optional<DenialCache::Found>& found) {
    if (!found) return "none";
    return (found->matches ? "= " : "> ") + found->record->rrset.owner.to_string();
  }
  DenialCache cache_{8 << 20};
};

TEST_F(DenialCacheTest, FindsWhatMatchesOrCoversAName) {
  ASSERT_TRUE(store(nsec("example.", "b.example.")));
  ASSERT_TRUE(store(nsec("B.example.", "d.example.")));
  ASSERT_TRUE(store(nsec("z.example.", "example.")));
  EXPECT_EQ(find("example."), "= example.");
  EXPECT_EQ(find("a.example."), "> example.");
  EXPECT_EQ(find("b.EXAMPLE."), "= B.example.");
  EXPECT_EQ(find("x.y.b.example."), "> B.example.");
  EXPECT_EQ(find("c.example."), "> B.example.");
  EXPECT_EQ(find("d.example."), "none");
  EXPECT_EQ(find("e.example."), "none");
  EXPECT_EQ(find("zz.example."), "> z.example.");
  EXPECT_EQ(find("a.example.", kNow, "other."), "none");
  EXPECT_FALSE(cache_.find_nsec(1, name("example."), name("a.example."), kNow));
}

TEST_F(DenialCacheTest, GivesRecordsWithSignaturesAndTimes) {
  store(nsec("example.", "b.example.", 1500));
  auto found = cache_.find_nsec(kIteratedPartition, name("example."), name("a.example."), kNow);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->record->rrset.signatures.count(), 1);
  EXPECT_EQ(found->record->rrset.ttl, 500);
  EXPECT_EQ(found->record->expires, 1500);
}

TEST_F(DenialCacheTest, DropsTheExpired) {
  store(nsec("example.", "b.example.", 1500));
  EXPECT_EQ(find("a.example.", 1499), "> example.");
  EXPECT_EQ(find("a.example.", 1500), "none");
  EXPECT_EQ(cache_.stats().records, 0);
  EXPECT_FALSE(store(nsec("example.", "b.example.", kNow)));
}

TEST_F(DenialCacheTest, ANewRecordDropsWhatItContradicts) {
  store(nsec("b.example.", "c.example."));
  store(nsec("c.example.", "d.example."));
  store(nsec("d.example.", "h.example."));
  // c is gone.
  store(nsec("b.example.", "d.example."));
  EXPECT_EQ(find("c.example."), "> b.example.");
  EXPECT_EQ(cache_.stats().records, 2);
  // f is new.
  store(nsec("f.example.", "h.example."));
  EXPECT_EQ(find("e.example."), "none");
  EXPECT_EQ(find("g.example."), "> f.example.");
}

TEST_F(DenialCacheTest, RefusesWhatIsNotOfTheZoneOrMalformed) {
  EXPECT_FALSE(store(nsec("a.other.", "b.example.")));
  EXPECT_FALSE(store(nsec("a.example.", "b.other.")));
  EXPECT_FALSE(store(record("a.example.", RRType::kNSEC, {1}, 2000)));
  EXPECT_FALSE(store(record("a.example.", RRType::kA, {192, 0, 2, 1}, 2000)));
  EXPECT_FALSE(store(record("a.example.", RRType::kSOA, {0}, 2000)));
  EXPECT_FALSE(store(nsec3(1, 2, 51)));
  EXPECT_EQ(cache_.stats().zones, 0);
}

TEST_F(DenialCacheTest, FindsByHashAroundTheEndOfTheChain) {
  ASSERT_TRUE(store(nsec3(10, 20)));
  ASSERT_TRUE(store(nsec3(200, 5)));
  EXPECT_EQ(find3(10), "= 10");
  EXPECT_EQ(find3(15), "> 10");
  EXPECT_EQ(find3(20), "none");
  EXPECT_EQ(find3(201), "> 200");
  EXPECT_EQ(find3(2), "> 200");
  EXPECT_EQ(find3(5), "none");
  EXPECT_EQ(find3(7), "none");
  EXPECT_EQ(find3(15, 2000), "none");
}

TEST_F(DenialCacheTest, OneChainAZone) {
  store(nsec("example.", "b.example."));
  EXPECT_FALSE(cache_.nsec3_parameters(kIteratedPartition, name("example.")));
  store(nsec3(10, 20, 3));
  auto parameters = cache_.nsec3_parameters(kIteratedPartition, name("example."));
  ASSERT_TRUE(parameters);
  EXPECT_EQ(parameters->iterations, 3);
  EXPECT_EQ(parameters->salt, (std::vector<std::uint8_t>{0xab, 0xcd}));
  EXPECT_EQ(find("a.example."), "none");
  store(nsec3(30, 40, 4));
  EXPECT_EQ(find3(10), "none");
  EXPECT_EQ(find3(30), "= 30");
  store(nsec("example.", "b.example."));
  EXPECT_EQ(find3(30), "none");
  EXPECT_EQ(find("a.example."), "> example.");
}

TEST_F(DenialCacheTest, KeepsTheSoa) {
  Name zone = name("example.");
  EXPECT_FALSE(cache_.find_soa(EntryKey(kIteratedPartition, zone, RRType::kSOA), kNow));
  ASSERT_TRUE(store(record("example.", RRType::kSOA, {0}, 1200)));
  EXPECT_TRUE(cache_.find_soa(EntryKey(kIteratedPartition, zone, RRType::kSOA), 1199));
  EXPECT_FALSE(cache_.find_soa(EntryKey(kIteratedPartition, zone, RRType::kSOA), 1200));
}

TEST_F(DenialCacheTest, RemovesSubtrees) {
  for (const char* zone : {"example.", "sub.example.", "other."}) {
    store(nsec(zone, zone), zone);
    store(record(zone, RRType::kSOA, {0}, 2000), zone);
  }
  store(nsec("c.example.", "e.example."));
  store(nsec("x.d.example.", "e.example."));
  cache_.remove_subtree(name("D.example."));
  EXPECT_EQ(find("d.example."), "none");
  EXPECT_EQ(find("x.d.example."), "none");
  EXPECT_TRUE(cache_.find_soa(EntryKey(kIteratedPartition, name("example."), RRType::kSOA), kNow));
  cache_.remove_subtree(name("example."));
  EXPECT_FALSE(cache_.find_soa(EntryKey(kIteratedPartition, name("example."), RRType::kSOA), kNow));
  EXPECT_EQ(find("a.sub.example.", kNow, "sub.example."), "none");
  EXPECT_EQ(find("a.other.", kNow, "other."), "> other.");
  cache_.clear();
  EXPECT_EQ(cache_.stats().zones, 0);
  EXPECT_EQ(cache_.stats().octets, 0);
}

TEST_F(DenialCacheTest, OneZoneLeavesRoomForOthers) {
  store(nsec("other.", "other."), "other.");
  for (int i = 0; i < 20000; ++i) {
    std::string owner = "h" + std::to_string(100000 + i);
    store(nsec(owner + ".example.", owner + "x.example."));
    find("h100000.example.");
  }
  auto stats = cache_.stats();
  EXPECT_LE(stats.octets, 2 << 20);
  EXPECT_GT(stats.octets, 512 << 10);
  EXPECT_GT(stats.evicted, 1000);
  EXPECT_EQ(find("h100000.example."), "= h100000.example.") << "used all the time";
  EXPECT_EQ(find("h119999.example."), "= h119999.example.");
  EXPECT_EQ(find("a.other.", kNow, "other."), "> other.");
}

TEST_F(DenialCacheTest, ManyZonesAreBounded) {
  for (int i = 0; i < 20000; ++i) {
    std::string zone = "zone" + std::to_string(i) + ".";
    store(nsec(zone, zone), zone);
    find("a.zone0.", kNow, "zone0.");
  }
  EXPECT_LE(cache_.stats().octets, 8 << 20);
  EXPECT_EQ(find("a.zone0.", kNow, "zone0."), "> zone0.");
  EXPECT_EQ(find("a.zone19999.", kNow, "zone19999."), "> zone19999.");
  EXPECT_EQ(find("a.zone1.", kNow, "zone1."), "none");
}

TEST_F(DenialCacheTest, ManyThreads) {
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 5000; ++i) {
      std::string zone = "zone" + std::to_string(random() % 50) + ".";
      std::string owner = std::string(1, static_cast<char>('a' + random() % 20)) + "." + zone;
      switch (random() % 4) {
        case 0: store(nsec(owner, zone), zone); break;
        case 1: if (random() % 100 == 0) cache_.remove_subtree(name(owner)); break;
        default: find("b" + owner, kNow, zone);
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
}

TEST(CanonicalKey, OrdersAsRfc4034) {
  // Section 6.1's example, and octets that the keys escape.
  std::vector<Name> ordered;
  for (const char* text : {"example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.",
                           "z.example.", "\\000.z.example.", "\\000a.z.example.", "\\001.z.example.",
                           "a.\\001.z.example.", "\\001\\000.z.example.", "\\002.z.example.", "*.z.example.",
                           "\\200.z.example."}) {
    ordered.push_back(name(text));
  }
  for (const Name& a : ordered) {
    for (const Name& b : ordered) {
      int expected = compare_canonical(a, b);
      int got = CanonicalKey(a).view().compare(CanonicalKey(b).view());
      EXPECT_EQ(got < 0, expected < 0) << a.to_string() << " " << b.to_string();
      EXPECT_EQ(got == 0, expected == 0) << a.to_string() << " " << b.to_string();
    }
  }
}

}  // namespace
}  // namespace dotmesh
