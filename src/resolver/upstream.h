// What the resolver's core asks of its caller: to carry messages to servers. The daemon does it with
// sockets (server/upstream), the tests with a simulated network.
//
// The core numbers its exchanges. For each one that it starts with send() it gets exactly one of
// Resolver::on_response() and Resolver::on_failure(), unless it says forget() first. Time-outs are the
// core's own: it calls forget() and goes on.
// One thread: that of the Resolver that owns it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/socket_address.h"

namespace dotmesh {

// Not 0, and not the same again for some thousand million exchanges of one Resolver. The lower half is small: a
// place among the exchanges that are open, so that who keeps something for each can do so in a vector.
using ExchangeId = std::uint64_t;
inline std::size_t exchange_place(ExchangeId id) { return id & 0xffffffff; }

enum class UpstreamTransport : std::uint8_t { kUdp, kTcp };

enum class UpstreamFailure : std::uint8_t {
  kUnreachable,  // the network or the host says so (ICMP, connect())
  kClosed,       // TCP: ended before the response was complete
  kNoResources,  // no socket, no port: the node's own trouble
  kForged,       // too many datagrams from that address that match the port and not the message: ask by TCP
};

class Upstream {
 public:
  virtual ~Upstream() = default;

  // Sends `query` (a whole message, its ID random) to `server`, from a port that an outsider cannot
  // predict (RFC 5452). The response is whatever datagram comes to that port from that address with
  // that ID; the core checks the rest. `query` is borrowed for the call. May fail at once, but reports it
  // only after send() has returned.
  virtual void send(ExchangeId id, UpstreamTransport transport, const SocketAddress& server,
                    std::span<const std::uint8_t> query) = 0;
  // No response to this is wanted any more.
  virtual void forget(ExchangeId id) = 0;
  // Fills `octets` from a cryptographic generator; a test's is seeded.
  virtual void random(std::span<std::uint8_t> octets) = 0;
};

}  // namespace dotmesh
