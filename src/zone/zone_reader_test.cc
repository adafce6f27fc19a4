#include "zone/zone_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "dns/rdata.h"

namespace dotmesh {
namespace {

struct TextSink : RecordSink {
  std::string text;
  void on_record(const RecordView& r) override {
    text += fmt::format("{}:{} {} {} {} {}\n", r.file, r.line, r.owner.to_string(), r.ttl, to_string(r.type),
                        rdata_to_string(r.type, r.rdata));
  }
};

struct Outcome {
  std::string records;
  std::string faults;
  bool good = false;
  std::vector<std::string> files;
};

Outcome read(std::map<std::string, std::string> files, const std::string& path = "mesh.zone",
         const std::string& origin = "mesh.") {
  MemoryTree tree(std::move(files));
  Diagnostics diagnostics;
  TextSink sink;
  ZoneReader reader(tree, diagnostics);
  Outcome run;
  run.good = reader.read(path, *Name::parse(origin), sink);
  run.records = sink.text;
  run.faults = diagnostics.all().empty() ? "" : render_text(diagnostics);
  run.files = reader.files();
  return run;
}

Outcome read_text(const std::string& text) { return read({{"mesh.zone", text}}); }

TEST(ZoneReaderTest, DeliversRecordsWithTheirLines) {
  Outcome run = read_text(
      "; comment\n"
      "$TTL 1h\n"
      "@ SOA ns hostmaster.example.org. (\n"
      "  2024120100 ; serial\n"
      "  1d 2h 4w 1h )\n"
      "\n"
      "  NS ns\n"
      "ns 60 IN A 10.0.0.1\n"
      "t TXT ( \"a (\"\n"
      "  \"b\" )\n"
      "u TXT \")\"\n"
      "x TYPE65280 \\# 2 abcd");
  EXPECT_EQ(run.faults, "");
  EXPECT_TRUE(run.good);
  EXPECT_EQ(run.records,
            "0:3 mesh. 3600 SOA ns.mesh. hostmaster.example.org. 2024120100 86400 7200 2419200 3600\n"
            "0:7 mesh. 3600 NS ns.mesh.\n"
            "0:8 ns.mesh. 60 A 10.0.0.1\n"
            "0:9 t.mesh. 3600 TXT \"a (\" \"b\"\n"
            "0:11 u.mesh. 3600 TXT \")\"\n"
            "0:12 x.mesh. 3600 TYPE65280 \\# 2 ABCD\n");
}

TEST(ZoneReaderTest, LinesStayRightAfterAClosingParenthesisOnItsOwnLine) {
  Outcome run = read_text("@ SOA ns h (\n 1 2 3 4 5\n ; end\n)\na A 10.0.0.1\nb A ( 10.0.0.2\n)\nc A 10.0.0.3\nd A bad\n");
  EXPECT_EQ(run.records,
            "0:1 mesh. 3600 SOA ns.mesh. h.mesh. 1 2 3 4 5\n0:5 a.mesh. 3600 A 10.0.0.1\n"
            "0:6 b.mesh. 3600 A 10.0.0.2\n0:8 c.mesh. 3600 A 10.0.0.3\n");
  EXPECT_NE(run.faults.find("mesh.zone:9:5: error"), std::string::npos);
}

TEST(ZoneReaderTest, AcceptsCrLfByteOrderMarkAndMissingLineFeed) {
  Outcome run = read_text("\xef\xbb\xbf@ SOA ns h (\r\n 1 2 3 4 5 )\r\nb\tA\t10.0.0.1\r");
  EXPECT_EQ(run.faults, "");
  EXPECT_EQ(run.records, "0:1 mesh. 3600 SOA ns.mesh. h.mesh. 1 2 3 4 5\n0:3 b.mesh. 3600 A 10.0.0.1\n");
}

TEST(ZoneReaderTest, ReportsEveryFaultAndReadsTheRest) {
  Outcome run = read_text(
      "@ SOA ns h 1 2 3 4 5\n"
      "wiki 10.70.1.1\n"
      "a A 10.0.0.1\n"
      "@ MX\tmail ; main\n"
      "\tA 10.0.0.300\n"
      "$FOO bar\n"
      "b A 10.0.0.2\n");
  EXPECT_EQ(run.records,
            "0:1 mesh. 3600 SOA ns.mesh. h.mesh. 1 2 3 4 5\n0:3 a.mesh. 3600 A 10.0.0.1\n0:7 b.mesh. 3600 A 10.0.0.2\n");
  EXPECT_EQ(run.faults,
            "mesh.zone:2:6: error: record type left out before \"10.70.1.1\"\n"
            "    2 | wiki 10.70.1.1\n"
            "      |      ^~~~~~~~~  write wiki A 10.70.1.1\n"
            "mesh.zone:4:6: error: MX preference left out before \"mail\"\n"
            "    4 | @ MX\tmail ; main\n"
            "      |     \t^~~~  write MX 10 mail\n"
            "mesh.zone:5:4: error: \"10.0.0.300\" is not an IPv4 address: octet \"300\" is above 255\n"
            "    5 | \tA 10.0.0.300\n"
            "      | \t  ^~~~~~~~~~  write four numbers from 0 to 255 with dots between\n"
            "mesh.zone:6:1: error: \"$FOO\" is not a directive\n"
            "    6 | $FOO bar\n"
            "      | ^~~~  use $TTL, $ORIGIN or $INCLUDE; a name that begins with \"$\" is written \"\\$\"\n"
            "4 errors, 0 warnings\n");
}

TEST(ZoneReaderTest, BlankOwnerDoesNotSlipToTheRecordBeforeAFaultyOne) {
  Outcome run = read_text("@ SOA ns h 1 2 3 4 5\na..b A 10.0.0.1\n  A 10.0.0.2\n  TXT x\nc A 10.0.0.3\n  A 10.0.0.4\n");
  EXPECT_EQ(run.records,
            "0:1 mesh. 3600 SOA ns.mesh. h.mesh. 1 2 3 4 5\n0:5 c.mesh. 3600 A 10.0.0.3\n0:6 c.mesh. 3600 A 10.0.0.4\n");
  EXPECT_NE(run.faults.find("1 error, 0 warnings"), std::string::npos) << run.faults;
}

TEST(ZoneReaderTest, BlankOwnerOnTheFirstRecordIsAFault) {
  Outcome run = read_text("  SOA ns h 1 2 3 4 5\n");
  EXPECT_EQ(run.faults,
            "mesh.zone:1:3: error: the record has no owner name: no record stands before it\n"
            "    1 |   SOA ns h 1 2 3 4 5\n"
            "      |   ^~~  begin the line with a name, or with \"@\" for the zone itself\n"
            "1 error, 0 warnings\n");
}

TEST(ZoneReaderTest, ForgottenParenthesisPointsToTheOpeningOne) {
  Outcome run = read_text("@ SOA ns h (\n 1 2 3 4 5\na A 10.0.0.1\nt TXT ( \"x\" )\nb A 10.0.0.2\n");
  EXPECT_NE(run.faults.find("mesh.zone:1:12: error: this parenthesis is never closed"), std::string::npos) << run.faults;
  EXPECT_NE(run.records.find("0:3 a.mesh."), std::string::npos) << run.records;
  EXPECT_NE(run.records.find("0:4 t.mesh. 3600 TXT \"x\""), std::string::npos) << run.records;
  EXPECT_NE(run.records.find("0:5 b.mesh."), std::string::npos) << run.records;
}

TEST(ZoneReaderTest, BinaryFileIsOneFault) {
  Outcome run = read_text(std::string("\x7f" "ELF\0\0\n\n\0(\"\n", 12));
  EXPECT_EQ(run.faults,
            "mesh.zone: error: not a text file: a NUL octet at offset 4\n"
            "      remove the file, or save it as plain text\n1 error, 0 warnings\n");
}

TEST(ZoneReaderTest, ZoneWithoutRecordsIsAFault) {
  EXPECT_EQ(read_text("; nothing\n").faults,
            "mesh.zone: error: zone mesh. has no records\n"
            "      add at least an SOA and an NS record, or remove the file\n1 error, 0 warnings\n");
  EXPECT_FALSE(read_text("").good);
  EXPECT_FALSE(read({}).good);
}

TEST(ZoneReaderTest, GivesUpOnAFileOfFaults) {
  std::string text;
  for (std::size_t i = 0; i < kMaxFaultsPerFile * 2; i++) text += "some random prose here\n";
  Outcome run = read_text(text);
  EXPECT_NE(run.faults.find("more than 1000 faults; the rest of the file is not read"), std::string::npos);
  EXPECT_NE(run.faults.find("1001 errors"), std::string::npos);
}

// libzscanner 3.2.6 keeps a stack of 16 places, one of which each $INCLUDE that is handed back leaves behind.
TEST(ZoneReaderTest, ManyIncludesInOneFile) {
  std::string text = "a A 10.0.0.1\n";
  for (int i = 0; i < 500; i++) text += i % 2 == 0 ? "$INCLUDE other\n" : "$INCLUDE other sub.mesh. ; again\n";
  Outcome run = read({{"mesh.zone", text + "last A 10.0.0.3\n"}, {"other", "b A 10.0.0.2\n"}});
  EXPECT_EQ(run.faults, "");
  EXPECT_EQ(std::count(run.records.begin(), run.records.end(), '\n'), 502);
  EXPECT_TRUE(run.records.ends_with("0:502 last.mesh. 3600 A 10.0.0.3\n"));
  EXPECT_EQ(find_soa_serial(text + "@ SOA a b 77 2 3 4 5\n"), 77u);
}

TEST(ZoneReaderTest, GivesUpOnAZoneOfFaultyFiles) {
  std::string faulty;
  for (std::size_t i = 0; i + 1 < kMaxFaultsPerFile; i++) faulty += "some random prose here\n";
  std::string text;
  for (int i = 0; i < 30; i++) text += "$INCLUDE faulty\n";
  Outcome run = read({{"mesh.zone", text}, {"faulty", faulty}});
  EXPECT_NE(run.faults.find("mesh.zone: error: more than 1000 faults; the rest of the file is not read"), std::string::npos);
  EXPECT_NE(run.faults.find("5001 errors"), std::string::npos);
  EXPECT_FALSE(run.good);
}

TEST(ZoneReaderTest, RelativeOrigin) {
  EXPECT_EQ(read_text("$ORIGIN sub\na A 10.0.0.1\n$ORIGIN @\nb A 10.0.0.2\n$ORIGIN example.\nc A 10.0.0.3\n").records,
            "0:2 a.sub.mesh. 3600 A 10.0.0.1\n0:4 b.sub.mesh. 3600 A 10.0.0.2\n0:6 c.example. 3600 A 10.0.0.3\n");
}

TEST(ZoneReaderTest, IncludesInsideTheTree) {
  Outcome run = read({{"zones/mesh.zone",
                   "$TTL 60\n@ SOA ns h 1 2 3 4 5\na A 10.0.0.1\n$INCLUDE part.inc sub.mesh. ; comment\n"
                   "  A 10.0.0.2\n$INCLUDE ../more.inc\nb A 10.0.0.3\n"},
                  {"zones/part.inc", "$TTL 5\nx A 10.0.1.1\n$ORIGIN elsewhere.mesh.\n"},
                  {"more.inc", "y A 10.0.1.2"}},
                 "zones/mesh.zone");
  EXPECT_EQ(run.faults, "");
  EXPECT_EQ(run.files, (std::vector<std::string>{"zones/mesh.zone", "zones/part.inc", "more.inc"}));
  EXPECT_EQ(run.records,
            "0:2 mesh. 60 SOA ns.mesh. h.mesh. 1 2 3 4 5\n0:3 a.mesh. 60 A 10.0.0.1\n"
            "1:2 x.sub.mesh. 5 A 10.0.1.1\n0:5 a.mesh. 60 A 10.0.0.2\n2:1 y.mesh. 60 A 10.0.1.2\n"
            "0:7 b.mesh. 60 A 10.0.0.3\n");
}

TEST(ZoneReaderTest, RefusesIncludesOutsideTheTreeAndLoops) {
  Outcome run = read_text(
      "@ SOA ns h 1 2 3 4 5\n$INCLUDE ../../etc/passwd\n$INCLUDE /etc/passwd\n$INCLUDE none.zone\nb A 10.0.0.3\n");
  EXPECT_EQ(run.faults,
            "mesh.zone:2:10: error: $INCLUDE \"../../etc/passwd\": the path leads outside the repository\n"
            "    2 | $INCLUDE ../../etc/passwd\n"
            "      |          ^~~~~~~~~~~~~~~~  name a file of the repository, relative to this file's folder\n"
            "mesh.zone:3:10: error: $INCLUDE \"/etc/passwd\": \"/etc/passwd\" is an absolute path; files are named "
            "relative to the repository\n"
            "    3 | $INCLUDE /etc/passwd\n"
            "      |          ^~~~~~~~~~~  name a file of the repository, relative to this file's folder\n"
            "mesh.zone:4:10: error: $INCLUDE \"none.zone\": none.zone: no such file\n"
            "    4 | $INCLUDE none.zone\n"
            "      |          ^~~~~~~~~  name a file of the repository, relative to this file's folder\n"
            "3 errors, 0 warnings\n");
  EXPECT_NE(run.records.find("0:5 b.mesh."), std::string::npos);

  Outcome loop = read_text("@ SOA ns h 1 2 3 4 5\n$INCLUDE mesh.zone\n");
  EXPECT_NE(loop.faults.find("is nested deeper than 8 files"), std::string::npos) << loop.faults;
  Outcome fan = read_text("$INCLUDE mesh.zone\n$INCLUDE mesh.zone\n$INCLUDE mesh.zone\n");
  EXPECT_NE(fan.faults.find("includes more than 1000 files"), std::string::npos);
}

TEST(ZoneReaderTest, UnknownFileInTheMiddleOfManyZones) {
  MemoryTree tree({{"a", "@ SOA ns h 1 2 3 4 5\n"}, {"b", "@ SOA ns h 1 2 3 4 5\n"}});
  Diagnostics diagnostics;
  TextSink sink;
  ZoneReader reader(tree, diagnostics);
  EXPECT_TRUE(reader.read("a", *Name::parse("a."), sink));
  EXPECT_FALSE(reader.read("none", *Name::parse("n."), sink));
  EXPECT_TRUE(reader.read("b", *Name::parse("b."), sink));
  EXPECT_NE(sink.text.find("1:1 b. "), std::string::npos);
}

TEST(FindSoaSerialTest, StopsAtTheFirstSoa) {
  EXPECT_EQ(find_soa_serial("$TTL 1h\n@ SOA a b (\n 2024120100 1d 2h 4w 1h )\nbroken here\n"), 2024120100U);
  EXPECT_EQ(find_soa_serial("@ SOA a b 7 1 1 1 1"), 7U);
  EXPECT_EQ(find_soa_serial("$INCLUDE x\r\n@ SOA a b 7 1 1 1 1\r\n"), 7U);
  EXPECT_EQ(find_soa_serial("a A 10.0.0.1\n"), std::nullopt);
  EXPECT_EQ(find_soa_serial("a A bad\n@ SOA a b 7 1 1 1 1\n"), std::nullopt);
  EXPECT_EQ(find_soa_serial(""), std::nullopt);
}

}  // namespace
}  // namespace dotmesh
