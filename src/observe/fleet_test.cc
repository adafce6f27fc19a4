#include "observe/fleet.h"

#include <gmock/gmock.h>

#include <future>

#include "observe/http_service.h"

namespace dotmesh::observe {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kAnswer = R"({"node":"sn3","state":"well","commit":"0123abcd","version":"0.1"})";

FleetNode read(std::string_view answer) {
  FleetNode node;
  node.name = "sn3";
  read_fleet_answer(answer, node);
  return node;
}

TEST(FleetAnswer, IsReadByItsKeys) {
  const FleetNode node = read(kAnswer);
  EXPECT_EQ(node.state, "well");
  EXPECT_EQ(node.commit, "0123abcd");
  EXPECT_EQ(node.version, "0.1");
  EXPECT_EQ(node.error, "");
}

TEST(FleetAnswer, OfAnotherNodeOrOfNoneIsAnError) {
  EXPECT_EQ(read(R"({"node":"sn4","state":"well"})").error, "another node answers there: \"sn4\"");
  for (const char* bad : {"", "[]", "7", "{\"node\":", "<html>"}) {
    EXPECT_EQ(read(bad).error, "its answer is not that of a node") << bad;
  }
  EXPECT_EQ(read(R"({"node":"sn3","state":7,"commit":[],"version":null})").state, "");
}

TEST(FleetAnswer, IsCutToPrintableWords) {
  EXPECT_EQ(read("{\"node\":\"sn3\",\"state\":\"\\u001b[31m\\n\xc3\xa9\"}").state, "?[31m???");
  const std::string longer = R"({"node":"sn3","commit":")" + std::string(5000, 'a') + "\"}";
  EXPECT_EQ(read(longer).commit, std::string(Fleet::kMaxWord, 'a'));
}

TEST(FleetJson, HasEveryKey) {
  FleetNode node = read(kAnswer);
  node.address = "10.0.0.1@8353";
  EXPECT_EQ(fleet_json({node}),
            R"([{"address":"10.0.0.1@8353","commit":"0123abcd","error":"","latency_ms":null,"name":"sn3","state":"well","version":"0.1"}])");
  EXPECT_EQ(fleet_json({}), "[]");
}

class FleetTest : public ::testing::Test {
 protected:
  static NodeEntry member(std::string name, const std::string& address) {
    NodeEntry entry;
    entry.name.value = std::move(name);
    entry.address.value = SocketAddress::parse(address, 8353).value();
    return entry;
  }
  // After the next whole round.
  std::vector<FleetNode> ask(std::vector<NodeEntry> members) {
    std::promise<void> second;
    std::atomic<int> rounds{0};
    Fleet fleet({.own_name = "self",
                 .own_answer = [] { return std::string(R"({"node":"self","state":"well"})"); },
                 .members =
                     [&] {
                       if (++rounds == 2) second.set_value();
                       return members;
                     },
                 .interval = std::chrono::hours(1)},
                clock_);
    fleet.start();
    fleet.wake();
    EXPECT_EQ(second.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
    auto nodes = fleet.nodes();
    fleet.stop();
    return nodes;
  }
  // A page at /api/node on a free port.
  SocketAddress serve(std::string page) {
    for (std::uint16_t port = 20'000 + static_cast<std::uint16_t>(::getpid() % 10'000);; ++port) {
      const auto address = SocketAddress::parse("127.0.0.1@" + std::to_string(port), 0).value();
      auto opened = HttpService::open(address);
      if (!opened) continue;
      (*opened)->start({{"/api/node", {"application/json", [page] { return page; }}}});
      services_.push_back(std::move(*opened));
      return address;
    }
  }

  Clock clock_;
  std::vector<std::unique_ptr<HttpService>> services_;
};

TEST_F(FleetTest, AsksTheOthersAndKnowsItself) {
  const auto there = serve(std::string(kAnswer));
  const auto nodes = ask({member("self", "192.0.2.1"), member("sn3", there.to_string())});
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].state, "well");
  EXPECT_EQ(nodes[0].latency_ms, std::nullopt);
  EXPECT_EQ(nodes[1].commit, "0123abcd");
  EXPECT_EQ(nodes[1].error, "");
  ASSERT_TRUE(nodes[1].latency_ms);
  EXPECT_GT(*nodes[1].latency_ms, 0);
}

TEST_F(FleetTest, OneThatIsNotThereAndOneThatTalksTooMuchAreTold) {
  const auto there = serve(std::string(100'000, 'x'));
  auto nodes = ask({member("gone", "127.0.0.1@1"), member("sn3", there.to_string())});
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].error, "cannot be reached");
  EXPECT_EQ(nodes[1].error, "its answer is too long");
  EXPECT_EQ(nodes[1].latency_ms, std::nullopt);
}

}  // namespace
}  // namespace dotmesh::observe
