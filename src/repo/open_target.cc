#include "repo/open_target.h"

#include <fmt/format.h>

#include "repo/commit_tree.h"
#include "repo/git_handle.h"

namespace dotmesh {
namespace {

Result<OpenedTarget> open_commit(const std::string& path, const std::string& revision) {
  auto tree = CommitTree::open(path, revision);
  if (!tree) return std::unexpected(tree.error());
  OpenedTarget target;
  target.commit.id = (*tree)->commit_id();
  target.tree = std::move(*tree);
  return target;
}

}  // namespace

Result<OpenedTarget> open_target(const std::string& path, const std::string& revision) {
  if (!revision.empty()) return open_commit(path, revision);
  if (auto repository = git_open(path); repository && git_repository_is_bare(repository->get()) != 0) {
    return open_commit(path, "HEAD");
  }
  auto tree = FolderTree::open(path);
  if (!tree) return std::unexpected(tree.error());
  OpenedTarget target;
  target.tree = std::move(*tree);
  return target;
}

}  // namespace dotmesh
