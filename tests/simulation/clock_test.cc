// The wall clock is set forth and back under a running resolver: signatures are judged by it (RFC 4035 section
// 5.3.1), the cache is not: nothing in it becomes immortal, and nothing is lost.
#include <gtest/gtest.h>

#include <optional>

#include "simulation/authorities.h"
#include "simulation/resolver_under_test.h"
#include "simulation/simulated_network.h"
#include "simulation/world.h"

namespace dotmesh::simulation {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kYears = 3650 * kDay;
constexpr std::uint32_t kTtl = 300;  // of the world's addresses

class WallClock : public testing::Test, AnswerSink {
 protected:
  WallClock()
      : world_(1, {.signed_share = 1, .broken_share = 0}),
        authorities_(world_, 2, {}),
        network_(authorities_, 3, kWall),
        under_test_(std::make_shared<const ResolverSettings>(world_.settings()), network_, *this) {
    network_.attach(under_test_.resolver());
    for (const WorldZone& zone : world_.zones()) {
      if (zone.chain == Chain::kSecure && !zone.apex.view().is_root()) secure_.push_back(zone.apex);
    }
  }

  // The address of www in the number-th zone that has a chain of trust.
  ResolvedAnswer ask(std::size_t number) {
    answer_.reset();
    const Name name = Name::parse("www." + secure_.at(number).to_string()).value();
    under_test_.resolver().resolve(++token_, {name, RRType::kA, true, false}, network_.now());
    EXPECT_TRUE(network_.run(std::chrono::seconds(5), [&] { return answer_.has_value(); }));
    return answer_.value();
  }
  void set_clock(std::int64_t difference) { network_.set_wall(kWall + difference); }
  std::uint64_t sent() const { return network_.queries_sent(); }

  static constexpr std::int64_t kWall = WorldOptions{}.wall;
  std::vector<Name> secure_;
  World world_;
  Authorities authorities_;
  SimulatedNetwork network_;

 private:
  void on_answer(AnswerToken token, const ClientQuestion&, const ResolvedAnswer& answer) override {
    if (token == token_) answer_ = answer;
  }
  ResolverUnderTest under_test_;
  AnswerToken token_ = 0;
  std::optional<ResolvedAnswer> answer_;
};

TEST_F(WallClock, SignaturesAreJudgedByIt) {
  ASSERT_GE(secure_.size(), 2U);
  set_clock(kYears);
  ResolvedAnswer expired = ask(0);
  EXPECT_EQ(expired.rcode, Rcode::kServFail);
  EXPECT_EQ(expired.error, ExtendedError::kSignatureExpired);
  set_clock(-kYears);
  network_.pass(std::chrono::seconds(61));  // bogus data is kept for a minute
  ResolvedAnswer early = ask(0);
  EXPECT_EQ(early.rcode, Rcode::kServFail);
  EXPECT_EQ(early.error, ExtendedError::kSignatureNotYetValid);
  set_clock(0);
  network_.pass(std::chrono::seconds(61));
  EXPECT_TRUE(ask(0).authenticated);
}

TEST_F(WallClock, WhatIsInTheCacheStaysAndEnds) {
  for (std::int64_t difference : {kDay, -kDay, kYears, -kYears}) {
    set_clock(0);
    network_.pass(std::chrono::seconds(2 * kTtl));
    ASSERT_TRUE(ask(0).authenticated);
    const std::uint64_t before = sent();
    set_clock(difference);
    ResolvedAnswer kept = ask(0);
    EXPECT_TRUE(kept.authenticated) << difference;
    EXPECT_GE(kept.answer.at(0).ttl, kTtl - 1) << difference;
    EXPECT_EQ(sent(), before) << difference << ": the cache is lost";
    set_clock(0);
    network_.pass(std::chrono::seconds(kTtl + 1));
    set_clock(difference);
    ask(0);
    EXPECT_GT(sent(), before) << difference << ": the cache does not end";
  }
}

TEST_F(WallClock, TimersDoNotSeeIt) {
  // Every server is silent: the client is told in time, whatever the clock does meanwhile.
  for (std::size_t i = 0; i < world_.servers().size(); ++i) authorities_.set_manner(i, Manner::kSilent);
  for (std::int64_t difference : {kYears, -kYears}) {
    set_clock(difference);
    const Duration before = network_.now().monotonic;
    EXPECT_EQ(ask(0).rcode, Rcode::kServFail);
    EXPECT_LE(network_.now().monotonic - before, std::chrono::milliseconds(4600));
  }
}

}  // namespace
}  // namespace dotmesh::simulation
