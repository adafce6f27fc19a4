// Questions to other servers, against scripted servers on loopback.
#include "server/upstream_sockets.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <net/if.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

#include <cstring>

#include <filesystem>
#include <map>
#include <set>

#include "server/testing.h"

namespace dotmesh::testing {
namespace {

using std::chrono::seconds;

// What the core would be told.
class Told final : public BatchHandler {
 public:
  void refresh(Clock::Monotonic) override {}
  void answer(std::span<Exchange>) override {}
  void on_response(ExchangeId id, std::span<const std::uint8_t> message) override {
    EXPECT_TRUE(responses.emplace(id, std::string(message.begin(), message.end())).second) << id;
    if (then) then(id);
  }
  void on_failure(ExchangeId id, UpstreamFailure failure) override {
    EXPECT_TRUE(failures.emplace(id, failure).second) << id;
  }
  std::map<ExchangeId, std::string> responses;
  std::map<ExchangeId, UpstreamFailure> failures;
  std::function<void(ExchangeId)> then;
};

std::span<const std::uint8_t> octets(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A socket of the other side, with a guard of 5 s.
struct Other {
  Descriptor socket;
  SocketAddress at;

  explicit Other(int type, std::string_view text = "127.0.0.1@0") {
    SocketAddress wanted = address(text);
    socket = Descriptor(::socket(wanted.family(), type | SOCK_CLOEXEC, 0));
    timeval guard{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
    EXPECT_EQ(::bind(socket.get(), wanted.get(), wanted.size()), 0);
    if (type == SOCK_STREAM) {
      EXPECT_EQ(::listen(socket.get(), 16), 0);
    }
    at = bound_address(socket);
  }
  // A datagram and its sender.
  std::pair<std::string, SocketAddress> receive() {
    std::string text(4096, '\0');
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    ssize_t n = ::recvfrom(socket.get(), text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    EXPECT_GT(n, 0) << std::strerror(errno);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return {text, SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&from))};
  }
  void send_to(const SocketAddress& to, const std::string& text) {
    ::sendto(socket.get(), text.data(), text.size(), 0, to.get(), to.size());
  }
  Other accept() {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    Other connection{Descriptor(::accept4(socket.get(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_CLOEXEC))};
    timeval guard{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(connection.socket.get(), SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
    return connection;
  }
  explicit Other(Descriptor accepted) : socket(std::move(accepted)) {}
  std::string read(std::size_t size) {
    std::string text;
    while (text.size() < size) {
      std::string part(size - text.size(), '\0');
      ssize_t n = ::recv(socket.get(), part.data(), part.size(), 0);
      if (n <= 0) break;
      text.append(part, 0, static_cast<std::size_t>(n));
    }
    return text;
  }
  void write(std::string_view text) {
    EXPECT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  bool ended() {
    char octet;
    return ::recv(socket.get(), &octet, 1, 0) <= 0;
  }
};

class UpstreamTest : public ::testing::Test {
 protected:
  UpstreamTest() { upstream_.begin_turn(now_); }

  // One turn as the worker makes it; waits for an event.
  void turn(int wait_ms = 5000) {
    std::array<epoll_event, 64> events;
    int n = ::epoll_wait(epoll_.get(), events.data(), 64, upstream_.has_failures() ? 0 : wait_ms);
    upstream_.begin_turn(now_);
    for (int i = 0; i < n; ++i) {
      auto& event = events[static_cast<std::size_t>(i)];
      upstream_.on_event(*static_cast<EventSource*>(event.data.ptr), event.events, told_);
    }
    upstream_.end_turn(told_);
  }
  void turn_until(std::size_t results) {
    for (int i = 0; i < 1000 && told_.responses.size() + told_.failures.size() < results; ++i) turn();
    EXPECT_EQ(told_.responses.size() + told_.failures.size(), results);
  }
  void advance(std::chrono::milliseconds by) {
    now_ += by;
    turn(0);
  }
  void ask(ExchangeId id, std::uint16_t message_id, const Other& server,
           UpstreamTransport transport = UpstreamTransport::kUdp) {
    upstream_.send(id, transport, server.at, octets(message(message_id, "question")));
    upstream_.end_turn(told_);
  }
  void ask_tcp(ExchangeId id, std::uint16_t message_id, const Other& server) {
    ask(id, message_id, server, UpstreamTransport::kTcp);
  }

  Clock::Monotonic now_{std::chrono::hours(1)};
  Descriptor epoll_{::epoll_create1(EPOLL_CLOEXEC)};
  UpstreamOptions options_{.max_udp_sockets = 8, .max_tcp_connections = 4};
  UpstreamCounters counters_;
  UpstreamSockets upstream_{options_, counters_, epoll_.get()};
  Told told_;
};

TEST_F(UpstreamTest, ResponseByUdp) {
  Other server(SOCK_DGRAM);
  ask(7, 0x1234, server);
  auto [query, from] = server.receive();
  EXPECT_EQ(query, message(0x1234, "question"));
  server.send_to(from, message(0x1234, "answer"));
  turn_until(1);
  EXPECT_EQ(told_.responses[7], message(0x1234, "answer"));
  server.send_to(from, message(0x1234, "answer"));  // once more: no second report, no guess
  turn(100);
  EXPECT_EQ(told_.responses.size(), 1u);
  EXPECT_EQ(counters_.unmatched.value(), 0u);
}

TEST_F(UpstreamTest, Ipv6) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  Other server(SOCK_DGRAM, "::1@0");
  ask(7, 1, server);
  server.send_to(server.receive().second, message(1, "answer"));
  turn_until(1);
  EXPECT_EQ(told_.responses[7], message(1, "answer"));
}

TEST_F(UpstreamTest, AnswersOfOtherAddressesAndPortsAreNotSeen) {
  Other server(SOCK_DGRAM);
  Other liar(SOCK_DGRAM);
  Other far_liar(SOCK_DGRAM, "127.0.0.2@0");
  ask(7, 1, server);
  SocketAddress from = server.receive().second;
  liar.send_to(from, message(1, "lie"));
  far_liar.send_to(from, message(1, "lie"));
  server.send_to(from, message(1, "truth"));
  turn_until(1);
  EXPECT_EQ(told_.responses[7], message(1, "truth"));
}

TEST_F(UpstreamTest, GuessedIdsAreCountedAndEndInForged) {
  Other server(SOCK_DGRAM);
  ask(7, 1, server);
  ask(8, 2, server);
  SocketAddress from = server.receive().second;
  for (unsigned i = 0; i + 1 < UpstreamUdp::kMaxGuesses; ++i) {
    server.send_to(from, message(static_cast<std::uint16_t>(100 + i), "guess"));
  }
  turn(1000);
  EXPECT_TRUE(told_.failures.empty());
  server.send_to(from, message(99, "guess"));
  turn_until(2);
  EXPECT_EQ(told_.failures[7], UpstreamFailure::kForged);
  EXPECT_EQ(told_.failures[8], UpstreamFailure::kForged);
  EXPECT_EQ(counters_.forged.value(), 2u);
  // The next question goes out from another port.
  server.receive();
  ask(9, 3, server);
  EXPECT_NE(server.receive().second.port(), from.port());
}

TEST_F(UpstreamTest, PortsAreSpreadAndChangeInTime) {
  Other server(SOCK_DGRAM);
  std::set<std::uint16_t> ports;
  std::uint16_t lowest = 65535, highest = 0;
  for (int round = 0; round < 32; ++round) {
    ExchangeId id = static_cast<ExchangeId>(round);
    ask(id, static_cast<std::uint16_t>(round), server);
    SocketAddress from = server.receive().second;
    server.send_to(from, message(static_cast<std::uint16_t>(round), "a"));
    turn_until(static_cast<std::size_t>(round) + 1);
    ports.insert(from.port());
    lowest = std::min(lowest, from.port());
    highest = std::max(highest, from.port());
    advance(UpstreamUdp::kMaxAge);
  }
  // Drawn from 64,512: one pair alike once in 130 runs, which is right; three pairs once in ten million.
  EXPECT_GE(ports.size(), 30u);
  EXPECT_GE(lowest, 1024);
  EXPECT_GT(highest - lowest, 30'000);  // fails once in a million
}

TEST_F(UpstreamTest, QueriesOfOnePortAreBounded) {
  Other server(SOCK_DGRAM);
  std::map<std::uint16_t, std::size_t> by_port;
  std::size_t all = 3 * UpstreamUdp::kMaxQueries;
  for (std::size_t i = 0; i < all; ++i) {
    ask(i, static_cast<std::uint16_t>(i), server);
    SocketAddress from = server.receive().second;
    server.send_to(from, message(static_cast<std::uint16_t>(i), "a"));
    turn_until(i + 1);
    ++by_port[from.port()];
  }
  EXPECT_EQ(by_port.size(), 3u);
  EXPECT_EQ(counters_.udp_sockets.value(), 3u);
}

TEST_F(UpstreamTest, SameIdToTheSameServerUsesAnotherPort) {
  Other server(SOCK_DGRAM);
  ask(7, 1, server);
  ask(8, 1, server);
  SocketAddress first = server.receive().second;
  SocketAddress second = server.receive().second;
  EXPECT_NE(first.port(), second.port());
  server.send_to(second, message(1, "second"));
  server.send_to(first, message(1, "first"));
  turn_until(2);
  EXPECT_EQ(told_.responses[7], message(1, "first"));
  EXPECT_EQ(told_.responses[8], message(1, "second"));
}

// Fragments: a server sends none unless somebody lowers the path MTU, with a forged ICMP message. The kernel is told to
// believe none, for what we send and in what it tells of the path.
TEST_F(UpstreamTest, PathMtuMessagesAreNotBelieved) {
  Other v4(SOCK_DGRAM);
  Other v6(SOCK_DGRAM, "::1@0");
  ask(1, 1, v4);
  ask(2, 2, v6);
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::stoi(entry.path().filename());
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) continue;
    const auto to = SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&peer));
    if (to != v4.at && to != v6.at) continue;
    int discovery = -1;
    socklen_t length = sizeof discovery;
    const bool ipv6 = to.is_ipv6();
    ASSERT_EQ(::getsockopt(descriptor, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &discovery, &length), 0);
    EXPECT_EQ(discovery, ipv6 ? IPV6_PMTUDISC_OMIT : IP_PMTUDISC_OMIT);
    ++seen;
  }
  EXPECT_EQ(seen, 2);
}

// A network of this thread alone whose loopback device is narrow; it needs root.
class NarrowNetwork {
 public:
  NarrowNetwork() : home_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)), made_(::unshare(CLONE_NEWNET) == 0) {
    if (!made_) return;
    Descriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq device{};
    std::strcpy(device.ifr_name, "lo");
    device.ifr_mtu = 1280;
    EXPECT_EQ(::ioctl(any.get(), SIOCSIFMTU, &device), 0);
    device.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
    EXPECT_EQ(::ioctl(any.get(), SIOCSIFFLAGS, &device), 0);
  }
  ~NarrowNetwork() {
    if (made_) {
      EXPECT_EQ(::setns(home_.get(), CLONE_NEWNET), 0);
    }
  }
  bool made() const { return made_; }

