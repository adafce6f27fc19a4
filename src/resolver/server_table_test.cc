#include "resolver/server_table.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "resolver/reach.h"

namespace dotmesh {
namespace {

using namespace std::chrono_literals;

class Table : public testing::Test {
 protected:
  ServerState state() const { return table.find(server, zone, now); }

  ServerTable table;
  SocketAddress server = *SocketAddress::parse("192.0.2.1", 53);
  Name zone = *Name::parse("example.");
  std::chrono::nanoseconds now = 100s;
};

TEST_F(Table, PatienceFollowsTheRoundTrip) {
  EXPECT_EQ(state().retransmit_after(), ServerTable::kUnknownTimeout);
  for (int i = 0; i < 50; ++i) table.answered(server, 100ms, now);
  EXPECT_GE(state().retransmit_after(), 100ms);
  EXPECT_LE(state().retransmit_after(), 150ms);
  table.silent(server, now, now + 1s);
  EXPECT_GE(state().retransmit_after(), 200ms);
}

TEST_F(Table, SilencesMakeItDeadAndAnAnswerAlive) {
  for (unsigned i = 0; i < ServerTable::kTimeoutsUntilDead; ++i) {
    EXPECT_LE(state().dead_until, now);
    table.silent(server, now, now);
    now += 1s;
  }
  EXPECT_GT(state().dead_until, now);
  now = state().dead_until;
  EXPECT_TRUE(table.claim_probe(server, now));
  EXPECT_FALSE(table.claim_probe(server, now)) << "one probe is enough";
  table.answered(server, 10ms, now);
  EXPECT_LE(state().dead_until, now);
  EXPECT_EQ(state().timeouts, 0U);
}

TEST_F(Table, LamenessIsOfAZoneAndEnds) {
  table.lame(server, zone, now);
  EXPECT_TRUE(state().lame);
  EXPECT_FALSE(table.find(server, *Name::parse("other."), now).lame);
  now += ServerTable::kLameFor;
  EXPECT_FALSE(state().lame);
}

TEST_F(Table, StaysBounded) {
  for (unsigned i = 0; i < 2 * ServerTable::kMaxServers; ++i) {
    table.answered(*SocketAddress::parse(fmt::format("10.{}.{}.{}", i >> 16, i >> 8 & 255, i & 255), 53), 10ms, now);
  }
  EXPECT_LE(table.size(), ServerTable::kMaxServers);
  EXPECT_GT(table.size(), ServerTable::kMaxServers / 2);
}

TEST(Reach, CountsAndLeavesAFamilyAlone) {
  Reach reach;
  const auto six = [](unsigned i) {
    return *SocketAddress::parse("2001:db8::" + std::to_string(i), 53);
  };
  const auto four = *SocketAddress::parse("192.0.2.1", 53);
  reach.begin(six(1));
  reach.begin(six(1));
  reach.end(six(1));
  EXPECT_EQ(reach.open_with(six(1)), 1U);
  for (unsigned i = 0; i < Reach::kUnreachableInARow; ++i) {
    EXPECT_TRUE(reach.family_works(six(1), 1s));
    reach.unreachable(six(i), 1s);
  }
  EXPECT_FALSE(reach.family_works(six(1), 1s));
  EXPECT_TRUE(reach.family_works(four, 1s));
  EXPECT_TRUE(reach.family_works(six(1), 1s + Reach::kLeaveFamilyFor));
}

TEST(Reach, OneHostThatIsDownSaysNothingAboutTheFamily) {
  Reach reach;
  const auto down = *SocketAddress::parse("192.0.2.1", 53);
  for (unsigned i = 0; i < 4 * Reach::kUnreachableInARow; ++i) reach.unreachable(down, 1s);
  EXPECT_TRUE(reach.family_works(down, 1s));
  reach.reached(down);
  for (unsigned i = 1; i < Reach::kUnreachableInARow; ++i) {
    reach.unreachable(*SocketAddress::parse("192.0.2.1" + std::to_string(i), 53), 1s);
  }
  EXPECT_TRUE(reach.family_works(down, 1s)) << "an answer in between begins anew";
}

}  // namespace
}  // namespace dotmesh
