#include "resolver/cache/answer_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "dns/query_message.h"
#include "dns/response_writer.h"
#include "dns/testing.h"
#include "resolver/cache/prepared_records.h"

namespace dotmesh {
namespace {

constexpr CacheSeconds kNow = 5000;

Name name(std::string_view text) { return Name::parse(text).value(); }

struct TestRecord {
  Section section;
  std::string owner;
  RRType type;
  std::uint32_t ttl;
  std::vector<std::uint8_t> rdata;
};

std::vector<std::uint8_t> wire(std::string_view text) {
  Name made = name(text);
  return {made.data(), made.data() + made.size()};
}
TestRecord a(std::string owner, std::uint32_t ttl, std::uint8_t last) {
  return {Section::kAnswer, std::move(owner), RRType::kA, ttl, {192, 0, 2, last}};
}

// A response as the server makes it: with a header and the question.
struct Response {
  Response(std::string_view qname, RRType qtype, const std::vector<TestRecord>& records)
      : query(testing::make_query(qname, qtype)) {
    message.parse(query);
    std::vector<Name> owners;
    owners.reserve(records.size());
    octets.resize(kMaxMessage);
    ResponseWriter writer(octets, octets.size(), query, message);
    for (const TestRecord& record : records) {
      owners.push_back(name(record.owner));
      EXPECT_TRUE(writer.add_record(record.section, owners.back(), record.type, 1, record.ttl, record.rdata));
    }
    octets.resize(writer.finish());
  }
  std::size_t records_at() const { return query.size(); }
  AnswerCache::Answer answer() const {
    AnswerCache::Answer made;
    made.records = std::span(octets).subspan(records_at());
    made.answer_count = load16(&octets[6]);
    made.authority_count = load16(&octets[8]);
    return made;
  }
  std::vector<std::uint8_t> query;
  QueryMessage message;
  std::vector<std::uint8_t> octets;
};

class AnswerCacheTest : public ::testing::Test {
 protected:
  bool store(std::string_view qname, RRType qtype, const std::vector<TestRecord>& records, CacheSeconds now = kNow) {
    Response response(qname, qtype, records);
    return cache_.store({response.message.qname, qtype}, response.answer(), now);
  }
  // The response from the cache as text; "none".
  std::string ask(std::string_view qname, RRType qtype, CacheSeconds now = kNow, std::size_t limit = 4096) {
    auto query = testing::make_query(qname, qtype);
    LookupName lookup(name(qname));
    AnswerKey key{lookup, qtype};
    std::vector<std::uint8_t> out = query;
    out.resize(query.size() + limit);
    cache_.prefetch_slot(key.hash());
    cache_.prefetch_entry(key.hash());
    hit_ = cache_.copy(key, key.hash(), now, std::span(out).subspan(query.size()));
    if (!hit_) return "none";
    out.resize(query.size() + hit_->size);
    out[2] = kFlagQr;
    out[3] = static_cast<std::uint8_t>(hit_->rcode);
    store16(&out[6], hit_->answer_count);
    store16(&out[8], hit_->authority_count);
    return testing::to_text(out);
  }
  AnswerCache cache_{EntryRing::kMinCapacity};
  std::optional<AnswerCache::Hit> hit_;
};

TEST_F(AnswerCacheTest, GivesTheResponseWithTtlsLoweredByItsAge) {
  ASSERT_TRUE(store("www.example.org.", RRType::kA,
                    {{Section::kAnswer, "www.example.org.", RRType::kCNAME, 600, wire("host.Example.org.")},
                     a("host.Example.org.", 300, 1), a("host.Example.org.", 300, 2),
                     {Section::kAuthority, "example.org.", RRType::kNS, 3600, wire("ns.host.example.org.")}}));
  EXPECT_EQ(ask("www.example.org.", RRType::kA),
            "NOERROR\nAN www.example.org. 600 CNAME host.example.org.\nAN host.example.org. 300 A 192.0.2.1\n"
            "AN host.example.org. 300 A 192.0.2.2\nNS example.org. 3600 NS ns.host.example.org.");
  EXPECT_EQ(ask("WWW.eXample.org.", RRType::kA, kNow + 299),
            "NOERROR\nAN WWW.eXample.org. 301 CNAME host.eXample.org.\nAN host.eXample.org. 1 A 192.0.2.1\n"
            "AN host.eXample.org. 1 A 192.0.2.2\nNS eXample.org. 3301 NS ns.host.eXample.org.");
  EXPECT_EQ(ask("www.example.org.", RRType::kA, kNow + 300), "none");
}

TEST_F(AnswerCacheTest, TheKeyIsNameTypeAndFlags) {
  ASSERT_TRUE(store("www.example.org.", RRType::kA, {a("www.example.org.", 300, 1)}));
  EXPECT_EQ(ask("www.example.org.", RRType::kAAAA), "none");
  EXPECT_EQ(ask("www.example.net.", RRType::kA), "none");
  EXPECT_EQ(ask("ww.example.org.", RRType::kA), "none");
  LookupName qname(name("www.example.org."));
  std::array<std::uint8_t, 512> out;
  for (AnswerKey key : {AnswerKey{qname, RRType::kA, true, false}, AnswerKey{qname, RRType::kA, false, true}}) {
    EXPECT_FALSE(cache_.copy(key, key.hash(), kNow, out));
    // Not even when all hashes collide.
    EXPECT_FALSE(cache_.copy(key, AnswerKey{qname, RRType::kA}.hash(), kNow, out));
  }
}

TEST_F(AnswerCacheTest, KeepsWhatTheHeaderAndOptNeed) {
  LookupName qname(name("www.example.org."));
  AnswerKey key{qname, RRType::kA, true, true};
  AnswerCache::Answer answer;
  answer.rcode = Rcode::kServFail;
  answer.authenticated = true;
  answer.error = ExtendedError::kSignatureExpired;
  EXPECT_FALSE(cache_.store(key, answer, kNow)) << "nothing says how long it lives";
  answer.max_lifetime = 5;
  ASSERT_TRUE(cache_.store(key, answer, kNow));
  auto hit = cache_.copy(key, key.hash(), kNow + 4, {});
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->rcode, Rcode::kServFail);
  EXPECT_TRUE(hit->authenticated);
  EXPECT_FALSE(hit->truncated);
  EXPECT_EQ(hit->size, 0);
  EXPECT_EQ(hit->error, ExtendedError::kSignatureExpired);
  EXPECT_FALSE(cache_.copy(key, key.hash(), kNow + 5, {}));
}

TEST_F(AnswerCacheTest, SaysWhenItDoesNotFit) {
  store("a.", RRType::kA, {a("a.", 300, 1)});
  EXPECT_NE(ask("a.", RRType::kA, kNow, 16), "none");
  EXPECT_FALSE(hit_->truncated);
  EXPECT_EQ(ask("a.", RRType::kA, kNow, 15), "NOERROR");
  EXPECT_TRUE(hit_->truncated);
  EXPECT_EQ(hit_->answer_count, 0);
}

TEST_F(AnswerCacheTest, PrefetchIsDueWhenPopularAndNearItsEnd) {
  store("a.", RRType::kA, {a("a.", 300, 1)});
  const auto due = [&](CacheSeconds age) { return ask("a.", RRType::kA, kNow + age) != "none" && hit_->prefetch_due; };
  EXPECT_FALSE(due(299)) << "asked for the first time";
  EXPECT_TRUE(due(299));
  EXPECT_TRUE(due(271));
  EXPECT_FALSE(due(270));
  store("a.", RRType::kA, {a("a.", 300, 1)}, kNow + 299);
  EXPECT_FALSE(due(299));
}

TEST_F(AnswerCacheTest, DoesNotStoreWhatLivesNotOrIsTooLargeOrBroken) {
  EXPECT_FALSE(store("a.", RRType::kA, {a("a.", 300, 1), a("a.", 0, 2)}));
  std::vector<TestRecord> many;
  for (int i = 0; i < 256; ++i) many.push_back(a("a.", 300, static_cast<std::uint8_t>(i)));
  EXPECT_TRUE(store("a.", RRType::kA, many));
  many.push_back(a("a.", 300, 0));
  EXPECT_FALSE(store("a.", RRType::kA, many));
  Response response("b.", RRType::kA, {a("b.", 300, 1)});
  auto answer = response.answer();
  answer.records = answer.records.first(answer.records.size() - 1);
  EXPECT_FALSE(cache_.store({response.message.qname, RRType::kA}, answer, kNow));
  answer = response.answer();
  answer.answer_count = 2;
  EXPECT_FALSE(cache_.store({response.message.qname, RRType::kA}, answer, kNow));
}

TEST_F(AnswerCacheTest, RemovesSubtreesAndWhatAnAliasLedThere) {
  store("www.example.org.", RRType::kA, {a("www.example.org.", 300, 1)});
  store("www.example.net.", RRType::kA, {a("www.example.net.", 300, 1)});
  store("alias.example.net.", RRType::kA,
        {{Section::kAnswer, "alias.example.net.", RRType::kCNAME, 300, wire("host.deep.example.org.")},
         a("host.deep.example.org.", 300, 2)});
  EXPECT_EQ(cache_.remove_subtree(name("Example.org.")), 2);
  EXPECT_EQ(ask("www.example.org.", RRType::kA), "none");
  EXPECT_EQ(ask("alias.example.net.", RRType::kA), "none");
  EXPECT_NE(ask("www.example.net.", RRType::kA), "none");
}

TEST_F(AnswerCacheTest, NamesOfEveryLength) {
  std::string text;
  for (int labels = 0; labels < 84; ++labels) {
    text += std::string(1 + labels % 3, static_cast<char>('a' + labels % 26)) + ".";
    ASSERT_TRUE(store(text, RRType::kA, {a(text, 300, static_cast<std::uint8_t>(labels))}));
  }
  text.clear();
  for (int labels = 0; labels < 84; ++labels) {
    text += std::string(1 + labels % 3, static_cast<char>('a' + labels % 26)) + ".";
    EXPECT_EQ(ask(text, RRType::kA), "NOERROR\nAN " + text + " 300 A 192.0.2." + std::to_string(labels));
  }
}

// Answers whose records all carry the same number: a mix of two would show.
TEST_F(AnswerCacheTest, ManyThreadsSeeWholeAnswers) {
  std::vector<Response> responses;
  for (int number = 1; number <= 50; ++number) {
    std::vector<TestRecord> records;
    for (int i = 0; i < number; ++i) records.push_back(a("a.example.org.", 300, static_cast<std::uint8_t>(number)));
    responses.emplace_back("a.example.org.", RRType::kA, records);
  }
  std::atomic<int> writers{2};
  std::atomic<int> found{0};
  const auto write = [&](unsigned seed) {
    for (unsigned i = 0; i < 20000; ++i) {
      LookupName qname(name("host" + std::to_string(i % 20) + ".example.org."));
      cache_.store({qname, RRType::kA}, responses[(i * 7 + seed) % responses.size()].answer(), kNow);
    }
    --writers;
  };
  const auto read = [&] {
    std::array<std::uint8_t, 4096> out;
    for (unsigned i = 0; writers != 0; ++i) {
      LookupName qname(name("host" + std::to_string(i % 20) + ".example.org."));
      AnswerKey key{qname, RRType::kA};
      auto hit = cache_.copy(key, key.hash(), kNow + 100, out);
      if (!hit) continue;
      ++found;
      PreparedRecords walk(qname.view(), std::span(out).first(hit->size));
      int records = 0;
      while (auto record = walk.next()) {
        ASSERT_EQ(out[record->rdata_at + 3], hit->answer_count);
        ASSERT_EQ(load32(&out[record->ttl_at]), 200);
        ++records;
      }
      ASSERT_EQ(records, hit->answer_count);
    }
  };
  std::vector<std::thread> threads;
  threads.emplace_back(write, 0);
  threads.emplace_back(write, 1);
  threads.emplace_back(read);
  threads.emplace_back(read);
  for (auto& thread : threads) thread.join();
  EXPECT_GT(found, 100);
}

TEST(PreparedRecords, ExpandsNamesAndRefusesLoops) {
  Response response("www.example.org.", RRType::kA,
                    {{Section::kAnswer, "www.example.org.", RRType::kCNAME, 600, wire("host.example.net.")},
                     a("host.example.net.", 300, 1)});
  PreparedRecords walk(response.message.qname.view(), response.answer().records);
  auto alias = walk.next();
  auto address = walk.next();
  ASSERT_TRUE(alias && address && walk.at_end());
  EXPECT_EQ(walk.name_at(alias->owner_at)->to_string(), "www.example.org.");
  EXPECT_EQ(walk.name_at(alias->rdata_at)->to_string(), "host.example.net.");
  EXPECT_EQ(walk.name_at(address->owner_at)->to_string(), "host.example.net.");
  Name root;
  const std::vector<std::uint8_t> loop{0xc0, 12 + 1 + 4};
  EXPECT_FALSE(PreparedRecords(root, loop).name_at(0));
  const std::vector<std::uint8_t> cut{0xc0};
  EXPECT_FALSE(PreparedRecords(root, cut).name_at(0));
  EXPECT_FALSE(PreparedRecords(root, cut).next());
}

}  // namespace
}  // namespace dotmesh
