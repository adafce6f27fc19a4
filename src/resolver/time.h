// What time it is, as the resolver's caller tells it: the core has no clock (design section 4).
// A value; any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace dotmesh {

// Seconds of the monotonic clock since an instant that is fixed for the life of the process: what the
// cache counts in. 136 years fit.
using CacheSeconds = std::uint32_t;

struct ResolverTime {
  std::chrono::nanoseconds monotonic{};  // since the same instant: timers, round trip times
  std::int64_t wall = 0;                 // Unix seconds: signatures' validity, cookies

  CacheSeconds seconds() const {
    return static_cast<CacheSeconds>(std::chrono::duration_cast<std::chrono::seconds>(monotonic).count());
  }
};

}  // namespace dotmesh
