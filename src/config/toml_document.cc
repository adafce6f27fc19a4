#include "config/toml_document.h"

#include <algorithm>
#include <utility>

// Compiled in here, without exceptions: the daemon stays one file and a fault is a value.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
// Deep enough for every setting; ends hostile nesting early (the parser recurses).
#define TOML_MAX_NESTED_VALUES 64
#include <toml++/toml.h>

namespace dotmesh {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The library counts columns in code points, messages count bytes.
std::uint32_t byte_column(std::string_view line, std::uint32_t column) {
  std::size_t i = 0;
  for (std::uint32_t points = 1; points < column && i < line.size(); points++) {
    i++;
    while (i < line.size() && is_continuation(line[i])) i++;
  }
  return static_cast<std::uint32_t>(i + 1);
}

Place to_place(const SourceText& source, const toml::source_region& region) {
  std::string_view line = source.line(region.begin.line);
  Place place;
  place.line = region.begin.line;
  place.column = byte_column(line, region.begin.column);
  if (region.end.line == region.begin.line && region.end.column > region.begin.column) {
    place.width = byte_column(line, region.end.column) - place.column;
  }
  return place;
}

RawTable convert_table(const SourceText& source, const toml::table& table);

RawValue convert(const SourceText& source, const toml::node& node) {
  RawValue out{to_place(source, node.source()), RawOther{"another value"}};
  if (const auto* text = node.as_string()) {
    out.value = text->get();
  } else if (const auto* number = node.as_integer()) {
    out.value = number->get();
  } else if (const auto* flag = node.as_boolean()) {
    out.value = flag->get();
  } else if (const auto* array = node.as_array()) {
    std::vector<RawValue> elements;
    elements.reserve(array->size());
    for (const toml::node& element : *array) elements.push_back(convert(source, element));
    out.value = std::move(elements);
  } else if (const auto* table = node.as_table()) {
    out.value = convert_table(source, *table);
  } else if (node.is_floating_point()) {
    out.value = RawOther{"a number with a fraction"};
  } else {
    out.value = RawOther{"a date or time"};
  }
  return out;
}

RawTable convert_table(const SourceText& source, const toml::table& table) {
  RawTable out;
  out.entries.reserve(table.size());
  for (auto&& [key, node] : table) {
    out.entries.push_back(
        {std::string(key.str()), to_place(source, key.source()), convert(source, node)});
  }
  std::ranges::stable_sort(out.entries, [](const RawEntry& a, const RawEntry& b) {
    return std::pair(a.place.line, a.place.column) < std::pair(b.place.line, b.place.column);
  });
  return out;
}

// "Error while parsing array: expected comma" -> "array: expected comma"
std::string fault_text(std::string_view description) {
  for (std::string_view lead : {"Error while parsing ", "Encountered "}) {
    if (description.starts_with(lead)) description.remove_prefix(lead.size());
  }
  return "TOML syntax: " + std::string(description);
}

}  // namespace

const RawEntry* RawTable::find(std::string_view key) const {
  auto found = std::ranges::find(entries, key, &RawEntry::key);
  return found == entries.end() ? nullptr : &*found;
}

std::string_view RawValue::kind() const {
  switch (value.index()) {
    case 0: return "true or false";
    case 1: return "an integer";
    case 2: return "a string";
    case 3: return "an array";
    case 4: return "a table";
    default: return std::get<RawOther>(value).kind;
  }
}

RawTable parse_toml(const SourceText& source, Diagnostics& diagnostics, bool& complete) {
  std::string text(source.text());
  complete = true;
  std::uint32_t last_line = 0;
  for (std::size_t faults = 0; faults < kMaxSyntaxFaults; faults++) {
    toml::parse_result result = toml::parse(std::string_view(text));
    if (result) return convert_table(source, result.table());
    complete = false;
    const toml::parse_error& error = result.error();
    std::uint32_t line = error.source().begin.line;
    // Faults on neighbouring lines are mostly one fault, of something that was left open.
    if (last_line != 0 && (line <= last_line + 1)) break;
    Place place = to_place(source, error.source());
    diagnostics.add(source.fault(Severity::kError, "toml-syntax", place,
                                 fault_text(error.description()), "see https://toml.io/en/v1.0.0"));
    last_line = line;
    // Blank the line and go on with the rest; but without its header a table means something else.
    std::string_view faulty = source.line(line);
    std::size_t first = faulty.find_first_not_of(" \t");
    if (first == std::string_view::npos || faulty[first] == '[') break;
    std::size_t start = static_cast<std::size_t>(faulty.data() - source.text().data());
    std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(start), faulty.size(), ' ');
  }
  return {};
}

}  // namespace dotmesh
