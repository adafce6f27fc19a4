// The border between sockets and queries, one call for a batch: a transport fills Exchanges, the
// handler answers them in place, or keeps them for later and answers through the transport's
// ReplyKeeper. One virtual call a batch, so the transports are ordinary code and tests can put an echo
// behind them. The handler is also who asks upstream servers (server/upstream_sockets.h) and is told
// what they say.
//
// A BatchHandler belongs to one worker thread. Everything in an Exchange is borrowed for the call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "base/clock.h"
#include "query/handler.h"
#include "query/later.h"
#include "resolver/upstream.h"

namespace dotmesh {

struct Exchange;

// A transport's memory of the clients whose answers come later.
class ReplyKeeper : public LaterReplies {
 public:
  // Remembers whose message `exchange` is, one of the batch that is being answered. None: no room.
  virtual std::optional<ReplyTicket> keep(const Exchange& exchange) = 0;
};

// One message and the place for its response.
struct Exchange {
  std::span<const std::uint8_t> query;
  ClientInfo client;
  std::span<std::uint8_t> out;
  ReplyKeeper* keeper = nullptr;  // null: this transport cannot answer later
  std::size_t response_size = 0;  // set by the handler, at most out.size(); 0: no response now
  bool later = false;             // set by the handler: the keeper has a ticket for it
};

class BatchHandler {
 public:
  // Enough to spread the cost of a system call over many messages; more gains little and adds delay
  // for the first of the batch (docs/adr/0008).
  static constexpr std::size_t kMaxBatch = 64;

  virtual ~BatchHandler() = default;
  // Between batches: move to the newest generation; tells the time for what follows.
  virtual void refresh(Clock::Monotonic now) = 0;
  // Sets response_size and later of each; at most kMaxBatch exchanges.
  virtual void answer(std::span<Exchange> batch) = 0;

  // What became of an exchange with an upstream server, each exactly once (resolver/upstream.h).
  virtual void on_response(ExchangeId /*id*/, std::span<const std::uint8_t> /*message*/) {}
  virtual void on_failure(ExchangeId /*id*/, UpstreamFailure /*failure*/) {}
  // When on_time() wants to be called; none: nothing waits.
  virtual std::optional<Clock::Monotonic> next_timer() const { return std::nullopt; }
  virtual void on_time() {}
};

// Makes the handler of worker number `worker`; called in that worker's thread. `upstream` is that
// worker's way to other servers and outlives the handler.
using HandlerFactory = std::function<std::unique_ptr<BatchHandler>(unsigned worker, Upstream& upstream)>;

// A handler of steps (see query/handler.h) as a BatchHandler: each step for the whole batch before the
// next, so that its memory accesses overlap.
template <typename Handler>
class SteppedHandler final : public BatchHandler {
 public:
  template <typename... Arguments>
  explicit SteppedHandler(Arguments&&... arguments)
      : handler_(std::forward<Arguments>(arguments)...) {}

  void refresh(Clock::Monotonic now) override { handler_.refresh(now); }

  void answer(std::span<Exchange> batch) override {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      wanted_[i] = handler_.begin(slots_[i], batch[i].query, batch[i].client);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (wanted_[i]) handler_.fetch(slots_[i]);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      std::size_t size = wanted_[i] ? handler_.finish(slots_[i], batch[i].query, batch[i].out) : 0;
      batch[i].later = false;
      if (size == kAnswerLater) [[unlikely]] size = keep_for_later(slots_[i], batch[i]);
      batch[i].response_size = size;
    }
  }

  void on_response(ExchangeId id, std::span<const std::uint8_t> message) override {
    handler_.on_response(id, message);
  }
  void on_failure(ExchangeId id, UpstreamFailure failure) override { handler_.on_failure(id, failure); }
  std::optional<Clock::Monotonic> next_timer() const override { return handler_.next_timer(); }
  void on_time() override { handler_.on_time(); }

  Handler& handler() { return handler_; }

 private:
  // The size of a response now, if the transport has no place for a client that waits.
  std::size_t keep_for_later(typename Handler::Slot& slot, Exchange& exchange) {
    auto ticket = exchange.keeper != nullptr ? exchange.keeper->keep(exchange) : std::nullopt;
    if (!ticket) return handler_.refuse_to_wait(slot, exchange.query, exchange.out);
    handler_.wait(slot, ReplyPlace{exchange.keeper, *ticket});
    exchange.later = true;
    return 0;
  }

  Handler handler_;
  std::array<typename Handler::Slot, kMaxBatch> slots_;
  std::array<bool, kMaxBatch> wanted_{};
};

}  // namespace dotmesh
