// Link: the server's side of the watcher process (watcher.h): starts it, tells it what to watch and
// that the workers turn, and keeps what it reports.
//
// start() may be called once, before privileges are given up: the watcher keeps those that it
// needs. When the watcher's keeper dies the server goes on, says so in status(), and tries to start
// another, which works only where the server itself still may (no [node] user). All other members:
// any thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "anycast/intent.h"
#include "anycast/status.h"
#include "anycast/worker_loops.h"
#include "base/result.h"
#include "server/descriptor.h"

namespace dotmesh::anycast {

class Link {
 public:
  // `program` understands `anycast-watch`; the daemon passes "/proc/self/exe".
  Link(std::string program, Settings settings);
  // Ends the thread. The watcher ends when it sees the link closed.
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Starts the watcher process.
  Result<void> open();
  // `turns`: how often each worker's loop has turned; asked every probe interval, in the link's own
  // thread, and wakes them, so that one that hangs shows at the next.
  void start(std::function<std::vector<std::uint64_t>()> turns);

  void set_services(std::vector<Service> services);
  void set_drained(bool drained);
  bool drained() const;
  Status status() const;
  // Until the watcher says that nothing is announced any more, at most `limit`. True: so it is.
  bool wait_withdrawn(std::chrono::milliseconds limit);

 private:
  void run();
  void take_message();
  void lost();
  void send_intent();
  void show_workers(std::size_t workers);
  void beat();

  const std::string program_;
  Descriptor socket_;  // of the thread once it runs
  pid_t keeper_ = -1;  // the same
  std::function<std::vector<std::uint64_t>()> turns_;
  std::vector<Descriptor> worker_states_;  // of the thread
  WorkerLoops loops_{processor_tick()};    // the same
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Intent intent_;
  Status status_;
  std::chrono::steady_clock::time_point heard_{};
  Descriptor address_interface_;  // held so that addresses outlive a watcher
  std::string fault_;
  bool lost_ = false;  // the first keeper is gone
  bool resend_ = false;
  bool stopping_ = false;
  bool running_ = false;
  bool own_table_ = false;
  Descriptor wake_;
  std::thread thread_;
};

}  // namespace dotmesh::anycast
