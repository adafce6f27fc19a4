// One connection to a remote repository: which commit its branch is at, and the download. Internal to
// src/repo. Certificates and host keys are always checked.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "repo/git_fetch.h"
#include "repo/git_handle.h"

namespace dotmesh {

class GitRemote {
 public:
  // `repository` and `options` must outlive the connection.
  static Result<GitRemote> connect(git_repository* repository, const GitFetchOptions& options);

  // The commit of the branch, or of the default branch.
  Result<git_oid> tip() const;
  // Fetches what the repository lacks of that commit and its history.
  Result<void> download();

 private:
  // What the callbacks need; libgit2 keeps its address while connected.
  struct Session {
    const GitFetchOptions* options;
    int credentials_asked = 0;  // the key file is offered once; asked again, the server has refused it
  };
  struct Callbacks;
  explicit GitRemote(const GitFetchOptions& options)
      : options_(&options), session_(std::make_unique<Session>(Session{&options})) {}
  std::string reference() const;
  std::string shown_url() const;

  const GitFetchOptions* options_;
  std::unique_ptr<Session> session_;
  GitRemoteHandle remote_;  // disconnects before the session goes
};

// True when `known_hosts` (the text of an OpenSSH known_hosts file, host names in plain form) lists
// `host` with this key, given in SSH wire form. Lines with hashed host names match no host.
bool known_hosts_has(std::string_view known_hosts, std::string_view host, std::string_view key);

}  // namespace dotmesh
