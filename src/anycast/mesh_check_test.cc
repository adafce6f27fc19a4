// What depends on other nodes is reported after two failures, and decides nothing.
#include "anycast/mesh_check.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace dotmesh::anycast {
namespace {

using std::chrono::milliseconds;

// A port of loopback where nothing listens: bound, so that nobody else gets it, and over UDP and
// TCP refused or silent.
struct ClosedPort {
  ClosedPort() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto any = SocketAddress::parse("127.0.0.1@0", 0);
    EXPECT_EQ(::bind(socket.get(), any->get(), any->size()), 0);
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    EXPECT_EQ(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size), 0);
    address = SocketAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&bound));
  }
  Descriptor socket;
  SocketAddress address;
};

TEST(MeshCheckTest, TwoFailuresInARowAreReported) {
  const ClosedPort closed;
  MeshCheck check(closed.address);
  const std::vector<Question> mesh{{.name = "mesh.", .recursion_desired = true}};
  Clock::Monotonic now{};
  EXPECT_TRUE(check.on_time(mesh, now));
  EXPECT_FALSE(check.on_time(mesh, now + milliseconds(75)));
  EXPECT_TRUE(check.on_time(mesh, now += MeshCheck::kEvery));
  EXPECT_EQ(check.fault(), "");
  EXPECT_TRUE(check.on_time(mesh, now += MeshCheck::kEvery));
  EXPECT_EQ(check.fault(), "UDP: nothing listens there");
  EXPECT_FALSE(check.on_time({}, now));
  EXPECT_EQ(check.fault(), "");
}

}  // namespace
}  // namespace dotmesh::anycast
