#include "zone/zone_lexer.h"

#include <algorithm>

namespace dotmesh {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

class Lexer {
 public:
  Lexer(std::string_view text, std::size_t begin) : text_(text), at_(begin) { entry_.begin = begin; }

  ZoneEntry run() {
    entry_.blank_owner = at_ < text_.size() && is_blank(text_[at_]);
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == '\n') {
        if (!opening_ || at_ - entry_.begin > kMaxEntrySize || next_line_starts_an_entry()) break;
        line_begin_ = ++at_;
      } else if (c == ';') {
        at_ = line_end();
      } else if (c == '"') {
        read_string();
      } else if (c == '(' && opening_ && *opening_ < line_begin_) {
        break;  // parentheses do not nest: the one above was forgotten
      } else if (c == '(' || c == ')') {
        note_parenthesis(c);
        at_++;
      } else if (is_blank(c)) {
        at_++;
      } else {
        read_word();
      }
    }
    entry_.end = at_;
    if (opening_) {
      entry_.unclosed_parenthesis = opening_;
      end_with_line_of(*opening_);
    }
    return std::move(entry_);
  }

 private:
  std::size_t line_end() const {
    std::size_t end = text_.find('\n', at_);
    return end == std::string_view::npos ? text_.size() : end;
  }

  void add(std::size_t begin, bool quoted) {
    if (entry_.tokens.size() < kMaxEntryTokens) {
      entry_.tokens.push_back({text_.substr(begin, at_ - begin), begin, quoted});
    }
  }

  void read_string() {
    std::size_t begin = at_++;
    for (; at_ < text_.size() && text_[at_] != '\n'; at_++) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
        at_++;
      } else if (text_[at_] == '"') {
        at_++;
        return add(begin, true);
      }
    }
    if (!entry_.unclosed_quote) entry_.unclosed_quote = begin;
    add(begin, true);
  }

  void read_word() {
    std::size_t begin = at_;
    for (; at_ < text_.size(); at_++) {
      char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') {
        at_++;
      } else if (is_blank(c) || c == '\n' || c == ';' || c == '"' || c == '(' || c == ')') {
        break;
      }
    }
    add(begin, false);
  }

  void note_parenthesis(char c) {
    if ((c == '(') == opening_.has_value()) {
      if (!entry_.stray_parenthesis) entry_.stray_parenthesis = at_;
    } else if (c == '(') {
      opening_ = at_;
    } else {
      opening_.reset();
    }
  }

  // Inside parentheses people indent; a line that starts at its first column with a word, or that
  // opens another parenthesis, is the next entry, and the parenthesis before it was forgotten.
  bool next_line_starts_an_entry() {
    std::size_t i = at_ + 1;
    if (i >= text_.size() || i < closed_at_) return false;
    std::string_view line = text_.substr(i, text_.find('\n', i) - i);
    if (line.empty() || is_blank(line[0]) || line[0] == ';' || line[0] == ')' || line[0] == '"') return false;
    // A member of the list at column 1 is legal; then the parenthesis is closed further down before
    // another one opens.
    std::size_t end = std::min(text_.size(), i + kMaxEntrySize);
    for (bool quoted = false; i < end; i++) {
      char c = text_[i];
      if (c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (quoted && c == '\n') {
        quoted = false;
      } else if (!quoted && c == ';') {
        i = text_.find('\n', i);
        if (i == std::string_view::npos) return true;
      } else if (!quoted && c == ')') {
        closed_at_ = i;
        return false;
      } else if (!quoted && c == '(') {
        return true;
      }
    }
    return true;
  }

  // Only what stands on the opening line is surely part of the entry.
  void end_with_line_of(std::size_t offset) {
    entry_.end = text_.find('\n', offset);
    if (entry_.end == std::string_view::npos) entry_.end = text_.size();
    while (!entry_.tokens.empty() && entry_.tokens.back().offset > entry_.end) entry_.tokens.pop_back();
  }

  std::string_view text_;
  std::size_t at_;
  std::size_t line_begin_ = 0;
  ZoneEntry entry_;
  std::optional<std::size_t> opening_;
  std::size_t closed_at_ = 0;  // a closing parenthesis seen by looking ahead
};

}  // namespace

ZoneEntry read_entry(std::string_view text, std::size_t begin) { return Lexer(text, begin).run(); }

}  // namespace dotmesh
