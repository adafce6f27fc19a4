// CommitTree: the files of one git commit, straight from the object database. Nothing is checked out
// and nothing is executed: no hooks, filters, attributes or line-end conversions.
//
// A symbolic link or a submodule is refused with words, also as a folder on the way to a file.
// The tree keeps its repository open. One thread at a time (see FileTree).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "zone/file_tree.h"

namespace dotmesh {

class CommitTree : public FileTree {
 public:
  // The files of commit `commit` (any revision that git understands: a full id, a branch, "HEAD~2")
  // in the repository at `repository`, bare or with a work tree.
  static Result<std::unique_ptr<CommitTree>> open(const std::string& repository,
                                                  const std::string& commit);
  ~CommitTree() override;

  Result<FileBytes> read(std::string_view path) const override;
  Result<std::vector<TreeEntry>> list(std::string_view path) const override;
  bool exists(std::string_view path) const override;
  // The blob's id.
  std::optional<std::string> identity(std::string_view path) const override;

  // The full id of the commit.
  const std::string& commit_id() const { return commit_id_; }
  // An object that must be there could not be read: the repository is damaged, not its content wrong.
  bool damaged() const { return damaged_; }

 private:
  struct Objects;  // libgit2 handles, shared with the blobs handed out
  struct Found;
  explicit CommitTree(std::shared_ptr<Objects> objects);
  Result<Found> find(std::string_view path) const;
  std::unexpected<Error> damage(std::string_view path) const;

  std::shared_ptr<Objects> objects_;
  std::string commit_id_;
  mutable bool damaged_ = false;
};

}  // namespace dotmesh
