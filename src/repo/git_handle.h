// Owners of libgit2's C objects and its errors as values. Only src/repo includes this header.
// Any thread; one object belongs to one thread at a time.
#pragma once

#include <git2.h>

#include <string>
#include <string_view>

#include "base/c_handle.h"
#include "base/result.h"

namespace dotmesh {

using GitRepositoryHandle = CHandle<git_repository, git_repository_free>;
using GitCommitHandle = CHandle<git_commit, git_commit_free>;
using GitTreeHandle = CHandle<git_tree, git_tree_free>;
using GitBlobHandle = CHandle<git_blob, git_blob_free>;
using GitOdbHandle = CHandle<git_odb, git_odb_free>;
using GitReferenceHandle = CHandle<git_reference, git_reference_free>;
using GitRemoteHandle = CHandle<git_remote, git_remote_free>;
using GitRevwalkHandle = CHandle<git_revwalk, git_revwalk_free>;
using GitPackbuilderHandle = CHandle<git_packbuilder, git_packbuilder_free>;

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
