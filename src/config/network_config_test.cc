#include "config/network_config.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

TEST(NetworkConfigTest, ReadsEveryKey) {
  Diagnostics diagnostics;
  SourceText source("dotmesh.toml", R"([network]
name = "Example Mesh"
mesh_prefixes = ["10.0.0.0/8", "2001:db8::/32"]
acknowledge = ["two-addresses:wiki.mesh."]
[[zone]]
name  = "mesh."
file  = "zones/mesh.zone"
twins = ["mesh.example.net."]
[[zone]]
name = "nn.mesh"
file = "nn.zone"
[[zone.generate]]
range = "1-8000"
owner = "{n}"
type  = "A"
rdata = "10.69.{n/100}.{n%100}"
[[zone.generate]]
range = "1-2"
owner = "x{n}"
type  = "AAAA"
rdata = "2001:db8::{n:x}"
ttl = "5m"
[[zone]]
name = "10.in-addr.arpa."
reverse_of = ["mesh."]
[[resolver.forward]]
zone = "."
to = ["192.0.2.1"]
[[service]]
address = "10.10.10.10"
role = ["resolver"]
)");
  NetworkConfig c = parse_network_config(source, diagnostics);
  EXPECT_EQ(render_text(diagnostics), "0 errors, 0 warnings\n");
  EXPECT_EQ(c.network.name, "Example Mesh");
  ASSERT_EQ(c.network.mesh_prefixes.size(), 2U);
  EXPECT_EQ(c.network.mesh_prefixes[1].value.to_string(), "2001:db8::/32");
  ASSERT_EQ(c.zone.size(), 3U);
  EXPECT_EQ(c.zone[0].name.value.to_string(), "mesh.");
  EXPECT_EQ(c.zone[0].file.value, "zones/mesh.zone");
  EXPECT_EQ(c.zone[0].file.place.line, 7U);
  ASSERT_EQ(c.zone[0].twins.size(), 1U);
  EXPECT_EQ(c.zone[0].twins[0].place.column, 10U);
  EXPECT_EQ(c.zone[1].name.value.to_string(), "nn.mesh.");
  ASSERT_EQ(c.zone[1].generate.size(), 2U);
  EXPECT_EQ(c.zone[1].generate[0].rdata.value, "10.69.{n/100}.{n%100}");
  EXPECT_EQ(c.zone[1].generate[0].ttl, std::chrono::hours(1));
  EXPECT_EQ(c.zone[1].generate[1].ttl, std::chrono::minutes(5));
  EXPECT_EQ(c.zone[1].generate[1].place.line, 17U);
  EXPECT_TRUE(c.zone[2].file.value.empty());
  ASSERT_EQ(c.zone[2].reverse_of.size(), 1U);
  ASSERT_EQ(c.resolver.forward.size(), 1U);
  ASSERT_EQ(c.service.size(), 1U);
  EXPECT_EQ(c.service[0].role.bits, kRoleResolver);
}

TEST(NetworkConfigTest, UnknownKeysAreWarnings) {
  Diagnostics diagnostics;
  SourceText source("dotmesh.toml", "[network]\nnmae = \"x\"\n[policy]\nlevel = 11\n");
  parse_network_config(source, diagnostics);
  EXPECT_EQ(render_text(diagnostics),
            "dotmesh.toml:2:1: warning: no setting \"nmae\" in [network]\n"
            "    2 | nmae = \"x\"\n"
            "      | ^~~~  did you mean \"name\"?\n"
            "dotmesh.toml:3:2: warning: no setting \"policy\" in the file\n"
            "    3 | [policy]\n"
            "      |  ^~~~~~  known here: network zone resolver service node\n"
            "0 errors, 2 warnings\n");
}

