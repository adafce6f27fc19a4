// Pace: whether a worker waits before it reads again, so that a batch grows.
//
// A woken worker usually finds a few queries while the next are microseconds away; each small batch
// pays for a wake-up and two system calls. When queries come fast, waiting max_pause before the next
// read answers the same queries with far less work (as network cards do, "interrupt moderation").
// When they come slowly nothing is won, and nothing is waited. Pure arithmetic; owning thread only.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace dotmesh {

class Pace {
 public:
  // The rate is taken over windows of this length: short against a person's patience, long against
  // the gaps between queries.
  static constexpr std::chrono::milliseconds kWindow{2};
  // A pause aims at this many queries: beyond, a larger batch saves little more.
  static constexpr std::uint32_t kAim = 32;
  // A shorter sleep costs more than it saves.
  static constexpr std::chrono::microseconds kShortest{5};

  // Paces above `above_per_second` queries (0: never), and never waits longer than `max_pause`.
  Pace(std::uint32_t above_per_second, std::chrono::microseconds max_pause)
      : above_per_second_(above_per_second), max_pause_(max_pause) {}

  // After each read: how many queries it brought (0 counts as well), and the time.
  void note(std::size_t received, Clock::Monotonic now) {
    in_window_ += received;
    auto length = now - window_start_;
    if (length < kWindow) return;
    auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(length).count();
    per_second_ = in_window_ * 1'000'000'000 / static_cast<std::uint64_t>(nanoseconds);
    window_start_ = now;
    in_window_ = 0;
  }

  // Queries come fast enough to wait for several.
  bool busy() const { return above_per_second_ != 0 && per_second_ >= above_per_second_; }

  // How long to wait before the next read, when the last began `since_read` ago.
  std::chrono::nanoseconds pause(std::chrono::nanoseconds since_read) const {
    if (!busy()) return {};
    std::chrono::nanoseconds to_aim{std::uint64_t{kAim} * 1'000'000'000 / per_second_};
    auto pause = std::min(to_aim - since_read, max_pause_);
    return pause >= kShortest ? pause : std::chrono::nanoseconds{};
  }

  std::uint64_t per_second() const { return per_second_; }

 private:
  std::uint32_t above_per_second_;
  std::chrono::nanoseconds max_pause_;
  Clock::Monotonic window_start_{};
  std::uint64_t in_window_ = 0;
  std::uint64_t per_second_ = 0;
};

}  // namespace dotmesh
