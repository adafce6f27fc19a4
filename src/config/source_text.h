// SourceText: the text of a configuration file, to point into it from a message.
// Located<T>: a value and where it was written, nowhere if the file does not have it or has something else there.
// Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace dotmesh {

// A stretch of one line of a configuration file. Line and column count from 1, column and width in
// bytes; line 0: written nowhere (a default).
struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t width = 0;
};

template <typename T>
struct Located {
  T value{};
  Place place;
};

class SourceText {
 public:
  // `file` is the name in messages. Copies the text.
  SourceText(std::string file, std::string_view text);
  SourceText() : SourceText({}, {}) {}

  const std::string& file() const { return file_; }
  std::string_view text() const { return text_; }
  std::size_t line_count() const { return line_starts_.size(); }
  // Line `number` from 1, without its line end; empty when there is no such line.
  std::string_view line(std::uint32_t number) const;
  SourcePosition position(const Place& place) const;
  // A diagnostic at `place` with the source line filled in; control characters become "?".
  Diagnostic fault(Severity severity, std::string code, const Place& place, std::string_view message,
                   std::string_view way_out) const;

 private:
  std::string file_;
  std::string text_;
  std::vector<std::size_t> line_starts_;
};

}  // namespace dotmesh
