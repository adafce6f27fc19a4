// TcpService: DNS over TCP for one worker (RFC 7766, RFC 9210).
//
// - Any number of queries a connection, several in one segment or one in many; each is answered at
//   once and in order, but those that must be looked up: their answers come when they are there
//   (RFC 7766 section 7). At most kMaxUnanswered of one connection are looked up at a time; it is not
//   read any further meanwhile.
// - A turn of the worker answers at most kQueriesPerTurn, at most kQueriesPerConnectionTurn of one
//   connection, so that UDP and the other connections need not wait.
// - A connection whose client does not take its responses is not read any further: at most
//   kOutputSize octets wait for it here.
// - Closed: after idle_timeout without a complete query (half a query, octet by octet, is idle), after
//   write_timeout without a reader, after max_lifetime, on a message of length 0, and the idlest one
//   when a new client finds all places taken. A connection that waits for our answer is not idle.
//
// Invariants: every connection is in exactly one of waiting_, ready_, blocked_, answering_ as its
// `waiting` says; all but ready_ are ordered by waiting_since, so the first of each expires first.
// Closed ones stay in closed_ until end_turn(), as epoll events of the same turn may still point at
// them; unanswered_ holds exactly the open connections with `unanswered` above 0.
//
// Owning thread only. Times come from the caller.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "server/batch_handler.h"
#include "server/counters.h"
#include "server/options.h"
#include "server/tcp_connection.h"

namespace dotmesh {

class TcpService final : public ReplyKeeper {
 public:
  // About 200 us of work, the longest that TCP makes a UDP query wait.
  static constexpr std::size_t kQueriesPerTurn = 128;
  static constexpr std::size_t kQueriesPerConnectionTurn = 32;
  // New connections taken from one listener in one turn.
  static constexpr int kAcceptsPerTurn = 16;
  // One whole message with its length, and as much again of the pipelined ones before it.
  static constexpr std::size_t kOutputSize = 2 * (kMaxMessage + 2);
  // Of one connection: a browser opens a page with some dozens of names. Each may hold a whole message.
  static constexpr std::size_t kMaxUnanswered = 64;
  // A resolver answers within seconds, with a failure at the latest: this is for when it does not.
  static constexpr std::chrono::milliseconds kAnswerTimeout{60'000};
  // Out of descriptors: how long to leave the listeners alone.
  static constexpr std::chrono::milliseconds kAcceptPause{100};

  // Connections are registered with `epoll`, which like `counters` must outlive this.
  TcpService(const TcpOptions& options, WorkerCounters& counters, int epoll);

  TcpService(const TcpService&) = delete;
  TcpService& operator=(const TcpService&) = delete;
  ~TcpService() override;

  // Asks for the listener's events; it must outlive this.
  bool watch(TcpListener& listener);
  void begin_turn(Clock::Monotonic now);
  void accept(TcpListener& listener, BatchHandler& handler);
  // An event of a connection; nothing happens if it was closed in this turn.
  void on_event(TcpConnection& connection, std::uint32_t events, BatchHandler& handler);
  // Continues with connections that have complete queries, while the turn's budget lasts.
  void serve_ready(BatchHandler& handler);
  // Closes what has waited too long and frees what was closed.
  void end_turn();

  std::optional<ReplyTicket> keep(const Exchange& exchange) override;
  void reply(ReplyTicket ticket, std::span<const std::uint8_t> response) override;

  // When something expires; none: nothing is open.
  std::optional<Clock::Monotonic> next_deadline() const;
  bool has_ready() const { return !ready_.empty(); }
  std::size_t open_connections() const { return open_; }
  void close_all();

 private:
  using Waiting = TcpConnection::Waiting;
  struct ClientKeyHash {
    std::size_t operator()(const ClientKey& key) const;
  };
  // Shared by all connections while one of them is served.
  struct Scratch;

  bool make_room();
  void pause_accepting(TcpListener& listener);
  void add_connection(Descriptor socket, const sockaddr_storage& peer, std::uint8_t roles,
                      BatchHandler& handler);
  void serve(TcpConnection& connection, BatchHandler& handler);
  bool flush_output(TcpConnection& connection);
  void read(TcpConnection& connection, BatchHandler& handler);
  std::size_t answer_messages(TcpConnection& connection, std::span<const std::uint8_t> octets,
                              BatchHandler& handler);
  std::size_t answer_one(TcpConnection& connection, std::span<const std::uint8_t> message,
                         std::span<std::uint8_t> out, BatchHandler& handler);
  void count_answer(std::span<const std::uint8_t> response);
  bool send_or_keep(TcpConnection& connection, std::span<const std::uint8_t> octets);
  void settle(TcpConnection& connection);
  void move_to(TcpConnection& connection, Waiting waiting);
  std::list<TcpConnection>& list_of(Waiting waiting);
  void set_interest(TcpConnection& connection, std::uint32_t events);
  void close(TcpConnection& connection, Counter* reason = nullptr);
  std::chrono::milliseconds idle_timeout() const;

  TcpOptions options_;
  WorkerCounters& counters_;
  int epoll_;
  Clock::Monotonic now_{};
  std::size_t budget_ = 0;
  std::size_t open_ = 0;
  std::vector<TcpListener*> paused_listeners_;
  Clock::Monotonic accept_paused_until_{};
  std::list<TcpConnection> waiting_;
  std::list<TcpConnection> ready_;
  std::list<TcpConnection> blocked_;
  std::list<TcpConnection> answering_;
  std::list<TcpConnection> closed_;
  std::unordered_map<ClientKey, std::size_t, ClientKeyHash> per_client_;
  std::unordered_map<std::uint64_t, TcpConnection*> unanswered_;  // by id
  std::uint64_t last_id_ = 0;
  TcpConnection* serving_ = nullptr;  // while its queries are being answered
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace dotmesh
