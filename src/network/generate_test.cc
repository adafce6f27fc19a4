// [[zone.generate]]: records out of numbers, and what is said where a number makes none.
#include "network/generate.h"

#include <gtest/gtest.h>

#include "network/network_testing.h"

namespace dotmesh {
namespace {

LoadResult load(const std::string& range, const std::string& owner, const std::string& type,
                const std::string& rdata, const std::string& more = "") {
  return test_load({{"dotmesh.toml", "[[zone]]\nname = \"nn.mesh.\"\nfile = \"nn.zone\"\n[[zone.generate]]\nrange = \"" +
                                         range + "\"\nowner = \"" + owner + "\"\ntype = \"" + type +
                                         "\"\nrdata = '" + rdata + "'\n" + more},
                    {"nn.zone", "@ 60 SOA ns.example. hm 1 2 3 4 5\n@ 60 NS ns.example.\n"}});
}

TestLines lines(const std::string& range, const std::string& owner, const std::string& type,
                const std::string& rdata) {
  TestLines out = zone_lines(load(range, owner, type, rdata), "nn.mesh.");
  out.erase("nn.mesh. 60 NS ns.example.");
  return out;
}

TEST(GenerateTest, Ranges) {
  EXPECT_EQ(lines("1-3", "{n}", "A", "10.69.{n/100}.{n%100}"),
            (TestLines{"1.nn.mesh. 3600 A 10.69.0.1", "2.nn.mesh. 3600 A 10.69.0.2", "3.nn.mesh. 3600 A 10.69.0.3"}));
  EXPECT_EQ(lines("5-10/2", "{n:03}", "A", "10.0.0.{n}"),
            (TestLines{"005.nn.mesh. 3600 A 10.0.0.5", "007.nn.mesh. 3600 A 10.0.0.7", "009.nn.mesh. 3600 A 10.0.0.9"}));
  EXPECT_EQ(lines("7", "@", "A", "10.0.0.{n}"), (TestLines{"nn.mesh. 3600 A 10.0.0.7"}));
  EXPECT_EQ(lines("9223372036854775807", "{n}", "TXT", "x"), (TestLines{"9223372036854775807.nn.mesh. 3600 TXT \"x\""}));
  EXPECT_EQ(lines("1-8000", "{n}", "A", "10.69.{n/100}.{n%100}").size(), 8000U);
}

TEST(GenerateTest, AnyType) {
  EXPECT_EQ(lines("10", "h{n:x}", "AAAA", "2001:db8::{n:x}"), (TestLines{"ha.nn.mesh. 3600 AAAA 2001:db8::a"}));
  EXPECT_EQ(lines("1", "{n}", "CNAME", "host{n}"), (TestLines{"1.nn.mesh. 3600 CNAME host1.nn.mesh."}));
  EXPECT_EQ(lines("1", "{n}", "mx", "{n*10} mail.example."), (TestLines{"1.nn.mesh. 3600 MX 10 mail.example."}));
  EXPECT_EQ(lines("1", "{n}", "TXT", "\"a;b\" c{n}"), (TestLines{"1.nn.mesh. 3600 TXT \"a;b\" \"c1\""}));
  EXPECT_EQ(lines("1", "{n}", "TYPE65280", "\\# 2 0{n}ff"), (TestLines{"1.nn.mesh. 3600 TYPE65280 \\# 2 01FF"}));
  EXPECT_EQ(lines("1", "{n}", "SRV", "( 1 2 {n} x )"), (TestLines{"1.nn.mesh. 3600 SRV 1 2 1 x.nn.mesh."}));
}

TEST(GenerateTest, OctetWithALeadingZeroIsRefused) {
  EXPECT_EQ(messages(load("98-112", "{n}", "A", "10.69.{n/100}.{n%100:02}")),
            "dotmesh.toml:8:9: error: n = 100 makes no A record: \"10.69.1.00\" is not an IPv4 address\n"
            "    8 | rdata = '10.69.{n/100}.{n%100:02}'\n"
            "      |         ^~~~~~~~~~~~~~~~~~~~~~~~~~  four numbers from 0 to 255 without leading zeros; 9 more "
            "numbers of the range are wrong\n");
}

TEST(GenerateTest, OctetAbove255IsRefused) {
  EXPECT_EQ(messages(load("255-256", "{n}", "A", "10.0.0.{n}")),
            "dotmesh.toml:8:9: error: n = 256 makes no A record: \"10.0.0.256\" is not an IPv4 address\n"
            "    8 | rdata = '10.0.0.{n}'\n"
            "      |         ^~~~~~~~~~~~  four numbers from 0 to 255 without leading zeros\n");
}

TEST(GenerateTest, ArithmeticThatFails) {
  EXPECT_EQ(messages(load("0-2", "{n}", "A", "10.0.0.{10/n}")),
            "dotmesh.toml:8:9: error: n = 0 makes no A record: {10/n} divides by zero\n"
            "    8 | rdata = '10.0.0.{10/n}'\n"
            "      |         ^~~~~~~~~~~~~~~\n");
  EXPECT_EQ(messages(load("1", "{n:x}{n-2:x}", "A", "10.0.0.1")),
            "dotmesh.toml:6:9: error: n = 1 makes no A record: {n-2} is -1, which has no hexadecimal form\n"
            "    6 | owner = \"{n:x}{n-2:x}\"\n"
            "      |         ^~~~~~~~~~~~~~\n");
}

TEST(GenerateTest, FaultsOfTheRule) {
  EXPECT_EQ(messages(load("1-", "{n", "AX", "10.0.0.}")),
            "dotmesh.toml:5:9: error: \"1-\" is not a range\n"
            "    5 | range = \"1-\"\n"
            "      |         ^~~~  write \"FIRST-LAST\" or \"FIRST-LAST/STEP\", such as \"1-8000\"\n"
            "dotmesh.toml:6:10: error: \"{\" without \"}\"\n"
            "    6 | owner = \"{n\"\n"
            "      |          ^  a placeholder is such as {n}, {n/100} or {n:04}; a brace itself is {{ or }}\n"
            "dotmesh.toml:7:8: error: \"AX\" is not an RR type\n"
            "    7 | type = \"AX\"\n"
            "      |        ^~~~  write a mnemonic such as \"A\" or \"PTR\", or \"TYPE65280\"\n"
            "dotmesh.toml:8:17: error: \"}\" without \"{\"\n"
            "    8 | rdata = '10.0.0.}'\n"
            "      |                 ^  a placeholder is such as {n}, {n/100} or {n:04}; a brace itself is {{ or }}\n");
  EXPECT_EQ(messages(load("9-1", "{n}", "SOA", "x")),
            "dotmesh.toml:5:9: error: the range \"9-1\" ends before it begins\n"
            "    5 | range = \"9-1\"\n"
            "      |         ^~~~~  write \"1-9\"\n"
            "dotmesh.toml:7:8: error: SOA records are not generated\n"
            "    7 | type = \"SOA\"\n"
            "      |        ^~~~~\n");
  EXPECT_EQ(messages(load("1-99999999", "{n}", "A", "x")),
            "dotmesh.toml:5:9: error: the range \"1-99999999\" holds 99999999 numbers\n"
            "    5 | range = \"1-99999999\"\n"
            "      |         ^~~~~~~~~~~~  a rule makes at most 1000000 records\n");
  for (const char* range : {"", "-1", "1-2-3", "1/0", "a", "1-2/", "1 - 2", "9223372036854775808"}) {
    EXPECT_NE(messages(load(range, "{n}", "A", "10.0.0.1")), "") << range;
  }
}

TEST(GenerateTest, TextThatWouldHideInAZoneFile) {
  const auto message = [](const char* owner, const char* type, const char* rdata) {
    std::string text = messages(load("1", owner, type, rdata));
    std::size_t start = text.find("record: ");
    return start == std::string::npos ? text : text.substr(start + 8, text.find('\n', start) - start - 8);
  };
  EXPECT_EQ(message("{n}", "TXT", "a;b"), "in \"a;b\" \";\" begins a comment");
  EXPECT_EQ(message("{n}", "TXT", "\"a"), "\"\"a\" is not the RDATA of TXT: invalid text character");
  EXPECT_EQ(message("a b", "A", "10.0.0.1"), "\"a b\" is not a domain name: \" \" needs a backslash in front");
  EXPECT_EQ(message("a;b", "A", "10.0.0.1"), "\"a;b\" is not a domain name: \";\" needs a backslash in front");
  EXPECT_EQ(message("a..b", "A", "10.0.0.1"), "\"a..b\" is not a domain name: it has an empty label");
  EXPECT_EQ(message("{n}", "NS", "a b"), "\"a b\" is not the RDATA of NS: unexpected data");
  EXPECT_EQ(message("{n}", "SRV", "1 2 (3 x"), "\"1 2 (3 x\" is not the RDATA of SRV: a parenthesis is left open");
  // Nothing of this kind reaches a file.
  EXPECT_EQ(lines("1", "$INCLUDE", "TXT", "/etc/passwd"), (TestLines{"\\$include.nn.mesh. 3600 TXT \"/etc/passwd\""}));
}

TEST(GenerateTest, AllRulesTogetherAreBounded) {
  std::string rules;
  for (int i = 0; i < 5; i++) {
    rules += "[[zone.generate]]\nrange = \"1-999999\"\nowner = \"{n}\"\ntype = \"A\"\nrdata = \"x\"\n";
  }
  std::string text = messages(load("1", "{n}", "A", "10.0.0.1", rules));
  EXPECT_NE(text.find("the rules make more than 4000000 records together"), std::string::npos) << text;
}

}  // namespace
}  // namespace dotmesh
