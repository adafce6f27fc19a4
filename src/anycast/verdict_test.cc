#include "anycast/verdict.h"

#include <gtest/gtest.h>

namespace dotmesh::anycast {
namespace {

using std::chrono::milliseconds;

class VerdictTest : public ::testing::Test {
 protected:
  // `count` rounds of 100 ms each.
  void rounds(bool good, int count) {
    for (int i = 0; i < count; i++) verdict_.note(good, now_ += milliseconds(100));
  }
  Clock::Monotonic now_{};
  Verdict verdict_{{.down_after = 2,
                    .up_after = 3,
                    .hold_down = milliseconds(1000),
                    .hold_down_most = milliseconds(3000)}};
};

TEST_F(VerdictTest, FirstTimeNeedsOnlyGoodRounds) {
  rounds(true, 2);
  EXPECT_FALSE(verdict_.up());
  rounds(true, 1);
  EXPECT_TRUE(verdict_.up());
}

TEST_F(VerdictTest, OneBadRoundIsForgiven) {
  rounds(true, 3);
  for (int i = 0; i < 10; i++) {
    rounds(false, 1);
    rounds(true, 1);
  }
  EXPECT_TRUE(verdict_.up());
  rounds(false, 2);
  EXPECT_FALSE(verdict_.up());
  EXPECT_TRUE(verdict_.was_up());
}

TEST_F(VerdictTest, ReturnsOnlyAfterTheHoldDown) {
  rounds(true, 3);
  rounds(false, 2);
  rounds(true, 10);  // 900 ms after the first good one
  EXPECT_FALSE(verdict_.up());
  EXPECT_TRUE(verdict_.waiting());
  rounds(true, 1);
  EXPECT_TRUE(verdict_.up());
}

TEST_F(VerdictTest, ABadRoundBeginsTheHoldDownAgain) {
  rounds(true, 3);
  rounds(false, 2);
  rounds(true, 9);
  rounds(false, 1);
  rounds(true, 10);
  EXPECT_FALSE(verdict_.up());
  rounds(true, 1);
  EXPECT_TRUE(verdict_.up());
}

TEST_F(VerdictTest, FlappingDoublesTheHoldDownUpToItsMost) {
  rounds(true, 3);
  for (int expected : {1000, 2000, 3000, 3000}) {
    rounds(false, 2);
    EXPECT_EQ(verdict_.hold_down(), milliseconds(expected));
    rounds(true, expected / 100 + 1);
    ASSERT_TRUE(verdict_.up());
  }
}

TEST_F(VerdictTest, AfterADrainItIsAskedAgainWithoutHoldDown) {
  rounds(true, 3);
  verdict_.ask_again();
  EXPECT_FALSE(verdict_.up());
  rounds(true, 3);
  EXPECT_TRUE(verdict_.up());
}

TEST_F(VerdictTest, ALongGoodTimeForgetsTheFlapping) {
  rounds(true, 3);
  rounds(false, 2);
  rounds(true, 11);
  rounds(false, 2);
  ASSERT_EQ(verdict_.hold_down(), milliseconds(2000));
  rounds(true, 21 + 10 * 20);  // ten hold-downs after it came up
  rounds(false, 2);
  EXPECT_EQ(verdict_.hold_down(), milliseconds(1000));
}

}  // namespace
}  // namespace dotmesh::anycast
