// `dotmesh check`: everything that a load would refuse, and warnings beyond.
#pragma once

#include <cstddef>

#include "base/diagnostic.h"
#include "network/generation.h"
#include "zone/file_tree.h"

namespace dotmesh {

struct CheckReport {
  Diagnostics diagnostics;   // by place
  std::size_t zones = 0;     // that would be served, twins included; 0 when refused
  std::size_t records = 0;
};

// Loads `tree` as the daemon would, and lints it.
CheckReport check_network(const FileTree& tree, const CommitInfo& commit);

}  // namespace dotmesh
