// Histogram: how often something took how long, in fixed buckets. TimeHistogram has one writer thread and any
// readers, like Counter; TimeCounts is the sum at one moment. Units: seconds, as Prometheus wants them.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/counter.h"

namespace dotmesh {

// Upper bounds: from a few instructions' work to the longest that a client waits.
inline constexpr std::array<double, 18> kTimeBounds{0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005,
                                                    0.001,   0.0025,   0.005,   0.01,   0.025,   0.05,
                                                    0.1,     0.25,     0.5,     1,      2.5,     5};

template <typename Number>
struct TimeBuckets {
  std::array<Number, kTimeBounds.size() + 1> buckets{};  // not cumulative; the last is all that took longer
  Number nanoseconds{};                                  // in all
};

using TimeCounts = TimeBuckets<std::uint64_t>;

class TimeHistogram {
 public:
  // Only the owning thread: `times` things took `each`. A clock that went backwards counts as no time.
  void add(std::chrono::nanoseconds each, std::uint64_t times = 1) {
    const auto time = std::max<std::int64_t>(each.count(), 0);
    const auto* bound = std::ranges::lower_bound(kTimeBounds, static_cast<double>(time) / 1e9);
    counters_.buckets[static_cast<std::size_t>(bound - kTimeBounds.begin())].add(times);
    counters_.nanoseconds.add(static_cast<std::uint64_t>(time) * times);
  }
  // Any thread.
  void add_to(TimeCounts& sum) const {
    for (std::size_t i = 0; i < sum.buckets.size(); ++i) sum.buckets[i] += counters_.buckets[i].value();
    sum.nanoseconds += counters_.nanoseconds.value();
  }

 private:
  TimeBuckets<Counter> counters_;
};

}  // namespace dotmesh
