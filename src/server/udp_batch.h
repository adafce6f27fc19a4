// UdpBatch: the way of a UDP query. One recvmmsg, one call of the handler, one sendmmsg, in memory
// that is allocated once; nothing here waits. Answers that come later are gathered over a turn.
//
// One per worker, shared by its UDP sockets. Owning thread only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "server/batch_handler.h"
#include "server/counters.h"
#include "server/sockets.h"
#include "server/waiting_peers.h"

namespace dotmesh {

class UdpBatch final : public ReplyKeeper {
 public:
  // A query is small; with the largest sensible EDNS options (RFC 7830 padding) it stays under an
  // Ethernet frame. What does not fit in this is dropped and counted as malformed.
  static constexpr std::size_t kMaxQuery = 4096;

  // `counters` must outlive this.
  explicit UdpBatch(WorkerCounters& counters);
  ~UdpBatch() override;

  // Answers what waits on `socket`, at most BatchHandler::kMaxBatch messages. Returns how many were
  // received; fewer than kMaxBatch means that the socket was empty. The socket must live as long as
  // answers are open.
  std::size_t serve(const UdpSocket& socket, BatchHandler& handler, Clock::Monotonic now);

  // Sends the answers that came later; at the end of each turn.
  void flush() { waiting_.flush(); }

  std::optional<ReplyTicket> keep(const Exchange& exchange) override;
  void reply(ReplyTicket ticket, std::span<const std::uint8_t> response) override;

 private:
  struct Memory;

  std::size_t receive(const UdpSocket& socket);
  std::size_t collect_exchanges(const UdpSocket& socket, std::size_t received);
  std::size_t collect_responses(const UdpSocket& socket, std::size_t exchanges);
  void send(const UdpSocket& socket, std::size_t responses);

  WorkerCounters& counters_;
  std::unique_ptr<Memory> memory_;
  WaitingPeers waiting_;
  const UdpSocket* serving_ = nullptr;
};

}  // namespace dotmesh
