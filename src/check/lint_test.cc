#include "check/lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "check/check.h"

namespace dotmesh {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const std::string kApex = "$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 10.0.0.1\n";

CheckReport check(std::map<std::string, std::string> files) {
  return check_network(MemoryTree(std::move(files)), CommitInfo{.id = "test", .author = {}, .subject = {}});
}

// "LINE:COLUMN code", of the zone mesh. whose file has `text` behind four lines of apex.
std::vector<std::string> findings(const std::string& text) {
  std::vector<std::string> out;
  CheckReport report = check({{"mesh.zone", kApex + text}});
  for (const Diagnostic& d : report.diagnostics.all()) {
    out.push_back(std::to_string(d.position.line) + ":" + std::to_string(d.position.column) + " " + d.code);
  }
  return out;
}

std::string text_of(std::map<std::string, std::string> files) { return render_text(check(std::move(files)).diagnostics); }

TEST(LintTest, GoodZoneIsQuiet) {
  EXPECT_THAT(findings("www A 10.0.0.2\nalias CNAME www\n@ MX 10 www\n*.w A 10.0.0.3\nx CNAME y.w\n"
                       "out CNAME www.example.org.\nsub NS ns.sub\nns.sub A 10.0.0.4\ninto CNAME a.sub\n"
                       "d DNAME example.org.\nvia CNAME a.d\nrr A 10.1.0.1\nrr A 10.1.0.2\n"),
              IsEmpty());
}

TEST(LintTest, AddressWhereANameBelongs) {
  EXPECT_EQ(text_of({{"mesh.zone", kApex + "@ MX 10 10.70.1.1\n"}}),
            "mesh.zone:5:9: warning: MX of \"mesh.\" points to the address 10.70.1.1, where a name belongs\n"
            "    5 | @ MX 10 10.70.1.1\n"
            "      |         ^~~~~~~~~  write a name there, and an A record for it\n"
            "0 errors, 1 warning\n");
  EXPECT_THAT(findings("a CNAME 10.70.1.1\nb CNAME 10.70.1.2.\n"), ElementsAre("5:9 address-as-name", "6:9 address-as-name"));
  EXPECT_THAT(findings("sub NS 10.70.1.1\n"), UnorderedElementsAre("5:8 address-as-name", "5:8 missing-glue"));
}

TEST(LintTest, MissingFinalDot) {
  EXPECT_THAT(findings("www CNAME nycmeshnet.github.io\n"), ElementsAre("5:11 missing-final-dot"));
  EXPECT_THAT(findings("www CNAME ns.mesh\n"), ElementsAre("5:11 missing-final-dot"));
  EXPECT_THAT(findings("www.mesh A 10.0.0.2\n"), ElementsAre("5:1 missing-final-dot"));
  EXPECT_THAT(findings("wiki.app A 10.0.0.2\nwww CNAME wiki.app\n"), IsEmpty());
  EXPECT_EQ(text_of({{"mesh.zone", kApex + "www CNAME site.example.org\n"}}),
            "mesh.zone:5:11: warning: target of CNAME \"site.example.org.mesh.\" has \".org\" in front of the zone "
            "name; its final dot is missing\n"
            "    5 | www CNAME site.example.org\n"
            "      |           ^~~~~~~~~~~~~~~~  write \"site.example.org.\"\n"
            "0 errors, 1 warning\n");
}

TEST(LintTest, Delegations) {
  EXPECT_THAT(findings("sub NS ns.sub\n"), ElementsAre("5:8 missing-glue"));
  EXPECT_THAT(findings("@ NS ns2\n"), ElementsAre("5:6 missing-glue"));
  EXPECT_THAT(findings("sub NS ns\n"), ElementsAre("5:1 lame-delegation"));
  EXPECT_THAT(findings("sub NS ns.sub\nns.sub A 10.0.0.2\nsub A 10.0.0.3\nwww.sub A 10.0.0.4\nns.sub TXT x\n"),
              ElementsAre("7:1 below-delegation", "8:1 below-delegation", "9:1 below-delegation"));
}

// The twin has its own name for the child, and both must be served.
TEST(LintTest, DelegationToOurselvesUnderEveryOrigin) {
  const std::string network = "[network]\nacknowledge = [\"no-reverse-zone:10.0.0.0/8\"]\n[[zone]]\nname = \"mesh.\"\nfile = \"m\"\ntwins = [\"t.example.\"]\n";
  auto report = check({{"dotmesh.toml", network}, {"m", kApex + "sub NS ns\n"}});
  std::vector<std::string> messages;
  for (const Diagnostic& d : report.diagnostics.all()) messages.push_back(d.code + " " + d.message.substr(0, d.message.find(" is")));
  EXPECT_THAT(messages, UnorderedElementsAre("lame-delegation \"sub.mesh.\"", "lame-delegation \"sub.t.example.\""));
  EXPECT_EQ(text_of({{"dotmesh.toml", network + "[[zone]]\nname = \"sub.t.example.\"\nfile = \"s\"\n"},
                     {"m", kApex + "sub NS ns\n"},
                     {"s", "$TTL 60\n@ SOA ns.mesh. h. 1 1 1 1 1\n@ NS ns.mesh.\n"}}),
            "0 errors, 0 warnings\n");
}

TEST(LintTest, Addresses) {
  EXPECT_THAT(findings("www A 10.0.0.2\nother A 10.0.0.3\nwww A 10.0.0.4\n"), ElementsAre("7:1 two-addresses"));
  EXPECT_THAT(findings("www A 10.0.0.2\nwww A 10.0.0.4\n"), IsEmpty());
  EXPECT_THAT(findings("www A 10.0.0.2\nweb A 10.0.0.2\n"), ElementsAre("6:1 two-names"));
  EXPECT_THAT(findings("www A 10.0.0.2\n*.www A 10.0.0.2\n"), IsEmpty());
}

TEST(LintTest, PrefixesReverseZonesAndAcknowledgement) {
  const std::string zones = "[[zone]]\nname = \"mesh.\"\nfile = \"m\"\n";
  const std::string records = kApex + "www A 10.0.0.2\nweb A 10.0.0.2\nfar A 192.0.2.1\n";
  const auto codes = [&](const std::string& network) {
    std::vector<std::string> out;
    CheckReport report = check({{"dotmesh.toml", network + zones}, {"m", records}});
    for (const Diagnostic& d : report.diagnostics.all()) {
      out.push_back(std::to_string(d.position.line) + " " + d.code);
    }
    return out;
  };
  EXPECT_THAT(codes("[network]\nmesh_prefixes = [\"10.0.0.0/8\"]\n"),
              ElementsAre("4 no-reverse-zone", "6 two-names", "7 outside-prefixes"));
  EXPECT_THAT(codes("[network]\nmesh_prefixes = [\"10.0.0.0/8\"]\nacknowledge = [\"two-names:10.0.0.2\", "
                    "\"outside-prefixes:192.0.2.1\", \"no-reverse-zone:10.0.0.0/8\"]\n"),
              IsEmpty());
}

TEST(LintTest, RRsets) {
  EXPECT_THAT(findings("www A 10.0.0.2\nwww A 10.0.0.2\n"), ElementsAre("6:1 duplicate-record"));
  EXPECT_THAT(findings("www 60 A 10.0.0.2\nwww 90 A 10.0.0.3\n"), ElementsAre("6:1 ttl-differs"));
}

TEST(LintTest, DanglingCname) {
  EXPECT_THAT(findings("www CNAME nowhere\n"), ElementsAre("5:11 dangling-cname"));
}

TEST(LintTest, TargetsThatAreAliases) {
  EXPECT_THAT(findings("www A 10.0.0.2\nmail CNAME www\n@ MX 10 mail\n"), ElementsAre("7:9 alias-as-target"));
  EXPECT_THAT(findings("www A 10.0.0.2\nwww2 CNAME www\n_sip._tcp SRV 0 0 5060 www2\n"),
              ElementsAre("7:24 alias-as-target"));
  EXPECT_THAT(findings("www A 10.0.0.2\n@ MX 10 www\n"), IsEmpty());
}

// "write mail CNAME" would be wrong where MX points at it (RFC 2181 section 10.3).
TEST(LintTest, NoAliasIsOfferedForATarget) {
  const auto way_out = [](const std::string& records) {
    CheckReport report = check({{"mesh.zone", kApex + "www A 10.0.0.2\nmail A 10.0.0.2\n" + records}});
    for (const Diagnostic& d : report.diagnostics.all()) {
      if (d.code == "two-names") return d.way_out;
    }
    return std::string("not reported");
  };
  EXPECT_THAT(way_out(""), HasSubstr("CNAME"));
  EXPECT_EQ(way_out("@ MX 10 MAIL\n"), "if both are meant, acknowledge \"two-names:10.0.0.2\" in dotmesh.toml");
}

TEST(LintTest, ZoneFileWithoutEntry) {
  auto report = check({{"dotmesh.toml", "[[zone]]\nname = \"mesh.\"\nfile = \"m\"\n"},
                       {"m", kApex + "$INCLUDE inc/part.zone\n"},
                       {"inc/part.zone", "www A 10.0.0.2\n"},
                       {"old/other.zone", kApex}});
  std::vector<std::string> found;
  for (const Diagnostic& d : report.diagnostics.all()) {
    if (d.code != "no-reverse-zone") found.push_back(d.position.to_string() + " " + d.code);
  }
  EXPECT_THAT(found, ElementsAre("old/other.zone zone-file-without-entry"));
}

TEST(LintTest, ErrorsOfTheLoadAndWarningsComeTogether) {
  auto report = check({{"mesh.zone", kApex + "bad 10.0.0.9\nwww CNAME nowhere\n"}});
  EXPECT_EQ(report.diagnostics.error_count(), 1U);
  EXPECT_EQ(report.diagnostics.warning_count(), 1U);
  EXPECT_EQ(report.zones, 0U);
}

}  // namespace
}  // namespace dotmesh
