#include "config/toml_document.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

std::string faults_of(std::string_view text, bool* complete = nullptr) {
  Diagnostics diagnostics;
  bool whole = false;
  SourceText source("dotmesh.toml", text);
  parse_toml(source, diagnostics, whole);
  if (complete != nullptr) *complete = whole;
  std::string out;
  for (const Diagnostic& d : diagnostics.all()) out += render_text(d);
  return out;
}

TEST(TomlDocumentTest, ValuesKnowTheirPlaceInBytes) {
  Diagnostics diagnostics;
  bool complete = false;
  SourceText source("x.toml", "[t]\nnäme = 1\n  \"kéy\" = [\"ü\", \"b\"]\n");
  RawTable table = parse_toml(source, diagnostics, complete);
  // A bare key may not hold a letter beyond ASCII (TOML 1.0).
  EXPECT_FALSE(complete);
  ASSERT_EQ(diagnostics.error_count(), 1U);
  EXPECT_EQ(diagnostics.all()[0].position, (SourcePosition{"x.toml", 2, 2}));
  const auto& inner = std::get<RawTable>(table.find("t")->value.value);
  const RawEntry* key = inner.find("kéy");
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(key->place.line, 3U);
  EXPECT_EQ(key->place.column, 3U);
  EXPECT_EQ(key->place.width, 6U);  // quotes and two octets of é
  const auto& elements = std::get<std::vector<RawValue>>(key->value.value);
  ASSERT_EQ(elements.size(), 2U);
  EXPECT_EQ(elements[1].place.column, 19U);
  EXPECT_EQ(elements[1].place.width, 3U);
}

TEST(TomlDocumentTest, ReportsSeveralSyntaxFaults) {
  bool complete = true;
  EXPECT_EQ(faults_of("a = \nb = 1\nc = 01\n", &complete),
            "dotmesh.toml:1:5: error: TOML syntax: key-value pair: expected value, saw '\\n'\n"
            "    1 | a = \n"
            "      |     ^  see https://toml.io/en/v1.0.0\n"
            "dotmesh.toml:3:7: error: TOML syntax: decimal integer: leading zeroes are prohibited\n"
            "    3 | c = 01\n"
            "      |       ^  see https://toml.io/en/v1.0.0\n");
  EXPECT_FALSE(complete);
}

TEST(TomlDocumentTest, OneOpenBracketIsOneFault) {
  EXPECT_EQ(faults_of("a = [ \"x\"\nb = 1\nc = 2\nd = 3\n"),
            "dotmesh.toml:2:1: error: TOML syntax: array: expected comma or closing ']', saw 'b'\n"
            "    2 | b = 1\n"
            "      | ^  see https://toml.io/en/v1.0.0\n");
}

TEST(TomlDocumentTest, WhatStandsTwiceIsToldWithTheFirstAndTheRestIsRead) {
  EXPECT_EQ(faults_of("[a]\nx = 1\n [b]\n  y = 1\ny = 2\n[b]\nz = 1\nz = 2\n[[c]]\n[c]\n[d]\nv = w\n"),
            "dotmesh.toml:5:5: error: TOML syntax: key-value pair: cannot redefine existing integer 'y' (first at "
            "dotmesh.toml:4:3)\n"
            "    5 | y = 2\n"
            "      |     ^  keep one of the two\n"
            "dotmesh.toml:6:1: error: TOML syntax: table header: cannot redefine existing table 'b' (first at "
            "dotmesh.toml:3:2)\n"
            "    6 | [b]\n"
            "      | ^  keep one of the two\n"
            "dotmesh.toml:10:1: error: TOML syntax: table header: cannot redefine existing array 'c' as table\n"
            "   10 | [c]\n"
            "      | ^  write [[c]]\n"
            "dotmesh.toml:12:5: error: TOML syntax: value: could not determine value type\n"
            "   12 | v = w\n"
            "      |     ^  text stands between quotes: \"...\"\n");
}

// Its keys are not those of the table above it.
TEST(TomlDocumentTest, ATableWithAFaultyHeaderIsSetAsideWhole) {
  Diagnostics diagnostics;
  bool complete = true;
  const RawTable table = parse_toml(SourceText("x", "[a]\nx = 1\n[b\ny = 1\n[c]\nz = 1\n"), diagnostics, complete);
  EXPECT_FALSE(complete);
  EXPECT_EQ(diagnostics.error_count(), 1U);
  ASSERT_EQ(table.entries.size(), 2U);
  EXPECT_EQ(std::get<RawTable>(table.entries[0].value.value).entries.size(), 1U);
  EXPECT_EQ(table.entries[1].key, "c");
}

TEST(TomlDocumentTest, OnlyUtf8) {
  EXPECT_EQ(faults_of("# \xc3\xbc\na = \"\xf2\xf2\xf2\xf2\"\n"),
            "dotmesh.toml:2:6: error: TOML syntax: this octet is not UTF-8\n      save the file as UTF-8\n");
  for (const char* bad : {"\x80", "\xc1\x81", "\xc3", "\xe0\x81\x81", "\xed\xa0\x80", "\xf0\x81\x81\x81",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_NE(faults_of(std::string("# ") + bad + "\n"), "") << bad;
  }
  EXPECT_EQ(faults_of("# \xc2\xa0 \xe0\xa0\x80 \xed\x9f\xbf \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf\n"), "");
}

// Wherever the library looks for white space.
TEST(TomlDocumentTest, LettersBeyondAscii) {
  EXPECT_EQ(faults_of("a = '''\n\xc3\xbc'''\nb = \"\"\"x\\\n  \xc3\xbc\"\"\" # \xc3\xbc\n"), "");
  EXPECT_NE(faults_of("\xc3\xbc = 1\n"), "");
  EXPECT_NE(faults_of("a = \xc3\xbc\n"), "");
  EXPECT_NE(faults_of("a = 1 \xc3\xbc\n"), "");
}

TEST(TomlDocumentTest, HostileTextIsBounded) {
  EXPECT_FALSE(faults_of("a = " + std::string(100'000, '[')).empty());
  EXPECT_FALSE(faults_of("a = " + std::string(1000, '{')).empty());
  EXPECT_FALSE(faults_of(std::string("a = \"\0\"\n", 8)).empty());
  EXPECT_FALSE(faults_of("\xff\xfe\x00").empty());
  EXPECT_TRUE(faults_of("").empty());
  EXPECT_TRUE(faults_of("\xef\xbb\xbf" "a = 1\r\n").empty());
  std::string many;
  for (int i = 0; i < 1000; i++) many += "a =\n\n\n";
  Diagnostics diagnostics;
  bool complete = true;
  parse_toml(SourceText("x", many), diagnostics, complete);
  EXPECT_EQ(diagnostics.error_count(), kMaxSyntaxFaults);
}

}  // namespace
}  // namespace dotmesh
