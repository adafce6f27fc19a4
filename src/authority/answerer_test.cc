#include "authority/answerer.h"

#include <gtest/gtest.h>

#include "authority/testing.h"

namespace dotmesh {
namespace {

using testing::ask;
using testing::make_zone;

constexpr const char* kMesh = R"(
$TTL 3600
@ SOA ns hostmaster.example.org. 7 1d 2h 4w 600
@ NS ns
@ NS ns.elsewhere.example.
@ MX 10 mail
ns A 10.10.10.11
mail A 10.70.0.1
mail AAAA 2001:db8::1
wiki CNAME uisp
uisp A 10.70.76.21
deep.in.the.tree A 10.0.0.9
*.grand CNAME grandsvc
grandsvc A 10.0.0.5
a.b.*.star TXT "ent under a wildcard"
*.star A 10.0.0.6
building NS ns.building
building NS ns
building DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000
ns.building A 10.0.0.7
ns.building AAAA 2001:db8::7
glued.building A 10.0.0.8
loop1 CNAME loop2
loop2 CNAME loop1
out CNAME www.example.net.
other CNAME www.twin.example.
toy DNAME twin.example.
gone CNAME nothing.twin.example.
into CNAME host.building
)";

constexpr const char* kTwin = R"(
$TTL 60
@ SOA ns.mesh. hostmaster.example.org. 7 1d 2h 4w 600
@ NS ns.mesh.
www A 10.0.0.77
back CNAME uisp.mesh.
)";

class AnswererTest : public ::testing::Test {
 protected:
  ZoneSet zones_{{make_zone("mesh.", kMesh), make_zone("twin.example.", kTwin)}};
  const std::string soa_ = "\nNS mesh. 600 SOA ns.mesh. hostmaster.example.org. 1 86400 7200 2419200 600";
};

TEST_F(AnswererTest, PositiveAnswers) {
  EXPECT_EQ(ask(zones_, "UISP.mesh.", RRType::kA), "NOERROR aa\nAN UISP.mesh. 3600 A 10.70.76.21");
  EXPECT_EQ(ask(zones_, "mesh.", RRType::kMX), "NOERROR aa\nAN mesh. 3600 MX 10 mail.mesh.");
  EXPECT_EQ(ask(zones_, "mesh.", RRType::kNS),
            "NOERROR aa\nAN mesh. 3600 NS ns.mesh.\nAN mesh. 3600 NS ns.elsewhere.example.");
  EXPECT_EQ(ask(zones_, "mesh.", RRType::kSOA),
            "NOERROR aa\nAN mesh. 3600 SOA ns.mesh. hostmaster.example.org. 1 86400 7200 2419200 600");
}

TEST_F(AnswererTest, NegativeAnswers) {
  EXPECT_EQ(ask(zones_, "uisp.mesh.", RRType::kAAAA), "NOERROR aa" + soa_);
  EXPECT_EQ(ask(zones_, "the.tree.mesh.", RRType::kA), "NOERROR aa" + soa_);  // empty non-terminal
  EXPECT_EQ(ask(zones_, "no.mesh.", RRType::kA), "NXDOMAIN aa" + soa_);
  EXPECT_EQ(ask(zones_, "No.Deep.In.The.Tree.mesh.", RRType::kA), "NXDOMAIN aa" + soa_);
  EXPECT_EQ(ask(zones_, "www.example.net.", RRType::kA), "REFUSED");
}

TEST_F(AnswererTest, Wildcards) {
  EXPECT_EQ(ask(zones_, "x.grand.mesh.", RRType::kA),
            "NOERROR aa\nAN x.grand.mesh. 3600 CNAME grandsvc.mesh.\nAN grandsvc.mesh. 3600 A 10.0.0.5");
  EXPECT_EQ(ask(zones_, "x.y.star.mesh.", RRType::kA), "NOERROR aa\nAN x.y.star.mesh. 3600 A 10.0.0.6");
  EXPECT_EQ(ask(zones_, "x.star.mesh.", RRType::kTXT), "NOERROR aa" + soa_);
  // RFC 4592 section 2.2.1: a name below the wildcard exists, so the wildcard does not cover it.
  EXPECT_EQ(ask(zones_, "x.b.*.star.mesh.", RRType::kTXT), "NXDOMAIN aa" + soa_);
  EXPECT_EQ(ask(zones_, "*.star.mesh.", RRType::kA), "NOERROR aa\nAN *.star.mesh. 3600 A 10.0.0.6");
}

