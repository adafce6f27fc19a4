#include "query/generation_zones.h"

#include <gtest/gtest.h>

#include "authority/testing.h"

namespace dotmesh {
namespace {

TEST(GenerationZonesTest, AnswersAsAServerDoes) {
  auto generation = std::make_shared<Generation>();
  generation->zones = ZoneSet({testing::make_zone("mesh.", "@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1\n"
                                                           "member 60 NS ns.member\nns.member 60 A 10.0.0.2")});
  GenerationZones zones(generation);
  EXPECT_FALSE(zones.zone_of(Name::parse("example.").value()).has_value());
  EXPECT_EQ(zones.zone_of(Name::parse("A.b.Mesh.").value())->to_string(), "mesh.");
  std::vector<std::uint8_t> out(kMaxMessage);
  auto ask = [&](std::string_view name) {
    auto query = testing::make_query(name, RRType::kA, {.edns = true, .dnssec_ok = true});
    out.resize(kMaxMessage);
    out.resize(zones.answer(query, out));
    return testing::to_text(out);
  };
  EXPECT_EQ(ask("ns.mesh."), "NOERROR aa\nAN ns.mesh. 60 A 10.0.0.1");
  EXPECT_EQ(ask("x.member.mesh."), "NOERROR\nNS member.mesh. 60 NS ns.member.mesh.\nAR ns.member.mesh. 60 A 10.0.0.2");
  EXPECT_EQ(zones.answer({}, out), 0u);
}

}  // namespace
}  // namespace dotmesh
