// Settings of the transports, with their defaults and bounds. Plain values, copied at start.
// Limits of connections are per worker: workers share nothing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/socket_address.h"

namespace dotmesh {

// Where to listen. `roles` is handed on to the query handler as ClientInfo::roles, uninterpreted.
struct ListenAddress {
  SocketAddress address;
  std::uint8_t roles = 0;
};

struct UdpOptions {
  // What arrives while a worker is busy waits here: 4 MiB is about 5,000 small queries by the
  // kernel's accounting (768 octets each), some 10 ms of a saturated worker.
  int receive_buffer = 4 << 20;
  int send_buffer = 1 << 20;
  // Above this rate a worker may wait before it reads, so that batches grow; 0 never waits.
  std::uint32_t pace_above_per_second = 30'000;
  // The longest such wait: what it may add to an answer's delay.
  std::chrono::microseconds max_pause{200};
};

struct TcpOptions {
  std::size_t max_connections = 1000;
  // Of one client: one IPv4 address or one IPv6 /64. Forwarders and NAT need more than one.
  std::size_t max_connections_per_client = 100;
  // RFC 7766 section 6.2.3: from the last response (or the opening) to the next complete query.
  std::chrono::milliseconds idle_timeout{10'000};
  // The same while more than three quarters of max_connections are open.
  std::chrono::milliseconds idle_timeout_when_busy{2'000};
  // A client that takes none of its responses for so long is dropped.
  std::chrono::milliseconds write_timeout{5'000};
  // A connection closes, in order, at the first query after this age. There is no bound on the
  // number of queries: their cost is bounded by fair turns, the slot they hold by this.
  std::chrono::milliseconds max_lifetime{600'000};
  // Of one connection, in the kernel: a 64 KiB message and its answer fit; autotuning would let
  // each connection take megabytes.
  int receive_buffer = 64 << 10;
  int send_buffer = 128 << 10;
  int backlog = 1024;
  // The kernel hands over a connection when its first octets are there, or after about this time.
  std::chrono::seconds defer_accept{1};
  // Pending TCP Fast Open requests (RFC 7413); 0: off. Needs net.ipv4.tcp_fastopen bit 2 as well.
  int fast_open = 0;
};

// The resolver's questions to other servers, of one worker.
struct UpstreamOptions {
  // One for each server that is being asked, now and then two (server/upstream_udp.h).
  std::size_t max_udp_sockets = 4096;
  std::size_t max_tcp_connections = 256;
};

struct ServerOptions {
  unsigned workers = 1;
  UdpOptions udp;
  TcpOptions tcp;
  UpstreamOptions upstream;
};

}  // namespace dotmesh