TEST_F(AnswererTest, AliasesAcrossZonesAndLoops) {
  EXPECT_EQ(ask(zones_, "wiki.mesh.", RRType::kA),
            "NOERROR aa\nAN wiki.mesh. 3600 CNAME uisp.mesh.\nAN uisp.mesh. 3600 A 10.70.76.21");
  EXPECT_EQ(ask(zones_, "wiki.mesh.", RRType::kCNAME), "NOERROR aa\nAN wiki.mesh. 3600 CNAME uisp.mesh.");
  EXPECT_EQ(ask(zones_, "other.mesh.", RRType::kA),
            "NOERROR aa\nAN other.mesh. 3600 CNAME www.twin.example.\nAN www.twin.example. 60 A 10.0.0.77");
  EXPECT_EQ(ask(zones_, "back.twin.example.", RRType::kTXT),
            "NOERROR aa\nAN back.twin.example. 60 CNAME uisp.mesh." + soa_);
  EXPECT_EQ(ask(zones_, "out.mesh.", RRType::kA), "NOERROR aa\nAN out.mesh. 3600 CNAME www.example.net.");
  EXPECT_EQ(ask(zones_, "loop1.mesh.", RRType::kA),
            "NOERROR aa\nAN loop1.mesh. 3600 CNAME loop2.mesh.\nAN loop2.mesh. 3600 CNAME loop1.mesh.");
  EXPECT_EQ(ask(zones_, "gone.mesh.", RRType::kA),
            "NXDOMAIN aa\nAN gone.mesh. 3600 CNAME nothing.twin.example."
            "\nNS twin.example. 60 SOA ns.mesh. hostmaster.example.org. 1 86400 7200 2419200 600");
}

TEST_F(AnswererTest, Dname) {
  EXPECT_EQ(ask(zones_, "www.toy.mesh.", RRType::kA),
            "NOERROR aa\nAN toy.mesh. 3600 DNAME twin.example."
            "\nAN www.toy.mesh. 3600 CNAME www.twin.example.\nAN www.twin.example. 60 A 10.0.0.77");
  EXPECT_EQ(ask(zones_, "toy.mesh.", RRType::kA), "NOERROR aa" + soa_);
  std::string label(63, 'x');
  EXPECT_EQ(ask(zones_, label + "." + label + "." + label + "." + std::string(50, 'y') + ".toy.mesh.", RRType::kA)
                .substr(0, 11),
            "YXDOMAIN aa");
}

TEST_F(AnswererTest, Referrals) {
  const std::string referral =
      "NOERROR\nNS building.mesh. 3600 NS ns.building.mesh.\nNS building.mesh. 3600 NS ns.mesh."
      "\nAR ns.building.mesh. 3600 A 10.0.0.7\nAR ns.building.mesh. 3600 AAAA 2001:db8::7"
      "\nAR ns.mesh. 3600 A 10.10.10.11";
  std::string got = ask(zones_, "building.mesh.", RRType::kA);
  // The order within the NS RRset is by RDATA.
  EXPECT_EQ(got.size(), referral.size());
  EXPECT_NE(got.find("AR ns.building.mesh. 3600 A 10.0.0.7"), std::string::npos);
  EXPECT_NE(got.find("AR ns.mesh. 3600 A 10.10.10.11"), std::string::npos);
  EXPECT_EQ(ask(zones_, "glued.building.mesh.", RRType::kA), got);
  EXPECT_EQ(ask(zones_, "ns.building.mesh.", RRType::kA), got);
  EXPECT_EQ(ask(zones_, "no.such.building.mesh.", RRType::kNS), got);
  EXPECT_TRUE(ask(zones_, "building.mesh.", RRType::kDS).starts_with("NOERROR aa\nAN building.mesh. 3600 DS "));
  EXPECT_TRUE(ask(zones_, "into.mesh.", RRType::kA)
                  .starts_with("NOERROR aa\nAN into.mesh. 3600 CNAME host.building.mesh.\nNS building.mesh. 3600 NS "));
}

TEST_F(AnswererTest, AnyIsOneRRset) {
  EXPECT_EQ(ask(zones_, "mail.mesh.", RRType::kANY), "NOERROR aa\nAN mail.mesh. 3600 A 10.70.0.1");
  EXPECT_EQ(ask(zones_, "wiki.mesh.", RRType::kANY), "NOERROR aa\nAN wiki.mesh. 3600 CNAME uisp.mesh.");
  EXPECT_EQ(ask(zones_, "tree.mesh.", RRType::kANY), "NOERROR aa" + soa_);
}

