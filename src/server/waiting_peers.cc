#include "server/waiting_peers.h"

#include <algorithm>
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

struct WaitingPeers::Outgoing {
  Waiting peer;
  std::size_t size = 0;
  std::array<std::uint8_t, kMaxUdpResponse> octets;
};

WaitingPeers::WaitingPeers(WorkerCounters& counters)
    : counters_(counters), outgoing_(std::make_unique<std::array<Outgoing, kGather>>()) {}

WaitingPeers::~WaitingPeers() = default;

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
  if (gathered_ == kGather) flush();
  Outgoing& out = (*outgoing_)[gathered_++];
  out.peer = waiting;
  out.size = std::min(response.size(), out.octets.size());
  std::memcpy(out.octets.data(), response.data(), out.size);
  if (is_format_error(response.data(), response.size())) counters_.udp.malformed.add();
  if (is_truncated(response.data(), response.size())) counters_.udp.truncated.add();
}

void WaitingPeers::flush() {
  for (std::size_t begin = 0; begin < gathered_;) {
    std::size_t end = begin + 1;
    while (end < gathered_ && (*outgoing_)[end].peer.socket == (*outgoing_)[begin].peer.socket) ++end;
    send_run(begin, end);
    begin = end;
  }
  gathered_ = 0;
}

// As in a batch of answers at once: what cannot go now is lost, and the client asks again.
void WaitingPeers::send_run(std::size_t begin, std::size_t end) {
  std::array<mmsghdr, kGather> headers;
  std::array<iovec, kGather> parts;
  for (std::size_t i = begin; i < end; ++i) {
    Outgoing& out = (*outgoing_)[i];
    parts[i] = {out.octets.data(), out.size};
    msghdr& header = headers[i].msg_hdr;
    header = {};
    header.msg_name = &out.peer.peer;
    header.msg_namelen = out.peer.peer_size;
    header.msg_iov = &parts[i];
    header.msg_iovlen = 1;
    if (out.peer.control_size == 0) continue;
    header.msg_control = &out.peer.control;
    header.msg_controllen = out.peer.control_size;
    answer_from_asked_address(header);
  }
  int fd = (*outgoing_)[begin].peer.socket->descriptor.get();
  while (begin < end) {
    int n = ::sendmmsg(fd, headers.data() + begin, static_cast<unsigned>(end - begin), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) {
      counters_.udp.answered.add(static_cast<std::uint64_t>(n));
      begin += static_cast<std::size_t>(n);
    } else if (errno != EINTR) {
      bool no_room = errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM;
      std::size_t lost = no_room ? end - begin : 1;
      counters_.udp.send_failed.add(lost);
      begin += lost;
    }
  }
}

}  // namespace dotmesh
