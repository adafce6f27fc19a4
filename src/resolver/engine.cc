#include "resolver/engine.h"

namespace dotmesh {

bool Timers::run_one(nanoseconds now) {
  if (timers_.empty() || timers_.begin()->first > now) return false;
  auto act = std::move(timers_.begin()->second);
  timers_.erase(timers_.begin());
  act();
  return true;
}

Engine::Exchange::Exchange(Engine& engine, UpstreamTransport transport, const SocketAddress& server,
                           std::span<const std::uint8_t> query, nanoseconds patience)
    : engine_(engine), transport_(transport), server_(server), query_(query), patience_(patience) {}

Engine::Exchange::~Exchange() {
  if (id_ == 0) return;
  engine_.reach.end(server_);
  engine_.timers.cancel(timer_);
  engine_.exchanges_.erase(id_);
  engine_.upstream.forget(id_);
}

void Engine::Exchange::await_suspend(std::coroutine_handle<> waiter) {
  waiter_ = waiter;
  id_ = ++engine_.last_id_;
  engine_.exchanges_.emplace(id_, this);
  timer_ = engine_.timers.set(engine_.now.monotonic + patience_, [this] {
    const ExchangeId id = id_;
    id_ = 0;
    end_ = ExchangeEnd::kSilence;
    engine_.reach.end(server_);
    engine_.exchanges_.erase(id);
    engine_.upstream.forget(id);
    engine_.wake(waiter_);
  });
  engine_.reach.begin(server_);
  engine_.upstream.send(id_, transport_, server_, query_);
}

void Engine::Exchange::finish(ExchangeEnd end) {
  engine_.reach.end(server_);
  if (end == ExchangeEnd::kUnreachable) {
    engine_.reach.unreachable(server_, engine_.now.monotonic);
  } else {
    engine_.reach.reached(server_);
  }
  engine_.exchanges_.erase(id_);
  engine_.timers.cancel(timer_);
  id_ = 0;
  end_ = end;
  engine_.wake(waiter_);
}

void Engine::on_response(ExchangeId id, std::span<const std::uint8_t> octets) {
  auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  bool good = incoming_.parse(octets) && incoming_.is_response();
  // A response cut by a sender that sets TC and stops in the middle of a record is still a "come by TCP".
  if (!good && incoming_.has_header() && incoming_.is_response() && incoming_.truncated()) good = true;
  found->second->finish(good ? ExchangeEnd::kResponse : ExchangeEnd::kMalformed);
  settle();
}

void Engine::on_failure(ExchangeId id, UpstreamFailure failure) {
  auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  ExchangeEnd end = ExchangeEnd::kUnreachable;
  if (failure == UpstreamFailure::kClosed) end = ExchangeEnd::kClosed;
  if (failure == UpstreamFailure::kForged) end = ExchangeEnd::kForged;
  found->second->finish(end);
  settle();
}

void Engine::on_time() {
  while (timers.run_one(now.monotonic)) settle();
}

void Engine::settle() {
  while (!ready_.empty()) {
    std::vector<std::coroutine_handle<>> batch;
    batch.swap(ready_);
    for (auto waiter : batch) waiter.resume();
  }
  buried_.clear();
}

}  // namespace dotmesh
