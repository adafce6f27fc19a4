#include "zone/zone_set.h"

#include <gtest/gtest.h>

#include "zone/zone_builder.h"

namespace dotmesh {
namespace {

std::shared_ptr<const Zone> zone(std::string_view origin) {
  Name name = Name::parse(origin).value();
  ZoneBuilder builder(name);
  std::vector<std::uint8_t> soa(2 + 20, 0);
  std::vector<std::uint8_t> ns(1, 0);
  builder.on_record({.owner = name, .type = RRType::kSOA, .rdata = soa});
  builder.on_record({.owner = name, .type = RRType::kNS, .rdata = ns});
  return builder.build(1).value();
}

TEST(ZoneSetTest, LongestOriginWins) {
  ZoneSet set({zone("mesh."), zone("Building.mesh."), zone("10.in-addr.arpa.")});
  const auto origin_of = [&](std::string_view text) -> std::string {
    const Zone* found = set.find(LookupName(Name::parse(text).value()));
    return found == nullptr ? "none" : found->origin().to_string();
  };
  EXPECT_EQ(origin_of("mesh."), "mesh.");
  EXPECT_EQ(origin_of("a.MESH."), "mesh.");
  EXPECT_EQ(origin_of("a.b.building.mesh."), "building.mesh.");
  EXPECT_EQ(origin_of("xbuilding.mesh."), "mesh.");
  EXPECT_EQ(origin_of("example."), "none");
  EXPECT_EQ(origin_of("."), "none");
  LookupName building(Name::parse("building.mesh.").value());
  EXPECT_EQ(set.find(building, 1)->origin().to_string(), "mesh.");
  EXPECT_EQ(set.find_origin(Name::parse("building.mesh.").value()), set.zones()[1]);
  EXPECT_EQ(set.find_origin(Name::parse("x.mesh.").value()), nullptr);
}

TEST(ZoneSetTest, RootZoneAndEmptySet) {
  EXPECT_EQ(ZoneSet().find(LookupName(Name::parse("a.").value())), nullptr);
  ZoneSet set({zone(".")});
  EXPECT_NE(set.find(LookupName(Name::parse("a.b.").value())), nullptr);
}

}  // namespace
}  // namespace dotmesh
