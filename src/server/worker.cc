#include "server/worker.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace dotmesh {
namespace {

using std::chrono::nanoseconds;

// Waits for events, at most `limit`, to the nanosecond where the kernel can.
std::span<const epoll_event> wait(const Descriptor& epoll, std::span<epoll_event> events,
                                  nanoseconds limit) {
  timespec time{.tv_sec = static_cast<time_t>(limit.count() / 1'000'000'000),
                .tv_nsec = static_cast<long>(limit.count() % 1'000'000'000)};
  int n = ::epoll_pwait2(epoll.get(), events.data(), static_cast<int>(events.size()), &time, nullptr);
  if (n < 0 && errno == ENOSYS) {  // Linux before 5.11, under a container perhaps; Valgrind
    auto whole = std::chrono::ceil<std::chrono::milliseconds>(limit);
    n = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), static_cast<int>(whole.count()));
  }
  return events.first(n > 0 ? static_cast<std::size_t>(n) : 0);
}

Result<void> add_source(const Descriptor& epoll, int fd, EventSource& source) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = &source}};
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    return fail(fmt::format("cannot watch a socket: {}", std::strerror(errno)));
  }
  return {};
}

EventSource& source_of(const epoll_event& event) {
  return *static_cast<EventSource*>(event.data.ptr);
}

void name_this_thread(unsigned index) {
  // At most 15 characters (pthread_setname_np(3)).
  ::pthread_setname_np(::pthread_self(), fmt::format("worker-{}", index).substr(0, 15).c_str());
}

}  // namespace

Worker::Worker(unsigned index, const ServerOptions& options, const Clock& clock)
    : index_(index),
      clock_(clock),
      udp_batch_(counters_),
      tcp_options_(options.tcp),
      upstream_options_(options.upstream),
      pace_(options.udp.pace_above_per_second, options.udp.max_pause) {}

Worker::~Worker() {
  request_stop();
  join();
}

Result<std::unique_ptr<Worker>> Worker::open(unsigned index, const ServerOptions& options,
                                             const Clock& clock, std::vector<UdpSocket> udp,
                                             std::vector<TcpListener> tcp) {
  std::unique_ptr<Worker> worker(new Worker(index, options, clock));
  if (auto done = worker->set_up(std::move(udp), std::move(tcp)); !done) {
    return std::unexpected(done.error());
  }
  return worker;
}

Result<void> Worker::set_up(std::vector<UdpSocket> udp, std::vector<TcpListener> tcp) {
  all_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  control_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!all_.valid() || !control_.valid() || !wake_.valid()) {
    return fail(fmt::format("cannot create a worker's event loop: {}", std::strerror(errno)));
  }
  if (auto added = add_source(all_, control_.get(), control_source_); !added) return added;
  if (auto added = add_source(control_, wake_.get(), wake_source_); !added) return added;
  udp_ = std::move(udp);
  for (UdpSocket& socket : udp_) {
    if (auto added = add_source(all_, socket.descriptor.get(), socket); !added) return added;
  }
  listeners_ = std::move(tcp);
  tcp_ = std::make_unique<TcpService>(tcp_options_, counters_, control_.get());
  upstream_ = std::make_unique<UpstreamSockets>(upstream_options_, counters_.upstream, control_.get());
  for (TcpListener& listener : listeners_) {
    if (!tcp_->watch(listener)) {
      return fail(fmt::format("cannot watch a listening socket: {}", std::strerror(errno)));
    }
  }
  return {};
}

void Worker::start(const HandlerFactory& factory) {
  thread_ = std::thread([this, factory] {
    // Signals are for the main thread; timers of microseconds must not be rounded up by 50.
    sigset_t every;
    sigfillset(&every);
    ::pthread_sigmask(SIG_BLOCK, &every, nullptr);
    ::prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    name_this_thread(index_);
    std::unique_ptr<BatchHandler> handler = factory(index_, *upstream_);
    run(*handler);
  });
}

