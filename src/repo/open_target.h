// What people name on a command line when they mean some state of a network: a folder, a git
// repository, or a commit of one. Remote repositories are not fetched.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "network/generation.h"
#include "zone/file_tree.h"

namespace dotmesh {

struct OpenedTarget {
  std::unique_ptr<FileTree> tree;
  CommitInfo commit;  // id empty: a folder as it stands
};

// The files at `path`. With `revision` (anything git understands) those of that commit, else the
// folder as it stands, work tree included: what would be committed next; of a bare repository HEAD.
Result<OpenedTarget> open_target(const std::string& path, const std::string& revision = {});

}  // namespace dotmesh
