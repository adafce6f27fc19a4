#include "config/source_text.h"

#include <utility>

namespace dotmesh {
namespace {

// What people wrote goes to terminals and logs: control characters do not. Octets keep their columns.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) c = '?';
  }
  return out;
}

}  // namespace

SourceText::SourceText(std::string file, std::string_view text)
    : file_(std::move(file)), text_(text), line_starts_{0} {
  for (std::size_t i = 0; i < text_.size(); i++) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

std::string_view SourceText::line(std::uint32_t number) const {
  if (number == 0 || number > line_starts_.size()) return {};
  std::size_t start = line_starts_[number - 1];
  std::size_t end = number < line_starts_.size() ? line_starts_[number] - 1 : text_.size();
  std::string_view line = std::string_view(text_).substr(start, end - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

SourcePosition SourceText::position(const Place& place) const {
  return {file_, place.line, place.column};
}

Diagnostic SourceText::fault(Severity severity, std::string code, const Place& place,
                             std::string_view message, std::string_view way_out) const {
  Diagnostic d;
  d.severity = severity;
  d.code = std::move(code);
  d.position = position(place);
  d.message = printable(message);
  d.source_line = printable(line(place.line));
  d.width = place.width;
  d.way_out = printable(way_out);
  return d;
}

}  // namespace dotmesh
