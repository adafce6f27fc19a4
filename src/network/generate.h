// [[zone.generate]]: records made by arithmetic on a range of numbers. The text of a rule becomes
// records exactly as the same line in a zone file would, by the same scanner.
// A rule is a value; running it belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>

#include "base/diagnostic.h"
#include "config/network_config.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "network/template.h"
#include "zone/record.h"

namespace dotmesh {

// One rule makes at most the largest zone that the project promises to hold, so that a slip like
// "1-99999999" is told at once; all rules of a network together a few of those.
inline constexpr std::uint64_t kMaxGenerated = 1'000'000;
inline constexpr std::uint64_t kMaxGeneratedTotal = 4'000'000;

// RecordView::file of generated records: their place is in the network file.
inline constexpr std::uint32_t kNetworkFileIndex = 0xffffffff;

struct GenerateRule {
  GenerateEntry entry;  // the text, and its places
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t step = 1;
  Template owner;
  Template rdata;
  RRType type = RRType::kA;

  std::uint64_t count() const { return static_cast<std::uint64_t>((last - first) / step) + 1; }
};

// Checks a rule's text; faults go to `diagnostics`.
std::optional<GenerateRule> compile_rule(const GenerateEntry& entry, const SourceText& source,
                                         Diagnostics& diagnostics);

// Hands every record of `rule` in the zone `origin` to `sink`. What cannot be made a record is one
// diagnostic that names the first number concerned; false then.
bool run_rule(const GenerateRule& rule, NameView origin, const SourceText& source,
              Diagnostics& diagnostics, RecordSink& sink);

}  // namespace dotmesh
