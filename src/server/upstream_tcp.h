// UpstreamTcp: questions to other servers by TCP (RFC 7766).
//
// Queries to one server share a connection and need not wait for each other; the responses may come in
// any order. A connection carries at most kMaxOpen at a time and is closed kIdle after its last answer.
// When a server that had answered ends a connection with questions open (RFC 7766 section 6.2.4), those
// are sent once more on a new one; else they fail as closed. There is no time-out here: a server that
// stalls, or sends an octet a second, holds a connection until the core says forget() to its last
// question.
//
// At most `max_connections` are open; one that waits for nothing makes room. Owning thread only.
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

namespace dotmesh {

struct UpstreamConnection;

class UpstreamTcp {
 public:
  static constexpr std::size_t kMaxOpen = 32;
  static constexpr std::chrono::seconds kIdle{2};

  // All must outlive this.
  UpstreamTcp(std::size_t max_connections, UpstreamCounters& counters, int epoll, UpstreamFailures& failures);
  ~UpstreamTcp();

  void send(ExchangeId id, const SocketAddress& server, std::span<const std::uint8_t> query,
            Clock::Monotonic now);
  bool forget(ExchangeId id);
  // An event of a connection of this; nothing happens if it was closed in this turn.
  void on_event(EventSource& source, std::uint32_t events, BatchHandler& handler, Clock::Monotonic now);
  // Closes connections that wait for nothing. Once a second is enough.
  void close_old(Clock::Monotonic now);
  // Frees what was closed; no event of this turn may follow.
  void end_turn();
  std::size_t open_connections() const { return connections_.size(); }

 private:
  using Connection = UpstreamConnection;
  struct Question;
  friend struct UpstreamConnection;

  void add(Question question, const SocketAddress& server, Clock::Monotonic now);
  Connection* usable(const ServerKey& key, std::uint16_t message_id);
  Connection* open(const SocketAddress& server, const ServerKey& key, Clock::Monotonic now, UpstreamFailure& why);
  bool flush(Connection& connection);
  void read(Connection& connection, BatchHandler& handler, Clock::Monotonic now);
  void take_frames(Connection& connection, BatchHandler& handler);
  void take(Connection& connection, std::span<const std::uint8_t> message, BatchHandler& handler);
  void end(Connection& connection, UpstreamFailure failure, Clock::Monotonic now);
  void retire(Connection& connection);
  void close(Connection& connection);
  bool make_room();

  std::size_t max_connections_;
  UpstreamCounters& counters_;
  int epoll_;
  UpstreamFailures& failures_;
  std::list<Connection> connections_;
  std::list<Connection> closed_;
  std::unordered_map<ServerKey, Connection*, ServerKeyHash> current_;  // where the next query goes
  std::unordered_map<ExchangeId, Connection*> exchanges_;
  std::vector<std::uint8_t> scratch_;
};

}  // namespace dotmesh
