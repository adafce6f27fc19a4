// Answers that come later: to whom they go, in which order, and what becomes of connections that wait.
#include <gmock/gmock.h>

#include <set>

#include "server/tcp_service.h"
#include "server/testing.h"
#include "server/waiting_peers.h"

namespace dotmesh::testing {
namespace {

using std::chrono::milliseconds;

using LaterTest = ServerTest;

TEST_F(LaterTest, UdpClientsGetTheirOwnAnswers) {
  open({{address("0.0.0.0@0"), 0}});
  std::vector<Client> clients;
  for (int i = 1; i <= 20; ++i) {
    SocketAddress asked = address("127.0.0." + std::to_string(i));
    asked.set_port(at().port());
    clients.emplace_back(SOCK_DGRAM, asked);  // connected: sees only answers from the asked address
    clients.back().send(message(static_cast<std::uint16_t>(i), "w"));
  }
  Client go = udp();
  sync();
  EXPECT_EQ(stats().udp.later, 20u);
  go.send(message(99, "g"));
  EXPECT_EQ(go.receive(), echo_of(message(99, "g")));
  for (int i = 1; i <= 20; ++i) {
    EXPECT_EQ(clients[static_cast<std::size_t>(i - 1)].receive(), echo_of(message(static_cast<std::uint16_t>(i), "w")));
  }
  server_->stop();
  EXPECT_EQ(stats().udp.answered, stats().udp.received);
  EXPECT_EQ(stats().udp.dropped, 0u);
}

TEST_F(LaterTest, OneUdpClientMayWaitForManyAnswers) {
  open();
  Client client = udp();
  std::set<std::string> expected, got;
  for (std::uint16_t id = 0; id < 200; ++id) {
    client.send(message(id, "w"));
    expected.insert(echo_of(message(id, "w")));
  }
  sync();
  udp().send(message(999, "g"));
  while (got.size() < expected.size()) got.insert(client.receive());
  EXPECT_EQ(got, expected);
}

// Beyond the bound everyone is told at once.
TEST_F(LaterTest, UdpClientsThatWaitAreBounded) {
  WorkerCounters counters;
  WaitingPeers peers(counters);
  UdpSocket socket;
  UdpPeer peer{};
  msghdr query{};
  query.msg_name = &peer;
  query.msg_namelen = sizeof(sockaddr_in);
  std::optional<ReplyTicket> last;
  for (std::size_t i = 0; i < WaitingPeers::kMaxWaiting; ++i) {
    last = peers.add(socket, query);
    ASSERT_TRUE(last.has_value());
  }
  EXPECT_FALSE(peers.add(socket, query).has_value());
  peers.reply(*last, {});
  EXPECT_EQ(peers.waiting(), WaitingPeers::kMaxWaiting - 1);
  EXPECT_EQ(counters.udp.dropped.value(), 1u);
  EXPECT_TRUE(peers.add(socket, query).has_value());
}

TEST_F(LaterTest, TcpAnswersComeOutOfOrder) {
  open();
  Client client = tcp();
  client.send(framed(message(1, "w")) + framed(message(2, "e")) + framed(message(3, "w")) + framed(message(4, "e")));
  EXPECT_EQ(client.receive_framed(), echo_of(message(2, "e")));
  EXPECT_EQ(client.receive_framed(), echo_of(message(4, "e")));
  client.send(framed(message(5, "g")));
  std::multiset<std::string> got;
  for (int i = 0; i < 3; ++i) got.insert(client.receive_framed().value_or(""));
  EXPECT_EQ(got, (std::multiset<std::string>{echo_of(message(1, "w")), echo_of(message(3, "w")),
                                             echo_of(message(5, "g"))}));
  client.send(framed(message(6, "e")));
  EXPECT_EQ(client.receive_framed(), echo_of(message(6, "e")));
}

TEST_F(LaterTest, AnswerForAClosedConnectionGoesNowhere) {
  open();
  {
    Client client = tcp();
    client.send(framed(message(1, "w")) + framed(message(2, "e")));
    EXPECT_EQ(client.receive_framed(), echo_of(message(2, "e")));
    linger hard{.l_onoff = 1, .l_linger = 0};  // a reset, so that the server closes
    ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  sync();
  EXPECT_EQ(stats().connections.closed, 1u);
  Client other = tcp();
  other.send(framed(message(3, "g")));
  EXPECT_EQ(other.receive_framed(), echo_of(message(3, "g")));
}

TEST_F(LaterTest, ClientThatHasSentAllWaitsForItsAnswers) {
  open();
  Client client = tcp();
  client.send(framed(message(1, "w")) + framed(message(2, "w")));
  ::shutdown(client.fd(), SHUT_WR);
  sync();
  EXPECT_EQ(stats().tcp.later, 2u);
  udp().send(message(9, "g"));
  EXPECT_EQ(client.receive_framed(), echo_of(message(2, "w")));
  EXPECT_EQ(client.receive_framed(), echo_of(message(1, "w")));
  EXPECT_TRUE(client.closed());
}

TEST_F(LaterTest, WaitingForAnAnswerIsNotIdle) {
  open();
  Client client = tcp();
  client.send(framed(message(1, "w")));
  sync();
  advance(options_.tcp.idle_timeout * 2);
  EXPECT_EQ(stats().connections.closed, 0u);
  udp().send(message(9, "g"));
  EXPECT_EQ(client.receive_framed(), echo_of(message(1, "w")));
  sync();
  advance(options_.tcp.idle_timeout - milliseconds(1));  // counts from the answer
  EXPECT_EQ(stats().connections.closed, 0u);
  advance(milliseconds(1));
  EXPECT_TRUE(client.closed());
}

TEST_F(LaterTest, ConnectionDoesNotWaitForEver) {
  open();
  Client client = tcp();
  client.send(framed(message(1, "W")));
  sync();
  advance(TcpService::kAnswerTimeout - milliseconds(1));
  EXPECT_EQ(stats().connections.closed, 0u);
  advance(milliseconds(1));
  EXPECT_TRUE(client.closed());
}

TEST_F(LaterTest, AnswersThatOneConnectionWaitsForAreBounded) {
  open();
  Client client = tcp();
  std::string all;
  for (std::uint16_t id = 0; id < TcpService::kMaxUnanswered + 10; ++id) all += framed(message(id, "w"));
  client.send(all);
  sync();
  EXPECT_EQ(stats().tcp.later, TcpService::kMaxUnanswered);  // the others have not been read
  std::set<std::string> got;
  while (got.size() < TcpService::kMaxUnanswered + 10) {
    udp().send(message(9, "g"));
    sync();
    for (std::uint64_t n = stats().tcp.answered; got.size() < n;) got.insert(client.receive_framed().value_or(""));
  }
  EXPECT_EQ(stats().connections.closed, 0u);
}

}  // namespace
}  // namespace dotmesh::testing
