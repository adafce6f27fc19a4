#include "anycast/example.h"

#include <gtest/gtest.h>

#include "anycast/announcer.h"

namespace dotmesh::anycast {
namespace {

TEST(ExampleTest, NamesOfProtocols) {
  const auto address4 = *SocketAddress::parse("10.10.10.10", 53);
  const auto address6 = *SocketAddress::parse("fd00::53", 53);
  EXPECT_EQ(protocol_name("dotmesh_{address}", address4, Route::kNormal), "dotmesh_10_10_10_10");
  EXPECT_EQ(protocol_name("dotmesh_{address}", address6, Route::kLastResort),
            "dotmesh_fd00__53_last");
  EXPECT_EQ(protocol_name("dns", address4, Route::kLastResort), "dns_last");
  EXPECT_EQ(protocol_pattern("dotmesh_{address}"), "dotmesh_*");
  EXPECT_EQ(protocol_pattern("dns"), "dns*");
}

TEST(ExampleTest, HasARouteForEachAddress) {
  Settings settings;
  settings.interface = "dotmesh";
  settings.bird_protocol = "dotmesh_{address}";
  const auto text = bird_example(
      "bird-bgp", settings,
      {*SocketAddress::parse("10.10.10.10", 53), *SocketAddress::parse("fd00::53", 53)});
  ASSERT_TRUE(text);
  EXPECT_NE(
      text->find(
          "protocol static dotmesh_10_10_10_10 {\n  disabled;  # dotmesh enables it\n  ipv4;\n"
          "  route 10.10.10.10/32 via \"dotmesh\";\n}\n"),
      std::string::npos);
  EXPECT_NE(text->find("  ipv6;\n  route fd00::53/128 via \"dotmesh\";\n"), std::string::npos);
  EXPECT_NE(bird_example("bird-ospf", settings, {*SocketAddress::parse("fd00::53", 53)})
                ->find("protocol ospf v3 mesh6 {"),
            std::string::npos);
  EXPECT_EQ(bird_example("frr", settings, {}).error().message,
            "there is no example \"frr\"; there are bird-bgp, bird-ospf and bird-ospf-stub");
}

}  // namespace
}  // namespace dotmesh::anycast