TEST_F(AnswererTest, WhatDoesNotFitIsTruncatedWhole) {
  std::string text = std::string(kMesh);
  for (int i = 0; i < 40; i++) text += "big A 10.1.0." + std::to_string(i) + "\n";
  ZoneSet zones({make_zone("mesh.", text)});
  EXPECT_EQ(ask(zones, "big.mesh.", RRType::kA, {}, 512), "NOERROR aa tc");
  EXPECT_TRUE(ask(zones, "big.mesh.", RRType::kA, {}, 1232).starts_with("NOERROR aa\nAN big.mesh. 3600 A 10.1.0.0"));
}

TEST_F(AnswererTest, GlueThatDoesNotFitSetsTc) {
  std::string text = std::string(kMesh);
  for (int i = 0; i < 20; i++) {
    std::string server = "ns" + std::to_string(i) + ".far";
    text += "far NS " + server + "\n" + server + " A 10.2.0." + std::to_string(i) + "\n";
  }
  ZoneSet zones({make_zone("mesh.", text)});
  std::string got = ask(zones, "x.far.mesh.", RRType::kA, {}, 512);
  EXPECT_TRUE(got.starts_with("NOERROR tc\nNS far.mesh. 3600 NS ns0.far.mesh.")) << got;
  EXPECT_TRUE(ask(zones, "x.far.mesh.", RRType::kA, {}, 1232).starts_with("NOERROR\n"));
}

// The proof of a wildcard stands in the authority section, behind what the alias led to.
TEST(AnswererSignedTest, WildcardAliasIsProvedAfterItsTarget) {
  ZoneSet zones({make_zone("t.", "$TTL 60\n@ SOA ns ns 1 1 1 1 30\n@ NS ns\n@ NSEC *.w NS SOA NSEC\n"
                                 "*.w CNAME ns\n*.w NSEC ns CNAME NSEC\nns A 10.0.0.1\nns NSEC t. A NSEC\n")});
  std::string got = ask(zones, "x.w.t.", RRType::kA, {.edns = true, .dnssec_ok = true});
  EXPECT_TRUE(got.starts_with("NOERROR aa\nAN x.w.t. 60 CNAME ns.t.\nAN ns.t. 60 A 10.0.0.1\nNS *.w.t. 30 NSEC ")) << got;
  EXPECT_EQ(std::count(got.begin(), got.end(), '\n'), 3);
}

TEST(AnswererBoundTest, AliasChainEnds) {
  std::string text = "@ 60 SOA ns ns 1 1 1 1 1\n@ 60 NS ns\n";
  for (int i = 0; i < 40; i++) text += "c" + std::to_string(i) + " 60 CNAME c" + std::to_string(i + 1) + "\n";
  text += "*.w 60 CNAME x.w\n";
  ZoneSet zones({make_zone("mesh.", text)});
  std::string got = ask(zones, "c0.mesh.", RRType::kA);
  EXPECT_EQ(static_cast<std::size_t>(std::count(got.begin(), got.end(), '\n')), kMaxAliases + 1);
  EXPECT_EQ(ask(zones, "y.w.mesh.", RRType::kA), "NOERROR aa\nAN y.w.mesh. 60 CNAME x.w.mesh.\nAN x.w.mesh. 60 CNAME x.w.mesh.");
}

TEST(AnswererRootTest, RootZone) {
  ZoneSet zones({make_zone(".", "@ 60 SOA ns.example. h.example. 1 1 1 1 30\n@ 60 NS ns.example.\nexample. 60 NS ns.example.\nns.example. 60 A 10.0.0.1\n")});
  EXPECT_EQ(ask(zones, "no.", RRType::kA), "NXDOMAIN aa\nNS . 30 SOA ns.example. h.example. 1 1 1 1 30");
  EXPECT_EQ(ask(zones, "a.example.", RRType::kA), "NOERROR\nNS example. 60 NS ns.example.\nAR ns.example. 60 A 10.0.0.1");
  EXPECT_EQ(ask(zones, ".", RRType::kNS), "NOERROR aa\nAN . 60 NS ns.example.");
}

}  // namespace
}  // namespace dotmesh