void Worker::request_stop() {
  stop_.store(true, std::memory_order_relaxed);
  wake();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::wake() {
  std::uint64_t one = 1;
  if (wake_.valid() && ::write(wake_.get(), &one, sizeof one) < 0) {
    // The counter is full: the worker is awake already.
  }
}

void Worker::run(BatchHandler& handler) {
  while (!stop_.load(std::memory_order_relaxed)) {
    if (pace_.busy() && ++paced_turns_ % kPacedTurnsPerLook != 0) {
      paced_turn(handler);
    } else {
      sleeping_turn(pace_.busy() ? nanoseconds{} : sleep_limit(handler), handler);
    }
    counters_.turns.add();
  }
  tcp_->close_all();
}

void Worker::sleeping_turn(nanoseconds limit, BatchHandler& handler) {
  std::array<epoll_event, kMaxEvents> events;
  auto ready = wait(all_, events, limit);
  begin_turn(handler);
  bool control = tcp_->has_ready() || ready.empty();
  std::size_t received = 0;
  for (const epoll_event& event : ready) {
    EventSource& source = source_of(event);
    if (source.kind == EventSource::Kind::kUdp) {
      received += serve_udp(static_cast<UdpSocket&>(source), handler);
    } else {
      control = true;
    }
  }
  pace_.note(received, last_read_);
  if (control) serve_control(wait(control_, events, {}), handler);
  serve_timers(handler);
}

void Worker::paced_turn(BatchHandler& handler) {
  std::array<epoll_event, kMaxEvents> events;
  auto ready = std::span<const epoll_event>();
  nanoseconds pause = tcp_->has_ready() ? nanoseconds{} : pace_.pause(clock_.monotonic() - last_read_);
  if (pause.count() > 0) {
    counters_.pauses.add();
    ready = wait(control_, events, pause);
  } else if (paced_turns_ % kPacedTurnsPerControl == 0) {
    ready = wait(control_, events, {});
  }
  begin_turn(handler);
  std::size_t received = 0;
  for (UdpSocket& socket : udp_) {
    if (socket.heat > 0) received += serve_udp(socket, handler);
  }
  pace_.note(received, last_read_);
  if (!ready.empty() || tcp_->has_ready()) serve_control(ready, handler);
  serve_timers(handler);
}

std::size_t Worker::serve_udp(UdpSocket& socket, BatchHandler& handler) {
  std::size_t all = 0;
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    std::size_t received = serve_batch(socket, handler);
    all += received;
    if (received < BatchHandler::kMaxBatch) break;
  }
  socket.heat = all > 0 ? kPacedTurnsPerLook : socket.heat - 1;
  return all;
}

std::size_t Worker::serve_batch(UdpSocket& socket, BatchHandler& handler) {
  if (++batches_ % kBatchesPerTimed != 0) return udp_batch_.serve(socket, handler, last_read_);
  const std::uint64_t before = counters_.udp.answered.value();
  const std::size_t received = udp_batch_.serve(socket, handler, last_read_);
  const std::uint64_t answered = counters_.udp.answered.value() - before;
  if (answered != 0) counters_.answered_in.add(clock_.monotonic() - last_read_, answered);
  return received;
}

void Worker::begin_turn(BatchHandler& handler) {
  last_read_ = clock_.monotonic();
  handler.refresh(last_read_);
  upstream_->begin_turn(last_read_);
}

// The resolver's timers, failures of its questions, and what both brought about.
void Worker::serve_timers(BatchHandler& handler) {
  if (auto timer = handler.next_timer(); timer && *timer <= last_read_) handler.on_time();
  upstream_->end_turn(handler);
  udp_batch_.flush();
}

void Worker::serve_control(std::span<const epoll_event> events, BatchHandler& handler) {
  tcp_->begin_turn(last_read_);
  for (const epoll_event& event : events) {
    EventSource& source = source_of(event);
    switch (source.kind) {
      case EventSource::Kind::kListener:
        tcp_->accept(static_cast<TcpListener&>(source), handler);
        break;
      case EventSource::Kind::kConnection:
        tcp_->on_event(static_cast<TcpConnection&>(source), event.events, handler);
        break;
      case EventSource::Kind::kUpstreamUdp:
      case EventSource::Kind::kUpstreamTcp:
        upstream_->on_event(source, event.events, handler);
        break;
      case EventSource::Kind::kWake: {
        std::uint64_t count;
        if (::read(wake_.get(), &count, sizeof count) < 0) break;  // spurious: nothing to clear
        break;
      }
      case EventSource::Kind::kControl:
      case EventSource::Kind::kUdp:
        break;
    }
  }
  tcp_->serve_ready(handler);
  tcp_->end_turn();
}

nanoseconds Worker::sleep_limit(const BatchHandler& handler) const {
  if (tcp_->has_ready() || upstream_->has_failures()) return {};
  auto limit = std::chrono::duration_cast<nanoseconds>(kMaxSleep);
  if (auto deadline = tcp_->next_deadline()) {
    limit = std::clamp<nanoseconds>(*deadline - clock_.monotonic(), nanoseconds{}, limit);
  }
  if (auto timer = handler.next_timer()) {
    limit = std::clamp<nanoseconds>(*timer - clock_.monotonic(), nanoseconds{}, limit);
  }
  return limit;
}

}  // namespace dotmesh
