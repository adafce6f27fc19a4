// Warnings about what people really do wrong in zone files, over a whole network at once. What makes a
// load fail is not here: that is the loader's (src/network), so that the two never disagree.
// Keeps every record of the declared zones in memory while it runs; for `dotmesh check`, not for a load.
// One thread.
#pragma once

#include "base/diagnostic.h"
#include "network/zone_plan.h"
#include "zone/file_tree.h"

namespace dotmesh {

// Appends warnings to `diagnostics`. `plan` is good (its making reported no error); faults of files,
// which the loader has reported, are not repeated.
void lint_network(const FileTree& tree, const ZonePlan& plan, Diagnostics& diagnostics);

}  // namespace dotmesh
