// Reverse zones: which PTR records come out of A and AAAA, and what is said about clashes.
#include "network/reverse.h"

#include <gtest/gtest.h>

#include "network/network_testing.h"

namespace dotmesh {
namespace {

constexpr const char* kApex = "$TTL 60\n@ SOA ns hostmaster 5 2 3 4 5\n@ NS ns.example.\n";

LoadResult load(const std::string& mesh, const std::string& reverse, const std::string& extra = "",
                const std::string& own = "") {
  TestFiles files{{"dotmesh.toml", "[[zone]]\nname = \"mesh.\"\nfile = \"mesh.zone\"\n[[zone]]\nname = \"" + reverse +
                                       "\"\nreverse_of = [\"mesh.\"]\n" +
                                       (own.empty() ? "" : "file = \"own.zone\"\n") + extra},
                  {"mesh.zone", kApex + mesh}};
  if (!own.empty()) files["own.zone"] = kApex + own;
  return test_load(files);
}

std::string reverse_text(const char* address) {
  return reverse_name(SocketAddress::parse(address, 0)->address()).to_string();
}

TEST(ReverseTest, NamesOfAddresses) {
  EXPECT_EQ(reverse_text("10.70.90.82"), "82.90.70.10.in-addr.arpa.");
  EXPECT_EQ(reverse_text("255.0.1.200"), "200.1.0.255.in-addr.arpa.");
  EXPECT_EQ(reverse_text("2001:db8::1"),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.");
}

TEST(ReverseTest, PrefixOfZone) {
  const auto contains = [](const char* zone, const char* address) {
    auto prefix = ReversePrefix::of_zone(*Name::parse(zone));
    return prefix && prefix->contains(SocketAddress::parse(address, 0)->address());
  };
  EXPECT_TRUE(contains("10.in-addr.arpa.", "10.1.2.3"));
  EXPECT_FALSE(contains("10.in-addr.arpa.", "11.1.2.3"));
  EXPECT_TRUE(contains("2.1.10.IN-ADDR.arpa.", "10.1.2.3"));
  EXPECT_FALSE(contains("2.1.10.in-addr.arpa.", "10.1.3.3"));
  EXPECT_TRUE(contains("in-addr.arpa.", "192.0.2.1"));
  EXPECT_TRUE(contains("3.2.1.10.in-addr.arpa.", "10.1.2.3"));
  EXPECT_TRUE(contains("8.B.d.0.1.0.0.2.ip6.arpa.", "2001:db8:ffff::1"));
  EXPECT_FALSE(contains("8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db9::1"));
  EXPECT_TRUE(contains("d.0.1.0.0.2.ip6.arpa.", "2001:dff::1"));
  EXPECT_FALSE(contains("d.0.1.0.0.2.ip6.arpa.", "2001:eff::1"));
  for (const char* none : {"mesh.", "arpa.", "x.in-addr.arpa.", "256.in-addr.arpa.", "010.in-addr.arpa.",
                           "1.2.3.4.5.in-addr.arpa.", "0/25.2.0.192.in-addr.arpa.", "10.ip6.arpa.", "g.ip6.arpa."}) {
    EXPECT_FALSE(ReversePrefix::of_zone(*Name::parse(none))) << none;
  }
}

// In whatever syntax an address is written.
TEST(ReverseTest, EverySyntax) {
  LoadResult result = load(
      "a A 10.0.0.1\nb 300 IN A 10.0.0.2\n  IN 400 A 10.0.0.3\n@ A 10.0.0.4\n$ORIGIN sub.mesh.\nc\tA\t10.0.0.5\n"
      "d ( 60\n A\n 10.0.0.6 )\n* A 10.0.0.7\n*.e A 10.0.0.8\nf AAAA 2001:db8::1\nout A 192.0.2.1\n"
      "Mixed.Case.mesh. A 10.0.0.9\ng TYPE1 \\# 4 0A00000A\n",
      "10.in-addr.arpa.");
  EXPECT_EQ(messages(result), "");
  EXPECT_EQ(zone_lines(result, "10.in-addr.arpa."),
            (TestLines{"10.in-addr.arpa. 60 NS ns.example.", "1.0.0.10.in-addr.arpa. 60 PTR a.mesh.",
                       "2.0.0.10.in-addr.arpa. 300 PTR b.mesh.", "3.0.0.10.in-addr.arpa. 400 PTR b.mesh.",
                       "4.0.0.10.in-addr.arpa. 60 PTR mesh.", "5.0.0.10.in-addr.arpa. 60 PTR c.sub.mesh.",
                       "6.0.0.10.in-addr.arpa. 60 PTR d.sub.mesh.",
                       "9.0.0.10.in-addr.arpa. 60 PTR Mixed.Case.mesh.",
                       "10.0.0.10.in-addr.arpa. 60 PTR g.sub.mesh."}));
}

TEST(ReverseTest, GeneratedAddressesAndIpv6) {
  LoadResult result = load("a AAAA 2001:db8::1\n", "8.b.d.0.1.0.0.2.ip6.arpa.");
  EXPECT_EQ(zone_lines(result, "8.b.d.0.1.0.0.2.ip6.arpa.")
                .count("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. 60 PTR a.mesh."),
            1U);
  result = load("", "10.in-addr.arpa.",
                "[[zone]]\nname = \"nn.mesh.\"\nfile = \"mesh.zone\"\n[[zone.generate]]\nrange = \"1-2\"\nowner = "
                "\"{n}\"\ntype = \"A\"\nrdata = \"10.69.0.{n}\"\n[[zone]]\nname = \"69.10.in-addr.arpa.\"\nreverse_of = "
                "[\"nn.mesh.\"]\n");
  EXPECT_EQ(zone_lines(result, "69.10.in-addr.arpa."),
            (TestLines{"69.10.in-addr.arpa. 60 NS ns.example.", "1.0.69.10.in-addr.arpa. 3600 PTR 1.nn.mesh.",
                       "2.0.69.10.in-addr.arpa. 3600 PTR 2.nn.mesh."}));
}

TEST(ReverseTest, FirstInFileWinsAndTheClashIsTold) {
  LoadResult result = load("b A 10.0.0.1\na  A 10.0.0.1\nb A 10.0.0.1\nB.mesh. A 10.0.0.1\n", "10.in-addr.arpa.");
  EXPECT_EQ(zone_lines(result, "10.in-addr.arpa.").count("1.0.0.10.in-addr.arpa. 60 PTR b.mesh."), 1U);
  EXPECT_EQ(messages(result),
            "mesh.zone:5:1: warning: 10.0.0.1 has two names, and \"a.mesh.\" gets no PTR record (PTR says "
            "\"b.mesh.\" at mesh.zone:4:1)\n"
            "    5 | a  A 10.0.0.1\n"
            "      | ^  if that is meant so, acknowledge \"two-names:10.0.0.1\" in dotmesh.toml\n");
}

TEST(ReverseTest, ExplicitPtrWins) {
  LoadResult result = load("a A 10.0.0.1\nb A 10.0.0.1\nc A 10.0.0.2\n", "10.in-addr.arpa.", "",
                           "1.0.0 PTR b.mesh.\n2.0.0 PTR c.mesh.\n2.0.0 PTR other.\n");
  EXPECT_EQ(zone_lines(result, "10.in-addr.arpa."),
            (TestLines{"10.in-addr.arpa. 60 NS ns.example.", "1.0.0.10.in-addr.arpa. 60 PTR b.mesh.",
                       "2.0.0.10.in-addr.arpa. 60 PTR c.mesh.", "2.0.0.10.in-addr.arpa. 60 PTR other."}));
  EXPECT_EQ(messages(result),
            "mesh.zone:4:1: warning: 10.0.0.1 has two names, and \"a.mesh.\" gets no PTR record (PTR says "
            "\"b.mesh.\" at own.zone:4:1)\n"
            "    4 | a A 10.0.0.1\n"
            "      | ^  if that is meant so, acknowledge \"two-names:10.0.0.1\" in dotmesh.toml\n");
}

TEST(ReverseTest, AcknowledgedClashesAreQuiet) {
  LoadResult result = load("a A 10.0.0.1\nb A 10.0.0.1\n", "10.in-addr.arpa.",
                           "[network]\nacknowledge = [\"two-names:10.0.0.1\"]\n");
  EXPECT_EQ(messages(result), "");
  EXPECT_EQ(zone_lines(result, "10.in-addr.arpa.").count("1.0.0.10.in-addr.arpa. 60 PTR a.mesh."), 1U);
}

// Where the reverse zone itself delegates or redirects, nothing is computed.
TEST(ReverseTest, CutsAndAliasesOfTheReverseZone) {
  LoadResult result = load("a A 10.1.0.1\nb A 10.2.0.2\nc A 10.3.0.3\nd A 10.4.0.4\n", "10.in-addr.arpa.", "",
                           "1 NS ns.other.\n2.0.2 CNAME x.other.\n3 DNAME y.other.\n");
  EXPECT_EQ(messages(result), "");
  EXPECT_EQ(zone_lines(result, "10.in-addr.arpa."),
            (TestLines{"10.in-addr.arpa. 60 NS ns.example.", "1.10.in-addr.arpa. 60 NS ns.other.",
                       "2.0.2.10.in-addr.arpa. 60 CNAME x.other.", "3.10.in-addr.arpa. 60 DNAME y.other.",
                       "4.0.4.10.in-addr.arpa. 60 PTR d.mesh."}));
}

// The deeper reverse zone of the same network has the name, as queries find that one.
TEST(ReverseTest, DeeperZonesTakeTheirAddresses) {
  LoadResult result = load("a A 10.1.0.1\nb A 10.2.0.2\n", "10.in-addr.arpa.",
                           "[[zone]]\nname = \"2.10.in-addr.arpa.\"\nreverse_of = [\"mesh.\"]\n");
  EXPECT_EQ(zone_lines(result, "10.in-addr.arpa."),
            (TestLines{"10.in-addr.arpa. 60 NS ns.example.", "1.0.1.10.in-addr.arpa. 60 PTR a.mesh."}));
  EXPECT_EQ(zone_lines(result, "2.10.in-addr.arpa."),
            (TestLines{"2.10.in-addr.arpa. 60 NS ns.example.", "2.0.2.10.in-addr.arpa. 60 PTR b.mesh."}));
}

TEST(ReverseTest, NamesOfATwinWhereAskedFor) {
  LoadResult result = test_load(
      {{"dotmesh.toml", "[[zone]]\nname = \"mesh.\"\nfile = \"m\"\ntwins = [\"t.\"]\n[[zone]]\nname = "
                        "\"10.in-addr.arpa.\"\nreverse_of = [\"t.\"]\n"},
       {"m", std::string(kApex) + "a A 10.0.0.1\n"}});
  EXPECT_EQ(zone_lines(result, "10.in-addr.arpa."),
            (TestLines{"10.in-addr.arpa. 60 NS ns.example.", "1.0.0.10.in-addr.arpa. 60 PTR a.t."}));
  EXPECT_EQ(result.generation->zones.find_origin(*Name::parse("10.in-addr.arpa."))->serial(), 7U);
}

TEST(ReverseTest, ChangesInASourceReachTheReverseZone) {
  TestFiles files{{"dotmesh.toml", "[[zone]]\nname = \"mesh.\"\nfile = \"m\"\n[[zone]]\nname = \"k.\"\nfile = "
                                   "\"k\"\n[[zone]]\nname = \"10.in-addr.arpa.\"\nreverse_of = [\"mesh.\", \"k.\"]\n"},
                  {"m", std::string(kApex) + "a A 10.0.0.1\nc A 10.0.0.1\n"},
                  {"k", std::string(kApex) + "b A 10.0.0.2\n"}};
  LoadResult first = test_load(files);
  LoadResult second = test_load(files, 8, first.generation);
  EXPECT_EQ(second.zones_reused, 3U);
  EXPECT_EQ(messages(second), messages(first));  // warnings of zones that are taken over stay
  EXPECT_NE(messages(second), "");
  files["k"] = std::string(kApex) + "b A 10.0.0.3\n";
  LoadResult third = test_load(files, 9, second.generation);
  EXPECT_EQ(third.zones_reused, 1U);
  EXPECT_EQ(messages(third), messages(first));
  EXPECT_EQ(zone_lines(third, "10.in-addr.arpa."),
            (TestLines{"10.in-addr.arpa. 60 NS ns.example.", "1.0.0.10.in-addr.arpa. 60 PTR a.mesh.",
                       "3.0.0.10.in-addr.arpa. 60 PTR b.k."}));
}

TEST(ReverseTest, FaultsOfTheNetworkFile) {
  EXPECT_EQ(messages(test_load({{"dotmesh.toml", R"([[zone]]
name = "mesh."
file = "m"
reverse_of = ["k."]
[[zone]]
name = "10.in-addr.arpa."
reverse_of = ["none.", "10.in-addr.arpa."]
file = "m"
[[zone]]
name = "11.in-addr.arpa."
reverse_of = ["12.in-addr.arpa."]
[[zone]]
name = "12.in-addr.arpa."
reverse_of = ["mesh."]
)"},
                                {"m", kApex}})),
            R"(dotmesh.toml:2:8: error: zone "mesh." is no reverse zone, so reverse_of says nothing
    2 | name = "mesh."
      |        ^~~~~~~  a reverse zone is such as 10.in-addr.arpa. or 8.b.d.0.1.0.0.2.ip6.arpa.
dotmesh.toml:7:15: error: reverse_of names "none.", which is no other zone of this network
    7 | reverse_of = ["none.", "10.in-addr.arpa."]
      |               ^~~~~~~  name zones that this file declares
dotmesh.toml:7:24: error: reverse_of names "10.in-addr.arpa.", which is no other zone of this network
    7 | reverse_of = ["none.", "10.in-addr.arpa."]
      |                        ^~~~~~~~~~~~~~~~~~  name zones that this file declares
dotmesh.toml:11:15: error: "12.in-addr.arpa." has no file to take the SOA and NS records of "11.in-addr.arpa." from
   11 | reverse_of = ["12.in-addr.arpa."]
      |               ^~~~~~~~~~~~~~~~~~  give the reverse zone a file, or name a zone with a file first
)");
}

TEST(ReverseTest, ManyNamesOfOneAddressAreBounded) {
  std::string mesh;
  for (int i = 0; i < 3000; i++) mesh += "n" + std::to_string(i) + " A 10.0.0.1\n";
  LoadResult result = load(mesh, "10.in-addr.arpa.");
  EXPECT_TRUE(result.generation);
  EXPECT_EQ(result.diagnostics.warning_count(), kMaxNamesCompared);
}

}  // namespace
}  // namespace dotmesh
