// The node's own zones and the members' servers below them: what others do there harms no one else.
#include <gtest/gtest.h>

#include "attacks/scripted.h"

namespace dotmesh::attacks {
namespace {

using std::chrono::seconds;

class OwnZone : public testing::Test {
 protected:
  OwnZone() {
    attack.settings().serve_stale = std::chrono::hours(24);
    attack.own("mesh.", [](const PlainMessage&, PlainMessage& response) {
      refer(response, {"member.mesh. 60 NS ns.member.mesh."},
            {std::string("ns.member.mesh. 60 A ") + kVictim});
      return true;
    });
  }
  Attack attack;
};

// While a client waits for the member's dead server it is looked whether something stale would do.
TEST_F(OwnZone, AMemberWhoseServerIsDead) {
  auto answer = attack.ask("www.member.mesh.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kServFail);
  attack.pass(seconds(30));
  const std::uint64_t before = attack.queries();
  EXPECT_GT(before, 0U);
  attack.pass(seconds(30));
  EXPECT_EQ(attack.queries(), before) << "nothing goes on for a client that is gone";
}

}  // namespace
}  // namespace dotmesh::attacks
