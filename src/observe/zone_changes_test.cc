#include "observe/zone_changes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "observe/last_change.h"
#include "observe/testing.h"

namespace dotmesh::observe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::load;

const std::string kApex = "@ 60 SOA ns hostmaster 1 60 60 60 30\n@ 60 NS ns\nns 60 A 10.0.0.1\n";
using Files = std::map<std::string, std::string>;

std::vector<std::string> lines(const ZoneChanges& zone) {
  std::vector<std::string> out;
  for (const RecordChange& r : zone.records) {
    out.push_back(fmt::format("{} {}: {} -> {}", r.owner.to_string(), r.type, r.before, r.after));
  }
  return out;
}

// From one commit to the next, as the follower loads them: what did not change is shared.
GenerationChanges changes(const Files& before, const Files& after) {
  const auto first = load("first", before, 1);
  return changes_between(*first, *load("second", after, 2, first));
}

TEST(ZoneChanges, RecordsThatCameWentAndChanged) {
  const auto found =
      changes({{"mesh.zone", kApex + "a 60 A 10.0.0.2\nb 60 A 10.0.0.3\nc 60 TXT same\n"}},
              {{"mesh.zone", kApex + "b 60 A 10.0.0.4\nc 60 TXT same\nd 60 AAAA 2001:db8::1\n"}});
  ASSERT_EQ(found.zones.size(), 1u);
  const ZoneChanges& zone = found.zones[0];
  EXPECT_EQ(zone.origin.to_string(), "mesh.");
  EXPECT_EQ(zone.what, ZoneChange::kChanged);
  EXPECT_THAT(lines(zone),
              ElementsAre("a.mesh. A: 60 10.0.0.2 -> ", "b.mesh. A: 60 10.0.0.3 -> 60 10.0.0.4",
                          "d.mesh. AAAA:  -> 60 2001:db8::1"));
  EXPECT_EQ(zone.added, 1u);
  EXPECT_EQ(zone.removed, 1u);
  EXPECT_EQ(zone.changed, 1u);
  EXPECT_LT(zone.serial_before, zone.serial_after);
}

TEST(ZoneChanges, OneRecordOfSeveralAndTheTtl) {
  const auto found = changes(
      {{"mesh.zone", kApex + "a 60 A 10.0.0.2\na 60 A 10.0.0.3\nb 60 TXT x\n"}},
      {{"mesh.zone", kApex + "a 60 A 10.0.0.3\na 60 A 10.0.0.4\na 60 A 10.0.0.5\nb 90 TXT x\n"}});
  ASSERT_EQ(found.zones.size(), 1u);
  EXPECT_THAT(lines(found.zones[0]),
              ElementsAre("a.mesh. A:  -> 60 10.0.0.5", "a.mesh. A: 60 10.0.0.2 -> 60 10.0.0.4",
                          "b.mesh. TXT: 60 \"x\" -> 90 \"x\""));
}

TEST(ZoneChanges, TheSerialAloneIsNoChangeAndTheRestOfTheSoaIsOne) {
  const Files files{{"mesh.zone", kApex}};
  Files other{
      {"mesh.zone", "@ 60 SOA ns hostmaster 9 60 60 60 30\n@ 60 NS ns\nns 60 A 10.0.0.1\n"}};
  EXPECT_THAT(changes(files, files).zones, IsEmpty());
  EXPECT_THAT(changes(files, other).zones, IsEmpty());
  other["mesh.zone"] = "@ 60 SOA ns hostmaster 1 60 60 60 90\n@ 60 NS ns\nns 60 A 10.0.0.1\n";
  const auto found = changes(files, other);
  ASSERT_EQ(found.zones.size(), 1u);
  EXPECT_EQ(found.zones[0].changed, 1u);
  EXPECT_EQ(found.zones[0].records.at(0).type, "SOA");
}

