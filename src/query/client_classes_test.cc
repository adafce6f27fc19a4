#include "query/client_classes.h"

#include <gtest/gtest.h>

#include "base/socket_address.h"

namespace dotmesh {
namespace {

ClientClass of(const ClientClasses& classes, std::string_view text) {
  return classes.of(SocketAddress::parse(text, 4000).value().get());
}

ClientClasses classes(std::initializer_list<std::string_view> prefixes) {
  std::vector<IpPrefix> all;
  for (std::string_view text : prefixes) all.push_back(IpPrefix::parse(text).value());
  return ClientClasses(all);
}

TEST(ClientClassesTest, PrefixesAreTheMesh) {
  auto mesh = classes({"10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"});
  for (const char* inside : {"10.0.0.0", "10.255.255.255", "11.0.0.0", "11.255.255.255", "192.0.2.7", "2001:db8::",
                             "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"}) {
    EXPECT_EQ(of(mesh, inside), ClientClass::kMesh) << inside;
  }
  for (const char* outside : {"9.255.255.255", "12.0.0.0", "192.0.2.6", "192.0.2.8", "2001:db7:ffff::1", "2001:db9::"}) {
    EXPECT_EQ(of(mesh, outside), ClientClass::kPublic) << outside;
  }
}

TEST(ClientClassesTest, WholeFamilies) {
  auto all = classes({"0.0.0.0/0", "::/0", "255.0.0.0/8"});
  EXPECT_EQ(of(all, "1.0.0.1"), ClientClass::kMesh);
  EXPECT_EQ(of(all, "223.255.255.255"), ClientClass::kMesh);
  EXPECT_EQ(of(all, "2001:db8::1"), ClientClass::kMesh);
  EXPECT_EQ(of(all, "224.0.0.1"), ClientClass::kBogon);
}

TEST(ClientClassesTest, LoopbackLinkAndBogons) {
  auto none = classes({});
  EXPECT_EQ(of(none, "127.0.0.1"), ClientClass::kLoopback);
  EXPECT_EQ(of(none, "127.255.0.9"), ClientClass::kLoopback);
  EXPECT_EQ(of(none, "::1"), ClientClass::kLoopback);
  EXPECT_EQ(of(none, "fe80::1"), ClientClass::kMesh);
  EXPECT_EQ(of(none, "10.0.0.1"), ClientClass::kPublic);
  for (const char* bogon : {"0.0.0.0", "0.1.2.3", "224.0.0.5", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::",
                            "ff02::1", "::ffff:192.0.2.1", "192.0.2.1@0", "2001:db8::1@0"}) {
    EXPECT_EQ(of(none, bogon), ClientClass::kBogon) << bogon;
  }
}

}  // namespace
}  // namespace dotmesh
