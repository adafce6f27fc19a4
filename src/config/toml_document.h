// A TOML file as a tree of plain values that know their place. The only door to the TOML library:
// nothing else includes it. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/diagnostic.h"
#include "config/source_text.h"

namespace dotmesh {

struct RawEntry;
struct RawValue;

struct RawTable {
  std::vector<RawEntry> entries;  // by place in the file
  const RawEntry* find(std::string_view key) const;
};

// Dates, times and floating-point numbers: no setting is one of these.
struct RawOther {
  std::string_view kind;
};

struct RawValue {
  Place place;
  std::variant<bool, std::int64_t, std::string, std::vector<RawValue>, RawTable, RawOther> value;
  // "a string", "an integer", "a table" ... for messages.
  std::string_view kind() const;
};

struct RawEntry {
  std::string key;
  Place place;  // of the key
  RawValue value;
};

// After this many faults the rest of a broken file says nothing new.
inline constexpr std::size_t kMaxSyntaxFaults = 20;

// Parses `source`. Syntax faults go to `diagnostics`; a faulty line is set aside and the rest read,
// so that one run shows the faults of the whole file. `complete` tells that nothing was set aside.
RawTable parse_toml(const SourceText& source, Diagnostics& diagnostics, bool& complete);

}  // namespace dotmesh
