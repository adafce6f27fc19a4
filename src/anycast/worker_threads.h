// WorkerThreads: whether some of the server's workers wait for a processor, or for the disk,
// instead of hanging. The kernel knows: each thread's state and the processor time that it has had
// (proc_pid_stat(5)).
//
// The server opens the files and sends them with the link's intents: with a /proc that hides other
// processes nobody else could (ProtectProc= in the unit). One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "server/descriptor.h"

namespace dotmesh::anycast {

// As many as a message of the link carries with ease (SCM_MAX_FD is 253).
inline constexpr std::size_t kMaxThreadsShown = 64;

struct ThreadState {
  char state = 0;  // 'R' runs or would run, 'D' waits for the disk, 'S' sleeps, 'T' is stopped
  std::uint64_t ticks = 0;  // of processor time
};

// Out of /proc/PID/task/TID/stat.
std::optional<ThreadState> read_thread_state(std::string_view stat);

// Whether a thread in this state, with so many ticks in `time`, waits for a processor or the disk:
// it would run, and has had less than half of the time.
bool waits_for_processor(const ThreadState& now, std::uint64_t ticks,
                         Clock::Monotonic::duration tick, Clock::Monotonic::duration time);

// The state files of this process's first kMaxThreadsShown workers, in order; fewer while the
// others have not begun.
std::vector<Descriptor> open_worker_states();
std::vector<ThreadState> read_thread_states(const std::vector<Descriptor>& files);
// Of processor time, as the kernel counts it here.
Clock::Monotonic::duration processor_tick();

class WorkerThreads {
 public:
  // Calls further apart than this begin anew.
  static constexpr std::chrono::milliseconds kTogether{50};

  // `tick`: of processor time.
  explicit WorkerThreads(Clock::Monotonic::duration tick) : tick_(tick) {}

  void take(std::vector<Descriptor> files) {
    files_ = std::move(files);
    began_ = {};
  }
  bool wait_for_processor(Clock::Monotonic now) { return wait(read_thread_states(files_), now); }
  // Some thread waits for a processor, since the first of the calls that came together. The first
  // believes what it sees.
  bool wait(std::vector<ThreadState> states, Clock::Monotonic now);

 private:
  Clock::Monotonic::duration tick_;
  std::vector<Descriptor> files_;
  std::vector<ThreadState> first_;
  Clock::Monotonic began_{};
  Clock::Monotonic last_{};
};

}  // namespace dotmesh::anycast
