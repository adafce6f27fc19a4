// ServerTable: what is known of the servers that the resolver asks: how fast, whether they answer,
// EDNS, cookies, for which zones they are lame. Shared by all workers.
//
// Any thread; each call takes one shard's mutex for a moment. Bounded: kMaxServers, the longest unused
// of a shard goes first.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>

#include "base/socket_address.h"
#include "dns/name.h"

namespace dotmesh {

// A server cookie has 8 to 32 octets (RFC 7873 section 4).
struct ServerCookie {
  std::array<std::uint8_t, 8> client{};
  std::array<std::uint8_t, 32> server{};
  std::uint8_t server_size = 0;
};

struct ServerState {
  std::chrono::nanoseconds smoothed{};   // round trip; 0: never measured
  std::chrono::nanoseconds variation{};
  std::chrono::nanoseconds dead_until{}; // silent: asked again, by one probe, after this
  unsigned timeouts = 0;                 // in a row
  bool no_edns = false;                  // answered FORMERR or NOTIMP to EDNS
  bool lame = false;                     // for the zone that was asked for
  bool has_cookie = false;
  ServerCookie cookie;

  // How long to wait for an answer.
  std::chrono::nanoseconds retransmit_after() const;
};

class ServerTable {
 public:
  static constexpr std::size_t kMaxServers = 65536;
  // Round trip time of a server never asked: answers beyond this are slow on any continent.
  static constexpr std::chrono::milliseconds kUnknownTimeout{400};
  static constexpr std::chrono::milliseconds kMinTimeout{100};
  static constexpr std::chrono::milliseconds kMaxTimeout{3000};
  // Silences in a row before a server counts as dead, and for how long: doubled each time.
  static constexpr unsigned kTimeoutsUntilDead = 5;
  static constexpr std::chrono::seconds kDeadFirst{2};
  static constexpr std::chrono::seconds kDeadLongest{60};
  static constexpr std::chrono::seconds kLameFor{900};
  static constexpr std::chrono::seconds kNoEdnsFor{900};

  ServerTable();
  ~ServerTable();

  // What is known, as seen by a query to `zone`.
  ServerState find(const SocketAddress& server, NameView zone, std::chrono::nanoseconds now) const;
  void answered(const SocketAddress& server, std::chrono::nanoseconds round_trip, std::chrono::nanoseconds now);
  // A query sent at `sent` got no answer.
  void silent(const SocketAddress& server, std::chrono::nanoseconds sent, std::chrono::nanoseconds now);
  // A probe of a dead server begins: others leave it alone for another while. False: someone was faster.
  bool claim_probe(const SocketAddress& server, std::chrono::nanoseconds now);
  void lame(const SocketAddress& server, NameView zone, std::chrono::nanoseconds now);
  void no_edns(const SocketAddress& server, std::chrono::nanoseconds now);
  void remember_cookie(const SocketAddress& server, const ServerCookie& cookie, std::chrono::nanoseconds now);
  void clear();
  std::size_t size() const;

 private:
  struct Shard;
  Shard& shard_of(const SocketAddress& server) const;
  static constexpr std::size_t kShards = 16;
  std::unique_ptr<std::array<Shard, kShards>> shards_;
};

}  // namespace dotmesh
