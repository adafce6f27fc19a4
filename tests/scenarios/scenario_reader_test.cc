// The .rpl reader and matcher themselves; where the folder of scenarios is present, that all of it is
// understood.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenarios/scenario.h"

namespace dotmesh::scenarios {
namespace {

constexpr std::string_view kScenario = R"(; a comment
  stub-addr: 192.0.2.1   # the root
  trust-anchor: "example.  3600 IN DS 1 7 1 7f ff 00 ;{id = 1}"
  val-override-date: "20120420235959"
  query-minimization: off
  do-ip6: no
  target-fetch-policy: "0 0 0 0 0"
CONFIG_END
SCENARIO_BEGIN Two servers ; that is all
RANGE_BEGIN 0 10
  ADDRESS 192.0.2.1
  ADDRESS 2001:db8::1
ENTRY_BEGIN
MATCH opcode subdomain
ADJUST copy_id copy_query
REPLY QR AA NXDOMAIN
SECTION QUESTION
example. IN A
SECTION AUTHORITY
example SOA ns.example. host.example. ( 1 2 3
   4 300 )
ENTRY_END
ENTRY_BEGIN
MATCH UDP
ADJUST copy_id do_not_answer
REPLY QR
ENTRY_END
RANGE_END
STEP 1 QUERY
ENTRY_BEGIN
REPLY RD DO
SECTION QUESTION
www.EXAMPLE. IN TXT
ENTRY_END
STEP 2 CHECK_ANSWER
ENTRY_BEGIN
MATCH all
REPLY QR RD RA NOERROR
SECTION QUESTION
www.example. IN TXT
SECTION ANSWER
www.example. 60 IN TXT "a; b" c
www.example. IN CNAME Other.example.
ENTRY_END
STEP 3 TIME_PASSES ELAPSE 20
SCENARIO_END
)";

Scenario scenario() { return read_scenario("two", kScenario).value(); }

TEST(ScenarioReader, Config) {
  Scenario s = scenario();
  EXPECT_EQ(s.title, "Two servers");
  ASSERT_EQ(s.settings.root_hints.size(), 1u);
  EXPECT_EQ(s.settings.root_hints[0].addresses.at(0).to_string(), "192.0.2.1@53");
  ASSERT_EQ(s.settings.trust_anchors.size(), 1u);
  EXPECT_EQ(s.settings.trust_anchors[0].owner.to_string(), "example.");
  EXPECT_EQ(s.settings.trust_anchors[0].ds.front().size(), 7u);
  EXPECT_EQ(s.wall, 1334966399);
  EXPECT_EQ(s.qname_minimisation, false);
  EXPECT_FALSE(s.settings.ipv6);
  EXPECT_THAT(s.not_understood, testing::ElementsAre("line 7: target-fetch-policy: \"0 0 0 0 0\""));
}

TEST(ScenarioReader, RangesAndSteps) {
  Scenario s = scenario();
  ASSERT_EQ(s.ranges.size(), 1u);
  EXPECT_EQ(s.ranges[0].addresses.size(), 2u);
  ASSERT_EQ(s.ranges[0].entries.size(), 2u);
  EXPECT_EQ(s.ranges[0].entries[0].message.to_string(),
            "NXDOMAIN QR AA\n      ? example. A\n      NS example. 3600 SOA ns.example. host.example. 1 2 3 4 300");
  ASSERT_EQ(s.steps.size(), 3u);
  EXPECT_TRUE(s.steps[0].entry->message.dnssec_ok);
  EXPECT_EQ(s.steps[1].entry->message.section(Section::kAnswer)[0].ttl, 60u);
  EXPECT_EQ(s.steps[1].entry->message.section(Section::kAnswer)[1].ttl, 3600u);
  EXPECT_EQ(s.steps[2].seconds, 20u);
}

TEST(ScenarioReader, FaultsNameTheLine) {
  auto text = std::string("CONFIG_END\nSTEP 1 QUERY\nENTRY_BEGIN\nSECTION ANSWER\na. IN A 1.2.3\nENTRY_END\n");
  auto read = read_scenario("bad", text);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, testing::StartsWith("bad.rpl:5: \"a. IN A 1.2.3\" is not a record"));
}

PlainMessage query(std::string_view name, RRType type) {
  PlainMessage q{.id = 7, .flags = kRd, .questions = {{Name::parse(name).value(), type, 1}}, .sections = {}};
  return q;
}

TEST(ScenarioMatch, EntriesOfARange) {
  Scenario s = scenario();
  const auto& entries = s.ranges[0].entries;
  EXPECT_EQ(difference(entries[0], query("a.b.Example.", RRType::kMX)), "");
  EXPECT_EQ(difference(entries[0], query("exampl.", RRType::kMX)), "exampl. is not at or below example.\n");
  EXPECT_EQ(difference(entries[1], query("x.", RRType::kA), false), "");
  EXPECT_EQ(difference(entries[1], query("x.", RRType::kA), true), "the transport differs\n");
  EXPECT_FALSE(make_reply(entries[1], query("x.", RRType::kA)));
  auto reply = make_reply(entries[0], query("a.example.", RRType::kMX));
  ASSERT_TRUE(reply);
  EXPECT_EQ(read_message(*reply)->to_string(),
            "NXDOMAIN QR AA\n      ? a.example. MX\n      NS example. 3600 SOA ns.example. host.example. 1 2 3 4 300");
  EXPECT_EQ(read_message(*reply)->id, 7);
}

TEST(ScenarioMatch, AllOfAnAnswer) {
  Entry expected = *scenario().steps[1].entry;
  PlainMessage got = expected.message;
  EXPECT_EQ(difference(expected, got), "");
  got.section(Section::kAnswer)[0].ttl = 5;
  std::swap(got.section(Section::kAnswer)[0], got.section(Section::kAnswer)[1]);
  got.section(Section::kAnswer)[0].rdata[1] = 'o';  // Other.example.
  got.questions[0].name = Name::parse("WWW.example.").value();
  EXPECT_EQ(difference(expected, got), "") << "order, TTL and case do not count";
  got.flags |= kAd;
  got.rcode = 2;
  EXPECT_EQ(difference(expected, got), "flags QR RD RA AD, expected QR RD RA\nSERVFAIL, expected NOERROR\n");
  got = expected.message;
  got.section(Section::kAdditional).push_back(got.section(Section::kAnswer)[1]);
  got.section(Section::kAnswer).pop_back();
  EXPECT_EQ(difference(expected, got),
            "ANSWER lacks www.example. 3600 CNAME Other.example.\n"
            "ADDITIONAL has unexpected www.example. 3600 CNAME Other.example.\n");
}

// The folder of scenarios beside the project; see tests/scenarios/README.md.
TEST(ScenarioReader, EveryScenarioIsUnderstood) {
  const std::filesystem::path folder = DOTMESH_SCENARIOS;
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no scenarios at " << folder;
  std::size_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() != ".rpl") continue;
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    auto read = read_scenario(file.path().stem().string(), text.str());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_THAT(read->not_understood, testing::IsEmpty()) << file.path();
    EXPECT_FALSE(read->roots.empty()) << file.path();
    count++;
  }
  EXPECT_GT(count, 0u);
}

}  // namespace
}  // namespace dotmesh::scenarios
