// The generation before the one that is served, for a node that was just started and served no other: people want
// to know what the newest commit changed. Not for answers.
#pragma once

#include <memory>

#include "network/generation.h"
#include "repo/source.h"

namespace dotmesh {

// Commits looked at, one before the other: some of them may have been refused.
inline constexpr int kMaxCommitsBack = 5;

// Of the nearest commit before `served` that loads; null when there is none, or the source keeps no history. Zones in
// which nothing changed are shared with `served`. On the thread that calls `source`; takes as long as a load.
std::shared_ptr<const Generation> generation_before(Source& source, const std::shared_ptr<const Generation>& served);

}  // namespace dotmesh
