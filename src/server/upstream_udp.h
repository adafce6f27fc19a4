// UpstreamUdp: questions to other servers by UDP, so that an outsider who cannot see them cannot answer
// them (RFC 5452, docs/adr/0012).
//
// - A socket is bound to a random port and connected to one server, so the kernel drops what comes from
//   elsewhere, and a server that an attacker runs learns nothing about the ports that other servers see.
// - It carries at most kMaxQueries queries and kMaxOpen at a time, for at most kMaxAge; then the next
//   query to that server gets a new one.
// - Queries of one turn go out together at its end, those to one server in one system call.
// - A datagram is matched by its message ID. IDs that this socket never sent are guesses: after
//   kMaxGuesses the open exchanges fail as forged, and the core goes on by TCP. Late and doubled
//   responses are none.
// - A datagram that came in fragments is handed on as truncated: whoever replaced one of them has not written
//   what the core then reads by TCP.
//
// At most `max_sockets` are open; one that waits for nothing makes room. Owning thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "server/batch_handler.h"
#include "server/counters.h"
#include "server/sockets.h"
#include "server/upstream_events.h"
#include "server/upstream_random.h"

namespace dotmesh {

struct UpstreamUdpSocket;

class UpstreamUdp {
 public:
  static constexpr std::size_t kMaxQueries = 128;
  static constexpr std::size_t kMaxOpen = 64;
  static constexpr std::chrono::seconds kMaxAge{3};
  // Each guess at a known port is right once in 65,536, times kMaxOpen at the worst: eight leave 0.8 %
  // to somebody who has found the port and the moment. Nobody honest sends a wrong ID.
  static constexpr unsigned kMaxGuesses = 8;
  // Random ports tried for one socket.
  static constexpr int kPortTries = 16;
  // Larger than what we offer (edns_buffer_size at most 4096).
  static constexpr std::size_t kMaxDatagram = 4096 + 512;
  static constexpr std::size_t kReadAtOnce = 32;

  // All must outlive this.
  UpstreamUdp(std::size_t max_sockets, UpstreamCounters& counters, int epoll, RandomPool& random,
              UpstreamFailures& failures);
  ~UpstreamUdp();

  void send(ExchangeId id, const SocketAddress& server, std::span<const std::uint8_t> query,
            Clock::Monotonic now);
  bool forget(ExchangeId id);
  // A socket of this is readable; nothing happens if it was closed in this turn.
  void on_event(EventSource& source, BatchHandler& handler);
  // Sends what send() was given in this turn.
  void flush();
  // Closes sockets that are too old and wait for nothing. Once a second is enough.
  void close_old(Clock::Monotonic now);
  // Frees what was closed; no event of this turn may follow.
  void end_turn();
  std::size_t open_sockets() const { return busy_.size() + idle_.size(); }

 private:
  using Socket = UpstreamUdpSocket;
  struct Memory;

  Socket* usable(const ServerKey& key, std::uint16_t message_id, Clock::Monotonic now);
  Socket* open(const SocketAddress& server, const ServerKey& key, Clock::Monotonic now, UpstreamFailure& why);
  static void trust_no_fragments(const Descriptor& descriptor, bool ipv6);
  bool bind_random_port(const Descriptor& descriptor, int family);
  void transmit(Socket& socket);
  void take(Socket& socket, std::span<const std::uint8_t> datagram, BatchHandler& handler);
  void take_error(Socket& socket);
  // Of the messages before number `end`.
  void fail_open(Socket& socket, UpstreamFailure failure, std::size_t end);
  void retire(Socket& socket);
  void settle(Socket& socket);
  void close(Socket& socket);
  bool make_room();
  void remember(ExchangeId id, Socket* socket);
  void forget_place(ExchangeId id) { exchanges_[exchange_place(id)] = {}; }

  std::size_t max_sockets_;
  UpstreamCounters& counters_;
  int epoll_;
  RandomPool& random_;
  UpstreamFailures& failures_;
  std::list<Socket> busy_;    // something is open on them
  std::list<Socket> idle_;    // the longest idle first
  std::list<Socket> closed_;
  std::unordered_map<ServerKey, Socket*, ServerKeyHash> current_;  // where the next query goes
  // By exchange_place().
  struct OpenExchange {
    ExchangeId id = kNoExchange;
    Socket* socket = nullptr;
  };
  std::vector<OpenExchange> exchanges_;
  std::vector<Socket*> unsent_;         // with messages that wait for flush()
  std::vector<std::uint8_t> outgoing_;  // their octets
  std::unique_ptr<Memory> memory_;
};

}  // namespace dotmesh
