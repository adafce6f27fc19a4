// Loads one commit into a Generation: plan the zones, read each file once, build, check.
//
// Records stream from the reader into the builders of all zones that are made of them (the zone, its
// twins, reverse zones); none are kept in between. A zone whose files and settings are those of the
// previous generation is taken over without being read, and of a zone that changed a little all shards
// are shared in which nothing did. Any error refuses the generation whole.
// One load at a time, on the thread of the caller; nothing is shared but immutable zones.
#pragma once

#include <cstddef>
#include <memory>

#include "base/diagnostic.h"
#include "network/generation.h"
#include "zone/file_tree.h"

namespace dotmesh {

// Addresses with several names that are reported for one reverse zone; the rest is counted.
inline constexpr std::size_t kMaxClashesReported = 1000;

// Records of all zones, those of twins and reverse zones counted each: a good 2 GiB. A zone of a million
// records with a twin and a reverse zone fits six times; a small file that multiplies without end does not.
inline constexpr std::size_t kMaxRecords = 20'000'000;

struct LoadResult {
  std::shared_ptr<const Generation> generation;  // null: refused, `diagnostics` has errors
  Diagnostics diagnostics;                       // errors and warnings, by place
  std::size_t zones_reused = 0;
  std::size_t zones_built = 0;
  std::size_t records_added = 0;    // against the previous generation; of a new zone all
  std::size_t records_removed = 0;
};

// `previous` may be null. `tree` is only used during the call.
LoadResult load_generation(const FileTree& tree, const CommitInfo& commit,
                           std::shared_ptr<const Generation> previous);
// With another bound, for tests.
LoadResult load_generation_within(std::size_t max_records, const FileTree& tree, const CommitInfo& commit,
                                  std::shared_ptr<const Generation> previous);

}  // namespace dotmesh
