#include "server/upstream_udp.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "dns/wire.h"

namespace dotmesh {
namespace {

// linux/in.h and linux/in6.h; the C library's headers do not have them.
constexpr int kIpRecvFragSize = 25;
constexpr int kIpv6RecvFragSize = 77;

// In the third octet of a message.
constexpr std::uint8_t kTruncatedBit = 0x02;

}  // namespace

struct UpstreamUdpSocket : EventSource {
  // A message that was sent. Kept to the socket's end: an answer that comes late or twice is no guess.
  struct Sent {
    std::uint16_t message_id;
    ExchangeId exchange;    // kNoExchange: answered or forgotten
    std::uint32_t at = 0;   // its octets in outgoing_, until it is sent
    std::uint16_t size = 0;
  };

  explicit UpstreamUdpSocket(const ServerKey& server) : EventSource(Kind::kUpstreamUdp), key(server) {}

  Descriptor descriptor;
  ServerKey key;
  std::vector<Sent> sent;
  std::size_t open = 0;   // of `sent`, with an exchange
  std::size_t transmitted = 0;  // how many of `sent` have left; the others wait for flush()
  unsigned guesses = 0;
  bool retired = false;   // takes no further queries
  bool idle = false;      // stands in idle_
  Clock::Monotonic opened;
  std::list<UpstreamUdpSocket>::iterator self;
};

struct UpstreamUdp::Memory {
  std::array<mmsghdr, kReadAtOnce> headers{};
  std::array<iovec, kReadAtOnce> parts{};
  std::array<std::array<std::uint8_t, kMaxDatagram>, kReadAtOnce> datagrams;
  // The size of the largest fragment; the kernel writes it for datagrams that came in fragments, and nothing else.
  struct alignas(cmsghdr) Control {
    std::array<std::uint8_t, CMSG_SPACE(sizeof(int))> octets;
  };
  std::array<Control, kReadAtOnce> controls;

  void make_room_for_control(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) headers[i].msg_hdr.msg_controllen = sizeof(Control);
  }
};

UpstreamUdp::UpstreamUdp(std::size_t max_sockets, UpstreamCounters& counters, int epoll, RandomPool& random,
                         UpstreamFailures& failures)
    : max_sockets_(max_sockets),
      counters_(counters),
      epoll_(epoll),
      random_(random),
      failures_(failures),
      memory_(std::make_unique<Memory>()) {
  for (std::size_t i = 0; i < kReadAtOnce; ++i) {
    memory_->parts[i] = {memory_->datagrams[i].data(), kMaxDatagram};
    memory_->headers[i].msg_hdr.msg_iov = &memory_->parts[i];
    memory_->headers[i].msg_hdr.msg_iovlen = 1;
    memory_->headers[i].msg_hdr.msg_control = &memory_->controls[i];
  }
  memory_->make_room_for_control(kReadAtOnce);
}

UpstreamUdp::~UpstreamUdp() = default;

// Questions

void UpstreamUdp::send(ExchangeId id, const SocketAddress& server, std::span<const std::uint8_t> query,
                       Clock::Monotonic now) {
  ServerKey key(server);
  std::uint16_t message_id = load16(query.data());
  UpstreamFailure why = UpstreamFailure::kNoResources;
  Socket* socket = usable(key, message_id, now);
  if (socket == nullptr) socket = open(server, key, now, why);
  if (socket == nullptr) return failures_.add(id, why);
  counters_.udp_sent.add();
  if (socket->transmitted == socket->sent.size()) unsent_.push_back(socket);
  socket->sent.push_back({message_id, id, static_cast<std::uint32_t>(outgoing_.size()), static_cast<std::uint16_t>(query.size())});
  outgoing_.insert(outgoing_.end(), query.begin(), query.end());
  remember(id, socket);
  ++socket->open;
  if (socket->sent.size() >= kMaxQueries) retire(*socket);
  settle(*socket);
}

void UpstreamUdp::remember(ExchangeId id, Socket* socket) {
  const std::size_t place = exchange_place(id);
  if (place >= exchanges_.size()) exchanges_.resize(place + 1);
  exchanges_[place] = {id, socket};
}

// The server's current socket, if it may carry one more message with that ID.
UpstreamUdp::Socket* UpstreamUdp::usable(const ServerKey& key, std::uint16_t message_id, Clock::Monotonic now) {
  auto found = current_.find(key);
  if (found == current_.end()) return nullptr;
  Socket& socket = *found->second;
  bool clash = std::ranges::any_of(
      socket.sent, [message_id](const Socket::Sent& sent) { return sent.message_id == message_id; });
  if (!clash && socket.open < kMaxOpen && now - socket.opened < kMaxAge) return &socket;
  retire(socket);
  settle(socket);
  return nullptr;
}

