// A name many zone cuts deep, as in ip6.arpa, whose chain of trust is not known yet in any part.
#include <gtest/gtest.h>

#include <optional>

#include "simulation/authorities.h"
#include "simulation/resolver_under_test.h"
#include "simulation/simulated_network.h"
#include "simulation/world.h"

namespace dotmesh::simulation {
namespace {

struct LastAnswer final : AnswerSink {
  void on_answer(AnswerToken, const ClientQuestion&, const ResolvedAnswer& given) override {
    answer = given;
  }
  std::optional<ResolvedAnswer> answer;
};

std::size_t cuts_above(const World& world, std::size_t zone) {
  std::size_t cuts = 0;
  for (; !world.zones()[zone].apex.view().is_root(); zone = world.zones()[zone].parent) ++cuts;
  return cuts;
}

TEST(DeepChains, AreFollowedFromNothing) {
  const World world(
      39, {.top_level = 1, .most_children = 2, .levels = 10, .signed_share = 1, .broken_share = 0});
  std::size_t deepest = 0;
  for (std::size_t i = 0; i < world.zones().size(); ++i) {
    const WorldZone& zone = world.zones()[i];
    if (zone.chain != Chain::kSecure || zone.apex.view().is_root()) continue;
    Authorities authorities(world, 2, {});
    SimulatedNetwork network(authorities, 3, WorldOptions{}.wall);
    LastAnswer last;
    ResolverUnderTest under_test(std::make_shared<const ResolverSettings>(world.settings()),
                                 network, last);
    network.attach(under_test.resolver());
    const Name name = Name::parse("www." + zone.apex.to_string()).value();
    under_test.resolver().resolve(1, {name, RRType::kA, true, false}, network.now());
    ASSERT_TRUE(network.run(std::chrono::seconds(5), [&] { return last.answer.has_value(); }));
    EXPECT_TRUE(last.answer->authenticated) << name.to_string();
    deepest = std::max(deepest, cuts_above(world, i));
  }
  EXPECT_GE(deepest, 8U);
}

}  // namespace
}  // namespace dotmesh::simulation
