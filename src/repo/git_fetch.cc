#include "repo/git_fetch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <unordered_set>
#include <vector>

#include "repo/git_handle.h"
#include "repo/git_remote.h"

namespace dotmesh {
namespace {

namespace fs = std::filesystem;

// What a killed predecessor left behind. Nobody else uses the copy, so every lock is stale.
void clean_up(const std::string& copy) {
  std::error_code ignored;
  fs::remove_all(copy + ".new", ignored);
  if (!fs::exists(copy, ignored) && fs::exists(copy + ".old", ignored)) {
    fs::rename(copy + ".old", copy, ignored);  // killed between the two renames of put_in_place()
  }
  fs::remove_all(copy + ".old", ignored);
  for (const char* lock : {"HEAD.lock", "config.lock", "packed-refs.lock", "refs/dotmesh/tip.lock",
                           "refs/dotmesh/good.lock"}) {
    fs::remove(fs::path(copy) / lock, ignored);
  }
  std::vector<fs::path> unfinished;
  for (const auto& entry : fs::directory_iterator(fs::path(copy) / "objects/pack", ignored)) {
    const fs::path& path = entry.path();
    const bool whole = path.filename().string().starts_with("pack-") &&
                       (path.extension() == ".idx" || path.extension() == ".pack") &&
                       fs::exists(fs::path(path).replace_extension(".idx"), ignored) &&
                       fs::exists(fs::path(path).replace_extension(".pack"), ignored);
    if (!whole) unfinished.push_back(path);
  }
  for (const fs::path& path : unfinished) fs::remove(path, ignored);
}

bool tree_is_complete(git_repository* repository, git_odb* odb, const git_oid& id,
                      std::unordered_set<std::string>& seen) {
  if (!seen.insert(git_id_text(id)).second) return true;
  git_tree* found = nullptr;
  if (git_tree_lookup(&found, repository, &id) != 0) return false;
  GitTreeHandle tree(found);
  for (std::size_t i = 0; i < git_tree_entrycount(found); i++) {
    const git_tree_entry* entry = git_tree_entry_byindex(found, i);
    const git_oid& child = *git_tree_entry_id(entry);
    switch (git_tree_entry_filemode(entry)) {
      case GIT_FILEMODE_COMMIT: break;  // a submodule's commit lives elsewhere
      case GIT_FILEMODE_TREE:
        if (!tree_is_complete(repository, odb, child, seen)) return false;
        break;
      default:
        if (git_odb_exists(odb, &child) == 0) return false;
    }
  }
  return true;
}

bool is_complete(git_repository* repository, const git_oid& id) {
  git_commit* found = nullptr;
  if (git_commit_lookup(&found, repository, &id) != 0) return false;
  GitCommitHandle commit(found);
  git_odb* odb = nullptr;
  if (git_repository_odb(&odb, repository) != 0) return false;
  GitOdbHandle owner(odb);
  std::unordered_set<std::string> seen;
  return tree_is_complete(repository, odb, *git_commit_tree_id(found), seen);
}

std::optional<git_oid> reference_target(git_repository* repository, const char* name) {
  git_oid id;
  if (git_reference_name_to_id(&id, repository, name) != 0) return std::nullopt;
  return id;
}

Result<void> set_reference(git_repository* repository, const char* name, const git_oid& id) {
  git_reference* reference = nullptr;
  if (git_reference_create(&reference, repository, name, &id, 1, nullptr) != 0) {
    return git_fail(fmt::format("{}{}", git_repository_path(repository), name));
  }
  GitReferenceHandle owner(reference);
  return {};
}

std::vector<fs::path> packs_of(git_repository* repository) {
  std::error_code ignored;
  std::vector<fs::path> packs;
  const fs::path folder = fs::path(git_repository_path(repository)) / "objects/pack";
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().extension() == ".pack") packs.push_back(entry.path());
  }
  return packs;
}

// Writes one pack of all that the two references reach, then removes the others. A fault here costs
// nothing but disk space, so it is tried again at the next fetch.
void consolidate(git_repository* repository) {
  const std::vector<fs::path> old_packs = packs_of(repository);
  if (old_packs.size() <= kMaxPacks) return;
  git_packbuilder* builder = nullptr;
  git_revwalk* walk = nullptr;
  if (git_packbuilder_new(&builder, repository) != 0) return;
  GitPackbuilderHandle builder_owner(builder);
  if (git_revwalk_new(&walk, repository) != 0) return;
  GitRevwalkHandle walk_owner(walk);
  for (const char* name : {kTipReference, kGoodReference}) {
    if (auto id = reference_target(repository, name); id && git_revwalk_push(walk, &*id) != 0) return;
  }
  if (git_packbuilder_insert_walk(builder, walk) != 0) return;
  if (git_packbuilder_write(builder, nullptr, 0, nullptr, nullptr) != 0) return;
  const std::string kept = fmt::format("pack-{}", git_packbuilder_name(builder));
  std::error_code ignored;
  for (const fs::path& pack : old_packs) {
    if (pack.stem() == kept) continue;
    fs::remove(fs::path(pack).replace_extension(".idx"), ignored);
    fs::remove(pack, ignored);
  }
}

