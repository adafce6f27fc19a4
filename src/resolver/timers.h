// Timers: what must happen at a later instant unless something comes before. A Timer lives in whoever waits, so
// that to set and to cancel one needs no memory; Timers is a binary heap of pointers to those that are set.
// One thread: that of the Resolver.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace dotmesh {

class Timers;

// Cancelled when it ends. Its Timers must outlive it.
class Timer {
 public:
  using Act = void (*)(void* owner);

  Timer() = default;
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  bool is_set() const { return place_ != kNowhere; }

 private:
  friend class Timers;
  static constexpr std::size_t kNowhere = ~std::size_t{0};

  std::chrono::nanoseconds when_{};
  std::size_t place_ = kNowhere;  // in the heap
  Timers* timers_ = nullptr;      // where it was set last
  Act act_ = nullptr;
  void* owner_ = nullptr;
};

class Timers {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  // `act(owner)` is called by run_one() at or after `when`. The timer must not be set.
  void set(Timer& timer, nanoseconds when, Timer::Act act, void* owner);
  // Nothing happens if it is not set.
  void cancel(Timer& timer);
  // Runs one timer that is due, which may set and cancel others, itself too; false: none is.
  bool run_one(nanoseconds now);
  std::optional<nanoseconds> next() const {
    return heap_.empty() ? std::nullopt : std::optional(heap_.front()->when_);
  }

 private:
  void put(std::size_t place, Timer* timer) {
    heap_[place] = timer;
    timer->place_ = place;
  }
  void rise(std::size_t place, Timer* timer);
  void sink(std::size_t place, Timer* timer);

  std::vector<Timer*> heap_;  // each not later than the two at 2i + 1 and 2i + 2
};

inline Timer::~Timer() {
  if (is_set()) timers_->cancel(*this);
}

}  // namespace dotmesh
