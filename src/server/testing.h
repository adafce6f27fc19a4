// For the tests of this folder: a clock that stands still, a handler whose answers the query chooses,
// a server on loopback, and clients that block (with a guard of 10 s, so that a fault fails a test
// instead of hanging it).
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/descriptor.h"
#include "server/server.h"

namespace dotmesh::testing {

class FakeClock : public Clock {
 public:
  Monotonic monotonic() const override { return Monotonic(std::chrono::nanoseconds(now_.load())); }
  void advance(std::chrono::nanoseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{std::chrono::nanoseconds(std::chrono::hours(1)).count()};
};

// Echoes with the QR bit. The octet after the header is an order: 'd' and 'z' drop in begin() and
// finish(), 'l' answers as much as fits, 'r' answers the roles in the last octet, 't' sets TC,
// 'f' answers FORMERR, 'w' waits until a 'g' comes (the last that waits is answered first), 'W' waits
// for ever.
class EchoHandler {
 public:
  static constexpr std::size_t kHeader = 12;
  struct Slot {
    std::uint8_t roles = 0;
    std::string query;
    Transport transport = Transport::kUdp;
  };

  void refresh(Clock::Monotonic) {}
  bool begin(Slot& slot, std::span<const std::uint8_t> query, const ClientInfo& client) {
    slot.roles = client.roles;
    slot.transport = client.transport;
    slot.query.assign(query.begin(), query.end());
    return order(query) != 'd';
  }
  void fetch(Slot&) {}
  std::size_t finish(Slot& slot, std::span<const std::uint8_t> query, std::span<std::uint8_t> out) {
    if (order(query) == 'z') return 0;
    std::memcpy(out.data(), query.data(), std::min(query.size(), out.size()));
    if (query.size() <= kHeader) return query.size();
    out[2] |= 0x80;
    switch (order(query)) {
      case 'l':
        std::memset(out.data() + kHeader, 'l', out.size() - kHeader);
        return out.size();
      case 'r': out[query.size() - 1] = slot.roles; break;
      case 't': out[2] |= 0x02; break;
      case 'f': out[3] |= 1; break;
      case 'w': case 'W': return kAnswerLater;
      case 'g': answer_waiting(); break;
      default: break;
    }
    return std::min(query.size(), out.size());
  }

  void wait(Slot& slot, ReplyPlace place) {
    if (order({reinterpret_cast<const std::uint8_t*>(slot.query.data()), slot.query.size()}) == 'w') {
      waiting_.emplace_back(slot.query, place);
    }
  }
  // "No room to wait": RCODE 2.
  std::size_t refuse_to_wait(Slot&, std::span<const std::uint8_t> query, std::span<std::uint8_t> out) {
    std::memcpy(out.data(), query.data(), query.size());
    out[2] |= 0x80;
    out[3] |= 2;
    return query.size();
  }
  void on_response(ExchangeId, std::span<const std::uint8_t>) {}
  void on_failure(ExchangeId, UpstreamFailure) {}
  std::optional<Clock::Monotonic> next_timer() const { return std::nullopt; }
  void on_time() {}

 private:
  void answer_waiting() {
    for (; !waiting_.empty(); waiting_.pop_back()) {
      auto& [query, place] = waiting_.back();
      query[2] = static_cast<char>(query[2] | 0x80);
      place.transport->reply(place.ticket,
                             {reinterpret_cast<const std::uint8_t*>(query.data()), query.size()});
    }
  }
  std::vector<std::pair<std::string, ReplyPlace>> waiting_;

