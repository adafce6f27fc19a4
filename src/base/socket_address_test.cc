#include "base/socket_address.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

TEST(SocketAddressTest, ParsesAndFormats) {
  for (const char* text : {"192.0.2.53@53", "2001:db8::53@5353", "127.0.0.1@0", "::@65535",
                           "::ffff:192.0.2.1@53", "fe80::1%lo@53"}) {
    auto address = SocketAddress::parse(text, 1);
    ASSERT_TRUE(address.has_value()) << address.error().message;
    EXPECT_EQ(address->to_string(), text);
    EXPECT_EQ(*SocketAddress::parse(address->to_string(), 2), *address);
  }
  EXPECT_EQ(SocketAddress::parse("192.0.2.53", 5353)->to_string(), "192.0.2.53@5353");
  EXPECT_EQ(SocketAddress::parse("2001:DB8:0::1", 53)->address_to_string(), "2001:db8::1");
}

TEST(SocketAddressTest, RefusesAndSaysWhy) {
  EXPECT_EQ(SocketAddress::parse("192.0.2.53:53", 53).error().message,
            "\"192.0.2.53:53\" is not an address: the port goes behind \"@\"; write ADDRESS or "
            "ADDRESS@PORT, such as \"192.0.2.53\" or \"2001:db8::53@5353\"");
  for (const char* bad : {"", "@53", "192.0.2", "192.0.2.05", "192.0.2.256", "192.0.2.1@", "192.0.2.1@x",
                          "192.0.2.1@65536", "192.0.2.1@-1", "192.0.2.1@53 ", "[::1]@53", "::1%nosuchif",
                          "192.0.2.1%lo", "example.org", "1:2:3"}) {
    EXPECT_FALSE(SocketAddress::parse(bad, 53).has_value()) << bad;
  }
}

TEST(SocketAddressTest, SockaddrRoundTrip) {
  for (const char* text : {"192.0.2.53@53", "2001:db8::53@5353"}) {
    SocketAddress address = *SocketAddress::parse(text, 53);
    EXPECT_EQ(SocketAddress::from_sockaddr(address.get()), address);
    EXPECT_EQ(address.size(), address.is_ipv4() ? 16U : 28U);
    EXPECT_EQ(address.address().size(), address.is_ipv4() ? 4U : 16U);
  }
  SocketAddress none;
  EXPECT_EQ(none.size(), 0U);
  EXPECT_EQ(none.port(), 0);
  EXPECT_TRUE(none.address().empty());
  EXPECT_NE(none, *SocketAddress::parse("0.0.0.0@0", 53));
}

TEST(SocketAddressTest, Kinds) {
  EXPECT_TRUE(SocketAddress::parse("0.0.0.0", 53)->is_wildcard());
  EXPECT_TRUE(SocketAddress::parse("::", 53)->is_wildcard());
  EXPECT_FALSE(SocketAddress::parse("::1", 53)->is_wildcard());
  EXPECT_TRUE(SocketAddress::parse("::1", 53)->is_loopback());
  EXPECT_TRUE(SocketAddress::parse("127.9.9.9", 53)->is_loopback());
  EXPECT_FALSE(SocketAddress::parse("10.0.0.1", 53)->is_loopback());
}

}  // namespace
}  // namespace dotmesh
