// DNS over TCP on loopback: framing, limits, and who is closed when.
#include <sys/resource.h>

#include <gmock/gmock.h>

#include "server/tcp_service.h"
#include "server/testing.h"

namespace dotmesh::testing {
namespace {

using std::chrono::milliseconds;

using TcpTest = ServerTest;

TEST_F(TcpTest, PipelinedQueriesInOneSegment) {
  open();
  Client client = tcp();
  std::string all;
  for (std::uint16_t id = 0; id < 500; ++id) all += framed(message(id, "e"));  // several turns
  client.send(all);
  for (std::uint16_t id = 0; id < 500; ++id) {
    ASSERT_EQ(client.receive_framed(), echo_of(message(id, "e")));
  }
}

TEST_F(TcpTest, QueriesSplitAtEveryOctet) {
  open();
  std::string all =
      framed(message(1, "e")) + framed(message(2, std::string(300, 'e'))) + framed(message(3, "e"));
  for (std::size_t split = 1; split < all.size(); ++split) {
    Client client = tcp();
    client.send(std::string_view(all).substr(0, split));
    sync();
    client.send(std::string_view(all).substr(split));
    ASSERT_EQ(client.receive_framed(), echo_of(message(1, "e"))) << split;
    ASSERT_EQ(client.receive_framed(), echo_of(message(2, std::string(300, 'e')))) << split;
    ASSERT_EQ(client.receive_framed(), echo_of(message(3, "e"))) << split;
  }
}

TEST_F(TcpTest, OctetByOctet) {
  open();
  Client client = tcp();
  for (char octet : framed(message(1, "e")) + framed(message(2, "e"))) {
    client.send(std::string_view(&octet, 1));
    sync();
  }
  EXPECT_EQ(client.receive_framed(), echo_of(message(1, "e")));
  EXPECT_EQ(client.receive_framed(), echo_of(message(2, "e")));
}

TEST_F(TcpTest, LargestMessage) {
  open();
  Client client = tcp();
  std::string largest = message(1, std::string(kMaxMessage - EchoHandler::kHeader, 'e'));
  client.send(framed(largest) + framed(message(2, "e")));
  EXPECT_EQ(client.receive_framed(), echo_of(largest));
  EXPECT_EQ(client.receive_framed(), echo_of(message(2, "e")));
}

TEST_F(TcpTest, ClientThatHasSentAllGetsAll) {
  open();
  Client client = tcp();
  client.send(framed(message(1, "l")) + framed(message(2, "e")));
  ::shutdown(client.fd(), SHUT_WR);
  EXPECT_EQ(client.receive_framed()->size(), kMaxMessage);
  EXPECT_EQ(client.receive_framed(), echo_of(message(2, "e")));
  EXPECT_TRUE(client.closed());
}

TEST_F(TcpTest, DroppedQueryLeavesTheConnectionOpen) {
  open();
  Client client = tcp();
  client.send(framed(message(1, "d")) + framed(message(2, "z")) + framed(message(3, "e")));
  EXPECT_EQ(client.receive_framed(), echo_of(message(3, "e")));
  server_->stop();
  EXPECT_EQ(stats().tcp.received, 3u);
  EXPECT_EQ(stats().tcp.dropped, 2u);
  EXPECT_EQ(stats().tcp.answered, 1u);
}

TEST_F(TcpTest, MessageOfLengthZeroClosesAfterTheAnswersBeforeIt) {
  open();
  Client client = tcp();
  client.send(framed(message(1, "e")) + framed("") + framed(message(2, "e")));
  EXPECT_EQ(client.receive_framed(), echo_of(message(1, "e")));
  EXPECT_TRUE(client.closed());
  sync();
  EXPECT_EQ(stats().tcp.malformed, 1u);
}

TEST_F(TcpTest, IdleConnectionIsClosed) {
  open();
  Client client = tcp();
  client.send(framed(message(1, "e")));
  EXPECT_TRUE(client.receive_framed().has_value());
  advance(options_.tcp.idle_timeout - milliseconds(1));
  client.send(framed(message(2, "e")));  // counts from here again
  EXPECT_TRUE(client.receive_framed().has_value());
  advance(options_.tcp.idle_timeout - milliseconds(1));
  EXPECT_EQ(stats().connections.closed, 0u);
  advance(milliseconds(1));
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(stats().connections.closed_idle, 1u);
}

TEST_F(TcpTest, HalfAQueryIsIdle) {
  open();
  Client client = tcp();
  sync();
  advance(options_.tcp.idle_timeout / 2);
  client.send(framed(message(1, "e")).substr(0, 5));
  sync();
  advance(options_.tcp.idle_timeout / 2);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(stats().connections.closed_idle, 1u);
}

TEST_F(TcpTest, IdleTimeoutIsShorterWhenMostPlacesAreTaken) {
  options_.tcp.max_connections = 4;
  open();
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(tcp());
  sync();
  EXPECT_EQ(stats().connections.accepted, 4u);
  advance(options_.tcp.idle_timeout_when_busy);
  // The first goes; then three quarters are taken and the others have their full time.
  EXPECT_EQ(stats().connections.closed_idle, 1u);
  EXPECT_TRUE(clients[0].closed());
}

TEST_F(TcpTest, IdlestMakesRoomWhenAllPlacesAreTaken) {
  options_.tcp.max_connections = 2;
  open();
  Client first = tcp();
  Client second = tcp();
  sync();
  first.send(framed(message(1, "e")));  // now the second is the idlest
  EXPECT_TRUE(first.receive_framed().has_value());
  Client third = tcp();
  third.send(framed(message(3, "e")));
  EXPECT_EQ(third.receive_framed(), echo_of(message(3, "e")));
  EXPECT_TRUE(second.closed());
  first.send(framed(message(4, "e")));
  EXPECT_EQ(first.receive_framed(), echo_of(message(4, "e")));
  EXPECT_EQ(stats().connections.closed_for_room, 1u);
}

TEST_F(TcpTest, OneClientHasABoundOfItsOwn) {
  options_.tcp.max_connections_per_client = 2;
  open();
  Client first = tcp();
  Client second = tcp();
  sync();
  Client third = tcp();
  EXPECT_TRUE(third.closed());
  EXPECT_EQ(stats().connections.refused_client, 1u);
  {
    Client gone = std::move(second);
  }
  sync();
  Client fourth = tcp();
  fourth.send(framed(message(4, "e")));
  EXPECT_EQ(fourth.receive_framed(), echo_of(message(4, "e")));
}

TEST_F(TcpTest, OldConnectionClosesAfterAnAnswer) {
  open();
  Client client = tcp();
  sync();
  milliseconds step = options_.tcp.idle_timeout - milliseconds(1);
  for (milliseconds age{0}; age < options_.tcp.max_lifetime; age += step) {
    client.send(framed(message(1, "e")));
    ASSERT_TRUE(client.receive_framed().has_value());
    advance(step);
  }
  client.send(framed(message(2, "e")));
  EXPECT_EQ(client.receive_framed(), echo_of(message(2, "e")));
  EXPECT_TRUE(client.closed());
  sync();
  EXPECT_EQ(stats().connections.closed_lifetime, 1u);
}

// 200 answers of 64 KiB are more than the buffers of both kernels and ours.
constexpr int kLargeAnswers = 200;
constexpr int kSmallReceiveBuffer = 16 << 10;

TEST_F(TcpTest, SlowReaderIsNotReadFurtherAndGetsAllInTheEnd) {
  open();
  Client client = tcp(kSmallReceiveBuffer);
  for (std::uint16_t id = 0; id < kLargeAnswers; ++id) client.send(framed(message(id, "l")));
  sync();
  std::uint64_t answered_unread = stats().tcp.answered;
  EXPECT_LT(answered_unread, 30u);
  for (std::uint16_t id = 0; id < kLargeAnswers; ++id) {
    auto answer = client.receive_framed();
    ASSERT_TRUE(answer.has_value()) << id;
    EXPECT_EQ(answer->substr(0, 2), message(id, "").substr(0, 2));
    EXPECT_EQ(answer->size(), kMaxMessage);
  }
  sync();
  EXPECT_EQ(stats().tcp.answered, std::uint64_t{kLargeAnswers});
}

TEST_F(TcpTest, ReaderThatTakesNothingIsClosed) {
  open();
  Client client = tcp(kSmallReceiveBuffer);
  for (std::uint16_t id = 0; id < kLargeAnswers; ++id) client.send(framed(message(id, "l")));
  sync();
  advance(options_.tcp.write_timeout - milliseconds(1));
  EXPECT_EQ(stats().connections.closed, 0u);
  advance(milliseconds(1));
  EXPECT_EQ(stats().connections.closed_slow_reader, 1u);
}

TEST_F(TcpTest, OthersAreServedBesideABusyConnection) {
  open();
  Client greedy = tcp(kSmallReceiveBuffer);
  std::string many;
  for (std::uint16_t id = 0; id < 2000; ++id) many += framed(message(id, "e"));
  greedy.send(many);
  Client modest = tcp();
  modest.send(framed(message(1, "e")));
  EXPECT_EQ(modest.receive_framed(), echo_of(message(1, "e")));
  for (std::uint16_t id = 0; id < 2000; ++id) {
    ASSERT_EQ(greedy.receive_framed(), echo_of(message(id, "e")));
  }
}

// Lowers the bound of open files so that nothing can be opened, until the end of the scope.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    Descriptor probe(::dup(0));
    rlimit low{.rlim_cur = static_cast<rlim_t>(probe.get()), .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &low);
  }
  ~NoDescriptorsLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(TcpTest, OutOfDescriptorsWaitsWithoutSpinning) {
  open();
  Client over_udp = udp();
  Client other = udp();
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  {
    NoDescriptorsLeft bound;
    ASSERT_EQ(::connect(socket.get(), at().get(), at().size()), 0);
    for (int i = 0; i < 20; ++i) {
      over_udp.send(message(1, "e"));
      over_udp.receive();
    }
  }
  EXPECT_EQ(stats().connections.accept_failed, 1u);
  EXPECT_EQ(stats().connections.accepted, 0u);
  advance(TcpService::kAcceptPause);
  sync();
  EXPECT_EQ(stats().connections.accepted, 1u);
}

}  // namespace
}  // namespace dotmesh::testing
