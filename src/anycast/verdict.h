// Verdict: whether a service address is well, out of the results of its probe rounds, without
// flapping.
//
// Down after `down_after` bad rounds in a row. Up after `up_after` good rounds in a row that last
// at least the hold-down; there is none the first time. The hold-down starts at `hold_down` and
// doubles, up to `hold_down_most`, each time the address fails within kForgetFactor hold-downs of
// coming up; one that stays well for longer starts afresh. Pure: time is given. One thread.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace dotmesh::anycast {

struct VerdictSettings {
  unsigned down_after = 2;
  unsigned up_after = 3;
  std::chrono::milliseconds hold_down{2000};
  std::chrono::milliseconds hold_down_most{120'000};
};

class Verdict {
 public:
  static constexpr int kForgetFactor = 10;

  explicit Verdict(const VerdictSettings& settings) : settings_(settings) {}

  // The result of one round.
  void note(bool good, Clock::Monotonic now);
  // It was not asked for a while: down until there are good rounds again, which is no failure.
  void ask_again() {
    up_ = false;
    good_in_row_ = 0;
  }

  bool up() const { return up_; }
  bool was_up() const { return was_up_; }
  // Well, and only waiting for the hold-down to pass.
  bool waiting() const { return !up_ && good_in_row_ >= settings_.up_after; }
  // What the next return costs, or this one.
  std::chrono::milliseconds hold_down() const { return hold_; }

 private:
  void go_down(Clock::Monotonic now);

  VerdictSettings settings_;
  bool up_ = false;
  bool was_up_ = false;
  unsigned good_in_row_ = 0;
  unsigned bad_in_row_ = 0;
  Clock::Monotonic good_since_{};
  Clock::Monotonic up_since_{};
  std::chrono::milliseconds hold_{0};
};

inline void Verdict::go_down(Clock::Monotonic now) {
  const bool soon = hold_.count() > 0 && now - up_since_ < kForgetFactor * hold_;
  hold_ = std::min(soon ? 2 * hold_ : settings_.hold_down, settings_.hold_down_most);
  up_ = false;
}

inline void Verdict::note(bool good, Clock::Monotonic now) {
  if (!good) {
    good_in_row_ = 0;
    bad_in_row_ = std::min(bad_in_row_ + 1, settings_.down_after);
    if (up_ && bad_in_row_ >= settings_.down_after) go_down(now);
    return;
  }
  bad_in_row_ = 0;
  if (good_in_row_ == 0) good_since_ = now;
  good_in_row_ = std::min(good_in_row_ + 1, settings_.up_after);
  if (up_ || good_in_row_ < settings_.up_after || now - good_since_ < hold_) return;
  up_ = was_up_ = true;
  up_since_ = now;
}

}  // namespace dotmesh::anycast
