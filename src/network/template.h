// Template: text with arithmetic on one number, for [[zone.generate]].
//
//   "10.69.{n/100}.{n%100}"   "node-{n:04}"   "2001:db8::{n:x}"   "{(n - 1) * 4 + 1}"   "{{" for a brace
//
// Integers of 64 bits with + - * / % and parentheses; "/" and "%" round toward zero, as in C. Behind a
// colon: ":04" at least four digits with zeros in front, ":x" ":X" hexadecimal, ":04x" both.
// What cannot be computed (division by zero, a result beyond 64 bits) is an error, never a guess.
// Immutable once compiled; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dotmesh {

// Parentheses and signs within each other; the parser recurses.
inline constexpr std::size_t kMaxTemplateDepth = 32;
// Beyond the longest number; more zeros than a label holds make no name.
inline constexpr std::size_t kMaxTemplateWidth = 63;

class Template {
 public:
  // A fault and the octet of the template where it stands, from 0.
  struct Fault {
    std::size_t offset = 0;
    std::string message;
  };

  static std::expected<Template, Fault> compile(std::string_view text);

  // Appends the text for `n` to `out`. The error says what could not be computed.
  Result<void> expand(std::int64_t n, std::string& out) const;

 private:
  friend class TemplateParser;
  enum class Op : std::uint8_t { kNumber, kN, kAdd, kSubtract, kMultiply, kDivide, kRemainder, kNegate };
  struct Step {
    Op op;
    std::int64_t number = 0;
  };
  // Literal text, or an expression in reverse Polish notation.
  struct Piece {
    std::string literal;
    std::vector<Step> steps;  // empty: literal
    std::string source;       // "n/100", for messages
    std::uint8_t width = 0;
    char base = 'd';  // 'd', 'x', 'X'
  };

  static Result<std::int64_t> evaluate(const Piece& piece, std::int64_t n);

  std::vector<Piece> pieces_;
};

}  // namespace dotmesh
