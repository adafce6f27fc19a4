// The simulated world itself: its zones are what they should be.
#include <gtest/gtest.h>

#include "dns/message.h"
#include "simulation/authorities.h"
#include "simulation/world.h"

namespace dotmesh::simulation {
namespace {

PlainMessage ask(const World& world, std::size_t server, std::string_view name, RRType type) {
  PlainMessage query{.id = 9, .dnssec_ok = true, .questions = {{Name::parse(name).value(), type, 1}}, .sections = {}};
  return *read_message(authoritative_answer(*world.servers()[server].zone_set, query.to_wire()));
}

TEST(World, TheSameSeedMakesTheSameWorld) {
  World a(7, {});
  World b(7, {});
  ASSERT_EQ(a.zones().size(), b.zones().size());
  for (std::size_t i = 0; i < a.zones().size(); i++) {
    std::string name = a.zones()[i].apex.to_string();
    EXPECT_EQ(a.truth(a.zones()[i].apex, RRType::kSOA).message.to_string(),
              b.truth(b.zones()[i].apex, RRType::kSOA).message.to_string());
  }
}

TEST(World, DelegatesFromTheRoot) {
  World world(1, {});
  const WorldZone& top = world.zones()[1];
  PlainMessage referral = ask(world, world.zones()[0].servers[0], top.apex.to_string(), RRType::kNS);
  EXPECT_EQ(referral.flags & kAa, 0) << referral.to_string();
  EXPECT_FALSE(referral.section(Section::kAuthority).empty()) << referral.to_string();
  EXPECT_FALSE(referral.section(Section::kAdditional).empty()) << referral.to_string();
  bool has_ds = false;
  bool has_proof = false;
  for (const PlainRecord& r : referral.section(Section::kAuthority)) {
    has_ds = has_ds || r.type == RRType::kDS;
    has_proof = has_proof || r.type == RRType::kNSEC || r.type == RRType::kNSEC3;
  }
  EXPECT_EQ(has_ds, top.chain != Chain::kInsecure);
  EXPECT_EQ(has_proof, top.chain == Chain::kInsecure) << referral.to_string();
}

TEST(World, EveryQuestionHasATruth) {
  std::size_t answers = 0;
  for (std::uint64_t seed = 0; seed < 30; seed++) {
    World world(seed, {});
    Random random(seed);
    for (int i = 0; i < 50; i++) {
      PlainQuestion q = world.question(random);
      Truth truth = world.truth(q.name, q.type);
      EXPECT_LT(truth.message.rcode, 4u);
      answers += !truth.message.section(Section::kAnswer).empty();
    }
  }
  EXPECT_GT(answers, 300u);
}

}  // namespace
}  // namespace dotmesh::simulation