TEST(NetworkConfigTest, Faults) {
  Diagnostics diagnostics;
  SourceText source("dotmesh.toml",
                    "[network]\nmesh_prefixes = [\"10.0.0.0/8\", \"10.0.0.0/33\", 7]\n[[zone]]\nname = "
                    "\"a..b\"\n[[zone.generate]]\nrange = \"1-2\"\n");
  NetworkConfig c = parse_network_config(source, diagnostics);
  EXPECT_EQ(c.network.mesh_prefixes.size(), 1U);
  EXPECT_EQ(render_text(diagnostics), R"(dotmesh.toml:2:32: error: "10.0.0.0/33" is not an address prefix: the length is not a number from 0 to 32
    2 | mesh_prefixes = ["10.0.0.0/8", "10.0.0.0/33", 7]
      |                                ^~~~~~~~~~~~~  write one such as "10.0.0.0/8" or "2001:db8::/32"
dotmesh.toml:2:47: error: "mesh_prefixes" must be a string such as "10.0.0.0/8", this is an integer
    2 | mesh_prefixes = ["10.0.0.0/8", "10.0.0.0/33", 7]
      |                                               ^  The network's own addresses: their holders are the client class mesh, everyone else is public.
dotmesh.toml:4:8: error: "a..b" is not a domain name: it has an empty label
    4 | name = "a..b"
      |        ^~~~~~
dotmesh.toml:5:1: error: [[zone.generate]] has no "owner"
    5 | [[zone.generate]]
      | ^~~~~~~~~~~~~~~~~  Template of the owner name, relative to the zone.
dotmesh.toml:5:1: error: [[zone.generate]] has no "type"
    5 | [[zone.generate]]
      | ^~~~~~~~~~~~~~~~~  RR type, such as "A".
dotmesh.toml:5:1: error: [[zone.generate]] has no "rdata"
    5 | [[zone.generate]]
      | ^~~~~~~~~~~~~~~~~  Template of the RDATA as in a zone file. {n} is the number; {n/100}, {n%100+1}, {(n-1)*4} count with + - * / % in integers; {n:03} pads with zeros, {n:x} and {n:04x} are hexadecimal.
6 errors, 0 warnings
)");
}

TEST(NetworkConfigTest, NodesAreListedOnceAndNotTooMany) {
  Diagnostics good;
  const NetworkConfig c = parse_network_config(
      SourceText("dotmesh.toml", "[[node]]\nname = \"sn3\"\naddress = \"10.0.0.3\"\n[[node]]\nname = \"sn4\"\naddress = "
                                 "\"2001:db8::4@80\"\n"),
      good);
  EXPECT_EQ(render_text(good), "0 errors, 0 warnings\n");
  ASSERT_EQ(c.node.size(), 2U);
  EXPECT_EQ(c.node[0].address.value.to_string(), "10.0.0.3@8353");
  EXPECT_EQ(c.node[1].address.value.to_string(), "2001:db8::4@80");

  Diagnostics twice;
  parse_network_config(SourceText("dotmesh.toml", "[[node]]\nname = \"sn3\"\naddress = \"10.0.0.3\"\n[[node]]\nname = \"sn3\"\n"
                                                  "address = \"10.0.0.4\"\n"),
                       twice);
  EXPECT_EQ(render_text(twice),
            "dotmesh.toml:5:8: error: a second [[node]] \"sn3\"\n"
            "    5 | name = \"sn3\"\n      |        ^~~~~  a node is listed once\n1 error, 0 warnings\n");

  std::string many;
  for (std::size_t i = 0; i <= kMaxFleetNodes; ++i) {
    many += "[[node]]\nname = \"n" + std::to_string(i) + "\"\naddress = \"10.0.0.1\"\n";
  }
  Diagnostics full;
  parse_network_config(SourceText("dotmesh.toml", many), full);
  EXPECT_NE(render_text(full).find("dotmesh.toml:769:1: error: more than 256 [[node]]"), std::string::npos);
}

TEST(NetworkConfigTest, NoControlCharacterReachesATerminal) {
  Diagnostics diagnostics;
  SourceText source("dotmesh.toml",
                    "\"k\\u001b[2J\" = 1\n[[zone]] # \x7f\nname = \"a..b\\u001b]0;x\\u0007\"\nfile = \"x\\u0007\"\n");
  parse_network_config(source, diagnostics);
  EXPECT_GE(diagnostics.error_count(), 1U);
  for (const Diagnostic& d : diagnostics.all()) {
    for (char c : d.message + d.source_line + d.way_out) {
      EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << d.message;
    }
  }
}

