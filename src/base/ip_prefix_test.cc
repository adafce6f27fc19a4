#include "base/ip_prefix.h"

#include <gtest/gtest.h>

#include "base/socket_address.h"

namespace dotmesh {
namespace {

bool contains(const char* prefix, const char* address) {
  return IpPrefix::parse(prefix)->contains(SocketAddress::parse(address, 0)->address());
}

TEST(IpPrefixTest, ContainsToTheBit) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.255.255"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("10.68.0.0/14", "10.71.1.1"));
  EXPECT_FALSE(contains("10.68.0.0/14", "10.72.1.1"));
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.1"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
  EXPECT_TRUE(contains("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(contains("192.0.2.1", "192.0.2.2"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
}

TEST(IpPrefixTest, ParsesAndFormats) {
  EXPECT_EQ(IpPrefix::parse("2001:DB8::/32")->to_string(), "2001:db8::/32");
  EXPECT_EQ(IpPrefix::parse("192.0.2.1")->to_string(), "192.0.2.1/32");
  EXPECT_EQ(IpPrefix::parse("10.1.0.0/8").error().message,
            "\"10.1.0.0/8\" has address bits behind its length; write \"10.0.0.0/8\"");
  for (const char* bad : {"", "/8", "10/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x",
                          "::/129", "10.0.0.0/8/8", "example.org/8", "010.0.0.0/8"}) {
    EXPECT_FALSE(IpPrefix::parse(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace dotmesh
