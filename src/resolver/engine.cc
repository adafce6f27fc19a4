#include "resolver/engine.h"

namespace dotmesh {

Engine::Exchange::Exchange(Engine& engine, UpstreamTransport transport, const SocketAddress& server,
                           std::span<const std::uint8_t> query, nanoseconds patience)
    : engine_(engine), transport_(transport), server_(server), query_(query), patience_(patience) {}

Engine::Exchange::~Exchange() {
  if (id_ == 0) return;
  engine_.reach.end(server_);
  engine_.timers.cancel(timer_);
  engine_.leave(id_);
  engine_.upstream.forget(id_);
}

void Engine::Exchange::await_suspend(std::coroutine_handle<> waiter) {
  waiter_ = waiter;
  id_ = engine_.enter(this);
  engine_.timers.set(timer_, engine_.now.monotonic + patience_,
                     [](void* self) { static_cast<Exchange*>(self)->time_out(); }, this);
  engine_.reach.begin(server_);
  engine_.upstream.send(id_, transport_, server_, query_);
}

void Engine::Exchange::time_out() {
  const ExchangeId id = id_;
  id_ = 0;
  end_ = ExchangeEnd::kSilence;
  engine_.reach.end(server_);
  engine_.leave(id);
  engine_.upstream.forget(id);
  engine_.wake(waiter_);
}

void Engine::Exchange::finish(ExchangeEnd end) {
  engine_.reach.end(server_);
  if (end == ExchangeEnd::kUnreachable) {
    engine_.reach.unreachable(server_, engine_.now.monotonic);
  } else {
    engine_.reach.reached(server_);
  }
  engine_.leave(id_);
  engine_.timers.cancel(timer_);
  id_ = 0;
  end_ = end;
  engine_.wake(waiter_);
}

ExchangeId Engine::enter(Exchange* exchange) {
  if (free_places_.empty()) {
    free_places_.push_back(static_cast<std::uint32_t>(exchanges_.size()));
    exchanges_.push_back(nullptr);
  }
  const std::uint32_t place = free_places_.back();
  free_places_.pop_back();
  exchanges_[place] = exchange;
  if (++entered_ == 0) entered_ = 1;  // an ID is never 0
  return ExchangeId{entered_} << kPlaceBits | place;
}

Engine::Exchange* Engine::find(ExchangeId id) const {
  const std::size_t place = exchange_place(id);
  if (place >= exchanges_.size()) return nullptr;
  Exchange* exchange = exchanges_[place];
  return exchange != nullptr && exchange->id_ == id ? exchange : nullptr;
}

void Engine::leave(ExchangeId id) {
  exchanges_[exchange_place(id)] = nullptr;
  free_places_.push_back(static_cast<std::uint32_t>(exchange_place(id)));
}

void Engine::on_response(ExchangeId id, std::span<const std::uint8_t> octets) {
  Exchange* found = find(id);
  if (found == nullptr) return;
  bool good = incoming_.parse(octets) && incoming_.is_response();
  // A response cut by a sender that sets TC and stops in the middle of a record is still a "come by TCP".
  if (!good && incoming_.has_header() && incoming_.is_response() && incoming_.truncated()) good = true;
  found->finish(good ? ExchangeEnd::kResponse : ExchangeEnd::kMalformed);
  settle();
}

void Engine::on_failure(ExchangeId id, UpstreamFailure failure) {
  Exchange* found = find(id);
  if (found == nullptr) return;
  ExchangeEnd end = ExchangeEnd::kUnreachable;
  if (failure == UpstreamFailure::kClosed) end = ExchangeEnd::kClosed;
  if (failure == UpstreamFailure::kForged) end = ExchangeEnd::kForged;
  found->finish(end);
  settle();
}

void Engine::on_time() {
  while (timers.run_one(now.monotonic)) settle();
}

void Engine::settle() {
  while (!ready_.empty()) {
    running_.swap(ready_);
    for (auto waiter : running_) waiter.resume();
    running_.clear();
  }
  buried_.clear();
}

}  // namespace dotmesh
