// Opening, UDP and stopping. TCP is in tcp_test.cc.
#include "server/server.h"

#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "server/testing.h"
#include "server/udp_batch.h"

namespace dotmesh::testing {
namespace {

using ::testing::HasSubstr;

using OpenTest = ServerTest;
using UdpTest = ServerTest;

TEST_F(OpenTest, PortZeroGivesOnePortForUdpAndTcp) {
  open();
  EXPECT_NE(at().port(), 0);
  Client over_udp = udp();
  Client over_tcp = tcp();
  over_udp.send(message(1, "e"));
  over_tcp.send(framed(message(2, "e")));
  EXPECT_EQ(over_udp.receive(), echo_of(message(1, "e")));
  EXPECT_EQ(over_tcp.receive_framed(), echo_of(message(2, "e")));
}

TEST_F(OpenTest, AddressThatIsNotOnTheMachineYetIsBound) {
  open({{address("192.0.2.1@0"), 0}, {address("127.0.0.1@0"), 0}});
  EXPECT_EQ(at(0).address_to_string(), "192.0.2.1");
  EXPECT_NE(at(0).port(), 0);
}

TEST_F(OpenTest, PortInUseIsRefusedWithTheWayOut) {
  open();
  std::vector<ListenAddress> same{{at(), 0}};
  auto second = Server::open(same, options_, clock_);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().message,
            "cannot listen on " + at().to_string() +
                " (UDP): Address already in use; another program has this address and port, "
                "`ss -lnp` names it: stop it or listen elsewhere");
}

TEST_F(OpenTest, AddressTwiceIsRefused) {
  std::vector<ListenAddress> twice{{address("127.0.0.1@9"), 1}, {address("127.0.0.1@9"), 2}};
  auto opened = Server::open(twice, options_, clock_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().message,
            "listening address 127.0.0.1@9 stands twice; keep one, with all its roles");
}

TEST_F(OpenTest, NoAddressAndNoWorkerAreRefused) {
  EXPECT_FALSE(Server::open({}, options_, clock_).has_value());
  options_.workers = 0;
  std::vector<ListenAddress> one{{address("127.0.0.1@0"), 0}};
  auto opened = Server::open(one, options_, clock_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().message, "0 workers; choose 1 to 256");
}

TEST_F(UdpTest, EveryQueryOfABurstIsAnswered) {
  open();
  Client client = udp();
  constexpr int kCount = 150;  // several batches; the client's own buffer holds some 270
  for (int i = 0; i < kCount; ++i) client.send(message(static_cast<std::uint16_t>(i), "e"));
  std::set<std::string> expected, got;
  for (int i = 0; i < kCount; ++i) {
    expected.insert(echo_of(message(static_cast<std::uint16_t>(i), "e")));
    got.insert(client.receive());
  }
  EXPECT_EQ(got, expected);
  sync();
  EXPECT_GE(stats().udp.received, std::uint64_t{kCount});
  EXPECT_EQ(stats().udp.answered, stats().udp.received);
}

TEST_F(UdpTest, Ipv6) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  open({{address("::1@0"), 0}});
  Client client = udp();
  client.send(message(6, "e"));
  EXPECT_EQ(client.receive(), echo_of(message(6, "e")));
}

// The response must come from the address that was asked: a connected client sees no other.
TEST_F(UdpTest, WildcardAnswersFromTheAskedAddress) {
  open({{address("0.0.0.0@0"), 0}});
  for (const char* text : {"127.0.0.1", "127.0.0.2", "127.8.9.10"}) {
    SocketAddress asked = address(text);
    asked.set_port(at(0).port());
    Client client(SOCK_DGRAM, asked);
    client.send(message(1, text));
    EXPECT_EQ(client.receive(), echo_of(message(1, text))) << text;
  }
}

TEST_F(UdpTest, WildcardIpv6) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  open({{address("::@0"), 0}, {address("0.0.0.0@0"), 0}});
  SocketAddress asked = address("::1");
  asked.set_port(at().port());
  Client client(SOCK_DGRAM, asked);
  client.send(message(1, "e"));
  EXPECT_EQ(client.receive(), echo_of(message(1, "e")));
}

