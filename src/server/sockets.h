// Listening sockets: what the workers wait on, and how they are opened.
//
// Every worker has its own SO_REUSEPORT pair (UDP, TCP) for each listening address; the kernel
// spreads clients over them by a hash of both addresses and ports. All are opened in the thread that
// calls Server::open(), before privileges are given up. Addresses need not be on the machine yet
// (IP_FREEBIND), so that an anycast address can come and go under a running server.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "server/descriptor.h"
#include "server/options.h"

namespace dotmesh {

// What an epoll event points at; the first thing a worker looks at.
struct EventSource {
  enum class Kind : std::uint8_t { kWake, kControl, kUdp, kListener, kConnection, kUpstreamUdp, kUpstreamTcp };
  explicit EventSource(Kind k) : kind(k) {}
  Kind kind;
};

struct UdpSocket : EventSource {
  UdpSocket() : EventSource(Kind::kUdp) {}
  Descriptor descriptor;
  std::uint8_t roles = 0;
  // Bound to 0.0.0.0 or ::, so each query brings the address it was sent to, and its response must
  // leave from there.
  bool wildcard = false;
  int heat = 0;  // the worker's: positive while the socket is busy, see server/worker.h
};

struct TcpListener : EventSource {
  TcpListener() : EventSource(Kind::kListener) {}
  Descriptor descriptor;
  std::uint8_t roles = 0;
};

// Refuses addresses that stand twice in the list or that another program holds: with SO_REUSEPORT
// alone, two daemons of one user would quietly share the queries between them.
Result<void> check_addresses_free(std::span<const ListenAddress> addresses);
// The same of one.
Result<void> check_address_free(const SocketAddress& address);

// Port 0 in `address` lets the kernel choose; both sockets of one address must then agree, so
// open the UDP socket first and ask bound_address().
Result<UdpSocket> open_udp(const ListenAddress& address, const UdpOptions& options);
Result<TcpListener> open_tcp(const ListenAddress& address, const TcpOptions& options);
SocketAddress bound_address(const Descriptor& socket);

}  // namespace dotmesh
