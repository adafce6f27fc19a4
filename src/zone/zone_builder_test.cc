#include "zone/zone_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <set>
#include <string>

#include "dns/rdata.h"

namespace dotmesh {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

Name name(std::string_view text) { return Name::parse(text).value(); }

// A record as a test writes it. RDATA: an address for A, a name for NS, CNAME and DNAME.
struct TestRecord {
  std::string owner;
  RRType type;
  std::string rdata;
  std::uint32_t ttl = 3600;
  auto operator<=>(const TestRecord&) const = default;
};

std::vector<std::uint8_t> wire(RRType type, const std::string& text) {
  if (type == RRType::kA) {
    unsigned a, b, c, d;
    std::sscanf(text.c_str(), "%u.%u.%u.%u", &a, &b, &c, &d);
    return {static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b), static_cast<std::uint8_t>(c),
            static_cast<std::uint8_t>(d)};
  }
  if (type == RRType::kTXT || type == RRType::kDS) {
    std::vector<std::uint8_t> out{static_cast<std::uint8_t>(text.size())};
    out.insert(out.end(), text.begin(), text.end());
    return out;
  }
  Name target = name(text);
  std::vector<std::uint8_t> out(target.data(), target.data() + target.size());
  if (type == RRType::kSOA) {
    out.insert(out.end(), target.data(), target.data() + target.size());
    out.insert(out.end(), {0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 60});
  }
  return out;
}

using Built = std::expected<std::shared_ptr<const Zone>, std::vector<Violation>>;

void feed(ZoneBuilder& builder, const std::vector<TestRecord>& records) {
  for (const TestRecord& record : records) {
    Name owner = name(record.owner);
    std::vector<std::uint8_t> rdata = wire(record.type, record.rdata);
    builder.on_record({.owner = owner, .type = record.type, .ttl = record.ttl, .rdata = rdata});
  }
}

std::vector<TestRecord> with_apex(std::vector<TestRecord> records) {
  records.insert(records.begin(), {{"example.", RRType::kSOA, "ns.example."}, {"example.", RRType::kNS, "ns.example."}});
  return records;
}

Built build(const std::vector<TestRecord>& records, std::shared_ptr<const Zone> base = nullptr) {
  ZoneBuilder builder(name("example."), std::move(base));
  feed(builder, records);
  return builder.build(1);
}

std::set<TestRecord> contents(const Zone& zone) {
  struct Collector : RecordSink {
    std::set<TestRecord> records;
    void on_record(const RecordView& r) override {
      if (r.type == RRType::kSOA) return;
      EXPECT_TRUE(records.insert({r.owner.to_string(), r.type, rdata_to_string(r.type, r.rdata), r.ttl}).second);
    }
  } collector;
  zone.for_each_record(collector);
  return collector.records;
}

NodeView find(const Zone& zone, std::string_view text) {
  LookupName lookup(name(text));
  return zone.find(lookup, lookup.label_count());
}

std::vector<ViolationKind> kinds(const Built& built) {
  std::vector<ViolationKind> out;
  if (!built.has_value()) {
    for (const Violation& v : built.error()) out.push_back(v.kind);
  }
  return out;
}

TEST(ZoneBuilderTest, FindsNamesAndEmptyNonTerminals) {
  auto zone = build(with_apex({{"WWW.example.", RRType::kA, "10.0.0.1"},
                               {"www.example.", RRType::kA, "10.0.0.2"},
                               {"a.b.c.example.", RRType::kA, "10.0.0.3"}})).value();
  NodeView www = find(*zone, "wWw.example.");
  ASSERT_TRUE(www);
  EXPECT_EQ(www.find(RRType::kA).count(), 2U);
  EXPECT_FALSE(www.find(RRType::kAAAA));
  NodeView empty = find(*zone, "b.c.example.");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty.rrset_count(), 0U);
  EXPECT_TRUE(find(*zone, "c.example."));
  EXPECT_FALSE(find(*zone, "x.example."));
  EXPECT_FALSE(find(*zone, "x.b.c.example."));
  EXPECT_TRUE(zone->apex().has(kNodeHasNs));
  EXPECT_EQ(zone->record_count(), 5U);
  EXPECT_EQ(zone->name_count(), 5U);
}

