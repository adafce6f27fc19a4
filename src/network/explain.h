// Says where in the files the rules stand that a zone's records break. ZoneBuilder knows no places; the
// zone is read once more, which only a refused generation pays for. One thread.
#pragma once

#include <vector>

#include "base/diagnostic.h"
#include "network/plan_reader.h"
#include "zone/violation.h"

namespace dotmesh {

// Turns the violations of the plan's zone `zone` into diagnostics.
void explain_violations(const FileTree& tree, const ZonePlan& plan, std::size_t zone,
                        const std::vector<Violation>& violations, Diagnostics& diagnostics);

}  // namespace dotmesh
