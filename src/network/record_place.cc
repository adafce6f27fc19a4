#include "network/record_place.h"

#include <utility>

namespace dotmesh {

const SourceText& RecordPlaces::text_of(const std::string& file) {
  if (file == plan_.network_file.file()) return plan_.network_file;
  if (auto found = kept_.find(file); found != kept_.end()) return found->second;
  if (kept_.size() >= kMaxKept) kept_.clear();
  auto bytes = tree_.read(file);
  return kept_.emplace(file, SourceText(file, bytes ? bytes->text() : std::string_view{})).first->second;
}

Place RecordPlaces::place_of(const std::string& file, std::uint32_t line) {
  std::string_view text = text_of(file).line(line);
  std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {line, 1, 0};
  std::size_t end = std::min(text.find_first_of(" \t;()", first), text.size());
  return {line, static_cast<std::uint32_t>(first + 1), static_cast<std::uint32_t>(end - first)};
}

SourcePosition RecordPlaces::position(const std::string& file, std::uint32_t line) {
  return text_of(file).position(place_of(file, line));
}

Diagnostic RecordPlaces::fault(Severity severity, std::string code, const std::string& file,
                               std::uint32_t line, std::string message, std::string way_out) {
  Place place = place_of(file, line);
  Diagnostic d = text_of(file).fault(severity, std::move(code), place, std::move(message),
                                     std::move(way_out));
  d.record = d.source_line;
  return d;
}

}  // namespace dotmesh
