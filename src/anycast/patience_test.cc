#include "anycast/patience.h"

#include <gtest/gtest.h>

namespace dotmesh::anycast {
namespace {

using std::chrono::milliseconds;

class PatienceTest : public ::testing::Test {
 protected:
  static constexpr milliseconds kInterval{75};

  PatienceTest() { patience_.begin(at(1000), kInterval); }

  static Clock::Monotonic at(int ms) { return Clock::Monotonic{milliseconds(ms)}; }
  bool over(int ms, bool busy = false) { return patience_.over(at(ms), busy); }

  Patience patience_;
};

TEST_F(PatienceTest, ARoundHasTheWholeIntervalFromItsOwnAsking) {
  EXPECT_EQ(patience_.due(), at(1075));
  EXPECT_TRUE(over(1075));
}

TEST_F(PatienceTest, AFewMillisecondsAreNotLate) {
  EXPECT_TRUE(over(1079));
}

TEST_F(PatienceTest, WhoComesLateWaitsAsLongAgain) {
  EXPECT_FALSE(over(1105));
  EXPECT_EQ(patience_.due(), at(1135));
  EXPECT_TRUE(over(1135));
}

TEST_F(PatienceTest, AfterALongSleepItWaitsOneInterval) {
  EXPECT_FALSE(over(9000));
  EXPECT_EQ(patience_.due(), at(9075));
  EXPECT_TRUE(over(9075));
}

TEST_F(PatienceTest, LateIsAnExcuseOnceARound) {
  EXPECT_FALSE(over(1105));
  EXPECT_TRUE(over(1165));
  patience_.begin(at(1165), kInterval);
  EXPECT_FALSE(over(1270));
}

TEST_F(PatienceTest, AServerThatWaitsForAProcessorIsWaitedFor) {
  for (int ms = 1075; ms < 1575; ms += 10) {
    ASSERT_FALSE(over(ms, true)) << ms;
    ASSERT_EQ(patience_.due(), at(ms + 10));
  }
  EXPECT_TRUE(over(1575, true));
}

TEST_F(PatienceTest, OneThatWaitsNoLongerIsJudgedAtOnce) {
  EXPECT_FALSE(over(1075, true));
  EXPECT_TRUE(over(1085, false));
}

}  // namespace
}  // namespace dotmesh::anycast
