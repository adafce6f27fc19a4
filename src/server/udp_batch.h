// UdpBatch: the way of a UDP query. One recvmmsg, one call of the handler, one sendmmsg, in memory
// that is allocated once; nothing here waits.
//
// One per worker, shared by its UDP sockets. Owning thread only.
#pragma once

#include <cstddef>
#include <memory>

#include "server/batch_handler.h"
#include "server/counters.h"
#include "server/sockets.h"

namespace dotmesh {

class UdpBatch {
 public:
  // A query is small; with the largest sensible EDNS options (RFC 7830 padding) it stays under an
  // Ethernet frame. What does not fit in this is dropped and counted as malformed.
  static constexpr std::size_t kMaxQuery = 4096;

  // `counters` must outlive this.
  explicit UdpBatch(WorkerCounters& counters);
  ~UdpBatch();

  // Answers what waits on `socket`, at most BatchHandler::kMaxBatch messages. Returns how many were
  // received; fewer than kMaxBatch means that the socket was empty.
  std::size_t serve(const UdpSocket& socket, BatchHandler& handler);

 private:
  struct Memory;

  std::size_t receive(const UdpSocket& socket);
  std::size_t collect_exchanges(const UdpSocket& socket, std::size_t received);
  std::size_t collect_responses(const UdpSocket& socket, std::size_t exchanges);
  void send(const UdpSocket& socket, std::size_t responses);

  WorkerCounters& counters_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace dotmesh
