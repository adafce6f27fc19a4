#include "server/pace.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

// `count` queries every `gap` for 10 ms.
Pace after(std::size_t count, microseconds gap, std::uint32_t above = 30'000) {
  Pace pace(above, microseconds(50));
  Clock::Monotonic now{std::chrono::hours(1)};
  for (microseconds passed{0}; passed < microseconds(10'000); passed += gap) {
    now += gap;
    pace.note(count, now);
  }
  return pace;
}

TEST(PaceTest, SlowArrivalsAreNotPaced) {
  Pace pace = after(1, microseconds(100));  // 10,000 a second
  EXPECT_FALSE(pace.busy());
  EXPECT_EQ(pace.pause(nanoseconds(0)), nanoseconds(0));
}

TEST(PaceTest, FastArrivalsWaitForTheAim) {
  Pace pace = after(10, microseconds(10));  // a million a second: 32 in 32 us
  EXPECT_TRUE(pace.busy());
  EXPECT_EQ(pace.pause(nanoseconds(0)), microseconds(32));
  EXPECT_EQ(pace.pause(microseconds(10)), microseconds(22));
  EXPECT_EQ(pace.pause(microseconds(40)), nanoseconds(0));
}

TEST(PaceTest, AWaitIsNeverLongerThanTheBound) {
  Pace pace = after(1, microseconds(25));  // 40,000 a second: 32 in 800 us
  EXPECT_TRUE(pace.busy());
  EXPECT_EQ(pace.pause(nanoseconds(0)), microseconds(50));
}

TEST(PaceTest, AWaitTooShortToPayIsNone) {
  Pace pace = after(10, microseconds(10));
  EXPECT_EQ(pace.pause(microseconds(30)), nanoseconds(0));
}

TEST(PaceTest, SilenceEndsIt) {
  Pace pace(30'000, microseconds(50));
  Clock::Monotonic now{std::chrono::hours(1)};
  pace.note(0, now);
  pace.note(1000, now += microseconds(2000));
  EXPECT_TRUE(pace.busy());
  pace.note(1, now += std::chrono::seconds(1));
  EXPECT_FALSE(pace.busy());
}

TEST(PaceTest, ZeroSwitchesItOff) {
  EXPECT_FALSE(after(100, microseconds(10), 0).busy());
}

}  // namespace
}  // namespace dotmesh
