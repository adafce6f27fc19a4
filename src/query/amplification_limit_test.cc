#include "query/amplification_limit.h"

#include <gtest/gtest.h>

#include "base/socket_address.h"

namespace dotmesh {
namespace {

using std::chrono::milliseconds;
using Verdict = AmplificationLimit::Verdict;

std::uint64_t key(std::string_view address) {
  return AmplificationLimit::key_of(SocketAddress::parse(address, 53).value().get());
}

class AmplificationLimitTest : public ::testing::Test {
 protected:
  AmplificationLimitTest() { limit_.refresh(now_); }
  void advance(milliseconds by) {
    now_ += by;
    limit_.refresh(now_);
  }
  // Octets that came back of `count` queries of 50 octets with answers of `response`.
  std::size_t flood(std::uint64_t to, int count, std::size_t response, ClientClass client = ClientClass::kPublic) {
    std::size_t octets = 0;
    for (int i = 0; i < count; i++) {
      switch (limit_.judge(to, client, 50, response)) {
        case Verdict::kSend: octets += response; break;
        case Verdict::kTruncate: octets += 50; break;
        case Verdict::kDrop: break;
      }
    }
    return octets;
  }

  Clock::Monotonic now_{std::chrono::hours(1000)};
  AmplificationLimit limit_{16'384};
};

TEST_F(AmplificationLimitTest, AFloodGetsBackLessThanItSends) {
  auto victim = key("192.0.2.1");
  flood(victim, 1000, 1232);  // what was saved up is gone
  std::size_t sent = 0;
  std::size_t back = 0;
  for (int i = 0; i < 1000; i++) {  // ten seconds, 1,000 queries a second
    advance(milliseconds(10));
    sent += 10 * 50;
    back += flood(victim, 10, 1232);
  }
  EXPECT_LT(back, sent);
  EXPECT_GT(limit_.limited().value(), 5000u);
}

TEST_F(AmplificationLimitTest, EverySecondLimitedResponseLeadsToTcp) {
  auto victim = key("192.0.2.1");
  flood(victim, 1000, 1232);
  int truncated = 0;
  for (int i = 0; i < 100; i++) truncated += limit_.judge(victim, ClientClass::kPublic, 50, 1232) == Verdict::kTruncate;
  EXPECT_EQ(truncated, 50);
}

TEST_F(AmplificationLimitTest, SmallAnswersAndOthersAreLeftAlone) {
  auto victim = key("192.0.2.1");
  EXPECT_EQ(flood(key("198.51.100.1"), 5000, 50), 5000u * 50);  // no larger than the query
  flood(victim, 1000, 1232);
  EXPECT_EQ(flood(victim, 100, 50), 100u * 50);
  EXPECT_EQ(key("192.0.2.1"), key("192.0.2.255"));
  EXPECT_NE(key("192.0.2.1"), key("192.0.3.1"));
  EXPECT_EQ(key("2001:db8:0:1::1"), key("2001:db8:0:ff::2"));
  EXPECT_NE(key("2001:db8:0:1::1"), key("2001:db8:0:101::1"));
  int hit = 0;  // prefixes that share both cells with the victim: one in a million
  for (int i = 0; i < 200; i++) {
    auto other = key("10." + std::to_string(i) + ".0.1");
    hit += limit_.judge(other, ClientClass::kPublic, 50, 1232) != Verdict::kSend;
  }
  EXPECT_LE(hit, 1);
}

TEST_F(AmplificationLimitTest, PaidInTime) {
  auto client = key("192.0.2.1");
  flood(client, 1000, 1232);
  advance(milliseconds(1000));
  std::size_t got = flood(client, 1000, 1232) / 1232;
  EXPECT_GE(got, 13u);  // 16 KiB of surplus
  EXPECT_LE(got, 40u);  // with the empty ones
  advance(std::chrono::minutes(90));  // the counter has wrapped
  EXPECT_GE(flood(client, 1000, 1232) / 1232, 4u * 13);
}

TEST_F(AmplificationLimitTest, TheMeshHasMore) {
  std::size_t outside = flood(key("192.0.2.1"), 2000, 1232);
  std::size_t inside = flood(key("10.0.0.1"), 2000, 1232, ClientClass::kMesh);
  EXPECT_GT(inside, 10 * (outside - 1000 * 50));
}

TEST_F(AmplificationLimitTest, ZeroIsNoLimit) { EXPECT_FALSE(AmplificationLimit(0).enabled()); }

}  // namespace
}  // namespace dotmesh
