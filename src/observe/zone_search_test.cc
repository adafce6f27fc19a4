#include "observe/zone_search.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "observe/testing.h"

namespace dotmesh::observe {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kZone =
    "@ 60 SOA ns hostmaster 1 60 60 60 30\n@ 60 NS ns\nns 60 A 10.0.0.1\n"
    "wiki 60 CNAME web\nweb 60 A 10.70.90.82\nweb 60 TXT \"of the wiki\"\nwiki-old 60 A "
    "10.70.90.83\nmy-wiki 60 AAAA 2001:db8::1\n"
    "*.guest 60 A 10.9.9.9\nmember 60 NS ns.member\nns.member 60 A 10.3.3.3\n";
const std::string kNetwork =
    "[[zone]]\nname = \"mesh.\"\nfile = \"mesh.zone\"\ntwins = [\"mesh.example.net.\"]\n"
    "[[zone]]\nname = \"10.in-addr.arpa.\"\nreverse_of = [\"mesh.\"]\n";

std::shared_ptr<const Generation> network() {
  static const auto generation =
      testing::load("c0ffee", {{"dotmesh.toml", kNetwork}, {"mesh.zone", kZone}}, 7);
  return generation;
}

json search(std::string_view question) {
  return json::parse(search_zones(*network(), question));
}

std::vector<std::string> names(std::string_view question) {
  std::vector<std::string> out;
  const json found = search(question);
  for (const json& result : found["results"]) out.push_back(result["name"]);
  return out;
}

TEST(ZoneSearch, WhoHasAnAddress) {
  EXPECT_THAT(names("10.70.90.82"), ElementsAre("82.90.70.10.in-addr.arpa.", "web.mesh."));
  EXPECT_THAT(names(" 2001:db8::1 "), ElementsAre("my-wiki.mesh."));
  EXPECT_THAT(names("10.70.90.0/24"), ElementsAre("web.mesh.", "wiki-old.mesh."));
  EXPECT_THAT(names("10.70.90.84"), IsEmpty());
  EXPECT_EQ(search("10.70.90.82")["kind"], "address");
  EXPECT_EQ(search("10.70.90.82")["results"][0]["records"][0]["data"], "web.mesh.");
}

TEST(ZoneSearch, WhatANameIs) {
  const json found = search("wiki.mesh")["results"][0];
  EXPECT_EQ(found["name"], "wiki.mesh.");
  EXPECT_EQ(found["zone"], "mesh.");
  EXPECT_EQ(found["covers"], false);
  EXPECT_THAT(found["twins"], ElementsAre("wiki.mesh.example.net."));
  EXPECT_EQ(found["records"][0], (json{{"type", "CNAME"}, {"ttl", 60}, {"data", "web.mesh."}}));
  EXPECT_THAT(names("WIKI.mesh.example.NET."), ElementsAre("wiki.mesh.example.net."));
}

TEST(ZoneSearch, PartsOfNamesTheNearestFirst) {
  EXPECT_THAT(names("Wiki"), ElementsAre("wiki.mesh.", "wiki-old.mesh.", "my-wiki.mesh."));
  EXPECT_THAT(names("nowhere"), IsEmpty());
}

TEST(ZoneSearch, WhatAnswersForANameThatDoesNotExist) {
  const json wildcard = search("phone.guest.mesh")["results"][0];
  EXPECT_EQ(wildcard["name"], "*.guest.mesh.");
  EXPECT_EQ(wildcard["covers"], true);
  const json delegation = search("printer.member.mesh")["results"][0];
  EXPECT_EQ(delegation["name"], "member.mesh.");
  EXPECT_EQ(delegation["covers"], true);
  EXPECT_THAT(names("printer.mesh"), IsEmpty());
}

TEST(ZoneSearch, TheApexHasItsSoa) {
  EXPECT_EQ(search("mesh")["results"][0]["records"][0]["type"], "SOA");
}

TEST(ZoneSearch, QuestionsThatAreNone) {
  for (const char* question : {"", "  ", "10.70.90.82/24", "10.0.0.0/33"})
    EXPECT_TRUE(search(question).contains("fault")) << question;
  EXPECT_TRUE(search(std::string(ZoneSearch::kMaxQuestion + 1, 'a')).contains("fault"));
  for (const char* question : {".", "a..b", "\\", "\xff", "10.70", "::", "1.2.3.4.5"}) {
    EXPECT_THAT(search(question)["results"], IsEmpty()) << question;
  }
}

TEST(ZoneSearch, ResultsAreBounded) {
  std::string zone = kZone;
  for (std::size_t i = 0; i < ZoneSearch::kMaxResults + 10; i++)
    zone += fmt::format("n{}.many 60 A 10.1.1.1\n", i);
  for (std::size_t i = 0; i < ZoneSearch::kMaxRecords + 5; i++)
    zone += fmt::format("fat 60 TXT {}\n", i);
  const auto generation = testing::load("many", {{"mesh.zone", zone}}, 1);
  const json found = json::parse(search_zones(*generation, "many"));
  EXPECT_EQ(found["results"].size(), ZoneSearch::kMaxResults);
  EXPECT_EQ(found["more"], true);
  const json fat = json::parse(search_zones(*generation, "fat.mesh"))["results"][0];
  EXPECT_EQ(fat["records"].size(), ZoneSearch::kMaxRecords);
  EXPECT_EQ(fat["records_not_told"], 5);
}

TEST(ZoneSearch, NamesLookedAtAreBoundedAndTheExactOneIsFound) {
  const json found = json::parse(search_zones(*network(), "wiki.mesh", 0));
  EXPECT_EQ(found["incomplete"], true);
  EXPECT_EQ(found["results"][0]["name"], "wiki.mesh.");
  EXPECT_EQ(search("wiki.mesh")["incomplete"], false);
}

TEST(ZoneSearch, BeforeThereIsAGeneration) {
  Snapshot<Generation> published;
  ZoneSearch search(published);
  EXPECT_THAT(search.find("wiki.mesh"), HasSubstr("nothing is served yet"));
  published.publish(network());
  EXPECT_THAT(search.find("wiki.mesh"), HasSubstr("c0ffee"));
}

}  // namespace
}  // namespace dotmesh::observe