// What went wrong with an existing copy: the copy itself, or the world outside.
enum class Fault { kOutside, kCopyDamaged };

struct FetchFault {
  Fault fault;
  std::string message;
};

bool last_error_is_about_objects() {
  const git_error* error = git_error_last();
  if (error == nullptr) return false;
  switch (error->klass) {
    case GIT_ERROR_ODB:
    case GIT_ERROR_OBJECT:
    case GIT_ERROR_TREE:
    case GIT_ERROR_REFERENCE:
    case GIT_ERROR_REPOSITORY:
    case GIT_ERROR_ZLIB:
    case GIT_ERROR_INDEXER:
    case GIT_ERROR_SHA: return true;
    default: return false;
  }
}

std::expected<git_oid, FetchFault> fetch_into(git_repository* repository, const GitFetchOptions& options) {
  auto remote = GitRemote::connect(repository, options);
  if (!remote) return std::unexpected(FetchFault{Fault::kOutside, remote.error().message});
  auto tip = remote->tip();
  if (!tip) return std::unexpected(FetchFault{Fault::kOutside, tip.error().message});
  const auto known = reference_target(repository, kTipReference);
  if (!known || !git_oid_equal(&*known, &*tip)) {
    if (auto done = remote->download(); !done) {
      return std::unexpected(FetchFault{
          last_error_is_about_objects() ? Fault::kCopyDamaged : Fault::kOutside, done.error().message});
    }
    if (!is_complete(repository, *tip)) {
      return std::unexpected(FetchFault{
          Fault::kCopyDamaged,
          fmt::format("{}: files of commit {} are missing after the fetch",
                      url_without_password(options.url), git_id_text(*tip))});
    }
    if (auto set = set_reference(repository, kTipReference, *tip); !set) {
      return std::unexpected(FetchFault{Fault::kOutside, set.error().message});
    }
  }
  consolidate(repository);
  return *tip;
}

Result<void> put_in_place(const std::string& copy) {
  std::error_code error;
  std::error_code ignored;
  if (fs::exists(copy, ignored)) fs::rename(copy, copy + ".old", error);
  if (!error) fs::rename(copy + ".new", copy, error);
  if (error) return fail(fmt::format("{}: {}", copy, error.message()));
  fs::remove_all(copy + ".old", ignored);
  return {};
}

Result<std::string> clone_beside(const GitFetchOptions& options) {
  const std::string fresh = options.copy + ".new";
  const auto attempt = [&]() -> Result<git_oid> {
    git_repository* found = nullptr;
    if (git_repository_init(&found, fresh.c_str(), /*is_bare=*/1) != 0) return git_fail(fresh);
    GitRepositoryHandle repository(found);
    auto tip = fetch_into(found, options);
    if (!tip) return fail(std::move(tip.error().message));
    return *tip;
  };
  auto tip = attempt();
  if (!tip) {
    std::error_code ignored;
    fs::remove_all(fresh, ignored);  // a full disk gets its space back
    return std::unexpected(tip.error());
  }
  if (auto placed = put_in_place(options.copy); !placed) return std::unexpected(placed.error());
  return git_id_text(*tip);
}

}  // namespace

std::string url_without_password(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const std::size_t host_end = url.find('/', scheme + 3);
  const std::size_t at = url.rfind('@', host_end);
  const std::size_t colon = url.find(':', scheme + 3);
  if (at == std::string::npos || at < scheme || colon > at) return url;
  return url.substr(0, colon + 1) + "***" + url.substr(at);
}

bool git_commit_is_complete(const std::string& path, const std::string& commit) {
  auto repository = git_open(path);
  git_oid id;
  return repository && git_oid_fromstr(&id, commit.c_str()) == 0 && is_complete(repository->get(), id);
}

Result<std::string> git_fetch(const GitFetchOptions& options) {
  git_start();
  clean_up(options.copy);
  if (!options.clone_afresh) {
    if (auto repository = git_open(options.copy)) {
      auto tip = fetch_into(repository->get(), options);
      if (tip) return git_id_text(*tip);
      if (tip.error().fault == Fault::kOutside) return fail(std::move(tip.error().message));
    }
  }
  return clone_beside(options);
}

}  // namespace dotmesh
