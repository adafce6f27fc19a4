#include "repo/commit_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "repo/git_handle.h"

namespace dotmesh {

struct CommitTree::Objects {
  GitRepositoryHandle repository;  // declared first: freed after what came from it
  GitOdbHandle odb;
  GitTreeHandle root;
};

// What stands at a path: a folder when `tree` is set, else a plain file.
struct CommitTree::Found {
  GitTreeHandle tree;
  git_oid blob{};
};

CommitTree::CommitTree(std::shared_ptr<Objects> objects) : objects_(std::move(objects)) {}
CommitTree::~CommitTree() = default;

Result<std::unique_ptr<CommitTree>> CommitTree::open(const std::string& repository,
                                                     const std::string& commit) {
  auto opened = git_open(repository);
  if (!opened) return std::unexpected(opened.error());
  auto objects = std::make_shared<Objects>();
  objects->repository = std::move(*opened);

  git_object* found = nullptr;
  const std::string revision = commit + "^{commit}";
  if (git_revparse_single(&found, objects->repository.get(), revision.c_str()) != 0) {
    return git_fail(fmt::format("{}: no commit \"{}\"", repository, commit));
  }
  GitCommitHandle handle(reinterpret_cast<git_commit*>(found));
  git_odb* odb = nullptr;
  if (git_repository_odb(&odb, objects->repository.get()) != 0) return git_fail(repository);
  objects->odb.reset(odb);
  git_tree* root = nullptr;
  if (git_commit_tree(&root, handle.get()) != 0) {
    return git_fail(fmt::format("{}: files of commit {}", repository, commit));
  }
  objects->root.reset(root);
  std::unique_ptr<CommitTree> tree(new CommitTree(std::move(objects)));
  tree->commit_id_ = git_id_text(*git_commit_id(handle.get()));
  return tree;
}

std::unexpected<Error> CommitTree::damage(std::string_view path) const {
  damaged_ = true;
  return git_fail(fmt::format("{}: cannot be read from the local copy of the repository", path));
}

// Walks component by component, so that a symbolic link or submodule on the way is named as such.
Result<CommitTree::Found> CommitTree::find(std::string_view path) const {
  auto normal = normalise_tree_path(path);
  if (!normal) return std::unexpected(normal.error());
  Found found;
  git_tree* root = nullptr;
  if (git_tree_dup(&root, objects_->root.get()) != 0) return damage(path);
  found.tree.reset(root);
  std::string_view rest = *normal;
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string name(rest.substr(0, slash));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    const std::string_view here(normal->data(), normal->size() - rest.size() - (rest.empty() ? 0 : 1));
    const git_tree_entry* entry = git_tree_entry_byname(found.tree.get(), name.c_str());
    if (entry == nullptr) return fail(fmt::format("{}: no such file in the repository", *normal));
    switch (git_tree_entry_filemode(entry)) {
      case GIT_FILEMODE_LINK:
        return fail(fmt::format("{}: is a symbolic link, which is never followed; put the file itself there",
                                here));
      case GIT_FILEMODE_COMMIT:
        return fail(fmt::format("{}: is a submodule, which is never fetched; put the files themselves there",
                                here));
      case GIT_FILEMODE_TREE: {
        git_tree* next = nullptr;
        if (git_tree_lookup(&next, objects_->repository.get(), git_tree_entry_id(entry)) != 0) {
          return damage(here);
        }
        found.tree.reset(next);
        break;
      }
      default:
        if (!rest.empty()) return fail(fmt::format("{}: is a file, not a folder", here));
        found.blob = *git_tree_entry_id(entry);
        found.tree.reset();
    }
  }
  return found;
}

Result<FileBytes> CommitTree::read(std::string_view path) const {
  auto found = find(path);
  if (!found) return std::unexpected(found.error());
  if (found->tree) return fail(fmt::format("{}: is a folder, not a file", path));

  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  if (git_odb_read_header(&size, &type, objects_->odb.get(), &found->blob) != 0) return damage(path);
  if (size > kMaxFileSize) {
    return fail(fmt::format("{}: {} bytes are more than the {} that a file may have", path, size,
                            kMaxFileSize));
  }
  git_blob* blob = nullptr;
  if (git_blob_lookup(&blob, objects_->repository.get(), &found->blob) != 0) return damage(path);
  // The blob's bytes need the repository to stay open as well.
  std::shared_ptr<git_blob> owner(blob, [objects = objects_](git_blob* b) { git_blob_free(b); });
  const char* bytes = static_cast<const char*>(git_blob_rawcontent(blob));
  return FileBytes({bytes, static_cast<std::size_t>(git_blob_rawsize(blob))}, owner);
}

Result<std::vector<TreeEntry>> CommitTree::list(std::string_view path) const {
  auto found = find(path);
  if (!found) return std::unexpected(found.error());
  if (!found->tree) return fail(fmt::format("{}: is a file, not a folder", path));
  std::vector<TreeEntry> entries;
  const std::size_t count = git_tree_entrycount(found->tree.get());
  entries.reserve(count);
  for (std::size_t i = 0; i < count; i++) {
    const git_tree_entry* entry = git_tree_entry_byindex(found->tree.get(), i);
    const git_filemode_t mode = git_tree_entry_filemode(entry);
    if (mode == GIT_FILEMODE_LINK || mode == GIT_FILEMODE_COMMIT) continue;
    entries.push_back({git_tree_entry_name(entry), mode == GIT_FILEMODE_TREE});
  }
  std::sort(entries.begin(), entries.end(),
            [](const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; });
  return entries;
}

bool CommitTree::exists(std::string_view path) const {
  auto found = find(path);
  return found && !found->tree;
}

std::optional<std::string> CommitTree::identity(std::string_view path) const {
  auto found = find(path);
  if (!found || found->tree) return std::nullopt;
  return git_id_text(found->blob);
}

}  // namespace dotmesh
