// What the transports count. Each worker owns a WorkerCounters (one writer, any readers); ServerStats
// is the sum at one moment. Units: messages, connections, batches.
#pragma once

#include <cstdint>

#include "base/counter.h"
#include "base/histogram.h"

namespace dotmesh {

template <typename Number>
struct MessageCounts {
  Number received{};
  Number answered{};   // handed to the kernel for sending
  Number dropped{};    // the handler wanted no response
  Number later{};      // kept until the resolver knows; then answered or dropped
  Number malformed{};  // answered FORMERR, larger than the buffer, or framed wrongly
  Number truncated{};  // answered with the TC bit
  Number send_failed{};
};

template <typename Number>
struct ConnectionCounts {
  Number accepted{};
  Number closed{};  // for any reason; open now = accepted - closed
  Number closed_idle{};
  Number closed_slow_reader{};
  Number closed_lifetime{};
  Number closed_for_room{};   // the idlest, when all places were taken
  Number refused_client{};    // over max_connections_per_client
  Number refused_full{};      // no place and nobody to close
  Number accept_failed{};     // no descriptors or memory
};

template <typename Number>
struct UpstreamCounts {
  Number udp_sent{};
  Number udp_received{};  // handed to the core
  Number udp_sockets{};   // opened
  Number tcp_sent{};
  Number tcp_received{};
  Number tcp_connections{};
  Number unmatched{};     // messages whose ID nobody had sent
  Number forged{};        // exchanges given up for too many of those
  Number fragmented{};    // messages that came in fragments, handed on as truncated
  Number failed{};        // exchanges that ended in an UpstreamFailure
};

template <typename Number, typename Times>
struct ServerCounts {
  MessageCounts<Number> udp;
  MessageCounts<Number> tcp;
  ConnectionCounts<Number> connections;
  UpstreamCounts<Number> upstream;
  Number udp_batches{};
  Number turns{};   // of the worker's loop: the heartbeat, at least one a second
  Number pauses{};  // waits that let batches grow
  // Of UDP queries that were answered at once, a sample: from the turn that reads them until the answer is sent.
  Times answered_in{};
};

using UpstreamCounters = UpstreamCounts<Counter>;
using WorkerCounters = ServerCounts<Counter, TimeHistogram>;
using ServerStats = ServerCounts<std::uint64_t, TimeCounts>;

// Adds the counters of one worker to a sum.
void add_to(ServerStats& sum, const WorkerCounters& worker);

}  // namespace dotmesh
