// Time comes in through this interface wherever a test must be able to set it. The monotonic clock
// drives timers; the wall clock only what the outside world dates (commits, signatures).
#pragma once

#include <chrono>

namespace dotmesh {

class Clock {
 public:
  using Monotonic = std::chrono::steady_clock::time_point;
  using Wall = std::chrono::system_clock::time_point;

  virtual ~Clock() = default;
  virtual Monotonic monotonic() const { return std::chrono::steady_clock::now(); }
  virtual Wall wall() const { return std::chrono::system_clock::now(); }
};

}  // namespace dotmesh
