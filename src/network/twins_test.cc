// Twins: the same records under further origins, the zone's children included.
#include "network/twins.h"

#include <gtest/gtest.h>

#include "network/network_testing.h"

namespace dotmesh {
namespace {

constexpr const char* kApex = "$TTL 60\n@ SOA ns.mesh. hostmaster 5 2 3 4 5\n@ NS ns.mesh.\n";

std::string zone(const char* name, const char* file, const char* twins = "") {
  std::string out = std::string("[[zone]]\nname = \"") + name + "\"\nfile = \"" + file + "\"\n";
  if (*twins != '\0') out += std::string("twins = [") + twins + "]\n";
  return out;
}

std::set<std::string> origins(const LoadResult& result) {
  std::set<std::string> out;
  if (!result.generation) return {messages(result)};
  for (const ZoneInfo& info : result.generation->zone_infos) {
    out.insert(info.origin.to_string() + (info.twin_of ? " of " + info.twin_of->to_string() : ""));
  }
  return out;
}

using Set = std::set<std::string>;

TEST(TwinsTest, NamesInOwnersAndRdataMove) {
  LoadResult result = test_load(
      {{"dotmesh.toml", zone("mesh.", "mesh.zone", "\"mesh.example.net.\"")},
       {"mesh.zone", std::string(kApex) + "ns A 10.0.0.1\nMail MX 5 Mail\n_x._tcp SRV 1 2 3 www.mesh.\nout CNAME "
                                          "www.example.org.\n@ TXT \"www.mesh.\"\nd DNAME e\n"}});
  EXPECT_EQ(messages(result), "");
  EXPECT_EQ(zone_lines(result, "mesh.example.net."),
            (TestLines{"mesh.example.net. 60 NS ns.mesh.example.net.", "ns.mesh.example.net. 60 A 10.0.0.1",
                       "mail.mesh.example.net. 60 MX 5 Mail.mesh.example.net.",
                       "_x._tcp.mesh.example.net. 60 SRV 1 2 3 www.mesh.example.net.",
                       "out.mesh.example.net. 60 CNAME www.example.org.",
                       "mesh.example.net. 60 TXT \"www.mesh.\"",
                       "d.mesh.example.net. 60 DNAME e.mesh.example.net."}));
  auto twin = result.generation->zones.find_origin(*Name::parse("mesh.example.net."));
  EXPECT_EQ(twin->serial(), 7U);
}

// The issue's own case: the child stands below the twin and is served below the zone.
TEST(TwinsTest, ChildrenEitherWay) {
  LoadResult result = test_load({{"dotmesh.toml", zone("mesh.", "m", "\"mesh.example.net.\", \"third.\"") +
                                                      zone("building.mesh.example.net.", "b") +
                                                      zone("library.mesh.", "l")},
                                 {"m", kApex},
                                 {"b", std::string(kApex) + "door CNAME www.mesh.example.net.\n"},
                                 {"l", kApex}});
  EXPECT_EQ(origins(result),
            (Set{"mesh.", "mesh.example.net. of mesh.", "third. of mesh.", "building.mesh.example.net.",
                 "building.mesh. of building.mesh.example.net.",
                 "building.third. of building.mesh.example.net.", "library.mesh.",
                 "library.mesh.example.net. of library.mesh.", "library.third. of library.mesh."}));
  // Names of the parent move along with the child's own.
  EXPECT_EQ(zone_lines(result, "building.mesh."),
            (TestLines{"building.mesh. 60 NS ns.mesh.", "door.building.mesh. 60 CNAME www.mesh."}));
}

TEST(TwinsTest, WhatIsDeclaredWins) {
  LoadResult result = test_load({{"dotmesh.toml", zone("mesh.", "m", "\"t.\"") + zone("a.mesh.", "a") + zone("a.t.", "b")},
                                 {"m", kApex},
                                 {"a", kApex},
                                 {"b", std::string(kApex) + "own A 10.0.0.9\n"}});
  EXPECT_EQ(origins(result), (Set{"mesh.", "t. of mesh.", "a.mesh.", "a.t."}));
  EXPECT_EQ(zone_lines(result, "a.t.").count("own.a.t. 60 A 10.0.0.9"), 1U);
}

TEST(TwinsTest, ChildWithATwinOfItsOwn) {
  LoadResult result = test_load(
      {{"dotmesh.toml", zone("mesh.", "m", "\"t.\"") + zone("a.mesh.", "a", "\"a.org.\"") + zone("x.a.mesh.", "a")},
       {"m", kApex},
       {"a", kApex}});
  EXPECT_EQ(origins(result), (Set{"mesh.", "t. of mesh.", "a.mesh.", "a.org. of a.mesh.", "a.t. of a.mesh.",
                                  "x.a.mesh.", "x.a.t. of x.a.mesh.", "x.a.org. of x.a.mesh."}));
}

TEST(TwinsTest, Conflicts) {
  EXPECT_EQ(messages(test_load({{"dotmesh.toml", zone("mesh.", "m", "\"t.\", \"t\", \"other.\", \"x.mesh.\", \"mesh.\"") +
                                                     zone("other.", "m")},
                                {"m", kApex}})),
            R"(dotmesh.toml:4:16: error: zone "t." is declared twice (first at dotmesh.toml:4:10)
    4 | twins = ["t.", "t", "other.", "x.mesh.", "mesh."]
      |                ^~~  keep one of the two
dotmesh.toml:4:21: error: zone "other." is declared twice (first at dotmesh.toml:6:8)
    4 | twins = ["t.", "t", "other.", "x.mesh.", "mesh."]
      |                     ^~~~~~~~  keep one of the two
dotmesh.toml:4:31: error: the twin "x.mesh." and "mesh.", the same zone, lie within each other
    4 | twins = ["t.", "t", "other.", "x.mesh.", "mesh."]
      |                               ^~~~~~~~~  a twin stands beside its zone, under a name of its own
dotmesh.toml:4:42: error: the twin "mesh." and "mesh.", the same zone, lie within each other
    4 | twins = ["t.", "t", "other.", "x.mesh.", "mesh."]
      |                                          ^~~~~~~  a twin stands beside its zone, under a name of its own
)");
  EXPECT_EQ(messages(test_load({{"dotmesh.toml", zone("mesh.", "m", "\"t.\", \"u.\"") + zone("a.t.", "m") + zone("a.u.", "m")},
                                {"m", kApex}})),
            "dotmesh.toml:9:8: error: \"a.mesh.\" would be served from two zones, \"a.t.\" and \"a.u.\" (first at "
            "dotmesh.toml:6:8)\n"
            "    9 | name = \"a.u.\"\n"
            "      |        ^~~~~~  declare it as a zone of its own\n");
}

TEST(TwinsTest, EndlessTwinsAreRefused) {
  EXPECT_EQ(messages(test_load({{"dotmesh.toml", zone("x.", "m", "\"b.y.\"") + zone("y.", "m", "\"b.x.\"")}, {"m", kApex}})),
            "dotmesh.toml:4:10: error: twins within twins make more and more names of zone \"x.\"\n"
            "    4 | twins = [\"b.y.\"]\n"
            "      |          ^~~~~~  no twin may lie below another zone's twin that leads back to it\n");
}

TEST(TwinsTest, TwinsWithinEachOther) {
  EXPECT_EQ(messages(test_load({{"dotmesh.toml", zone("mesh.", "m", "\"t.\", \"a.t.\"")}, {"m", kApex}})),
            "dotmesh.toml:4:16: error: the twin \"a.t.\" and \"t.\", the same zone, lie within each other\n"
            "    4 | twins = [\"t.\", \"a.t.\"]\n"
            "      |                ^~~~~~  a twin stands beside its zone, under a name of its own\n");
}

TEST(TwinsTest, NumberIsBounded) {
  std::string many;
  for (std::size_t i = 0; i <= kMaxTwins; i++) many += (i == 0 ? "\"t" : ", \"t") + std::to_string(i) + ".\"";
  std::string text = messages(test_load({{"dotmesh.toml", zone("mesh.", "m", many.c_str())}, {"m", kApex}}));
  EXPECT_NE(text.find("error: zone \"mesh.\" has more than 16 twins"), std::string::npos) << text;
}

TEST(TwinsTest, NameThatBecomesTooLong) {
  std::string label(60, 'l');
  std::string owner = label + "." + label + "." + label + "." + std::string(50, 'x');
  std::string twin(40, 't');
  EXPECT_EQ(messages(test_load({{"dotmesh.toml", zone("mesh.", "m", ("\"" + twin + ".\"").c_str())},
                                {"m", std::string(kApex) + owner + " A 10.0.0.1\n"}})),
            "m:4:1: error: a name of A at \"" + owner + ".mesh.\" becomes longer than 255 octets in the twin \"" +
                twin + ".\" (twin at dotmesh.toml:4:10)\n    4 | " + (owner + " A 10.0.0.1").substr(0, 200) +
                "\n      | ^" + std::string(199, '~') + "  shorten the name\n");
}

// Signatures hold for one name only: the twin of a signed zone is an unsigned zone.
TEST(TwinsTest, DnssecRecordsStayBehind) {
  LoadResult result = test_load(
      {{"dotmesh.toml", zone("mesh.", "m", "\"t.\"")},
       {"m", std::string(kApex) + "@ DNSKEY 257 3 13 AAAA\nwww A 10.0.0.1\nwww RRSIG A 13 2 60 20300101000000 "
                                  "20200101000000 1 mesh. AAAA\nwww NSEC mesh. A RRSIG NSEC\n"}});
  EXPECT_EQ(messages(result), "");
  EXPECT_EQ(zone_lines(result, "mesh.").size(), 5U);
  EXPECT_EQ(zone_lines(result, "t."), (TestLines{"t. 60 NS ns.t.", "www.t. 60 A 10.0.0.1"}));
}

TEST(TwinsTest, TwinOfAReverseZoneIsRefused) {
  EXPECT_EQ(messages(test_load({{"dotmesh.toml", zone("mesh.", "m") +
                                                     "[[zone]]\nname = \"10.in-addr.arpa.\"\nreverse_of = "
                                                     "[\"mesh.\"]\ntwins = [\"x.\"]\n"},
                                {"m", kApex}})),
            "dotmesh.toml:7:10: error: the reverse zone \"10.in-addr.arpa.\" has twins\n"
            "    7 | twins = [\"x.\"]\n"
            "      |          ^~~~  declare the other reverse zone with a reverse_of of its own\n");
}

}  // namespace
}  // namespace dotmesh
