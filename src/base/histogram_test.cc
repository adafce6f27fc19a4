#include "base/histogram.h"

#include <gtest/gtest.h>

#include <numeric>

namespace dotmesh {
namespace {

using namespace std::chrono_literals;

TEST(TimeHistogram, PutsEachTimeIntoTheFirstBucketThatHoldsIt) {
  TimeHistogram histogram;
  histogram.add(10us);     // the bound itself belongs to the bucket
  histogram.add(10001ns);  // just above it
  histogram.add(3s, 4);
  histogram.add(1min);
  histogram.add(-5s);  // a clock that went backwards
  TimeCounts sum;
  histogram.add_to(sum);
  EXPECT_EQ(sum.buckets[0], 2U);
  EXPECT_EQ(sum.buckets[1], 1U);
  EXPECT_EQ(sum.buckets[kTimeBounds.size() - 1], 4U);
  EXPECT_EQ(sum.buckets.back(), 1U);
  EXPECT_EQ(std::accumulate(sum.buckets.begin(), sum.buckets.end(), std::uint64_t{0}), 8U);
  EXPECT_EQ(sum.nanoseconds, 10'000U + 10'001U + 12'000'000'000U + 60'000'000'000U);
}

TEST(TimeHistogram, SumsWorkers) {
  TimeHistogram one;
  TimeHistogram other;
  one.add(1ms);
  other.add(1ms);
  TimeCounts sum;
  one.add_to(sum);
  other.add_to(sum);
  EXPECT_EQ(sum.nanoseconds, 2'000'000U);
}

}  // namespace
}  // namespace dotmesh
