// Engine: what the coroutines of one Resolver stand on: the time, exchanges with servers, timers, and
// jobs, by which several askers of one thing wait for one finding of it.
//
// A coroutine waits in four ways only: for an exchange (Exchange), for a job (Jobs, in jobs.h), for a while
// (Pause), for a Task that it called. Whatever wakes coroutines ends with settle(), which runs those that became ready
// and frees what ended; nothing is resumed from inside a coroutine.
// One thread: that of the Resolver.
#pragma once

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dns/message.h"
#include "dnssec/key_cache.h"
#include "resolver/budget.h"
#include "resolver/counters.h"
#include "resolver/local_zones.h"
#include "resolver/reach.h"
#include "resolver/settings.h"
#include "resolver/shared.h"
#include "resolver/time.h"
#include "resolver/timers.h"
#include "resolver/trace.h"
#include "resolver/upstream.h"

namespace dotmesh {

using std::chrono::nanoseconds;

// How an exchange ended.
enum class ExchangeEnd : std::uint8_t { kResponse, kMalformed, kSilence, kUnreachable, kClosed, kForged };

class Engine {
 public:
  Engine(ResolverShared& shared_state, Upstream& io) : shared(shared_state), upstream(io) {}

  // Awaitable: sends `query` and waits for its end, at the longest `patience`. When it ends in kResponse,
  // incoming() holds the response until the awaiting coroutine waits for anything else.
  class Exchange {
   public:
    Exchange(Engine& engine, UpstreamTransport transport, const SocketAddress& server,
             std::span<const std::uint8_t> query, nanoseconds patience);
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter);
    ExchangeEnd await_resume() const { return end_; }

   private:
    friend class Engine;
    void finish(ExchangeEnd end);
    void time_out();

    Engine& engine_;
    UpstreamTransport transport_;
    const SocketAddress& server_;
    std::span<const std::uint8_t> query_;
    nanoseconds patience_;
    std::coroutine_handle<> waiter_;
    ExchangeId id_ = 0;
    Timer timer_;
    ExchangeEnd end_ = ExchangeEnd::kSilence;
  };

  // Awaitable: lets `time` pass.
  class Pause {
   public:
    Pause(Engine& engine, nanoseconds time) : engine_(engine), time_(time) {}
    ~Pause() { engine_.timers.cancel(timer_); }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter) {
      waiter_ = waiter;
      engine_.timers.set(timer_, engine_.now.monotonic + time_, [](void* self) {
        auto& pause = *static_cast<Pause*>(self);
        pause.engine_.wake(pause.waiter_);
      }, this);
    }
    void await_resume() const {}

   private:
    Engine& engine_;
    nanoseconds time_;
    std::coroutine_handle<> waiter_;
    Timer timer_;
  };

  const Message& incoming() const { return incoming_; }

  // From outside.
  void on_response(ExchangeId id, std::span<const std::uint8_t> octets);
  void on_failure(ExchangeId id, UpstreamFailure failure);
  void on_time();

  // Resumes `waiter` in the next settle().
  void wake(std::coroutine_handle<> waiter) { ready_.push_back(waiter); }
  // Frees `what` when no coroutine is running.
  void bury(std::shared_ptr<void> what) { buried_.push_back(std::move(what)); }
  void settle();

  template <typename T>
  T random() {
    T value;
    upstream.random({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
    return value;
  }

  ResolverTime now;
  ResolverShared& shared;
  Upstream& upstream;
  Timers timers;
  Reach reach;
  KeyCache keys;
  ResolverCounters counters;
  const LocalZones* local_zones = nullptr;
  TraceSink* trace = nullptr;  // null with every worker

 private:
  // Where an exchange stands in exchanges_ is the lower half of its ID (exchange_place()).
  static constexpr unsigned kPlaceBits = 32;
  ExchangeId enter(Exchange* exchange);
  Exchange* find(ExchangeId id) const;
  void leave(ExchangeId id);

  std::vector<Exchange*> exchanges_;
  std::vector<std::uint32_t> free_places_;
  std::uint32_t entered_ = 0;
  Message incoming_;
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> running_;  // settle()'s, kept for its memory
  std::vector<std::shared_ptr<void>> buried_;
};

}  // namespace dotmesh
