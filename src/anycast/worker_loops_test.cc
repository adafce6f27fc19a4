#include "anycast/worker_loops.h"

#include <gtest/gtest.h>

#include <array>

namespace dotmesh::anycast {
namespace {

using std::chrono::milliseconds;

class WorkerLoopsTest : public ::testing::Test {
 protected:
  // One look, 75 ms after the last.
  unsigned look(std::uint64_t first, std::uint64_t second, ThreadState state_of_second) {
    now_ += milliseconds(75);
    const std::array turns{first, second};
    const std::array states{ThreadState{'S', 1}, state_of_second};
    return loops_.look(turns, states, now_);
  }

  Clock::Monotonic now_{milliseconds(1000)};
  WorkerLoops loops_{milliseconds(10)};
};

TEST_F(WorkerLoopsTest, OneThatSleepsThroughIsStuck) {
  EXPECT_EQ(look(7, 7, {'S', 1}), 0U);  // the first look knows of nothing before
  EXPECT_EQ(look(8, 7, {'S', 1}), 1U);
  EXPECT_EQ(look(9, 8, {'S', 1}), 0U);
  EXPECT_EQ(look(9, 8, {'S', 1}), 2U);
}

TEST_F(WorkerLoopsTest, OneThatIsStoppedIsStuck) {
  look(7, 7, {'S', 1});
  EXPECT_EQ(look(8, 7, {'t', 1}), 1U);
}

TEST_F(WorkerLoopsTest, OneThatTurnsForEverInOnePlaceIsStuck) {
  look(7, 7, {'R', 1});
  EXPECT_EQ(look(8, 7, {'R', 8}), 1U);
}

TEST_F(WorkerLoopsTest, OneThatWaitsForAProcessorIsNotForHalfASecond) {
  look(0, 7, {'R', 1});
  for (unsigned i = 1; i <= 6; i++) EXPECT_EQ(look(i, 7, {'R', 1}), 0U) << i;
  EXPECT_EQ(look(7, 7, {'R', 1}), 1U);
  EXPECT_EQ(look(8, 8, {'R', 2}), 0U);
}

TEST_F(WorkerLoopsTest, WithoutTheKernelsWordItIsStuck) {
  const std::array<std::uint64_t, 1> turns{7};
  EXPECT_EQ(loops_.look(turns, {}, now_), 0U);
  EXPECT_EQ(loops_.look(turns, {}, now_ + milliseconds(75)), 1U);
}

}  // namespace
}  // namespace dotmesh::anycast