 private:
  Descriptor home_;
  bool made_;
};

// CVE-2025-40778 and the fragmentation attacks before it: the head of a response is genuine, with its ID and port, and
// the tail is somebody else's.
TEST_F(UpstreamTest, FragmentsAreHandedOnAsTruncated) {
  NarrowNetwork network;
  if (!network.made()) GTEST_SKIP() << "a network namespace needs root";
  const std::string large = message(1, std::string(2000, 'x'));
  const std::string small = message(2, std::string(1100, 'x'));
  ExchangeId id = 0;
  for (const char* at : {"127.0.0.1@0", "::1@0"}) {
    Other server(SOCK_DGRAM, at);
    int omit = IP_PMTUDISC_OMIT;  // without "do not fragment"
    ::setsockopt(server.socket.get(), IPPROTO_IP, IP_MTU_DISCOVER, &omit, sizeof omit);
    ask(++id, 1, server);
    server.send_to(server.receive().second, large);
    turn_until(id);
    std::string truncated = large;
    truncated[2] = static_cast<char>(truncated[2] | 2);
    EXPECT_EQ(told_.responses[id], truncated) << at;
    EXPECT_EQ(counters_.fragmented.value(), (id + 1) / 2);
    ask(++id, 2, server);
    server.send_to(server.receive().second, small);
    turn_until(id);
    EXPECT_EQ(told_.responses[id], small) << "the next one in the same place came whole, " << at;
    EXPECT_EQ(counters_.fragmented.value(), id / 2);
  }
}

TEST_F(UpstreamTest, ForgottenIsNotReported) {
  Other server(SOCK_DGRAM);
  ask(7, 1, server);
  ask(8, 2, server);
  upstream_.forget(7);
  SocketAddress from = server.receive().second;
  server.send_to(from, message(1, "late"));
  server.send_to(from, message(2, "answer"));
  turn_until(1);
  EXPECT_EQ(told_.responses.count(8), 1u);
  EXPECT_EQ(counters_.unmatched.value(), 0u);  // late is no guess
}

TEST_F(UpstreamTest, NobodyThereIsUnreachable) {
  SocketAddress gone;
  {
    Other server(SOCK_DGRAM);
    gone = server.at;
  }
  upstream_.send(7, UpstreamTransport::kUdp, gone, octets(message(1, "q")));
  upstream_.send(8, UpstreamTransport::kTcp, gone, octets(message(1, "q")));
  turn_until(2);
  EXPECT_EQ(told_.failures[7], UpstreamFailure::kUnreachable);
  EXPECT_EQ(told_.failures[8], UpstreamFailure::kUnreachable);
}

TEST_F(UpstreamTest, NoRouteIsReportedAfterTheCall) {
  upstream_.send(7, UpstreamTransport::kUdp, address("255.255.255.255@53"), octets(message(1, "q")));
  upstream_.send(8, UpstreamTransport::kUdp, address("255.255.255.255@53"), octets(message(2, "q")));
  EXPECT_TRUE(told_.failures.empty());
  upstream_.forget(8);
  turn_until(1);
  EXPECT_EQ(told_.failures.count(7), 1u);
}

TEST_F(UpstreamTest, SocketsAreBounded) {
  std::vector<Other> servers;
  for (ExchangeId i = 0; i < 10; ++i) {
    servers.emplace_back(SOCK_DGRAM);
    ask(i, 1, servers.back());
  }
  turn_until(2);
  EXPECT_EQ(told_.failures[8], UpstreamFailure::kNoResources);
  EXPECT_EQ(told_.failures[9], UpstreamFailure::kNoResources);
  upstream_.forget(0);  // its socket is idle now and makes room
  ask(10, 1, servers[9]);
  EXPECT_EQ(servers[9].receive().first, message(1, "question"));
}

TEST_F(UpstreamTest, CoreMayAskAndForgetWhileItIsTold) {
  Other server(SOCK_DGRAM);
  ask(1, 1, server);
  ask(2, 2, server);
  SocketAddress from = server.receive().second;
  server.send_to(from, message(1, "a"));
  server.send_to(from, message(2, "a"));
  told_.then = [&](ExchangeId id) {
    if (id != 1) return;
    upstream_.forget(2);
    ask(3, 3, server);
  };
  turn_until(1);
  server.receive();
  auto [query, next] = server.receive();
  EXPECT_EQ(query, message(3, "question"));
  server.send_to(next, message(3, "a"));
  turn_until(2);
  EXPECT_EQ(told_.responses.count(2), 0u);
}

TEST_F(UpstreamTest, TcpQueriesShareAConnectionAndAnswersComeInAnyOrder) {
  Other server(SOCK_STREAM);
  ask_tcp(1, 11, server);
  ask_tcp(2, 12, server);
  Other connection = server.accept();
  turn();  // connected: both go out
  std::string both = framed(message(11, "question")) + framed(message(12, "question"));
  EXPECT_EQ(connection.read(both.size()), both);
  std::string answers = framed(message(12, "second")) + framed(message(11, "first"));
  for (char octet : answers) {
    connection.write({&octet, 1});
    turn();
  }
  turn_until(2);
  EXPECT_EQ(told_.responses[1], message(11, "first"));
  EXPECT_EQ(told_.responses[2], message(12, "second"));
  ask_tcp(3, 13, server);
  EXPECT_EQ(connection.read(framed(message(13, "question")).size()), framed(message(13, "question")));
  connection.write(framed(message(13, "third")));
  turn_until(3);
  EXPECT_EQ(counters_.tcp_connections.value(), 1u);
  advance(UpstreamTcp::kIdle);
  EXPECT_TRUE(connection.ended());
}

TEST_F(UpstreamTest, TcpSameIdUsesAnotherConnection) {
  Other server(SOCK_STREAM);
  ask_tcp(1, 11, server);
  ask_tcp(2, 11, server);
  EXPECT_EQ(counters_.tcp_connections.value(), 2u);
}

TEST_F(UpstreamTest, TcpEndedBeforeAnyAnswerIsClosed) {
  Other server(SOCK_STREAM);
  ask_tcp(1, 11, server);
  {
    Other connection = server.accept();
    turn();
    connection.read(framed(message(11, "question")).size());
    connection.write(framed(message(11, "answer")).substr(0, 5));
  }
  turn_until(1);
  EXPECT_EQ(told_.failures[1], UpstreamFailure::kClosed);
}

TEST_F(UpstreamTest, TcpEndedAfterAnAnswerIsTriedOnceMore) {
  Other server(SOCK_STREAM);
  ask_tcp(1, 11, server);
  ask_tcp(2, 12, server);
  {
    Other connection = server.accept();
    turn();
    connection.read(2 * framed(message(11, "question")).size());
    connection.write(framed(message(11, "answer")));
  }
  for (int i = 0; i < 10 && counters_.tcp_connections.value() < 2; ++i) turn();
  Other again = server.accept();
  for (int i = 0; i < 3; ++i) turn(50);
  EXPECT_EQ(again.read(framed(message(12, "question")).size()), framed(message(12, "question")));
  again.write(framed(message(12, "answer")));
  turn_until(2);
  EXPECT_EQ(told_.responses[2], message(12, "answer"));
}

TEST_F(UpstreamTest, TcpForgottenInTheMiddleOfAnAnswerIsClosed) {
  Other server(SOCK_STREAM);
  ask_tcp(1, 11, server);
  Other connection = server.accept();
  turn();
  connection.read(framed(message(11, "question")).size());
  connection.write(framed(message(11, "answer")).substr(0, 5));
  turn();
  upstream_.forget(1);
  turn(0);
  EXPECT_TRUE(connection.ended());
  EXPECT_TRUE(told_.responses.empty() && told_.failures.empty());
}

TEST_F(UpstreamTest, TcpMessageOfLengthZeroIsClosed) {
  Other server(SOCK_STREAM);
  ask_tcp(1, 11, server);
  Other connection = server.accept();
  turn();
  connection.write(std::string(2, '\0'));
  turn_until(1);
  EXPECT_EQ(told_.failures[1], UpstreamFailure::kClosed);
}

TEST_F(UpstreamTest, TcpConnectionsAreBounded) {
  std::vector<Other> servers;
  for (ExchangeId i = 0; i < 5; ++i) {
    servers.emplace_back(SOCK_STREAM);
    ask_tcp(i, 1, servers.back());
  }
  turn();
  EXPECT_EQ(told_.failures[4], UpstreamFailure::kNoResources);
}

TEST_F(UpstreamTest, RandomOctetsDiffer) {
  std::array<std::uint8_t, 3000> one, two;
  upstream_.random(one);
  upstream_.random(two);
  EXPECT_NE(one, two);
}

}  // namespace
}  // namespace dotmesh::testing
