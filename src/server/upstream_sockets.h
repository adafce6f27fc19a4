// UpstreamSockets: the daemon's Upstream (resolver/upstream.h), one per worker, in its event loop.
// UDP and TCP are in files of their own; this puts them together.
//
// Owning thread only. The times come from the worker, one a turn.
#pragma once

#include <cstdint>
#include <span>

#include "base/clock.h"
#include "resolver/upstream.h"
#include "server/batch_handler.h"
#include "server/counters.h"
#include "server/options.h"
#include "server/upstream_events.h"
#include "server/upstream_random.h"
#include "server/upstream_tcp.h"
#include "server/upstream_udp.h"

namespace dotmesh {

class UpstreamSockets final : public Upstream {
 public:
  // Sockets are registered with `epoll`, which like `counters` must outlive this.
  UpstreamSockets(const UpstreamOptions& options, UpstreamCounters& counters, int epoll);

  void send(ExchangeId id, UpstreamTransport transport, const SocketAddress& server,
            std::span<const std::uint8_t> query) override;
  void forget(ExchangeId id) override;
  void random(std::span<std::uint8_t> octets) override { random_.fill(octets); }

  void begin_turn(Clock::Monotonic now) { now_ = now; }
  // An event of a source of kind kUpstreamUdp or kUpstreamTcp.
  void on_event(EventSource& source, std::uint32_t events, BatchHandler& handler);
  // Reports failures, closes what is old, frees what was closed.
  void end_turn(BatchHandler& handler);
  // Failures wait for the next end_turn(): do not sleep.
  bool has_failures() const { return !failures_.empty(); }

 private:
  UpstreamCounters& counters_;
  RandomPool random_;
  UpstreamFailures failures_;
  UpstreamUdp udp_;
  UpstreamTcp tcp_;
  Clock::Monotonic now_{};
  Clock::Monotonic swept_{};
};

}  // namespace dotmesh
