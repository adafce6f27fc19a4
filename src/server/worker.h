// Worker: one thread with its own sockets, memory and counters; it shares nothing with the others. Its
// loop serves clients, carries the resolver's questions to other servers, and keeps its timers.
//
// Its loop takes turns. A quiet worker sleeps in epoll until something arrives. When UDP queries come
// fast (server/pace.h) it stops asking epoll about them: it pauses for some microseconds, watching
// only TCP, and then reads the UDP sockets that have heat (they brought something in the last
// kPacedTurnsPerLook turns); once in as many turns it looks at all of them. Two epoll sets make this possible: `all_` holds the UDP sockets and `control_`, and
// `control_` holds everything else.
//
// open() and the destructor: the thread of Server. request_stop(), wake(), counters(): any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/batch_handler.h"
#include "server/counters.h"
#include "server/options.h"
#include "server/pace.h"
#include "server/sockets.h"
#include "server/tcp_service.h"
#include "server/udp_batch.h"
#include "server/upstream_sockets.h"

struct epoll_event;

namespace dotmesh {

class Worker {
 public:
  // No sleep is longer, so that `turns` shows life and a new generation is taken up when idle.
  static constexpr std::chrono::milliseconds kMaxSleep{1000};
  // Full batches taken from one socket before the others have their turn.
  static constexpr int kBatchesPerTurn = 4;
  // At most 16 pauses of 50 us: a socket that was quiet waits under a millisecond.
  static constexpr int kPacedTurnsPerLook = 16;
  // A worker too busy to pause looks after TCP this often: within 4 * 4 * 64 queries, some 5 ms.
  static constexpr int kPacedTurnsPerControl = 4;
  // One UDP batch in so many is timed: a clock call costs as much as a hundredth of a query, and batches may be
  // of one.
  static constexpr unsigned kBatchesPerTimed = 16;
  // Events taken from one epoll call; the rest come with the next.
  static constexpr int kMaxEvents = 64;

  // `clock` must outlive the worker.
  static Result<std::unique_ptr<Worker>> open(unsigned index, const ServerOptions& options,
                                              const Clock& clock, std::vector<UdpSocket> udp,
                                              std::vector<TcpListener> tcp);
  ~Worker();

  // Starts the thread. The factory is called in it.
  void start(const HandlerFactory& factory);
  void request_stop();
  void join();
  // Ends a sleep; the loop looks at the clock again.
  void wake();
  const WorkerCounters& counters() const { return counters_; }

 private:
  Worker(unsigned index, const ServerOptions& options, const Clock& clock);
  Result<void> set_up(std::vector<UdpSocket> udp, std::vector<TcpListener> tcp);
  void run(BatchHandler& handler);
  void begin_turn(BatchHandler& handler);
  void sleeping_turn(std::chrono::nanoseconds limit, BatchHandler& handler);
  void paced_turn(BatchHandler& handler);
  std::size_t serve_udp(UdpSocket& socket, BatchHandler& handler);
  std::size_t serve_batch(UdpSocket& socket, BatchHandler& handler);
  void serve_control(std::span<const epoll_event> events, BatchHandler& handler);
  void serve_timers(BatchHandler& handler);
  std::chrono::nanoseconds sleep_limit(const BatchHandler& handler) const;

  unsigned index_;
  const Clock& clock_;
  WorkerCounters counters_;
  Descriptor all_;
  Descriptor control_;
  Descriptor wake_;
  EventSource control_source_{EventSource::Kind::kControl};
  EventSource wake_source_{EventSource::Kind::kWake};
  std::vector<UdpSocket> udp_;          // not resized after set_up(): epoll points into it
  std::vector<TcpListener> listeners_;  // the same
  UdpBatch udp_batch_;
  std::unique_ptr<TcpService> tcp_;
  std::unique_ptr<UpstreamSockets> upstream_;
  TcpOptions tcp_options_;
  UpstreamOptions upstream_options_;
  Pace pace_;
  Clock::Monotonic last_read_{};
  int paced_turns_ = 0;
  unsigned batches_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace dotmesh
