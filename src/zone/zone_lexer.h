// Cuts zone-file text into entries and tokens (RFC 1035 section 5.1), for messages about faults.
// libzscanner reads the records; it says on which line and how far from the line's end it stopped.
// This lexer finds the entry and the token there, so that a message can underline what is wrong.
// It runs only over entries near a fault, and must accept any bytes. Pure functions, any thread;
// tokens and entries point into the caller's text.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace dotmesh {

struct ZoneToken {
  std::string_view text;   // as written, quotes included
  std::size_t offset = 0;  // in the whole text
  bool quoted = false;

  std::size_t end() const { return offset + text.size(); }
};

// One entry: a record or a directive, with the comment behind it, over one line or, in parentheses,
// several. Blank lines and comment lines are entries without tokens.
struct ZoneEntry {
  std::size_t begin = 0;      // of its first line
  std::size_t end = 0;        // of its last line: the offset of its line feed, or of the text's end
  bool blank_owner = false;   // starts with a blank: the owner is that of the record before
  std::vector<ZoneToken> tokens;
  std::optional<std::size_t> unclosed_parenthesis;  // the opening one
  std::optional<std::size_t> stray_parenthesis;     // a closing one too many, or a second opening one
  std::optional<std::size_t> unclosed_quote;        // the opening one; the string ends with its line
};

// An entry keeps its first kMaxEntryTokens tokens; a message never needs one behind them.
inline constexpr std::size_t kMaxEntryTokens = 1000;
// RDATA has at most 65,535 octets, four characters each in \DDD form, and comments: what goes on
// longer than this in parentheses is a parenthesis that was never closed.
inline constexpr std::size_t kMaxEntrySize = std::size_t{1} << 20;

// The entry that begins at `begin`, which must be the start of a line. A parenthesis that is not
// closed before the end of the text, or before a line that starts at its first column with text and
// from where on another parenthesis opens first, ends the entry with its own line.
ZoneEntry read_entry(std::string_view text, std::size_t begin);

}  // namespace dotmesh
