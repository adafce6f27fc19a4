#include "resolver/cache/rrset_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "resolver/cache/entry_codec.h"

namespace dotmesh {
namespace {

Name name(std::string_view text) {
  return Name::parse(text).value();
}

RRset rrset(std::string_view owner, RRType type, std::vector<std::uint8_t> rdata,
            std::uint32_t ttl = 300) {
  RRset made{.owner = name(owner), .type = type, .ttl = ttl, .rdata = {}, .signatures = {}};
  made.rdata.add(rdata);
  return made;
}

CacheEntry address(std::string_view owner, std::uint8_t last, Rank rank = Rank::kAnswer,
                   Security security = Security::kInsecure, CacheSeconds now = 1000) {
  CacheEntry entry;
  entry.rank = rank;
  entry.security = security;
  entry.stored = now;
  entry.expires = now + 300;
  entry.zone = name("example.org.");
  entry.rrsets = {rrset(owner, RRType::kA, {192, 0, 2, last})};
  return entry;
}

void expect_same(const CacheEntry& a, const CacheEntry& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.rank, b.rank);
  EXPECT_EQ(a.security, b.security);
  EXPECT_EQ(a.error, b.error);
  EXPECT_EQ(a.stored, b.stored);
  EXPECT_EQ(a.expires, b.expires);
  EXPECT_EQ(a.zone.to_string(), b.zone.to_string());
  ASSERT_EQ(a.rrsets.size(), b.rrsets.size());
  for (std::size_t i = 0; i < a.rrsets.size(); ++i) {
    const RRset& x = a.rrsets[i];
    const RRset& y = b.rrsets[i];
    EXPECT_EQ(x.owner.to_string(), y.owner.to_string());  // the case as well
    EXPECT_EQ(x.type, y.type);
    EXPECT_EQ(x.ttl, y.ttl);
    EXPECT_EQ(x.rdata.count(), y.rdata.count());
    EXPECT_TRUE(std::ranges::equal(x.rdata.octets(), y.rdata.octets()));
    EXPECT_EQ(x.signatures.count(), y.signatures.count());
    EXPECT_TRUE(std::ranges::equal(x.signatures.octets(), y.signatures.octets()));
  }
}

class RRsetCacheTest : public ::testing::Test {
 protected:
  bool store(std::string_view owner, const CacheEntry& entry, CacheSeconds now = 1000) {
    return cache_.store(kIteratedPartition, name(owner), RRType::kA, entry, now);
  }
  // Last octet of the address that is held; 0: none.
  int held(std::string_view owner) {
    auto entry = cache_.find(kIteratedPartition, name(owner), RRType::kA);
    return entry && !entry->rrsets.empty() ? entry->rrsets[0].rdata.front()[3] : 0;
  }
  RRsetCache cache_{RRsetCache::kMinCapacity};
};

TEST_F(RRsetCacheTest, GivesBackAllOfAnEntry) {
  CacheEntry entry = address("www.example.org.", 1, Rank::kAuthoritative, Security::kSecure);
  entry.error = ExtendedError::kSignatureExpired;
  entry.rrsets[0].rdata.add(std::vector<std::uint8_t>{192, 0, 2, 2});
  entry.rrsets[0].signatures.add(std::vector<std::uint8_t>(300, 7));
  entry.rrsets.push_back(rrset("Other.Example.NET.", RRType::kNSEC, {1, 'a', 0, 0}, 7));
  entry.rrsets.push_back(rrset("example.org.", RRType::kSOA, {}, 0));
  entry.rrsets.push_back(
      rrset(".", RRType::kTXT, std::vector<std::uint8_t>(65535, 'x'), 0xffffffff));
  ASSERT_TRUE(store("www.example.org.", entry));
  auto found = cache_.find(kIteratedPartition, name("www.example.org."), RRType::kA);
  ASSERT_TRUE(found);
  expect_same(*found, entry);
}

TEST_F(RRsetCacheTest, NamesHaveNoCaseAndKeysAreWhole) {
  ASSERT_TRUE(store("WWW.Example.org.", address("WWW.Example.org.", 1)));
  EXPECT_EQ(held("www.eXample.ORG."), 1);
  EXPECT_EQ(held("example.org."), 0);
  EXPECT_FALSE(cache_.find(1, name("www.example.org."), RRType::kA));
  EXPECT_FALSE(cache_.find(kIteratedPartition, name("www.example.org."), RRType::kAAAA));
}

TEST_F(RRsetCacheTest, NegativeEntriesAndFailuresHaveNoRRsets) {
  CacheEntry entry;
  entry.kind = EntryKind::kFailure;
  entry.error = ExtendedError::kNoReachableAuthority;
  entry.expires = 1005;
  ASSERT_TRUE(store("example.org.", entry));
  auto found = cache_.find(kIteratedPartition, name("example.org."), RRType::kA);
  ASSERT_TRUE(found);
  expect_same(*found, entry);
}

TEST_F(RRsetCacheTest, GivesStaleDataAndSaysSo) {
  store("www.example.org.", address("www.example.org.", 1));
  EXPECT_TRUE(cache_.has_fresh(kIteratedPartition, name("www.example.org."), RRType::kA, 1299));
  EXPECT_FALSE(cache_.has_fresh(kIteratedPartition, name("www.example.org."), RRType::kA, 1300));
  EXPECT_EQ(held("www.example.org."), 1);
}

TEST_F(RRsetCacheTest, LowerRankDoesNotReplaceFreshHigher) {
  constexpr auto kInsecure = Security::kInsecure;
  store("a.", address("a.", 1, Rank::kAuthoritative));
  EXPECT_FALSE(store("a.", address("a.", 2, Rank::kAnswer, kInsecure)));
  EXPECT_FALSE(store("a.", address("a.", 2, Rank::kReferral, kInsecure)));
  EXPECT_FALSE(store("a.", address("a.", 2, Rank::kAdditional, kInsecure)));
  EXPECT_EQ(held("a."), 1);
  EXPECT_TRUE(store("a.", address("a.", 3, Rank::kAuthoritative)));
  EXPECT_EQ(held("a."), 3);
  // Expired, it gives way to anything.
  EXPECT_TRUE(store("a.", address("a.", 4, Rank::kAdditional), 1300));
  EXPECT_EQ(held("a."), 4);
}

TEST_F(RRsetCacheTest, SecureStaysUntilItExpires) {
  store("a.", address("a.", 1, Rank::kAnswer, Security::kSecure));
  for (Security other : {Security::kUnchecked, Security::kInsecure, Security::kBogus}) {
    EXPECT_FALSE(store("a.", address("a.", 2, Rank::kAuthoritative, other)));
  }
  EXPECT_TRUE(store("a.", address("a.", 3, Rank::kAnswer, Security::kSecure)));
  EXPECT_TRUE(store("a.", address("a.", 4, Rank::kAdditional, Security::kBogus), 1300));
  EXPECT_EQ(held("a."), 4);
}

TEST_F(RRsetCacheTest, SecureReplacesHigherRankThatIsNot) {
  store("a.", address("a.", 1, Rank::kAuthoritative, Security::kUnchecked));
  EXPECT_TRUE(store("a.", address("a.", 2, Rank::kAnswer, Security::kSecure)));
}

TEST_F(RRsetCacheTest, FailureReplacesNothingFresh) {
  CacheEntry failure;
  failure.kind = EntryKind::kFailure;
  failure.rank = Rank::kAuthoritative;
  failure.security = Security::kSecure;
  failure.expires = 2000;
  store("a.", address("a.", 1, Rank::kAdditional));
  EXPECT_FALSE(store("a.", failure));
  EXPECT_EQ(held("a."), 1);
  EXPECT_TRUE(store("a.", failure, 1300));
  EXPECT_TRUE(store("a.", failure, 1300));
  EXPECT_TRUE(store("a.", address("a.", 2, Rank::kAdditional, Security::kUnchecked, 1300), 1300));
  EXPECT_EQ(held("a."), 2);
}

TEST_F(RRsetCacheTest, RemovesOneAndSubtrees) {
  for (const char* owner :
       {"example.org.", "a.example.org.", "b.a.Example.ORG.", "notexample.org.", "org."}) {
    ASSERT_TRUE(store(owner, address(owner, 1)));
  }
  cache_.store(5, name("c.example.org."), RRType::kA, address("c.example.org.", 1), 1000);
  cache_.remove(kIteratedPartition, name("A.example.org."), RRType::kA);
  EXPECT_EQ(held("a.example.org."), 0);
  EXPECT_EQ(cache_.remove_subtree(name("EXAMPLE.org.")), 3);
  EXPECT_EQ(held("example.org."), 0);
  EXPECT_EQ(held("b.a.example.org."), 0);
  EXPECT_EQ(held("notexample.org."), 1);
  EXPECT_EQ(held("org."), 1);
  EXPECT_EQ(cache_.stats().entries, 2);
  cache_.clear();
  EXPECT_EQ(cache_.stats().entries, 0);
}

TEST_F(RRsetCacheTest, RefusesWhatIsTooLargeAndKeepsTheOld) {
  store("a.", address("a.", 1));
  CacheEntry entry = address("a.", 2);
  for (int i = 0; i < 3; ++i) {
    entry.rrsets.push_back(rrset("a.", RRType::kTXT, std::vector<std::uint8_t>(65000, 'x')));
  }
  EXPECT_FALSE(store("a.", entry));
  EXPECT_EQ(held("a."), 1);
}

TEST_F(RRsetCacheTest, LongestNames) {
  std::string label(63, 'x');
  std::string longest = label + "." + label + "." + label + "." + std::string(61, 'y') + ".";
  ASSERT_EQ(name(longest).size(), kMaxNameLength);
  ASSERT_TRUE(store(longest, address(longest, 1)));
  EXPECT_EQ(held(longest), 1);
  EXPECT_EQ(cache_.remove_subtree(name(longest)), 1);
}

TEST_F(RRsetCacheTest, EvictsInsteadOfGrowing) {
  for (int i = 0; i < 40000; ++i) {
    std::string owner = "host" + std::to_string(i) + ".example.org.";
    ASSERT_TRUE(store(owner, address(owner, 1)));
  }
  EXPECT_GT(cache_.stats().evicted, 0);
  EXPECT_LE(cache_.stats().octets, RRsetCache::kMinCapacity);
  EXPECT_EQ(held("host39999.example.org."), 1);
  EXPECT_EQ(held("host0.example.org."), 0);
}

// Entries whose parts all say the same number: a mix of two would show.
TEST_F(RRsetCacheTest, ManyThreadsSeeWholeEntries) {
  constexpr int kRounds = 20000;
  const auto owner = [](int i) { return name("host" + std::to_string(i) + ".example.org."); };
  const auto work = [&](unsigned seed) {
    for (int i = 0; i < kRounds; ++i) {
      auto number = static_cast<std::uint8_t>((i * 7 + seed) % 200 + 1);
      Name at = owner(i * 31 % 500);
      if (i % 2 == 0) {
        CacheEntry entry = address("x.", number);
        entry.rrsets[0].ttl = number;
        for (int more = 0; more < number; ++more)
          entry.rrsets[0].signatures.add(std::vector<std::uint8_t>(9, number));
        ASSERT_TRUE(cache_.store(kIteratedPartition, at, RRType::kA, entry, 1000));
      } else if (auto found = cache_.find(kIteratedPartition, at, RRType::kA)) {
        ASSERT_EQ(found->rrsets.size(), 1);
        const RRset& set = found->rrsets[0];
        ASSERT_EQ(set.rdata.front()[3], set.ttl);
        ASSERT_EQ(set.signatures.count(), set.ttl);
        for (auto signature : set.signatures) ASSERT_EQ(signature[8], set.ttl);
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
}

// However a key is made, the same entry is found by it.
TEST(EntryKey, IsTheSameFromANameAndFromAnAncestorOfALookupName) {
  const LookupName lookup(name("a.B.example.org."));
  for (std::size_t labels = 0; labels <= lookup.label_count(); ++labels) {
    const Name suffix(name("a.b.example.org.").view().suffix(labels));
    EntryKey made(7, lookup, labels, RRType::kDNAME);
    made.set_type(RRType::kA);
    const EntryKey plain(7, suffix, RRType::kA);
    EXPECT_TRUE(std::ranges::equal(made.words(), plain.words())) << labels;
    EXPECT_EQ(made.hash(), plain.hash()) << labels;
    EXPECT_EQ(made.type(), RRType::kA);
    EXPECT_EQ(made.name(), suffix.view());
    const EntryKey wildcard = EntryKey::of_wildcard(7, lookup, labels, RRType::kA);
    const EntryKey plain_wildcard(7, *Name::wildcard_of(suffix), RRType::kA);
    EXPECT_TRUE(std::ranges::equal(wildcard.words(), plain_wildcard.words())) << labels;
    EXPECT_EQ(wildcard.hash(), plain_wildcard.hash()) << labels;
    EXPECT_NE(EntryKey(8, suffix, RRType::kA).hash(), plain.hash());
  }
}

// The octets may come from a file: any damage is found or harmless.
TEST(EntryCodec, DamagedBodiesAreRefusedOrRead) {
  CacheEntry entry = address("www.example.org.", 1);
  entry.rrsets[0].signatures.add(std::vector<std::uint8_t>(200, 1));
  entry.rrsets.push_back(rrset("other.", RRType::kSOA, {1, 2, 3}));
  EntryKey key(0, name("www.example.org."), RRType::kA);
  auto words = encode_entry(key, entry);
  auto facts = EntryFacts::from_words(words[key.words().size()], words[key.words().size() + 1]);
  const auto* at =
      reinterpret_cast<const std::uint8_t*>(words.data() + key.words().size() + EntryFacts::kWords);
  const std::vector<std::uint8_t> body(at, at + facts.body_size);
  const auto decode = [&](std::span<const std::uint8_t> octets) {
    return decode_entry(key.name(), RRType::kA, facts, octets);
  };
  ASSERT_TRUE(decode(body));
  for (std::size_t cut = 0; cut < body.size(); ++cut)
    EXPECT_FALSE(decode(std::span(body).first(cut))) << cut;
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      auto damaged = body;
      damaged[i] = static_cast<std::uint8_t>(value);
      decode(damaged);  // no crash, no overread (ASan)
    }
  }
}

}  // namespace
}  // namespace dotmesh
