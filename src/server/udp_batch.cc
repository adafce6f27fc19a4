#include "server/udp_batch.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "server/response_bits.h"
#include "server/waiting_peers.h"

namespace dotmesh {
namespace {

constexpr std::size_t kBatch = BatchHandler::kMaxBatch;

// Buffers of exactly a page would all begin in the same set of the first-level cache and drive each
// other out; a cache line more spreads them.
constexpr std::size_t kCacheLine = 64;
template <std::size_t Size>
struct Buffer {
  std::array<std::uint8_t, Size> bytes;
  std::array<std::uint8_t, kCacheLine> spread;
};

}  // namespace

// Index i of each array is message i of the batch; of `exchanges` and `to_send`, the i-th kept one.
struct UdpBatch::Memory {
  std::array<mmsghdr, kBatch> received;
  std::array<mmsghdr, kBatch> to_send;
  std::array<iovec, kBatch> query_parts;
  std::array<iovec, kBatch> response_parts;
  std::array<UdpPeer, kBatch> peers;
  std::array<UdpControl, kBatch> controls;
  std::array<Exchange, kBatch> exchanges;
  std::array<std::size_t, kBatch> message_of_exchange;
  std::array<Buffer<kMaxQuery>, kBatch> queries;
  std::array<Buffer<kMaxUdpResponse>, kBatch> responses;
};

UdpBatch::UdpBatch(WorkerCounters& counters)
    : counters_(counters), memory_(std::make_unique<Memory>()), waiting_(counters) {
  Memory& m = *memory_;
  for (std::size_t i = 0; i < kBatch; ++i) {
    m.query_parts[i] = {m.queries[i].bytes.data(), kMaxQuery};
    msghdr& header = m.received[i].msg_hdr;
    header.msg_name = &m.peers[i];
    header.msg_iov = &m.query_parts[i];
    header.msg_iovlen = 1;
    m.to_send[i].msg_hdr.msg_iov = &m.response_parts[i];
    m.to_send[i].msg_hdr.msg_iovlen = 1;
  }
}

UdpBatch::~UdpBatch() = default;

std::size_t UdpBatch::serve(const UdpSocket& socket, BatchHandler& handler, Clock::Monotonic now) {
  std::size_t received = receive(socket);
  if (received == 0) return 0;
  handler.refresh(now);
  serving_ = &socket;
  std::size_t exchanges = collect_exchanges(socket, received);
  handler.answer(std::span(memory_->exchanges.data(), exchanges));
  send(socket, collect_responses(socket, exchanges));
  counters_.udp_batches.add();
  counters_.udp.received.add(received);
  return received;
}

std::size_t UdpBatch::receive(const UdpSocket& socket) {
  Memory& m = *memory_;
  for (std::size_t i = 0; i < kBatch; ++i) {
    msghdr& header = m.received[i].msg_hdr;
    header.msg_namelen = sizeof(UdpPeer);
    header.msg_control = socket.wildcard ? &m.controls[i] : nullptr;
    header.msg_controllen = socket.wildcard ? sizeof(UdpControl) : 0;
  }
  // An error (EAGAIN, or one that an ICMP message left on the socket) is an empty batch: the socket
  // stays good, and epoll tells when there is more.
  int n = ::recvmmsg(socket.descriptor.get(), m.received.data(), kBatch, MSG_DONTWAIT, nullptr);
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

std::size_t UdpBatch::collect_exchanges(const UdpSocket& socket, std::size_t received) {
  Memory& m = *memory_;
  std::size_t count = 0;
  for (std::size_t i = 0; i < received; ++i) {
    if (m.received[i].msg_hdr.msg_flags & MSG_TRUNC) {
      counters_.udp.malformed.add();
      continue;
    }
    Exchange& exchange = m.exchanges[count];
    exchange.query = {m.queries[i].bytes.data(), m.received[i].msg_len};
    exchange.client.transport = Transport::kUdp;
    exchange.client.address = &m.peers[i].generic;
    exchange.client.roles = socket.roles;
    exchange.out = m.responses[i].bytes;
    exchange.keeper = this;
    m.message_of_exchange[count++] = i;
  }
  return count;
}

std::size_t UdpBatch::collect_responses(const UdpSocket& socket, std::size_t exchanges) {
  Memory& m = *memory_;
  std::size_t count = 0;
  std::size_t malformed = 0;
  std::size_t truncated = 0;
  std::size_t later = 0;
  for (std::size_t i = 0; i < exchanges; ++i) {
    std::size_t size = m.exchanges[i].response_size;
    if (size == 0) {
      later += m.exchanges[i].later;
      continue;
    }
    const std::uint8_t* response = m.exchanges[i].out.data();
    malformed += is_format_error(response, size);
    truncated += is_truncated(response, size);
    msghdr& query = m.received[m.message_of_exchange[i]].msg_hdr;
    m.response_parts[count] = {m.exchanges[i].out.data(), size};
    msghdr& header = m.to_send[count].msg_hdr;
    header.msg_name = query.msg_name;
    header.msg_namelen = query.msg_namelen;
    header.msg_control = nullptr;
    header.msg_controllen = 0;
    if (socket.wildcard && query.msg_controllen > 0) {
      answer_from_asked_address(query);
      header.msg_control = query.msg_control;
      header.msg_controllen = query.msg_controllen;
    }
    ++count;
  }
  if (malformed != 0) counters_.udp.malformed.add(malformed);
  if (truncated != 0) counters_.udp.truncated.add(truncated);
  if (later != 0) counters_.udp.later.add(later);
  if (count + later != exchanges) counters_.udp.dropped.add(exchanges - count - later);
  return count;
}

std::optional<ReplyTicket> UdpBatch::keep(const Exchange& exchange) {
  const Memory& m = *memory_;
  std::size_t message = m.message_of_exchange[static_cast<std::size_t>(&exchange - m.exchanges.data())];
  return waiting_.add(*serving_, m.received[message].msg_hdr);
}

void UdpBatch::reply(ReplyTicket ticket, std::span<const std::uint8_t> response) {
  waiting_.reply(ticket, response);
}

// A response that cannot go at once is lost, as UDP may: the client asks again, and the others do not
// wait. sendmmsg stops at the first message that fails and reports it only when it is the first.
void UdpBatch::send(const UdpSocket& socket, std::size_t responses) {
  std::size_t next = 0;
  std::size_t failed = 0;
  while (next < responses) {
    int n = ::sendmmsg(socket.descriptor.get(), memory_->to_send.data() + next,
                       static_cast<unsigned>(responses - next), MSG_DONTWAIT);
    if (n > 0) {
      next += static_cast<std::size_t>(n);
      continue;
    }
    if (errno == EINTR) continue;
    bool no_room = errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM;
    std::size_t skip = no_room ? responses - next : 1;
    failed += skip;
    next += skip;
  }
  counters_.udp.answered.add(responses - failed);
  if (failed != 0) counters_.udp.send_failed.add(failed);
}

}  // namespace dotmesh