UpstreamUdp::Socket* UpstreamUdp::open(const SocketAddress& server, const ServerKey& key, Clock::Monotonic now,
                                       UpstreamFailure& why) {
  why = UpstreamFailure::kNoResources;
  if (open_sockets() >= max_sockets_ && !make_room()) return nullptr;
  Descriptor descriptor(::socket(server.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor.valid()) {
    if (errno == EAFNOSUPPORT) why = UpstreamFailure::kUnreachable;
    if ((errno == EMFILE || errno == ENFILE) && make_room()) {
      descriptor = Descriptor(::socket(server.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    }
    if (!descriptor.valid()) return nullptr;
  }
  trust_no_fragments(descriptor, server.is_ipv6());
  if (!bind_random_port(descriptor, server.family())) return nullptr;
  if (::connect(descriptor.get(), server.get(), server.size()) != 0) {
    why = UpstreamFailure::kUnreachable;
    return nullptr;
  }
  idle_.emplace_back(key);
  Socket& socket = idle_.back();
  socket.self = std::prev(idle_.end());
  socket.idle = true;
  socket.opened = now;
  epoll_event event{.events = EPOLLIN, .data = {.ptr = static_cast<EventSource*>(&socket)}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor.get(), &event) != 0) {
    idle_.pop_back();
    return nullptr;
  }
  socket.descriptor = std::move(descriptor);
  counters_.udp_sockets.add();
  current_[key] = &socket;
  return &socket;
}

// Fragments can be replaced on their way, and path MTU messages forged: neither is trusted (docs/adr/0031).
void UpstreamUdp::trust_no_fragments(const Descriptor& descriptor, bool ipv6) {
  const int omit = ipv6 ? IPV6_PMTUDISC_OMIT : IP_PMTUDISC_OMIT;
  const int tell = 1;
  const int level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
  ::setsockopt(descriptor.get(), level, ipv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &omit, sizeof omit);
  ::setsockopt(descriptor.get(), level, ipv6 ? kIpv6RecvFragSize : kIpRecvFragSize, &tell, sizeof tell);
}

bool UpstreamUdp::bind_random_port(const Descriptor& descriptor, int family) {
  constexpr std::uint32_t kFirst = 1024;
  for (int i = 0; i < kPortTries; ++i) {
    std::uint32_t number = random_.number16();
    if (number < kFirst) continue;  // each of the others equally likely
    auto port = htons(static_cast<std::uint16_t>(number));
    int bound = -1;
    if (family == AF_INET6) {
      sockaddr_in6 any{};
      any.sin6_family = AF_INET6;
      any.sin6_port = port;
      bound = ::bind(descriptor.get(), reinterpret_cast<sockaddr*>(&any), sizeof any);
    } else {
      sockaddr_in any{};
      any.sin_family = AF_INET;
      any.sin_port = port;
      bound = ::bind(descriptor.get(), reinterpret_cast<sockaddr*>(&any), sizeof any);
    }
    if (bound == 0) return true;
    if (errno != EADDRINUSE && errno != EACCES) return false;
  }
  return false;
}

void UpstreamUdp::flush() {
  for (Socket* socket : unsent_) {
    if (socket->descriptor.valid()) transmit(*socket);
  }
  unsent_.clear();
  outgoing_.clear();
}

// Full buffers are lost datagrams: the core asks again.
void UpstreamUdp::transmit(Socket& socket) {
  std::array<mmsghdr, kMaxQueries> headers;
  std::array<iovec, kMaxQueries> parts;
  std::size_t first = socket.transmitted;
  std::size_t count = socket.sent.size() - first;
  socket.transmitted = socket.sent.size();
  for (std::size_t i = 0; i < count; ++i) {
    const Socket::Sent& sent = socket.sent[first + i];
    parts[i] = {outgoing_.data() + sent.at, sent.size};
    headers[i].msg_hdr = {};
    headers[i].msg_hdr.msg_iov = &parts[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  int errors = 0;
  for (std::size_t next = 0; next < count;) {
    int n = ::sendmmsg(socket.descriptor.get(), headers.data() + next, static_cast<unsigned>(count - next),
                       MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) {
      next += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) {
      break;
    } else if (errno != EINTR) {
      // The kernel reports here what an ICMP message said about earlier ones; twice is about these.
      fail_open(socket, UpstreamFailure::kUnreachable, ++errors == 1 ? first + next : socket.sent.size());
      if (errors == 2) break;
    }
  }
  settle(socket);
}

bool UpstreamUdp::forget(ExchangeId id) {
  const std::size_t place = exchange_place(id);
  if (place >= exchanges_.size() || exchanges_[place].id != id) return false;
  Socket& socket = *exchanges_[place].socket;
  forget_place(id);
  std::ranges::find(socket.sent, id, &Socket::Sent::exchange)->exchange = kNoExchange;
  --socket.open;
  settle(socket);
  return true;
}

// Answers

void UpstreamUdp::on_event(EventSource& source, BatchHandler& handler) {
  auto& socket = static_cast<Socket&>(source);
  if (!socket.descriptor.valid()) return;
  Memory& m = *memory_;
  int n = ::recvmmsg(socket.descriptor.get(), m.headers.data(), kReadAtOnce, MSG_DONTWAIT, nullptr);
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR) take_error(socket);
    return;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    const std::span datagram(m.datagrams[i].data(), m.headers[i].msg_len);
    if (m.headers[i].msg_hdr.msg_controllen != 0 && datagram.size() >= kHeaderSize) {
      counters_.fragmented.add();
      datagram[2] |= kTruncatedBit;  // the core asks by TCP and uses nothing of it
    }
    // What the core does with one may close the socket; its memory stays until end_turn().
    take(socket, datagram, handler);
  }
  m.make_room_for_control(static_cast<std::size_t>(n));
}

void UpstreamUdp::take(Socket& socket, std::span<const std::uint8_t> datagram, BatchHandler& handler) {
  if (datagram.size() < kHeaderSize) return counters_.unmatched.add();
  std::uint16_t message_id = load16(datagram.data());
  auto sent = std::ranges::find(socket.sent, message_id, &Socket::Sent::message_id);
  if (sent == socket.sent.end()) {
    counters_.unmatched.add();
    if (++socket.guesses < kMaxGuesses) return;
    counters_.forged.add(socket.open);
    retire(socket);
    fail_open(socket, UpstreamFailure::kForged, socket.sent.size());
    return settle(socket);
  }
  if (sent->exchange == kNoExchange) return;
  ExchangeId id = sent->exchange;
  forget_place(id);
  sent->exchange = kNoExchange;
  --socket.open;
  settle(socket);
  counters_.udp_received.add();
  handler.on_response(id, datagram);
}

// An ICMP message about one of our queries, checked by the kernel against addresses and ports.
void UpstreamUdp::take_error(Socket& socket) {
  fail_open(socket, UpstreamFailure::kUnreachable, socket.sent.size());
  retire(socket);
  settle(socket);
}

void UpstreamUdp::fail_open(Socket& socket, UpstreamFailure failure, std::size_t end) {
  for (std::size_t i = 0; i < end; ++i) {
    Socket::Sent& sent = socket.sent[i];
    if (sent.exchange == kNoExchange) continue;
    forget_place(sent.exchange);
    failures_.add(sent.exchange, failure);
    sent.exchange = kNoExchange;
    --socket.open;
  }
}

// The sockets themselves

void UpstreamUdp::retire(Socket& socket) {
  if (socket.retired) return;
  socket.retired = true;
  auto found = current_.find(socket.key);
  if (found != current_.end() && found->second == &socket) current_.erase(found);
}

void UpstreamUdp::settle(Socket& socket) {
  if (!socket.descriptor.valid()) return;
  if (socket.open == 0 && socket.retired) return close(socket);
  bool idle = socket.open == 0;
  if (idle == socket.idle) return;
  std::list<Socket>& from = socket.idle ? idle_ : busy_;
  std::list<Socket>& to = idle ? idle_ : busy_;
  to.splice(to.end(), from, socket.self);
  socket.idle = idle;
}

void UpstreamUdp::close(Socket& socket) {
  retire(socket);
  socket.descriptor.reset();  // epoll forgets it with the last descriptor
  closed_.splice(closed_.end(), socket.idle ? idle_ : busy_, socket.self);
}

bool UpstreamUdp::make_room() {
  if (idle_.empty()) return false;
  close(idle_.front());
  return true;
}

void UpstreamUdp::close_old(Clock::Monotonic now) {
  for (auto next = idle_.begin(); next != idle_.end();) {
    Socket& socket = *next++;
    if (now - socket.opened >= kMaxAge) close(socket);
  }
}

void UpstreamUdp::end_turn() { closed_.clear(); }

}  // namespace dotmesh
