#include "server/waiting_peers.h"

#include <cerrno>
#include <cstring>

#include "server/response_bits.h"

namespace dotmesh {

void answer_from_asked_address(msghdr& header) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      info.ipi_ifindex = 0;
      std::memcpy(CMSG_DATA(c), &info, sizeof info);
    } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(c), sizeof info);
      if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) info.ipi6_ifindex = 0;
      std::memcpy(CMSG_DATA(c), &info, sizeof info);
    }
  }
}

std::optional<ReplyTicket> WaitingPeers::add(const UdpSocket& socket, const msghdr& query) {
  if (free_.empty()) {
    if (peers_.size() >= kMaxWaiting) return std::nullopt;
    free_.push_back(static_cast<std::uint32_t>(peers_.size()));
    peers_.emplace_back();
  }
  std::uint32_t place = free_.back();
  free_.pop_back();
  Waiting& waiting = peers_[place];
  waiting.socket = &socket;
  waiting.peer_size = query.msg_namelen;
  std::memcpy(&waiting.peer, query.msg_name, query.msg_namelen);
  waiting.control_size = socket.wildcard ? query.msg_controllen : 0;
  if (waiting.control_size != 0) std::memcpy(&waiting.control, query.msg_control, waiting.control_size);
  return place;
}

void WaitingPeers::reply(ReplyTicket ticket, std::span<const std::uint8_t> response) {
  Waiting& waiting = peers_[ticket];
  free_.push_back(static_cast<std::uint32_t>(ticket));
  if (response.empty()) {
    counters_.udp.dropped.add();
    return;
  }
  iovec part{const_cast<std::uint8_t*>(response.data()), response.size()};
  msghdr header{};
  header.msg_name = &waiting.peer;
  header.msg_namelen = waiting.peer_size;
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (waiting.control_size != 0) {
    header.msg_control = &waiting.control;
    header.msg_controllen = waiting.control_size;
    answer_from_asked_address(header);
  }
  ssize_t sent;
  do {
    sent = ::sendmsg(waiting.socket->descriptor.get(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  // As in a batch: what cannot go at once is lost, and the client asks again.
  if (sent < 0) {
    counters_.udp.send_failed.add();
    return;
  }
  counters_.udp.answered.add();
  if (is_format_error(response.data(), response.size())) counters_.udp.malformed.add();
  if (is_truncated(response.data(), response.size())) counters_.udp.truncated.add();
}

}  // namespace dotmesh
