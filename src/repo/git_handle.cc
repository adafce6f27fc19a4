#include "repo/git_handle.h"

#include <fmt/format.h>

#include <mutex>

namespace dotmesh {

void git_start() {
  static std::once_flag once;
  std::call_once(once, [] {
    git_libgit2_init();
    // The repository's content decides what a node serves, never the configuration of some user:
    // no url.insteadOf, no credential helper.
    for (int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
                      GIT_CONFIG_LEVEL_GLOBAL}) {
      git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    }
    // The daemon runs as its own user and reads repositories of others. The check protects programs
    // that run hooks and filters; nothing of a repository is ever executed here.
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    // libgit2 would keep 256 MiB of parsed commits and trees.
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, static_cast<ssize_t>(16) << 20);
  });
}

std::string git_error_text() {
  const git_error* error = git_error_last();
  std::string text = error != nullptr && error->message != nullptr ? error->message : "unknown fault";
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

std::unexpected<Error> git_fail(std::string_view what) {
  return fail(fmt::format("{}: {}", what, git_error_text()));
}

std::string git_id_text(const git_oid& id) {
  char text[GIT_OID_HEXSZ + 1];
  git_oid_tostr(text, sizeof text, &id);
  return text;
}

Result<GitRepositoryHandle> git_open(const std::string& path) {
  git_start();
  git_repository* repository = nullptr;
  if (git_repository_open_ext(&repository, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr) != 0) {
    return git_fail(path);
  }
  return GitRepositoryHandle(repository);
}

}  // namespace dotmesh
