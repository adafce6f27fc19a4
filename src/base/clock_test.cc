#include "base/clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace dotmesh {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using Time = Clock::Monotonic;

class SettledReading : public ::testing::Test {
 protected:
  Time after(Time last, std::vector<Time> readings) {
    std::size_t next = 0;
    Time got = settled_reading(last, [&] { return readings.at(next++); });
    reads_ = next;
    return got;
  }

  Time at(int ms) const { return start_ + milliseconds(ms); }

  const Time start_{hours(1000)};
  const Time garbage_ = start_ + hours(20000);
  std::size_t reads_ = 0;
};

TEST_F(SettledReading, OneThatFollowsTheLastIsTaken) {
  EXPECT_EQ(after(start_, {at(1)}), at(1));
  EXPECT_EQ(reads_, 1U);
}

TEST_F(SettledReading, ALeapForthAndBackIsNotBelieved) {
  EXPECT_EQ(after(start_, {garbage_, at(1), at(2), at(3), at(4)}), at(4));
}

TEST_F(SettledReading, NorOneOfTwoReadings) {
  EXPECT_EQ(after(start_, {garbage_, garbage_, at(1), at(2), at(3), at(4)}), at(4));
}

TEST_F(SettledReading, ALeapBackForOneReadingIsNotBelieved) {
  EXPECT_EQ(after(start_, {Time{}, at(1), at(1), at(1), at(1)}), at(1));
}

TEST_F(SettledReading, ALeapThatStaysIsTheTime) {
  const Time later = start_ + hours(1);
  EXPECT_EQ(after(start_, {later, later, later, later + milliseconds(1)}), later + milliseconds(1));
  EXPECT_EQ(reads_, 4U);
}

TEST_F(SettledReading, AClockThatOnlyLeapsEndsTheReading) {
  std::vector<Time> readings;
  for (int i = 0; i < 100; ++i) readings.push_back(i % 2 == 0 ? garbage_ : start_);
  after(start_, readings);
  EXPECT_LE(reads_, 32U);
}

TEST(Clock, RunsAndDoesNotGoBack) {
  Clock clock;
  const Time first = clock.monotonic();
  EXPECT_GE(clock.monotonic(), first);
  EXPECT_GT(clock.wall().time_since_epoch(), hours(24 * 365 * 50));
}

// Under libfaketime this fails without settled_reading() (tests/scenarios/live/test_clock.py).
TEST(Clock, ThreadsThatReadAtOnceSeeNoLeap) {
  std::atomic<int> leaps = 0;
  auto read = [&leaps](auto&& clock_reading) {
    auto last = clock_reading();
    for (int i = 0; i < 30000; ++i) {
      const auto now = clock_reading();
      if (now - last > hours(1) || last - now > hours(1)) ++leaps;
      last = now;
    }
  };
  Clock clock;
  std::thread one(read, [&] { return clock.monotonic(); });
  std::thread other(read, [&] { return clock.wall(); });
  read([&] { return clock.monotonic(); });
  one.join();
  other.join();
  EXPECT_EQ(leaps, 0);
}

}  // namespace
}  // namespace dotmesh
