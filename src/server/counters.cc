#include "server/counters.h"

namespace dotmesh {
namespace {

void add_messages(MessageCounts<std::uint64_t>& sum, const MessageCounts<Counter>& from) {
  sum.received += from.received.value();
  sum.answered += from.answered.value();
  sum.dropped += from.dropped.value();
  sum.later += from.later.value();
  sum.malformed += from.malformed.value();
  sum.truncated += from.truncated.value();
  sum.send_failed += from.send_failed.value();
}

void add_connections(ConnectionCounts<std::uint64_t>& sum, const ConnectionCounts<Counter>& from) {
  sum.accepted += from.accepted.value();
  sum.closed += from.closed.value();
  sum.closed_idle += from.closed_idle.value();
  sum.closed_slow_reader += from.closed_slow_reader.value();
  sum.closed_lifetime += from.closed_lifetime.value();
  sum.closed_for_room += from.closed_for_room.value();
  sum.refused_client += from.refused_client.value();
  sum.refused_full += from.refused_full.value();
  sum.accept_failed += from.accept_failed.value();
}

void add_upstream(UpstreamCounts<std::uint64_t>& sum, const UpstreamCounters& from) {
  sum.udp_sent += from.udp_sent.value();
  sum.udp_received += from.udp_received.value();
  sum.udp_sockets += from.udp_sockets.value();
  sum.tcp_sent += from.tcp_sent.value();
  sum.tcp_received += from.tcp_received.value();
  sum.tcp_connections += from.tcp_connections.value();
  sum.unmatched += from.unmatched.value();
  sum.forged += from.forged.value();
  sum.fragmented += from.fragmented.value();
  sum.failed += from.failed.value();
}

}  // namespace

void add_to(ServerStats& sum, const WorkerCounters& worker) {
  add_messages(sum.udp, worker.udp);
  add_messages(sum.tcp, worker.tcp);
  add_connections(sum.connections, worker.connections);
  add_upstream(sum.upstream, worker.upstream);
  sum.udp_batches += worker.udp_batches.value();
  sum.turns += worker.turns.value();
  sum.pauses += worker.pauses.value();
  worker.answered_in.add_to(sum.answered_in);
}

}  // namespace dotmesh
