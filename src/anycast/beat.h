// Beat: what the server last said of its workers' loops, and when. One that says "stuck" counts as
// one failure, though two rounds may end before the next: a server that is short of processors
// sends its beats late, too. Pure: time is given. One thread.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace dotmesh::anycast {

class Beat {
 public:
  // Beats come every probe interval, at least 10 a second; a server that sends none for so long
  // hangs.
  static constexpr std::chrono::milliseconds kSilence{1000};

  void hear(unsigned stuck, Clock::Monotonic now) {
    stuck_ = stuck;
    at_ = now;
    number_++;
  }
  unsigned stuck() const { return stuck_; }
  bool silent(Clock::Monotonic now) const { return now - at_ >= kSilence; }
  std::uint64_t number() const { return number_; }
  // Whether a round that ends now hears of a failure that the round before, which ended when
  // `judged` was the number, has not counted.
  bool fails_again(std::uint64_t judged, std::chrono::milliseconds interval,
                   Clock::Monotonic now) const {
    const bool overdue = now - at_ >= 2 * interval;
    return stuck_ != 0 && (number_ != judged || overdue);
  }

 private:
  unsigned stuck_ = 0;
  Clock::Monotonic at_{};
  std::uint64_t number_ = 0;
};

}  // namespace dotmesh::anycast