TEST(ZoneChanges, ZonesThatCameAndWent) {
  const auto found = changes({{"a.zone", kApex}, {"b.zone", kApex}},
                             {{"b.zone", kApex}, {"c.zone", kApex + "x 60 TXT x\n"}});
  ASSERT_EQ(found.zones.size(), 2u);
  EXPECT_EQ(found.zones[0].origin.to_string(), "c.");
  EXPECT_EQ(found.zones[0].what, ZoneChange::kCame);
  EXPECT_EQ(found.zones[0].added, 4u);
  EXPECT_EQ(found.zones[1].origin.to_string(), "a.");
  EXPECT_EQ(found.zones[1].what, ZoneChange::kWent);
  EXPECT_EQ(found.zones[1].removed, 3u);
}

TEST(ZoneChanges, TwinsAreCountedAndNotToldTwice) {
  const std::string network =
      "[[zone]]\nname = \"mesh.\"\nfile = \"mesh.zone\"\ntwins = [\"mesh.example.net.\"]\n";
  const auto found =
      changes({{"dotmesh.toml", network}, {"mesh.zone", kApex}},
              {{"dotmesh.toml", network}, {"mesh.zone", kApex + "a 60 A 10.0.0.9\n"}});
  ASSERT_EQ(found.zones.size(), 2u);
  EXPECT_THAT(lines(found.zones[0]), ElementsAre("a.mesh. A:  -> 60 10.0.0.9"));
  EXPECT_EQ(found.zones[1].twin_of->to_string(), "mesh.");
  EXPECT_EQ(found.zones[1].added, 1u);
  EXPECT_THAT(found.zones[1].records, IsEmpty());
  EXPECT_EQ(found.records_not_told, 0u);
}

TEST(ZoneChanges, ManyAreCountedAndTheFirstTold) {
  std::string many = kApex;
  for (std::size_t i = 0; i < kMaxChangesTold + 20; i++) many += fmt::format("n{} 60 TXT x\n", i);
  const auto found = changes({{"mesh.zone", kApex}}, {{"mesh.zone", many}});
  ASSERT_EQ(found.zones.size(), 1u);
  EXPECT_EQ(found.zones[0].added, kMaxChangesTold + 20);
  EXPECT_EQ(found.zones[0].records.size(), kMaxChangesTold);
  EXPECT_EQ(found.records_not_told, 20u);
}

TEST(ZoneChanges, ManyZonesAreCountedAndTheFirstTold) {
  Files before;
  Files after;
  for (std::size_t i = 0; i < kMaxChangedZones + 5; i++) {
    before[fmt::format("z{}.zone", i)] = kApex;
    after[fmt::format("z{}.zone", i)] = kApex + "a 60 A 10.0.0.2\n";
  }
  const auto found = changes(before, after);
  EXPECT_EQ(found.zones.size(), kMaxChangedZones);
  EXPECT_EQ(found.zones_not_told, 5u);
}

TEST(LastChange, TellsTheNewestAgainstTheOneBefore) {
  LastChange last;
  const auto json = [&last] { return nlohmann::json::parse(last.json()); };
  EXPECT_TRUE(json()["to"].is_null());
  const auto first = load("first", {{"mesh.zone", kApex}}, 1);
  last.take(first);
  EXPECT_TRUE(json()["from"].is_null());
  EXPECT_EQ(json()["to"], "first");
  last.take(load("second", {{"mesh.zone", kApex + "a 60 TXT \"\\255\"\n"}}, 2, first));
  EXPECT_EQ(json()["from"], "first");
  EXPECT_EQ(json()["to"], "second");
  EXPECT_EQ(json()["zones"][0]["records"][0]["owner"], "a.mesh.");
  EXPECT_TRUE(json()["zones"][0]["records"][0]["before"].is_null());
}

TEST(LastChange, TheFirstIsComparedWithTheCommitBefore) {
  LastChange last;
  const auto first = load("first", {{"mesh.zone", kApex}}, 1);
  last.take(load("second", {{"mesh.zone", kApex + "a 60 A 10.0.0.2\n"}}, 2),
            [&](const auto&) { return first; });
  const auto told = nlohmann::json::parse(last.json());
  EXPECT_EQ(told["from"], "first");
  EXPECT_EQ(told["zones"][0]["added"], 1);
}

}  // namespace
}  // namespace dotmesh::observe
