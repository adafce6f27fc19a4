// WaitingPeers: the UDP clients of a worker whose answers come later: where each asked from, at which
// of our addresses, on which socket. Responses are gathered and sent together, as far as they leave from
// one socket: a wake-up of each client for its own would cost more than all the rest.
//
// Bounded by kMaxWaiting; memory grows with use and is kept. Owning thread only.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "query/later.h"
#include "server/batch_handler.h"
#include "server/counters.h"
#include "server/sockets.h"

namespace dotmesh {

union UdpPeer {
  sockaddr generic;
  sockaddr_in ipv4;
  sockaddr_in6 ipv6;
};

// Room for one in_pktinfo or in6_pktinfo.
struct alignas(cmsghdr) UdpControl {
  std::array<std::uint8_t, CMSG_SPACE(sizeof(in6_pktinfo))> bytes;
};

// Turns the "sent to" of a received query into the "send from" of its response, in place. The
// interface is left to the routing table, which may answer by another way than the query came (usual in
// a mesh); only a link-local address means nothing without it.
void answer_from_asked_address(msghdr& header);

class WaitingPeers {
 public:
  // Names waiting for a dead server wait some seconds each, ten thousand of them are no reason to turn
  // others away; 100 octets each.
  static constexpr std::size_t kMaxWaiting = 16'384;

  explicit WaitingPeers(WorkerCounters& counters);
  ~WaitingPeers();

  // `query`: as recvmmsg() left it. The socket must outlive the ticket.
  std::optional<ReplyTicket> add(const UdpSocket& socket, const msghdr& query);
  // Frees the place; the response (empty: none) goes out with the next flush(), at most kMaxUdpResponse
  // octets.
  void reply(ReplyTicket ticket, std::span<const std::uint8_t> response);
  // Sends what was gathered; at the end of each turn.
  void flush();
  std::size_t waiting() const { return peers_.size() - free_.size(); }

 private:
  struct Waiting {
    const UdpSocket* socket = nullptr;
    UdpPeer peer;
    socklen_t peer_size = 0;
    std::size_t control_size = 0;
    UdpControl control;
  };

  static constexpr std::size_t kGather = BatchHandler::kMaxBatch;
  struct Outgoing;
  void send_run(std::size_t begin, std::size_t end);

  WorkerCounters& counters_;
  std::unique_ptr<std::array<Outgoing, kGather>> outgoing_;
  std::size_t gathered_ = 0;
  std::vector<Waiting> peers_;
  std::vector<std::uint32_t> free_;
};

}  // namespace dotmesh
