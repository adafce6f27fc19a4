// Root hints and trust anchors: what is read, and the words for each fault.
#include <gtest/gtest.h>

#include <cstdio>

#include "base/diagnostic.h"
#include "dnssec/keys.h"
#include "resolver/record_file.h"
#include "resolver/root_hints.h"
#include "resolver/trust_anchors.h"

namespace dotmesh {
namespace {

TEST(RootHints, BuiltIn) {
  const std::vector<RootHint> hints = built_in_root_hints();
  ASSERT_EQ(hints.size(), 13U);
  for (const RootHint& hint : hints) EXPECT_EQ(hint.addresses.size(), 2U) << hint.server.to_string();
  EXPECT_EQ(hints[1].server.to_string(), "b.root-servers.net.");
  EXPECT_EQ(hints[1].addresses[0].to_string(), "170.247.170.2@53");
  EXPECT_EQ(hints[1].addresses[1].to_string(), "2801:1b8:10::b@53");
}

TEST(RootHints, AFileInAnyOrderAndCase) {
  Diagnostics diagnostics;
  const auto hints = parse_root_hints("hints",
                                      "; a comment\nK.ROOT-SERVERS.NET. 3600000 A 193.0.14.129\n"
                                      ".\t3600000 IN NS k.root-servers.net.\n.\tNS\tb.example.\nb.example AAAA 2001:db8::1\n"
                                      "b.example AAAA 2001:db8::1\n",
                                      diagnostics, 5353);
  EXPECT_TRUE(diagnostics.all().empty()) << render_text(diagnostics);
  ASSERT_EQ(hints.size(), 2U);
  EXPECT_EQ(hints[0].addresses.at(0).to_string(), "193.0.14.129@5353");
  ASSERT_EQ(hints[1].addresses.size(), 1U);
}

TEST(RootHints, EveryFaultIsTold) {
  Diagnostics diagnostics;
  parse_root_hints("hints",
                   ". NS a.example.\n"
                   ". NS b.example.\n"
                   "b.example. A 192.0.2.300\n"
                   "com. NS a.example.\n"
                   "a.example. A 192.0.2.1\n"
                   "c.example. A 192.0.2.2\n"
                   ". TXT \"hints\"\n",
                   diagnostics);
  diagnostics.sort();
  EXPECT_EQ(render_text(diagnostics),
            "hints:2:1: error: the root server b.example. has no address\n"
            "    2 | . NS b.example.\n"
            "      | ^~~~~~~~~~~~~~~  add an A or AAAA record of b.example.\n"
            "hints:3:14: error: \"192.0.2.300\" is not an IPv4 address: octet \"300\" is above 255\n"
            "    3 | b.example. A 192.0.2.300\n"
            "      |              ^~~~~~~~~~~  write four numbers from 0 to 255 with dots between\n"
            "hints:4:1: error: an NS record of com., not of the root\n"
            "    4 | com. NS a.example.\n"
            "      | ^~~~~~~~~~~~~~~~~~  name other zones' servers with [[resolver.forward]]\n"
            "hints:6:1: warning: an address of c.example., which is no root server here\n"
            "    6 | c.example. A 192.0.2.2\n"
            "      | ^~~~~~~~~~~~~~~~~~~~~~  add \". NS c.example.\", or remove the address\n"
            "hints:7:1: error: TXT records are no root hints\n"
            "    7 | . TXT \"hints\"\n"
            "      | ^~~~~~~~~~~~~  keep NS, A and AAAA records only\n"
            "4 errors, 1 warning\n");
}

TEST(RecordFile, MissingOrHugeIsRefused) {
  EXPECT_EQ(read_record_file("/nonexistent/hints").error().message, "No such file or directory");
  EXPECT_FALSE(read_record_file("/tmp"));
  EXPECT_FALSE(read_record_file("/dev/zero"));
}

TEST(RootHints, EmptyIsRefused) {
  Diagnostics empty;
  parse_root_hints("hints", "; nothing\n", empty);
  EXPECT_EQ(render_text(empty),
            "hints: error: no NS record of the root: the resolver would not know whom to ask\n"
            "      add NS records of \".\" and their addresses, or leave the setting out to have them built in\n"
            "1 error, 0 warnings\n");
}

TEST(TrustAnchors, BuiltIn) {
  const std::vector<TrustAnchor> anchors = built_in_trust_anchors();
  ASSERT_EQ(anchors.size(), 1U);
  EXPECT_TRUE(anchors[0].owner.view().is_root());
  ASSERT_EQ(anchors[0].ds.count(), 2U);
  EXPECT_EQ(DsRecord::from_rdata(anchors[0].ds.front())->key_tag(), 20326);
  EXPECT_EQ(DsRecord::from_rdata(*++anchors[0].ds.begin())->key_tag(), 38696);
}

// As Unbound and Debian's dns-root-data keep them.
constexpr const char* kRootKeys =
    "; autotrust trust anchor file\n"
    ". 86400 IN DNSKEY 257 3 8 AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN"
    "7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUD"
    "K/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555"
    "KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU= ;{id = 20326 (ksk), size = 2048b} ;;state=2 [  VALID  ]\n"
    ". IN DNSKEY 257 3 8 AwEAAa96jeuknZlaeSrvyAJj6ZHv28hhOKkx3rLGXVaC6rXTsDc449/cidltpkyGwCJNnOAlFNKF2jBosZBU5eeHspaQW"
    "OmOElZsjICMQMC3aeHbGiShvZsx4wMYSjH8e7Vrhbu6irwCzVBApESjbUdpWWmEnhathWu1jo+siFUiRAAxm9qyJNg/wOZqqzL/dL/q8PkcRU5oUK"
    "EpUge71M3ej2/7CPqpdVwuMoTvoB+ZOT4YeGyxMvHmbrxlFzGOHOijtzN+u1TQNatX2XBuzZNQ1K+s2CXkPIZo7s6JgZyvaBevYtxPvYLw4z9mR7K"
    "2vaF18UYH9Z9GNUUeayffKC73PYc=\n";

TEST(TrustAnchors, TheBuiltInDigestsAreThoseOfTheKeys) {
  Diagnostics diagnostics;
  const auto anchors = parse_trust_anchors("root.key", kRootKeys, diagnostics);
  EXPECT_TRUE(diagnostics.all().empty()) << render_text(diagnostics);
  ASSERT_EQ(anchors.size(), 1U);
  ASSERT_EQ(anchors[0].dnskey.count(), 2U);
  const TrustAnchor built_in = built_in_trust_anchors().at(0);
  auto ds = built_in.ds.begin();
  for (auto rdata : anchors[0].dnskey) {
    EXPECT_TRUE(DsRecord::from_rdata(*ds)->matches(NameView(), *Dnskey::from_rdata(rdata)));
    ++ds;
  }
}

TEST(TrustAnchors, OfSeveralZonesByMnemonics) {
  Diagnostics diagnostics;
  const auto anchors = parse_trust_anchors("anchors",
                                           "sub.example.com. 3600 IN DS 30899 RSASHA1 1 f7ed618f24d5e5202927e1d27bc2e84a141cb4b3\n"
                                           "example. DS 1 15 2 (\n 0000000000000000000000000000000000000000000000000000000000000000 )\n"
                                           "SUB.example.com. DS 30899 RSASHA1 1 f7ed618f24d5e5202927e1d27bc2e84a141cb4b3\n",
                                           diagnostics);
  EXPECT_TRUE(diagnostics.all().empty()) << render_text(diagnostics);
  ASSERT_EQ(anchors.size(), 2U);
  EXPECT_EQ(anchors[0].ds.count(), 1U) << "the same twice";
}

TEST(TrustAnchors, EveryFaultIsTold) {
  Diagnostics diagnostics;
  const auto anchors = parse_trust_anchors("anchors",
                                           ". DS 49060 8 1 E7B1EB56D7D5791B3D45630FEAA9C823DB84B385ACEEAC5F44DD08885C36700F\n"
                                           "a. DS 1 3 1 f7ed618f24d5e5202927e1d27bc2e84a141cb4b3\n"
                                           "b. NS ns.b.\n"
                                           "c. DS 1 8 2\n"
                                           "d. DNSKEY 0 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n",
                                           diagnostics);
  diagnostics.sort();
  std::string text;
  for (const Diagnostic& d : diagnostics.all()) text += d.position.to_string() + " " + d.code + ": " + d.message + "\n";
  EXPECT_EQ(text,
            "anchors:1:1 useless-trust-anchor: no key matches this trust anchor: a digest of type 1 has 20 octets, this one 32\n"
            "anchors:2:1 useless-trust-anchor: no key matches this trust anchor: algorithm DSA is not known to this version\n"
            "anchors:3:1 not-a-trust-anchor: NS records are no trust anchors\n"
            "anchors:4:11 missing-data: the DS record has 3 of its 4 parts\n"
            "anchors:5:1 useless-trust-anchor: no key matches this trust anchor: the key's flags say that it signs no zone "
            "(256 or 257 do)\n");
  EXPECT_EQ(diagnostics.error_count(), 2U);
  EXPECT_EQ(anchors.size(), 3U);
}

TEST(TrustAnchors, EmptyIsNoValidation) {
  Diagnostics empty;
  EXPECT_TRUE(parse_trust_anchors("anchors", "", empty).empty());
  EXPECT_FALSE(empty.has_errors());
  EXPECT_EQ(empty.warning_count(), 1U);
}

}  // namespace
}  // namespace dotmesh
