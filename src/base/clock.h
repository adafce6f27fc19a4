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

// The first reading that is within kStep of the one before it, `last` for the first; after
// kMaxReadings the newest. Linux's clocks never leap there and back, but a preloaded one does:
// libfaketime, when two threads read at once, is off by years for one reading, and who believes
// that gives up every question it has.
template <typename Time, typename Read>
Time settled_reading(Time last, Read read) {
  constexpr std::chrono::seconds kStep{1};
  constexpr int kMaxReadings = 8;
  Time now = read();
  for (int i = 1; i < kMaxReadings && (now < last || now - last > kStep); ++i) {
    last = now;
    now = read();
  }
  return now;
}

}  // namespace dotmesh
