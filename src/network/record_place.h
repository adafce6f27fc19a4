// RecordPlaces: from the file and line of a record to a diagnostic that shows it. Reads files again, so
// it belongs to the cold path, where there is something to report. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "config/source_text.h"
#include "network/zone_plan.h"
#include "zone/file_tree.h"

namespace dotmesh {

class RecordPlaces {
 public:
  // Both outlive it.
  RecordPlaces(const FileTree& tree, const ZonePlan& plan) : tree_(tree), plan_(plan) {}

  // A diagnostic at the record that begins on `line` of `file`, with its first token underlined.
  Diagnostic fault(Severity severity, std::string code, const std::string& file, std::uint32_t line,
                   std::string message, std::string way_out);
  // Where that record stands, with column.
  SourcePosition position(const std::string& file, std::uint32_t line);

 private:
  // Zone files are large and faults few: a handful is kept.
  static constexpr std::size_t kMaxKept = 4;

  const SourceText& text_of(const std::string& file);
  Place place_of(const std::string& file, std::uint32_t line);

  const FileTree& tree_;
  const ZonePlan& plan_;
  std::map<std::string, SourceText, std::less<>> kept_;
};

}  // namespace dotmesh
