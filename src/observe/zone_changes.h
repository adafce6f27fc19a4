// What a generation changed in the records that are served: record by record, zone by zone. For
// people, not for answers. Pure functions; any thread. They read both generations whole, apart from
// the memory that the two share, so they belong on a thread that has time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dns/name.h"
#include "network/generation.h"

namespace dotmesh::observe {

// Records told one by one, of all zones together. More than a person reads; of the rest the number
// is told.
inline constexpr std::size_t kMaxChangesTold = 500;
// Zones told one by one: a network of ten thousand may change all of them in one commit.
inline constexpr std::size_t kMaxChangedZones = 200;

// One record; TTL and RDATA as text. A record of the same owner and type that went and one that
// came count as one that changed.
struct RecordChange {
  Name owner;
  std::string type;
  std::string before;  // "3600 10.0.0.1"; empty: it came
  std::string after;   // empty: it went
};

enum class ZoneChange : std::uint8_t { kChanged, kCame, kWent };

struct ZoneChanges {
  Name origin;
  std::optional<Name> twin_of;
  ZoneChange what = ZoneChange::kChanged;
  std::uint32_t serial_before = 0;  // 0: there was, or is, no such zone
  std::uint32_t serial_after = 0;
  std::size_t added = 0;  // records, the serial left out
  std::size_t removed = 0;
  std::size_t changed = 0;
  std::size_t proofs =
      0;  // RRSIG, NSEC, NSEC3 and NSEC3PARAM records that came or went; not told one by one
  std::vector<RecordChange> records;  // in canonical order; a twin's are not told again
};

struct GenerationChanges {
  std::vector<ZoneChanges> zones;  // that differ, in the order of the generation
  std::size_t zones_not_told = 0;
  std::size_t records_not_told = 0;
};

GenerationChanges changes_between(const Generation& before, const Generation& after);

}  // namespace dotmesh::observe
