#include "base/clock.h"

namespace dotmesh {

Clock::Monotonic Clock::monotonic() const {
  thread_local Monotonic last;
  return last = settled_reading(last, [] { return std::chrono::steady_clock::now(); });
}

Clock::Wall Clock::wall() const {
  thread_local Wall last;
  return last = settled_reading(last, [] { return std::chrono::system_clock::now(); });
}

}  // namespace dotmesh
