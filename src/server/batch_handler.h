// The border between sockets and queries, one call for a batch: a transport fills Exchanges, the
// handler answers them in place. One virtual call a batch, so the transports are ordinary code and
// tests can put an echo behind them.
//
// A BatchHandler belongs to one worker thread. Everything in an Exchange is borrowed for the call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "query/handler.h"

namespace dotmesh {

// One message and the place for its response.
struct Exchange {
  std::span<const std::uint8_t> query;
  ClientInfo client;
  std::span<std::uint8_t> out;
  std::size_t response_size = 0;  // set by the handler, at most out.size(); 0: no response
};

class BatchHandler {
 public:
  // Enough to spread the cost of a system call over many messages; more gains little and adds delay
  // for the first of the batch (docs/adr/0008).
  static constexpr std::size_t kMaxBatch = 64;

  virtual ~BatchHandler() = default;
  // Between batches: move to the newest generation.
  virtual void refresh() = 0;
  // Sets response_size of each; at most kMaxBatch exchanges.
  virtual void answer(std::span<Exchange> batch) = 0;
};

// Makes the handler of worker number `worker`; called in that worker's thread.
using HandlerFactory = std::function<std::unique_ptr<BatchHandler>(unsigned worker)>;

// A handler of steps (see query/handler.h) as a BatchHandler: each step for the whole batch before the
// next, so that its memory accesses overlap.
template <typename Handler>
class SteppedHandler final : public BatchHandler {
 public:
  template <typename... Arguments>
  explicit SteppedHandler(Arguments&&... arguments)
      : handler_(std::forward<Arguments>(arguments)...) {}

  void refresh() override { handler_.refresh(); }

  void answer(std::span<Exchange> batch) override {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      wanted_[i] = handler_.begin(slots_[i], batch[i].query, batch[i].client);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (wanted_[i]) handler_.fetch(slots_[i]);
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      batch[i].response_size =
          wanted_[i] ? handler_.finish(slots_[i], batch[i].query, batch[i].out) : 0;
    }
  }

  Handler& handler() { return handler_; }

 private:
  Handler handler_;
  std::array<typename Handler::Slot, kMaxBatch> slots_;
  std::array<bool, kMaxBatch> wanted_{};
};

}  // namespace dotmesh
