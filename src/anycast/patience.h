// Patience: when a round of questions is over that has not been answered
// (docs/adr/0034-patience.md).
//
// A round has the whole interval, counted from its own asking. Whoever watches may itself have been
// kept from running: one who comes late to the end has not looked in time either, so once a round
// waits as long again as it was late, at most another interval. And a server that waits for a
// processor is not sick, but on a busy machine: it is waited for, in steps, for kBusyMost. Pure:
// time is given. One thread.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace dotmesh::anycast {

class Patience {
 public:
  using Duration = Clock::Monotonic::duration;

  // Timers are late by less than this on a machine with processors to spare.
  static constexpr std::chrono::milliseconds kLate{5};
  static constexpr std::chrono::milliseconds kBusyStep{10};
  // A client asks again after a second or more, and another node may be idle.
  static constexpr std::chrono::milliseconds kBusyMost{500};

  void begin(Clock::Monotonic now, Duration interval);
  // When to look.
  Clock::Monotonic due() const { return due_; }
  // At due() or later, with answers missing after another look: false, and due() is later, when
  // there is more to wait for. `busy`: the server waits for a processor.
  bool over(Clock::Monotonic now, bool busy);

 private:
  Clock::Monotonic asked_{};
  Clock::Monotonic due_{};
  Duration interval_{};
  bool excused_ = false;  // for being late; once a round
};

inline void Patience::begin(Clock::Monotonic now, Duration interval) {
  asked_ = now;
  due_ = now + interval;
  interval_ = interval;
  excused_ = false;
}

inline bool Patience::over(Clock::Monotonic now, bool busy) {
  const Duration late = now - due_;
  if (!excused_ && late >= kLate) {
    excused_ = true;
    due_ = now + std::min(late, interval_);
    return false;
  }
  if (!busy || now - asked_ >= interval_ + kBusyMost) return true;
  due_ = now + kBusyStep;
  return false;
}

}  // namespace dotmesh::anycast
