#include "network/template.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <iterator>
#include <limits>
#include <optional>

namespace dotmesh {

// Recursive descent over one template. The first fault ends it.
class TemplateParser {
 public:
  using Op = Template::Op;
  using Piece = Template::Piece;

  explicit TemplateParser(std::string_view text) : text_(text) {}

  std::expected<Template, Template::Fault> run() {
    Template out;
    std::string literal;
    const auto flush = [&] {
      if (!literal.empty()) out.pieces_.emplace_back().literal = literal;
      literal.clear();
    };
    while (at_ < text_.size() && !fault_) {
      char c = text_[at_];
      bool doubled = at_ + 1 < text_.size() && text_[at_ + 1] == c;
      if ((c == '{' || c == '}') && doubled) {
        literal += c;
        at_ += 2;
      } else if (c == '{') {
        flush();
        out.pieces_.push_back(placeholder());
      } else if (c == '}') {
        fail(at_, "\"}\" without \"{\"");
      } else {
        literal += c;
        at_++;
      }
    }
    flush();
    if (fault_) return std::unexpected(*fault_);
    return out;
  }

 private:
  void fail(std::size_t offset, std::string message) {
    if (!fault_) fault_ = {offset, std::move(message)};
  }
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') at_++;
  }
  // The next octet that is no space; '\0' at the end.
  char peek() {
    skip_spaces();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    at_++;
    return true;
  }

  Piece placeholder() {
    std::size_t open = at_++;
    Piece piece;
    sum(piece, 0);
    piece.source = text_.substr(open + 1, at_ - open - 1);
    while (piece.source.ends_with(' ')) piece.source.pop_back();
    if (take(':')) format(piece);
    if (!fault_ && !take('}')) {
      if (peek() == '\0') {
        fail(open, "\"{\" without \"}\"");
      } else {
        fail(at_, fmt::format("expected an operator or \"}}\", found \"{}\"", text_[at_]));
      }
    }
    return piece;
  }

  void format(Piece& piece) {
    std::size_t start = at_;
    std::size_t width = 0;
    bool padded = take('0');
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && width <= kMaxTemplateWidth) {
      width = width * 10 + static_cast<std::size_t>(text_[at_++] - '0');
    }
    if (width > kMaxTemplateWidth) {
      return fail(start, fmt::format("the width is above {}", kMaxTemplateWidth));
    }
    if (width != 0 && !padded) return fail(start, "a width begins with 0, as in {n:04}");
    piece.width = static_cast<std::uint8_t>(width);
    if (take('x')) {
      piece.base = 'x';
    } else if (take('X')) {
      piece.base = 'X';
    } else if (!take('d') && width == 0) {
      fail(start, "a format is :04, :x or :04x");
    }
  }

  // sum := product (("+" | "-") product)*
  void sum(Piece& piece, std::size_t depth) {
    product(piece, depth);
    while (!fault_) {
      Op op = Op::kAdd;
      if (take('-')) {
        op = Op::kSubtract;
      } else if (!take('+')) {
        return;
      }
      product(piece, depth);
      piece.steps.push_back({op});
    }
  }

  // product := factor (("*" | "/" | "%") factor)*
  void product(Piece& piece, std::size_t depth) {
    factor(piece, depth);
    while (!fault_) {
      Op op = Op::kMultiply;
      if (take('/')) {
        op = Op::kDivide;
      } else if (take('%')) {
        op = Op::kRemainder;
      } else if (!take('*')) {
        return;
      }
      factor(piece, depth);
      piece.steps.push_back({op});
    }
  }

  // factor := "n" | number | "-" factor | "(" sum ")"
  void factor(Piece& piece, std::size_t depth) {
    if (depth > kMaxTemplateDepth) {
      return fail(at_, fmt::format("more than {} parentheses or signs within each other",
                                   kMaxTemplateDepth));
    }
    char c = peek();
    std::size_t start = at_;
    if (c >= '0' && c <= '9') return number(piece);
    if (take('n')) {
      piece.steps.push_back({Op::kN});
    } else if (take('-')) {
      factor(piece, depth + 1);
      piece.steps.push_back({Op::kNegate});
    } else if (take('(')) {
      sum(piece, depth + 1);
      if (!fault_ && !take(')')) fail(start, "\"(\" without \")\"");
    } else if (c == '\0') {
      fail(start, "the expression ends here; expected n, a number or \"(\"");
    } else {
      fail(start, fmt::format("expected n, a number or \"(\", found \"{}\"", c));
    }
  }

  void number(Piece& piece) {
    std::int64_t value = 0;
    const char* first = text_.data() + at_;
    auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
    if (error != std::errc{}) return fail(at_, "a number beyond 64 bits");
    piece.steps.push_back({Op::kNumber, value});
    at_ += static_cast<std::size_t>(end - first);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<Template::Fault> fault_;
};

std::expected<Template, Template::Fault> Template::compile(std::string_view text) {
  return TemplateParser(text).run();
}

Result<std::int64_t> Template::evaluate(const Piece& piece, std::int64_t n) {
  // Every operand that waits is below an open operator: at most two a level of depth, and two more.
  std::array<std::int64_t, 3 * kMaxTemplateDepth + 6> stack;
  std::size_t top = 0;
  for (const Step& step : piece.steps) {
    if (step.op == Op::kNumber || step.op == Op::kN) {
      stack[top++] = step.op == Op::kN ? n : step.number;
      continue;
    }
    std::int64_t right = stack[--top];
    std::int64_t left = step.op == Op::kNegate ? 0 : stack[--top];
    std::int64_t result = 0;
    bool overflow = false;
    switch (step.op) {
      case Op::kAdd: overflow = __builtin_add_overflow(left, right, &result); break;
      case Op::kSubtract:
      case Op::kNegate: overflow = __builtin_sub_overflow(left, right, &result); break;
      case Op::kMultiply: overflow = __builtin_mul_overflow(left, right, &result); break;
      default:
        if (right == 0) return fail(fmt::format("{{{}}} divides by zero", piece.source));
        if (right == -1) {  // the one quotient beyond 64 bits would trap
          overflow = step.op == Op::kDivide && __builtin_sub_overflow(0, left, &result);
        } else {
          result = step.op == Op::kDivide ? left / right : left % right;
        }
    }
    if (overflow) return fail(fmt::format("{{{}}} goes beyond 64 bits", piece.source));
    stack[top++] = result;
  }
  return stack[0];
}

Result<void> Template::expand(std::int64_t n, std::string& out) const {
  for (const Piece& piece : pieces_) {
    if (piece.steps.empty()) {
      out += piece.literal;
      continue;
    }
    Result<std::int64_t> value = evaluate(piece, n);
    if (!value) return std::unexpected(value.error());
    if (piece.base != 'd' && *value < 0) {
      return fail(fmt::format("{{{}}} is {}, which has no hexadecimal form", piece.source, *value));
    }
    auto back = std::back_inserter(out);
    switch (piece.base) {
      case 'x': fmt::format_to(back, "{:0{}x}", *value, piece.width); break;
      case 'X': fmt::format_to(back, "{:0{}X}", *value, piece.width); break;
      default: fmt::format_to(back, "{:0{}}", *value, piece.width); break;
    }
  }
  return {};
}

}  // namespace dotmesh
