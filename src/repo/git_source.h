// GitSource: follows a branch of a git repository through a bare copy in the state folder.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "repo/git_fetch.h"
#include "repo/serial.h"
#include "repo/source.h"

namespace dotmesh {

// How to fetch and how to end that; tests fetch in their own process.
struct GitFetcher {
  std::function<Result<std::string>(const GitFetchOptions&)> fetch = git_fetch;
  std::function<void()> interrupt = [] {};
};

class GitSource : public Source {
 public:
  // `options.copy` is the bare copy's folder.
  explicit GitSource(GitFetchOptions options, GitFetcher fetcher = {});

  std::string description() const override;
  Result<std::string> fetch() override;
  Result<Revision> open(const std::string& commit, std::optional<std::uint32_t> known_serial) override;
  std::optional<std::string> parent(const std::string& commit) override;
  Result<void> keep(const std::string& commit) override;
  bool note_failed(const Revision& revision) override;
  void interrupt() override { fetcher_.interrupt(); }

 private:
  GitFetchOptions options_;
  GitFetcher fetcher_;
  SerialCalculator serials_;
};

// What `--repo` and [source] repo may name when it is a path: a folder that git understands (bare or
// with a work tree) rather than a plain one.
bool is_git_repository(const std::string& path);

}  // namespace dotmesh
