// One faulty line at a time: what is said about it, and where.
#include "zone/zone_fault.h"

#include <gtest/gtest.h>

#include "zone/zone_reader.h"
#include "zone/zone_words.h"

namespace dotmesh {
namespace {

struct NoSink : RecordSink {
  void on_record(const RecordView&) override {}
};

// Position, code, message and way out of every fault in `line`, which stands between good records.
std::string faults(const std::string& line) {
  MemoryTree tree({{"z", "$TTL 1h\n@ SOA a b 1 2 3 4 5\n" + line + "\n A 10.0.0.1\nlast A 10.0.0.2\n"}});
  Diagnostics diagnostics;
  NoSink sink;
  ZoneReader(tree, diagnostics).read("z", *Name::parse("mesh."), sink);
  std::string out;
  for (const Diagnostic& d : diagnostics.all()) {
    out += d.position.to_string() + "+" + std::to_string(d.width) + " " + d.code + ": " + d.message + " -> " + d.way_out + "\n";
  }
  return out;
}

TEST(ZoneFaultTest, WhatPeopleLeaveOut) {
  EXPECT_EQ(faults("wiki 10.70.1.1"),
            "z:3:6+9 missing-type: record type left out before \"10.70.1.1\" -> write wiki A 10.70.1.1\n");
  EXPECT_EQ(faults("wiki 1h IN fd00::1"),
            "z:3:12+7 missing-type: record type left out before \"fd00::1\" -> write wiki AAAA fd00::1\n");
  EXPECT_EQ(faults("wiki host.example.org."),
            "z:3:6+17 missing-type: record type left out before \"host.example.org.\" -> write wiki CNAME "
            "host.example.org., or another type\n");
  EXPECT_EQ(faults("@ MX mail"),
            "z:3:6+4 missing-preference: MX preference left out before \"mail\" -> write MX 10 mail\n");
  EXPECT_EQ(faults("@ MX 10.70.140.70"),
            "z:3:6+12 missing-preference: MX preference left out before \"10.70.140.70\" -> write MX 10 and a name, "
            "and give that name the address 10.70.140.70\n");
  EXPECT_EQ(faults("@ MX mail 10"),
            "z:3:6+4 missing-preference: MX preference stands after the name -> write MX 10 mail\n");
  EXPECT_EQ(faults("@ MX 10"),
            "z:3:6+2 missing-data: the MX record has 1 of its 2 parts -> write preference and server name\n");
  EXPECT_EQ(faults("A 10.0.0.1"),
            "z:3:1+1 missing-owner: \"A\" stands where the owner name belongs, and \"10.0.0.1\" is not a record "
            "type -> begin the line with a name, or with a blank for the name of the record before\n");
  EXPECT_EQ(faults("wiki A"), "z:3:6+1 missing-data: the A record has no data -> write an IPv4 address after A\n");
  EXPECT_EQ(faults("wiki CNAME ; later"),
            "z:3:6+5 missing-data: the CNAME record has no data -> write the name that it stands for after CNAME\n");
  EXPECT_EQ(faults("wiki"),
            "z:3:1+4 free-text: \"wiki\" alone is not a record -> put \";\" in front of a comment, or complete the record\n");
  EXPECT_EQ(faults("wiki IN"), "z:3:6+2 missing-type: the record ends before its type -> write a type and its data\n");
  EXPECT_EQ(faults("wiki 3600"), "z:3:6+4 missing-type: the record ends before its type -> write a type and its data\n");
  EXPECT_EQ(faults("_sip._tcp SRV 5060 sip"),
            "z:3:20+3 missing-data: the SRV record has 2 of its 4 parts -> write priority, weight, port and name\n");
}

TEST(ZoneFaultTest, TextWithoutSemicolon) {
  EXPECT_EQ(faults("wiki uisp"),
            "z:3:6+4 missing-type: \"uisp\" is not a record type -> write wiki CNAME uisp, or another type; for a "
            "comment, put \";\" in front\n");
  EXPECT_EQ(faults("this is the list"),
            "z:3:6+2 free-text: \"is\" is not a record type -> put \";\" in front of a comment\n");
  EXPECT_EQ(faults("ask Jon about this"),
            "z:3:5+3 free-text: \"Jon\" is not a record type -> put \";\" in front of a comment\n");
  EXPECT_EQ(faults("wiki A 10.0.0.1 main wiki"),
            "z:3:17+4 extra-text: \"main\" stands after the end of the A record -> put \";\" in front of a comment\n");
  EXPECT_EQ(faults("wiki CNAME a b"),
            "z:3:14+1 extra-text: \"b\" stands after the end of the CNAME record -> put \";\" in front of a comment\n");
  EXPECT_EQ(faults("// reserved for later use"),
            "z:3:1+2 free-text: \"//\" does not begin a comment -> write \";\"\n");
  EXPECT_EQ(faults("# old"), "z:3:1+1 free-text: \"#\" does not begin a comment -> write \";\"\n");
}

TEST(ZoneFaultTest, Addresses) {
  EXPECT_EQ(faults("wiki A 10.70.256.1"),
            "z:3:8+11 bad-address: \"10.70.256.1\" is not an IPv4 address: octet \"256\" is above 255 -> write four "
            "numbers from 0 to 255 with dots between\n");
  EXPECT_EQ(faults("wiki A 10.70.05.1 "),
            "z:3:8+10 bad-address: \"10.70.05.1\" is not an IPv4 address: octet \"05\" has a leading zero -> write "
            "four numbers from 0 to 255 with dots between\n");
  EXPECT_EQ(faults("wiki A 10.70.1"),
            "z:3:8+7 bad-address: \"10.70.1\" is not an IPv4 address: it has 3 octets, not 4 -> write four numbers "
            "from 0 to 255 with dots between\n");
  EXPECT_EQ(faults("wiki A fd00::1"),
            "z:3:8+7 wrong-address-family: IPv6 address \"fd00::1\" in an A record -> write AAAA for A\n");
  EXPECT_EQ(faults("wiki AAAA 10.0.0.1"),
            "z:3:11+8 wrong-address-family: IPv4 address \"10.0.0.1\" in an AAAA record -> write A for AAAA\n");
  EXPECT_EQ(faults("wiki A grandsvc"),
            "z:3:8+8 bad-address: \"grandsvc\" is not an IPv4 address -> write an address; to point at a name, use "
            "CNAME\n");
  EXPECT_EQ(faults("wiki AAAA fd00::1::2"),
            "z:3:11+10 bad-address: \"fd00::1::2\" is not an IPv6 address -> correct the address\n");
  EXPECT_EQ(faults("wiki A \"10.0.0.1\""),
            "z:3:8+10 bad-address: \"10.0.0.1\" is in quotation marks -> write the address without them\n");
}

TEST(ZoneFaultTest, TypesAndClasses) {
  EXPECT_EQ(faults("wiki CNMAE foo"), "z:3:6+5 unknown-type: \"CNMAE\" is not a record type -> did you mean CNAME?\n");
  EXPECT_EQ(faults("wiki AAA fd00::1"), "z:3:6+3 unknown-type: \"AAA\" is not a record type -> did you mean AAAA?\n");
  EXPECT_EQ(faults("wiki CH TXT x"),
            "z:3:6+2 wrong-class: class \"CH\"; zones here are of class IN -> write IN, or leave the class out\n");
  EXPECT_EQ(faults("wiki ANY 1.2.3.4"),
            "z:3:6+3 meta-type: \"ANY\" is a type of queries and cannot stand in a zone -> remove the record\n");
  EXPECT_EQ(faults("wiki X25 123456"),
            "z:3:6+3 unsupported-type: the text form of \"X25\" records is not supported -> write it as TYPE19 \\# "
            "LENGTH HEX (RFC 3597)\n");
}

TEST(ZoneFaultTest, Names) {
  std::string label(64, 'x');
  EXPECT_EQ(faults(label + " A 10.0.0.1"),
            "z:3:1+64 label-too-long: a label of \"" + std::string(60, 'x') +
                "...\" is longer than 63 octets -> shorten what stands between two dots\n");
  std::string longest;
  for (int i = 0; i < 5; i++) longest += std::string(50, 'x') + ".";
  EXPECT_EQ(faults("a CNAME " + longest + "abcd"),
            "z:3:9+259 name-too-long: the name \"" + longest.substr(0, 60) + "...\" is longer than 255 octets -> shorten it\n");
  EXPECT_EQ(faults("a..b A 10.0.0.1"),
            "z:3:1+4 bad-name: \"a..b\" is not a domain name: it has an empty label -> remove the dot too many\n");
  EXPECT_EQ(faults("a CNAME b,c"),
            "z:3:9+3 bad-name: \"b,c\" is not a domain name: \",\" cannot stand in it -> write names with letters, "
            "digits, \"-\" and \"_\"\n");
  EXPECT_EQ(faults("a SOA a me@b.c. 1 2 3 4 5"),
            "z:3:9+7 bad-name: \"me@b.c.\" is not a domain name: \"@\" cannot stand in it -> write a mailbox with a "
            "dot: hostmaster.example.org. for hostmaster@example.org\n");
  EXPECT_EQ(faults("a CNAME \"b\""),
            "z:3:9+3 bad-name: \"b\" is not a domain name: \"\"\" cannot stand in it -> write the name without "
            "quotation marks\n");
}

TEST(ZoneFaultTest, NumbersTextsAndTimes) {
  EXPECT_EQ(faults("a 3000000000 A 10.0.0.1"),
            "z:3:3+10 ttl-too-large: TTL \"3000000000\" is above 2147483647 (RFC 2181 section 8) -> a day (86400) is usual\n");
  EXPECT_EQ(faults("a 99999999999 A 10.0.0.1"),
            "z:3:3+11 ttl-too-large: TTL \"99999999999\" is above 2147483647 (RFC 2181 section 8) -> a day (86400) is usual\n");
  EXPECT_EQ(faults("a SRV 1 2 70000 b"), "z:3:11+5 number-too-large: \"70000\" is above 65535 -> correct the number\n");
  EXPECT_EQ(faults("a SOA b c 1 2 x 4 5"),
            "z:3:15+1 bad-number: \"x\" is not a number -> SOA has server, mailbox, serial, refresh, retry, expire and minimum\n");
  EXPECT_EQ(faults("a HINFO x \"" + std::string(300, 'x') + "\""),
            "z:3:11+302 text-too-long: a text of 300 octets; one holds at most 255 -> split it into several, each in "
            "quotation marks: \"...\" \"...\"\n");
}

TEST(ZoneFaultTest, QuotesAndParentheses) {
  EXPECT_EQ(faults("a TXT \"abc"),
            "z:3:7+1 unclosed-quote: this quotation mark is never closed -> put '\"' at the end of the text\n");
  EXPECT_EQ(faults("a A 10.0.0.1 )"),
            "z:3:14+1 stray-parenthesis: this parenthesis has no counterpart -> remove it; parentheses do not nest\n");
  EXPECT_EQ(faults("a TXT ( abc"),
            "z:3:7+1 unclosed-parenthesis: this parenthesis is never closed -> put \")\" at the end of the record\n");
  EXPECT_EQ(faults("a A ( 10.0.0.1\n  10.0.0.2 )"),
            "z:4:3+8 extra-text: \"10.0.0.2\" stands after the end of the record, in its parentheses -> put \";\" in "
            "front of a comment, or close the parenthesis before\n");
}

TEST(ZoneFaultTest, Directives) {
  EXPECT_EQ(faults("$GENERATE 1-9 n$ A 10.0.0.$"),
            "z:3:1+9 unknown-directive: $GENERATE is not a directive of zone files (RFC 1035) -> write "
            "[[zone.generate]] in the network file instead\n");
  EXPECT_EQ(faults("$TLL 1h"),
            "z:3:1+4 unknown-directive: \"$TLL\" is not a directive -> use $TTL, $ORIGIN or $INCLUDE; a name that "
            "begins with \"$\" is written \"\\$\"\n");
  EXPECT_EQ(faults("$TTL"), "z:3:1+4 bad-directive: $TTL lacks a time -> write $TTL 1h\n");
  EXPECT_EQ(faults("$TTL soon"),
            "z:3:6+4 bad-ttl: \"soon\" is not a TTL -> write seconds, or a number with s, m, h, d or w, up to "
            "2147483647 seconds\n");
  EXPECT_EQ(faults("$TTL 1h 2h"),
            "z:3:9+2 extra-text: \"2h\" stands after the end of $TTL -> put \";\" in front of a comment\n");
  EXPECT_EQ(faults("$ORIGIN a..b."),
            "z:3:9+5 bad-origin: \"a..b.\" is not a domain name that can be an origin -> write a whole name with its "
            "final dot\n");
}

TEST(ZoneFaultTest, IncludeOfWhatIsNoFileName) {  // found by fuzz/zone_reader_fuzz.cc: read behind the last token
  EXPECT_EQ(faults("$INCLUDE pass\x9c\xfd"),
            "z:3:10+6 include-unreadable: \"pass\x9c\xfd\" is not the name of a file -> name a file of the "
            "repository, relative to this file's folder\n");
}

TEST(ZoneFaultTest, ParenthesisBehindInclude) {  // found by fuzz/zone_reader_fuzz.cc: told of a line behind the last
  EXPECT_EQ(faults("$INCLUDE other("),
            "z:3:15+1 unclosed-parenthesis: this parenthesis is never closed -> put \")\" at the end of the record\n");
}

TEST(ZoneWordsTest, NearestType) {
  EXPECT_EQ(nearest_type("cname1"), "CNAME");
  EXPECT_EQ(nearest_type("text"), "TXT");
  EXPECT_EQ(nearest_type("PTT"), "PTR");
  EXPECT_EQ(nearest_type("about"), "");
  EXPECT_EQ(nearest_type("Jon"), "");
  EXPECT_EQ(nearest_type(std::string(1000, 'A')), "");
}

TEST(ZoneFaultTest, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_EQ(quote_for_message("a\x1b[31m"), "\"a?[31m\"");
  EXPECT_EQ(printable_line("a\tb\x1b[31m \r"), "a\tb?[31m ?");
}

}  // namespace
}  // namespace dotmesh