TEST(ZoneBuilderTest, SerialIsReplacedUnlessTheSoaIsSigned) {
  auto zone = build(with_apex({})).value();
  EXPECT_EQ(zone->serial(), 1U);
  EXPECT_EQ(zone->with_serial(99)->serial(), 99U);
  EXPECT_EQ(&zone->with_serial(99)->data(), &zone->data());
  EXPECT_EQ(zone->negative_ttl(), 60U);

  ZoneBuilder builder(name("example."));
  feed(builder, with_apex({}));
  std::vector<std::uint8_t> signature(40, 0);
  signature[1] = static_cast<std::uint8_t>(RRType::kSOA);
  Name owner = name("example.");
  builder.on_record({.owner = owner, .type = RRType::kRRSIG, .ttl = 60, .rdata = signature});
  EXPECT_EQ(builder.file_serial(), 7U);
  auto signed_zone = builder.build(1).value();
  EXPECT_EQ(signed_zone->serial(), 7U);
  EXPECT_TRUE(signed_zone->apex().find_rrsig(RRType::kSOA));
}

TEST(ZoneBuilderTest, OneTtlAndNoDuplicatesInAnRRset) {
  auto zone = build(with_apex({{"www.example.", RRType::kA, "10.0.0.1", 300},
                               {"www.example.", RRType::kA, "10.0.0.1", 60},
                               {"www.example.", RRType::kA, "10.0.0.2", 100}})).value();
  RRsetView rrset = find(*zone, "www.example.").find(RRType::kA);
  EXPECT_EQ(rrset.count(), 2U);
  EXPECT_EQ(rrset.ttl(), 60U);
}

TEST(ZoneBuilderTest, RulesOfTheDataModel) {
  EXPECT_THAT(kinds(build({})), ElementsAre(ViolationKind::kNoSoa, ViolationKind::kNoNs));
  EXPECT_THAT(kinds(build(with_apex({{"a.example.", RRType::kSOA, "x."}}))), ElementsAre(ViolationKind::kSoaBelowApex));
  EXPECT_THAT(kinds(build(with_apex({{"example.", RRType::kSOA, "x."}}))), ElementsAre(ViolationKind::kManySoa));
  EXPECT_THAT(kinds(build(with_apex({{"bexample.", RRType::kA, "10.0.0.1"}}))), ElementsAre(ViolationKind::kOutOfZone));
  EXPECT_THAT(kinds(build(with_apex({{"a.example.", RRType::kCNAME, "x."}, {"a.example.", RRType::kA, "10.0.0.1"}}))),
              ElementsAre(ViolationKind::kCnameAndOther));
  EXPECT_THAT(kinds(build(with_apex({{"a.example.", RRType::kCNAME, "x."}, {"A.example.", RRType::kCNAME, "y."}}))),
              ElementsAre(ViolationKind::kManyCname));
  EXPECT_THAT(kinds(build(with_apex({{"a.example.", RRType::kDNAME, "x."}, {"a.example.", RRType::kDNAME, "y."}}))),
              ElementsAre(ViolationKind::kManyDname));
  EXPECT_THAT(kinds(build(with_apex({{"a.example.", RRType::kDNAME, "x."}, {"b.c.a.example.", RRType::kA, "10.0.0.1"}}))),
              UnorderedElementsAre(ViolationKind::kBelowDname, ViolationKind::kBelowDname));
  EXPECT_THAT(kinds(build(with_apex({{"*.example.", RRType::kNS, "x."}}))), ElementsAre(ViolationKind::kWildcardNs));
  EXPECT_THAT(kinds(build(with_apex({{"example.", RRType::kDS, "x"}}))), ElementsAre(ViolationKind::kDsAtApex));
  EXPECT_TRUE(build(with_apex({{"a.example.", RRType::kCNAME, "x."}, {"a.example.", RRType::kCNAME, "x."}})).has_value());
}

