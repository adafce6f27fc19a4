#include "query/changed_names.h"

#include <gmock/gmock.h>

#include "authority/testing.h"

namespace dotmesh {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::shared_ptr<const Zone> zone(std::string_view origin, std::string_view address = "10.0.0.1") {
  return testing::make_zone(origin, "@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A " + std::string(address));
}

ForwardZone forward(std::string_view name, std::string_view server) {
  ForwardZone out;
  out.zone = Name::parse(name).value();
  out.servers.push_back(SocketAddress::parse(server, 53).value());
  return out;
}

PolicyOfGeneration state(std::vector<std::shared_ptr<const Zone>> zones, std::vector<ForwardZone> forwards = {},
                         bool in_process = true) {
  auto generation = std::make_shared<Generation>();
  generation->zones = ZoneSet(std::move(zones));
  auto settings = std::make_shared<ResolverSettings>();
  settings->forwards = std::move(forwards);
  auto policy = std::make_shared<Policy>();
  policy->in_process = in_process;
  policy->resolver = std::move(settings);
  return {generation, policy};
}

std::vector<std::string> changed(const PolicyOfGeneration& before, const PolicyOfGeneration& after) {
  std::vector<std::string> out;
  for (const Name& name : changed_names(before, after)) out.push_back(name.to_string());
  return out;
}

TEST(ChangedNames, ZonesThatCameOrWent) {
  auto mesh = zone("mesh.");
  auto other = zone("other.");
  EXPECT_THAT(changed(state({mesh}), state({mesh})), IsEmpty());
  EXPECT_THAT(changed(state({mesh}), state({mesh, other})), ElementsAre("other."));
  EXPECT_THAT(changed(state({mesh, other}), state({mesh})), ElementsAre("other."));
  PolicyOfGeneration none = state({});
  none.generation = nullptr;
  EXPECT_THAT(changed(none, state({mesh})), ElementsAre("mesh."));
}

TEST(ChangedNames, RecordsMatterWhereOthersAreAskedForThem) {
  auto before = zone("mesh.");
  auto after = zone("mesh.", "10.0.0.2");
  auto same = zone("same.");
  EXPECT_THAT(changed(state({before, same}), state({after, same})), IsEmpty());
  EXPECT_THAT(changed(state({before, same}, {}, false), state({after, same}, {}, false)), ElementsAre("mesh."));
}

TEST(ChangedNames, ForwardsThatDiffer) {
  EXPECT_THAT(changed(state({}, {forward("a.", "192.0.2.1"), forward("b.", "192.0.2.1"), forward("c.", "192.0.2.1")}),
                      state({}, {forward("a.", "192.0.2.1"), forward("b.", "192.0.2.2"), forward("d.", "192.0.2.1")})),
              ElementsAre("b.", "c.", "d."));
}

TEST(ChangedNames, NamesBelowOthersAreNotNamed) {
  EXPECT_THAT(changed(state({}), state({zone("mesh."), zone("a.mesh."), zone("n.mesh.")}, {forward("x.mesh.", "192.0.2.1")})),
              ElementsAre("mesh."));
}

}  // namespace
}  // namespace dotmesh
