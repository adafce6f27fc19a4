#include "zone/zone_lexer.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

std::string words(const ZoneEntry& entry) {
  std::string out;
  for (const ZoneToken& token : entry.tokens) out += std::string(token.text) + "|";
  return out;
}

TEST(ZoneLexerTest, CutsTokens) {
  std::string_view text = "a\\ b 1h IN TXT \"x ; (\" y;c (\nnext A 1.2.3.4\n";
  ZoneEntry entry = read_entry(text, 0);
  EXPECT_EQ(words(entry), "a\\ b|1h|IN|TXT|\"x ; (\"|y|");
  EXPECT_TRUE(entry.tokens[4].quoted);
  EXPECT_FALSE(entry.blank_owner);
  EXPECT_EQ(text[entry.end], '\n');
  EXPECT_EQ(words(read_entry(text, entry.end + 1)), "next|A|1.2.3.4|");
}

TEST(ZoneLexerTest, ParenthesesSpanLines) {
  std::string_view text = "@ SOA a b ( 1 ; (\n 2 3\n4 5 )\n A 1.2.3.4";
  ZoneEntry entry = read_entry(text, 0);
  EXPECT_EQ(words(entry), "@|SOA|a|b|1|2|3|4|5|");
  EXPECT_FALSE(entry.unclosed_parenthesis);
  EXPECT_TRUE(read_entry(text, entry.end + 1).blank_owner);
}

TEST(ZoneLexerTest, UnclosedParenthesisEndsWithItsLine) {
  std::string_view text = "@ SOA a b ( 1\n 2 3 4 5\nwww A 1.2.3.4\nt TXT ( x )\n";
  ZoneEntry entry = read_entry(text, 0);
  ASSERT_TRUE(entry.unclosed_parenthesis);
  EXPECT_EQ(*entry.unclosed_parenthesis, 10U);
  EXPECT_EQ(words(entry), "@|SOA|a|b|1|");
  EXPECT_EQ(entry.end, 13U);
}

TEST(ZoneLexerTest, NotesStrayParenthesesAndOpenQuotes) {
  EXPECT_EQ(read_entry("a A 1.2.3.4 )\n", 0).stray_parenthesis.value(), 12U);
  EXPECT_EQ(read_entry("a TXT ( ( b ) )\n", 0).stray_parenthesis.value(), 8U);
  EXPECT_EQ(read_entry("a TXT \"b\nc A 1.2.3.4\n", 0).unclosed_quote.value(), 6U);
}

TEST(ZoneLexerTest, AcceptsAnyBytes) {
  for (std::string_view text : {"", "\n", "\\", "\"", "(", ")", "\"\\", "(\\\n", "((((", "\xff\xfe(\n(\n"}) {
    std::size_t at = 0;
    for (int entries = 0; at < text.size() && entries < 20; entries++) at = read_entry(text, at).end + 1;
    EXPECT_GE(at, text.size());
  }
}

}  // namespace
}  // namespace dotmesh
