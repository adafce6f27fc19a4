// Time comes in through this interface wherever a test must be able to set it. The monotonic clock
// drives timers; the wall clock only what the outside world dates (commits, signatures). Any
// thread.
#pragma once

#include <chrono>

namespace dotmesh {

class Clock {
 public:
  using Monotonic = std::chrono::steady_clock::time_point;
  using Wall = std::chrono::system_clock::time_point;

  virtual ~Clock() = default;
  virtual Monotonic monotonic() const;
  virtual Wall wall() const;
};

// A reading that follows `last`; where it leaps, the last of kAgreeing readings in a row that
// follow one another, or after kMaxReadings the newest. Linux's clocks never leap there and back,
// but a preloaded one does: libfaketime, when two threads read at once, is off by years for one
// reading, and who believes that gives up every question.
template <typename Time, typename Read>
Time settled_reading(Time last, Read read) {
  constexpr std::chrono::seconds kStep{1};
  constexpr int kAgreeing = 4;
  constexpr int kMaxReadings = 32;
  auto follows = [=](Time before, Time after) {
    return after >= before && after - before <= kStep;
  };
  Time now = read();
  if (follows(last, now)) return now;
  for (int i = 1, agreeing = 1; i < kMaxReadings && agreeing < kAgreeing; ++i) {
    last = now;
    now = read();
    agreeing = follows(last, now) ? agreeing + 1 : 1;
  }
  return now;
}

}  // namespace dotmesh
