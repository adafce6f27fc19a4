#include "server/upstream_sockets.h"

namespace dotmesh {
namespace {

constexpr std::chrono::seconds kSweep{1};
// Reported in one turn: each may make the core ask, and fail, again.
constexpr int kFailuresPerTurn = 256;

}  // namespace

UpstreamSockets::UpstreamSockets(const UpstreamOptions& options, UpstreamCounters& counters, int epoll)
    : counters_(counters),
      udp_(options.max_udp_sockets, counters, epoll, random_, failures_),
      tcp_(options.max_tcp_connections, counters, epoll, failures_) {}

void UpstreamSockets::send(ExchangeId id, UpstreamTransport transport, const SocketAddress& server,
                           std::span<const std::uint8_t> query) {
  if (transport == UpstreamTransport::kUdp) return udp_.send(id, server, query, now_);
  tcp_.send(id, server, query, now_);
}

void UpstreamSockets::forget(ExchangeId id) {
  if (!udp_.forget(id) && !tcp_.forget(id)) failures_.forget(id);
}

void UpstreamSockets::on_event(EventSource& source, std::uint32_t events, BatchHandler& handler) {
  if (source.kind == EventSource::Kind::kUpstreamUdp) {
    udp_.on_event(source, handler);
  } else {
    tcp_.on_event(source, events, handler, now_);
  }
}

void UpstreamSockets::end_turn(BatchHandler& handler) {
  udp_.flush();
  for (int i = 0; i < kFailuresPerTurn && !failures_.empty(); ++i) {
    auto [id, failure] = failures_.take();
    counters_.failed.add();
    handler.on_failure(id, failure);
  }
  udp_.flush();
  if (now_ - swept_ >= kSweep) {
    swept_ = now_;
    udp_.close_old(now_);
    tcp_.close_old(now_);
  }
  udp_.end_turn();
  tcp_.end_turn();
}

}  // namespace dotmesh
