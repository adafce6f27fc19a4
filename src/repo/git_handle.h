// Owners of libgit2's C objects and its errors as values. Only src/repo includes this header.
// Any thread; one object belongs to one thread at a time.
#pragma once

#include <git2.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dotmesh {

template <auto Free>
struct GitFree {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};

using GitRepositoryHandle = std::unique_ptr<git_repository, GitFree<git_repository_free>>;
using GitCommitHandle = std::unique_ptr<git_commit, GitFree<git_commit_free>>;
using GitTreeHandle = std::unique_ptr<git_tree, GitFree<git_tree_free>>;
using GitBlobHandle = std::unique_ptr<git_blob, GitFree<git_blob_free>>;
using GitOdbHandle = std::unique_ptr<git_odb, GitFree<git_odb_free>>;
using GitReferenceHandle = std::unique_ptr<git_reference, GitFree<git_reference_free>>;
using GitRemoteHandle = std::unique_ptr<git_remote, GitFree<git_remote_free>>;
using GitRevwalkHandle = std::unique_ptr<git_revwalk, GitFree<git_revwalk_free>>;
using GitPackbuilderHandle = std::unique_ptr<git_packbuilder, GitFree<git_packbuilder_free>>;

// Starts libgit2 once for the process: no system or user configuration is read, files are synced to
// disk. Called by everything that opens a repository; cheap when done before.
void git_start();

// The words of libgit2's last error in this thread, without a final full stop.
std::string git_error_text();

// fail("WHAT: WORDS OF LIBGIT2").
std::unexpected<Error> git_fail(std::string_view what);

std::string git_id_text(const git_oid& id);

Result<GitRepositoryHandle> git_open(const std::string& path);

}  // namespace dotmesh
