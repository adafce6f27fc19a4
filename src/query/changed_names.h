// What a new generation changes for the resolver's caches: the names at and below which nothing that they
// hold may be used any more. All else is kept.
// Pure functions; any thread.
#pragma once

#include <memory>
#include <vector>

#include "dns/name.h"
#include "network/generation.h"
#include "query/policy.h"

namespace dotmesh {

struct PolicyOfGeneration {
  std::shared_ptr<const Generation> generation;  // null: none yet
  std::shared_ptr<const Policy> policy;
};

// Apexes of zones that came or went, and, on a node that asks others for them, of those whose records
// changed; zones that are forwarded otherwise than before.
std::vector<Name> changed_names(const PolicyOfGeneration& before, const PolicyOfGeneration& after);

}  // namespace dotmesh