TEST(ZoneBuilderTest, AnRRsetThatNoMessageCanHoldIsRefused) {
  ZoneBuilder builder(name("example."));
  feed(builder, with_apex({}));
  Name owner = name("giant.example.");
  for (std::uint32_t i = 0; i < 5000; i++) {
    std::array<std::uint8_t, 4> rdata{10, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    builder.on_record({.owner = owner, .type = RRType::kA, .ttl = 60, .rdata = rdata});
  }
  EXPECT_THAT(kinds(builder.build(1)), ElementsAre(ViolationKind::kRRsetTooLarge));
}

TEST(ZoneBuilderTest, UnchangedZoneSharesEveryShard) {
  std::vector<TestRecord> records = with_apex({});
  for (int i = 0; i < 3000; i++) {
    records.push_back({"h" + std::to_string(i) + ".sub" + std::to_string(i % 7) + ".example.", RRType::kA,
                       "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250)});
  }
  auto first = build(records).value();
  ASSERT_GT(first->data().shards.size(), 4U);
  ZoneBuilder builder(name("example."), first);
  feed(builder, records);
  auto second = builder.build(2).value();
  EXPECT_EQ(builder.added(), 0U);
  EXPECT_EQ(builder.removed(), 0U);
  for (std::size_t i = 0; i < first->data().shards.size(); i++) {
    EXPECT_EQ(first->data().shards[i].block(), second->data().shards[i].block());
  }
  records[100].rdata = "10.99.99.99";
  ZoneBuilder changed(name("example."), second);
  feed(changed, records);
  auto third = changed.build(3).value();
  EXPECT_EQ(changed.added(), 1U);
  EXPECT_EQ(changed.removed(), 1U);
  std::size_t rebuilt = 0;
  for (std::size_t i = 0; i < first->data().shards.size(); i++) {
    rebuilt += first->data().shards[i].block() != third->data().shards[i].block() ? 1 : 0;
  }
  EXPECT_EQ(rebuilt, 1U);
  EXPECT_EQ(contents(*third), contents(*build(records).value()));
}

// Whatever the sequence of changes, a zone built upon another equals one built from nothing.
TEST(ZoneBuilderTest, IncrementalEqualsFresh) {
  std::mt19937 random(7);
  std::set<TestRecord> model;
  std::shared_ptr<const Zone> base;
  const std::array<std::string, 6> kLabels{"a", "b", "c", "*", "d", "e"};
  for (int round = 0; round < 120; round++) {
    // Now and then thousands of names come or go, so that the number of shards changes too.
    int changes = round % 40 == 20 ? 3000 : static_cast<int>(random() % 30);
    if (round % 40 == 35) std::erase_if(model, [](const TestRecord& r) { return r.owner.starts_with("x"); });
    for (int i = 0; i < changes; i++) {
      std::string owner = "example.";
      for (std::uint32_t depth = random() % 4 + 1; depth != 0; depth--) owner = kLabels[random() % 6] + "." + owner;
      if (changes > 100) owner = "x" + std::to_string(i) + "." + owner;
      TestRecord record{owner, random() % 5 != 0 ? RRType::kA : RRType::kTXT, "10.0.0." + std::to_string(random() % 3)};
      if (record.type == RRType::kTXT) record.rdata = "\"" + record.rdata + "\"";
      if (random() % 2 == 0) {
        model.insert(record);
      } else {
        model.erase(record);
      }
    }
    std::vector<TestRecord> records = with_apex({});
    for (TestRecord record : model) {
      if (record.type == RRType::kTXT) record.rdata = record.rdata.substr(1, record.rdata.size() - 2);
      records.push_back(record);
    }
    std::shuffle(records.begin(), records.end(), random);
    auto fresh = build(records).value();
    auto upon = build(records, base).value();
    ASSERT_EQ(contents(*fresh), contents(*upon)) << "round " << round;
    ASSERT_EQ(fresh->name_count(), upon->name_count()) << "round " << round;
    ASSERT_EQ(fresh->record_count(), upon->record_count());
    for (const TestRecord& record : records) ASSERT_TRUE(find(*upon, record.owner));
    base = upon;
  }
}

}  // namespace
}  // namespace dotmesh