TEST(NetworkConfigTest, Acknowledgements) {
  Diagnostics diagnostics;
  SourceText source("dotmesh.toml",
                    "[network]\nacknowledge = [\"two-addresses:Wiki.mesh\", \"two-names:10.70.90.82\"]\n");
  NetworkConfig c = parse_network_config(source, diagnostics);
  EXPECT_TRUE(c.acknowledged("two-addresses", "wiki.mesh."));
  EXPECT_TRUE(c.acknowledged("two-names", "10.70.90.82"));
  EXPECT_FALSE(c.acknowledged("two-names", "10.70.90.8"));
  EXPECT_FALSE(c.acknowledged("two-names", "wiki.mesh."));
  EXPECT_FALSE(c.acknowledged("", ""));
}

TEST(NetworkConfigTest, ServiceAddressesAsHostRoutesAndOneRole) {
  Diagnostics diagnostics;
  NetworkConfig c = parse_network_config(SourceText("dotmesh.toml",
                                                    "[[service]]\naddress = \"10.10.10.10/32\"\nrole = \"resolver\"\n"
                                                    "[[service]]\naddress = \"fd00::53/128\"\nrole = \"authority\"\n"),
                                         diagnostics);
  EXPECT_EQ(render_text(diagnostics), "0 errors, 0 warnings\n");
  ASSERT_EQ(c.service.size(), 2U);
  EXPECT_EQ(c.service[0].address.value.to_string(), "10.10.10.10@53");
  EXPECT_EQ(c.service[0].role.bits, kRoleResolver);
  EXPECT_EQ(c.service[1].address.value.to_string(), "fd00::53@53");
  EXPECT_EQ(c.service[1].role.bits, kRoleAuthority);
}

TEST(NetworkConfigTest, WhatStandsTwiceOrSaysNothing) {
  Diagnostics diagnostics;
  parse_network_config(SourceText("dotmesh.toml",
                                  "[network]\nacknowledge = [\"wiki.mesh.\"]\n"
                                  "[[service]]\naddress = \"10.10.10.10\"\n[[service]]\naddress = \"10.10.10.10/32\"\n"
                                  "[[resolver.forward]]\nzone = \"x.\"\nto = [\"192.0.2.1\"]\n"
                                  "[[resolver.forward]]\nzone = \"x\"\nto = [\"192.0.2.2\"]\n"),
                       diagnostics);
  diagnostics.sort();
  EXPECT_EQ(render_text(diagnostics),
            "dotmesh.toml:2:16: warning: \"wiki.mesh.\" acknowledges nothing\n"
            "    2 | acknowledge = [\"wiki.mesh.\"]\n"
            "      |                ^~~~~~~~~~~~  write \"CODE:SUBJECT\", such as \"two-addresses:wiki.mesh.\"\n"
            "dotmesh.toml:5:1: warning: 10.10.10.10@53 is a service address twice ([[service]] at dotmesh.toml:3:1)\n"
            "    5 | [[service]]\n"
            "      | ^~~~~~~~~~~  keep one [[service]], with the roles of both\n"
            "dotmesh.toml:11:8: error: \"x.\" is forwarded twice (first at dotmesh.toml:8:8)\n"
            "   11 | zone = \"x\"\n"
            "      |        ^~~  keep one, with the servers of both\n"
            "1 error, 2 warnings\n");
}

TEST(NetworkConfigTest, AServiceAddressIsNoNetwork) {
  Diagnostics diagnostics;
  parse_network_config(SourceText("dotmesh.toml", "[[service]]\naddress = \"10.10.10.0/24\"\n"), diagnostics);
  EXPECT_TRUE(diagnostics.has_errors());
}

}  // namespace
}  // namespace dotmesh
