// WorkerLoops: which of the server's workers hang, out of how often their loops have turned and
// what the kernel says of their threads. Each is woken after a look, so one that has not turned at
// the next one hangs, unless it only waits for a processor (worker_threads.h), for which it has
// kBusyMost. Pure: time is given. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "anycast/patience.h"
#include "anycast/worker_threads.h"
#include "base/clock.h"

namespace dotmesh::anycast {

class WorkerLoops {
 public:
  // `tick`: of processor time.
  explicit WorkerLoops(Clock::Monotonic::duration tick) : tick_(tick) {}

  // How many hang. `states`: as many as `turns`, or none when they are not known.
  unsigned look(std::span<const std::uint64_t> turns, std::span<const ThreadState> states,
                Clock::Monotonic now);

 private:
  struct Seen {
    std::uint64_t turns = 0;
    std::uint64_t ticks = 0;
    Clock::Monotonic at{};  // when it had turned last
  };

  Clock::Monotonic::duration tick_;
  std::vector<Seen> seen_;
};

inline unsigned WorkerLoops::look(std::span<const std::uint64_t> turns,
                                  std::span<const ThreadState> states, Clock::Monotonic now) {
  seen_.resize(turns.size());
  unsigned stuck = 0;
  for (std::size_t i = 0; i < turns.size(); i++) {
    const ThreadState state = i < states.size() ? states[i] : ThreadState{};
    Seen& seen = seen_[i];
    if (seen.at == Clock::Monotonic{} || turns[i] != seen.turns) {
      seen = {turns[i], state.ticks, now};
      continue;
    }
    const auto still = now - seen.at;
    if (!waits_for_processor(state, state.ticks - seen.ticks, tick_, still) ||
        still >= Patience::kBusyMost)
      stuck++;
  }
  return stuck;
}

}  // namespace dotmesh::anycast
