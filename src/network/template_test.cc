#include "network/template.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

std::string expand(std::string_view text, std::int64_t n) {
  auto compiled = Template::compile(text);
  if (!compiled) return "at " + std::to_string(compiled.error().offset) + ": " + compiled.error().message;
  std::string out;
  Result<void> done = compiled->expand(n, out);
  return done ? out : "error: " + done.error().message;
}

TEST(TemplateTest, Arithmetic) {
  EXPECT_EQ(expand("10.69.{n/100}.{n%100}", 1234), "10.69.12.34");
  EXPECT_EQ(expand("{n}", 7), "7");
  EXPECT_EQ(expand("{ n % 100 + 1 }", 199), "100");
  EXPECT_EQ(expand("{(n-1)*4+1}", 3), "9");
  EXPECT_EQ(expand("{2+3*4-1}", 0), "13");
  EXPECT_EQ(expand("{100/7/2}", 0), "7");
  EXPECT_EQ(expand("{10-3-2}", 0), "5");
  EXPECT_EQ(expand("{-n+5}{-(-n)}{--n}", 3), "233");
  EXPECT_EQ(expand("{-7/2},{-7%2}", 0), "-3,-1");
  EXPECT_EQ(expand("plain", 1), "plain");
  EXPECT_EQ(expand("", 1), "");
  EXPECT_EQ(expand("{{n}}", 1), "{n}");
}

TEST(TemplateTest, Formats) {
  EXPECT_EQ(expand("{n:04}", 42), "0042");
  EXPECT_EQ(expand("{n:02}", 12345), "12345");
  EXPECT_EQ(expand("{n:x}.{n:X}.{n:04x}.{n:04d}", 171), "ab.AB.00ab.0171");
  EXPECT_EQ(expand("{n*2:03}", 5), "010");
}

TEST(TemplateTest, FaultsOfTheText) {
  EXPECT_EQ(expand("a{n", 1), "at 1: \"{\" without \"}\"");
  EXPECT_EQ(expand("a}n", 1), "at 1: \"}\" without \"{\"");
  EXPECT_EQ(expand("{}", 1), "at 1: expected n, a number or \"(\", found \"}\"");
  EXPECT_EQ(expand("{n+}", 1), "at 3: expected n, a number or \"(\", found \"}\"");
  EXPECT_EQ(expand("{n+", 1), "at 3: the expression ends here; expected n, a number or \"(\"");
  EXPECT_EQ(expand("{(n+1}", 1), "at 1: \"(\" without \")\"");
  EXPECT_EQ(expand("{n+1)}", 1), "at 4: expected an operator or \"}\", found \")\"");
  EXPECT_EQ(expand("{m}", 1), "at 1: expected n, a number or \"(\", found \"m\"");
  EXPECT_EQ(expand("{nn}", 1), "at 2: expected an operator or \"}\", found \"n\"");
  EXPECT_EQ(expand("{n:4}", 1), "at 3: a width begins with 0, as in {n:04}");
  EXPECT_EQ(expand("{n:}", 1), "at 3: a format is :04, :x or :04x");
  EXPECT_EQ(expand("{n:064}", 1), "at 3: the width is above 63");
  EXPECT_EQ(expand("{n:099999999999999999999}", 1), "at 3: the width is above 63");
  EXPECT_EQ(expand("{9223372036854775808}", 1), "at 1: a number beyond 64 bits");
  std::string deep = "{" + std::string(40, '(') + "n" + std::string(40, ')') + "}";
  EXPECT_EQ(expand(deep, 1), "at 34: more than 32 parentheses or signs within each other");
  EXPECT_EQ(expand("{" + std::string(100'000, '-') + "n}", 1),
            "at 34: more than 32 parentheses or signs within each other");
}

TEST(TemplateTest, FaultsOfTheNumbers) {
  EXPECT_EQ(expand("{1/(n-1)}", 1), "error: {1/(n-1)} divides by zero");
  EXPECT_EQ(expand("{1%0}", 1), "error: {1%0} divides by zero");
  EXPECT_EQ(expand("{n+1}", INT64_MAX), "error: {n+1} goes beyond 64 bits");
  EXPECT_EQ(expand("{n*n}", INT64_MAX), "error: {n*n} goes beyond 64 bits");
  EXPECT_EQ(expand("{-n}", INT64_MIN), "error: {-n} goes beyond 64 bits");
  EXPECT_EQ(expand("{n/-1}", INT64_MIN), "error: {n/-1} goes beyond 64 bits");
  EXPECT_EQ(expand("{n%-1}", INT64_MIN), "0");
  EXPECT_EQ(expand("{n-2:x}", 1), "error: {n-2} is -1, which has no hexadecimal form");
}

// The deepest stack that the grammar allows: two waiting operands a level.
TEST(TemplateTest, DeepestStack) {
  std::string text = "{";
  for (int i = 0; i < 32; i++) text += "1+1*(";
  text += "1+1*n" + std::string(32, ')') + "}";
  EXPECT_EQ(expand(text, 1), "34");
}

}  // namespace
}  // namespace dotmesh
