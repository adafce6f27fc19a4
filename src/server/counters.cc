#include "server/counters.h"

namespace dotmesh {
namespace {

void add_messages(MessageCounts<std::uint64_t>& sum, const MessageCounts<Counter>& from) {
  sum.received += from.received.value();
  sum.answered += from.answered.value();
  sum.dropped += from.dropped.value();
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

}  // namespace

void add_to(ServerStats& sum, const WorkerCounters& worker) {
  add_messages(sum.udp, worker.udp);
  add_messages(sum.tcp, worker.tcp);
  add_connections(sum.connections, worker.connections);
  sum.udp_batches += worker.udp_batches.value();
  sum.turns += worker.turns.value();
  sum.pauses += worker.pauses.value();
}

}  // namespace dotmesh