TEST_F(UdpTest, RolesOfTheListeningAddressReachTheHandler) {
  open({{address("127.0.0.1@0"), 5}, {address("127.0.0.2@0"), 2}});
  for (std::size_t i : {0u, 1u}) {
    Client client = udp(i);
    client.send(message(1, "r?"));
    EXPECT_EQ(client.receive().back(), i == 0 ? 5 : 2);
  }
}

TEST_F(UdpTest, CountsWhatHappened) {
  open();
  Client client = udp();
  client.send(message(1, "d"));
  client.send(message(2, "z"));
  client.send(message(3, "t"));
  client.send(message(4, "f"));
  client.send(message(5, std::string(UdpBatch::kMaxQuery, 'e')));  // too large
  client.send(message(6, "e"));
  EXPECT_EQ(client.receive()[1], 3);
  EXPECT_EQ(client.receive()[1], 4);
  EXPECT_EQ(client.receive()[1], 6);
  server_->stop();
  ServerStats sum = stats();
  EXPECT_EQ(sum.udp.received, 6u);
  EXPECT_EQ(sum.udp.answered, 3u);
  EXPECT_EQ(sum.udp.dropped, 2u);
  EXPECT_EQ(sum.udp.truncated, 1u);
  EXPECT_EQ(sum.udp.malformed, 2u);
  EXPECT_GE(sum.udp_batches, 1u);
}

TEST_F(UdpTest, LargestQueryAndLargestResponseAreWhole) {
  open();
  Client client = udp();
  std::string largest = message(1, std::string(UdpBatch::kMaxQuery - EchoHandler::kHeader, 'e'));
  client.send(largest);
  EXPECT_EQ(client.receive(), echo_of(largest).substr(0, kMaxUdpResponse));
  client.send(message(2, "l"));
  EXPECT_EQ(client.receive().size(), kMaxUdpResponse);
}

TEST_F(UdpTest, PacedWorkerStillAnswersEverySocketAndTcp) {
  options_.udp.pace_above_per_second = 1;  // always busy
  std::vector<ListenAddress> two{{address("127.0.0.1@0"), 0}, {address("127.0.0.2@0"), 0}};
  auto opened = Server::open(two, options_, real_clock_);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  server_ = std::move(*opened);
  server_->start(echo_factory());
  Client first = udp(0);
  Client second = udp(1);
  Client stream = tcp();
  for (int i = 0; i < 2000; ++i) {
    first.send(message(1, "e"));
    first.receive();
  }
  second.send(message(2, "e"));
  EXPECT_EQ(second.receive(), echo_of(message(2, "e")));
  stream.send(framed(message(3, "e")));
  EXPECT_EQ(stream.receive_framed(), echo_of(message(3, "e")));
  EXPECT_GT(stats().pauses, 0u);
}

TEST_F(UdpTest, WorkersShareTheClients) {
  options_.workers = 3;
  open();
  std::vector<Client> clients;
  for (int i = 0; i < 64; ++i) clients.push_back(udp());
  for (Client& client : clients) client.send(message(1, "e"));
  for (Client& client : clients) EXPECT_EQ(client.receive(), echo_of(message(1, "e")));
  server_->stop();
  EXPECT_EQ(stats().udp.answered, 64u);
  EXPECT_EQ(server_->workers(), 3u);
}

TEST_F(UdpTest, HeartbeatMovesWithEachTurn) {
  open();
  sync();
  std::uint64_t before = server_->heartbeat(0);
  sync();
  EXPECT_GT(server_->heartbeat(0), before);
}

TEST_F(UdpTest, StopsWhileBusy) {
  options_.workers = 2;
  open();
  std::atomic<bool> done{false};
  std::atomic<int> sent{0};
  std::thread flood([&] {
    Client client = udp();
    std::string query = message(1, "e");
    while (!done) {
      if (::send(client.fd(), query.data(), query.size(), MSG_DONTWAIT) > 0) ++sent;
    }
  });
  Client stream = tcp();
  stream.send(framed(message(1, "e")));
  EXPECT_TRUE(stream.receive_framed().has_value());
  while (sent < 1000) std::this_thread::yield();
  server_->stop();
  done = true;
  flood.join();
  EXPECT_TRUE(stream.closed());
  EXPECT_EQ(stats().connections.accepted, stats().connections.closed);
}

}  // namespace
}  // namespace dotmesh::testing
