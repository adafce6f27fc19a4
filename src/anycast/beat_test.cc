#include "anycast/beat.h"

#include <gtest/gtest.h>

namespace dotmesh::anycast {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kInterval{75};

Clock::Monotonic at(int ms) {
  return Clock::Monotonic{milliseconds(ms)};
}

TEST(Beat, OneThatSaysStuckIsOneFailure) {
  Beat beat;
  beat.hear(1, at(1000));
  EXPECT_TRUE(beat.fails_again(0, kInterval, at(1010)));
  const std::uint64_t judged = beat.number();
  EXPECT_FALSE(beat.fails_again(judged, kInterval, at(1085)));
  beat.hear(1, at(1090));
  EXPECT_TRUE(beat.fails_again(judged, kInterval, at(1160)));
}

TEST(Beat, OneThatSaysWellIsNone) {
  Beat beat;
  beat.hear(0, at(1000));
  EXPECT_FALSE(beat.fails_again(0, kInterval, at(1010)));
  EXPECT_FALSE(beat.fails_again(0, kInterval, at(9000)));
}

TEST(Beat, AfterStuckTheNextIsNotAwaitedForLong) {
  Beat beat;
  beat.hear(1, at(1000));
  EXPECT_FALSE(beat.fails_again(beat.number(), kInterval, at(1149)));
  EXPECT_TRUE(beat.fails_again(beat.number(), kInterval, at(1150)));
}

TEST(Beat, SilenceIsASecondWithoutOne) {
  Beat beat;
  beat.hear(0, at(1000));
  EXPECT_FALSE(beat.silent(at(1999)));
  EXPECT_TRUE(beat.silent(at(2000)));
}

}  // namespace
}  // namespace dotmesh::anycast
