// WaitingPeers: the UDP clients of a worker whose answers come later: where each asked from, at which
// of our addresses, on which socket.
//
// Bounded by kMaxWaiting; memory grows with use and is kept. Owning thread only.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "query/later.h"
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

  explicit WaitingPeers(WorkerCounters& counters) : counters_(counters) {}

  // `query`: as recvmmsg() left it. The socket must outlive the ticket.
  std::optional<ReplyTicket> add(const UdpSocket& socket, const msghdr& query);
  // Sends (an empty response: nothing) and frees the place.
  void reply(ReplyTicket ticket, std::span<const std::uint8_t> response);
  std::size_t waiting() const { return peers_.size() - free_.size(); }

 private:
  struct Waiting {
    const UdpSocket* socket = nullptr;
    UdpPeer peer;
    socklen_t peer_size = 0;
    std::size_t control_size = 0;
    UdpControl control;
  };

  WorkerCounters& counters_;
  std::vector<Waiting> peers_;
  std::vector<std::uint32_t> free_;
};

}  // namespace dotmesh