  static char order(std::span<const std::uint8_t> query) {
    return query.size() > kHeader ? static_cast<char>(query[kHeader]) : '\0';
  }
};

inline HandlerFactory echo_factory() {
  return [](unsigned, Upstream&) { return std::make_unique<SteppedHandler<EchoHandler>>(); };
}

// A header with `id`, then `rest`.
inline std::string message(std::uint16_t id, std::string_view rest) {
  std::string text(EchoHandler::kHeader, '\0');
  text[0] = static_cast<char>(id >> 8);
  text[1] = static_cast<char>(id & 0xff);
  return text.append(rest);
}
inline std::string echo_of(std::string text) {
  text[2] = static_cast<char>(text[2] | 0x80);
  return text;
}
inline std::string framed(const std::string& text) {
  std::string length{static_cast<char>(text.size() >> 8), static_cast<char>(text.size() & 0xff)};
  return length + text;
}

class Client {
 public:
  Client(int type, const SocketAddress& server, int receive_buffer = 0) {
    socket_ = Descriptor(::socket(server.family(), type | SOCK_CLOEXEC, 0));
    timeval guard{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(fd(), SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
    ::setsockopt(fd(), SOL_SOCKET, SO_SNDTIMEO, &guard, sizeof guard);
    if (receive_buffer > 0) {
      ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    int on = 1;
    if (type == SOCK_STREAM) ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    EXPECT_EQ(::connect(fd(), server.get(), server.size()), 0) << std::strerror(errno);
  }

  int fd() const { return socket_.get(); }
  void send(std::string_view octets) {
    EXPECT_EQ(::send(fd(), octets.data(), octets.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(octets.size()))
        << std::strerror(errno);
  }
  // One datagram.
  std::string receive() {
    std::string text(65536, '\0');
    ssize_t n = ::recv(fd(), text.data(), text.size(), 0);
    EXPECT_GE(n, 0) << std::strerror(errno);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
  }
  // One framed message; none when the server has closed.
  std::optional<std::string> receive_framed() {
    auto length = receive_exactly(2);
    if (!length) return std::nullopt;
    return receive_exactly(static_cast<std::size_t>(static_cast<std::uint8_t>((*length)[0])) << 8 |
                           static_cast<std::uint8_t>((*length)[1]));
  }
  // True when the server has closed the connection and nothing is left to read.
  bool closed() {
    char octet;
    ssize_t n = ::recv(fd(), &octet, 1, 0);
    return n == 0 || (n < 0 && errno == ECONNRESET);
  }

 private:
  std::optional<std::string> receive_exactly(std::size_t size) {
    std::string text;
    while (text.size() < size) {
      std::string part(size - text.size(), '\0');
      ssize_t n = ::recv(fd(), part.data(), part.size(), 0);
      if (n <= 0) return std::nullopt;
      text.append(part, 0, static_cast<std::size_t>(n));
    }
    return text;
  }

  Descriptor socket_;
};

inline SocketAddress address(std::string_view text) {
  auto parsed = SocketAddress::parse(text, 53);
  EXPECT_TRUE(parsed.has_value());
  return parsed.value_or(SocketAddress());
}

// Containers often have none.
inline bool has_ipv6() {
  Descriptor socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  SocketAddress loopback = address("::1@0");
  return socket.valid() && ::bind(socket.get(), loopback.get(), loopback.size()) == 0;
}

// A server on a free port of loopback. Without pacing, so that sync() can count turns.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options_.udp.pace_above_per_second = 0;
    options_.tcp.defer_accept = std::chrono::seconds(0);  // tests send nothing for a while
  }

  void open(std::vector<ListenAddress> addresses = {{address("127.0.0.1@0"), 0}}) {
    auto opened = Server::open(addresses, options_, clock_);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    server_ = std::move(*opened);
    server_->start(echo_factory());
  }
  const SocketAddress& at(std::size_t index = 0) { return server_->addresses()[index].address; }
  Client udp(std::size_t index = 0) { return Client(SOCK_DGRAM, at(index)); }
  Client tcp(int receive_buffer = 0) { return Client(SOCK_STREAM, at(), receive_buffer); }

  // Returns when the (single) worker has seen all that was sent before: a turn serves UDP first, so
  // the second and third answers come from turns that began after the call.
  void sync() {
    Client client = udp();
    for (int i = 0; i < 3; ++i) {
      client.send(message(0, "sync"));
      client.receive();
    }
  }
  void advance(std::chrono::milliseconds by) {
    clock_.advance(by);
    server_->wake();
    sync();
  }
  ServerStats stats() const { return server_->stats(); }

  FakeClock clock_;
  Clock real_clock_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

}  // namespace dotmesh::testing
