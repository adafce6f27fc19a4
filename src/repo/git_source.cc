#include "repo/git_source.h"

#include <fmt/format.h>

#include "repo/commit_tree.h"
#include "repo/git_handle.h"

namespace dotmesh {
namespace {

// A subject longer than this is cut: it goes into logs and status lines.
constexpr std::size_t kMaxSubject = 120;

// Text of strangers for logs and terminals: no control characters.
std::string printable(const char* text) {
  std::string out;
  for (; text != nullptr && *text != '\0' && out.size() < kMaxSubject; text++) {
    const auto c = static_cast<unsigned char>(*text);
    out += c < 0x20 || c == 0x7f ? ' ' : *text;
  }
  return out;
}

}  // namespace

GitSource::GitSource(GitFetchOptions options, GitFetcher fetcher)
    : options_(std::move(options)), fetcher_(std::move(fetcher)) {}

std::string GitSource::description() const {
  return fmt::format("{}, {}", url_without_password(options_.url),
                     options_.branch.empty() ? "default branch" : "branch " + options_.branch);
}

Result<std::string> GitSource::fetch() {
  auto tip = fetcher_.fetch(options_);
  if (tip) options_.clone_afresh = false;
  return tip;
}

Result<Revision> GitSource::open(const std::string& commit, std::optional<std::uint32_t> known_serial) {
  auto tree = CommitTree::open(options_.copy, commit);
  if (!tree) {
    options_.clone_afresh = true;  // it was there when it was fetched
    return std::unexpected(tree.error());
  }
  auto repository = git_open(options_.copy);
  if (!repository) return std::unexpected(repository.error());
  git_oid id;
  git_commit* found = nullptr;
  if (git_oid_fromstr(&id, (*tree)->commit_id().c_str()) != 0 ||
      git_commit_lookup(&found, repository->get(), &id) != 0) {
    return git_fail(fmt::format("commit {}", commit));
  }
  GitCommitHandle handle(found);
  Revision revision;
  revision.commit.id = (*tree)->commit_id();
  const git_signature* author = git_commit_author(found);
  revision.commit.author = printable(author != nullptr ? author->name : nullptr);
  revision.commit.subject = printable(git_commit_summary(found));
  revision.commit.time = git_commit_time(found);
  if (known_serial) {
    revision.commit.serial = *known_serial;
  } else {
    auto serial = serials_.serial(repository->get(), id);
    if (!serial) return std::unexpected(serial.error());
    revision.commit.serial = *serial;
  }
  revision.tree = std::move(*tree);
  return revision;
}

// Looked up whole: in a shallow copy the parent's ID is known and the parent is not.
std::optional<std::string> GitSource::parent(const std::string& commit) {
  auto repository = git_open(options_.copy);
  git_oid id;
  git_commit* found = nullptr;
  if (!repository || git_oid_fromstr(&id, commit.c_str()) != 0 ||
      git_commit_lookup(&found, repository->get(), &id) != 0) {
    return std::nullopt;
  }
  const GitCommitHandle child(found);
  git_commit* before = nullptr;
  if (git_commit_parent(&before, child.get(), 0) != 0) return std::nullopt;
  const GitCommitHandle owner(before);
  git_tree* tree = nullptr;
  if (git_commit_tree(&tree, before) != 0) return std::nullopt;
  const GitTreeHandle tree_owner(tree);
  return git_id_text(*git_commit_id(before));
}

Result<void> GitSource::keep(const std::string& commit) {
  auto repository = git_open(options_.copy);
  if (!repository) return std::unexpected(repository.error());
  git_oid id;
  git_reference* reference = nullptr;
  if (git_oid_fromstr(&id, commit.c_str()) != 0 ||
      git_reference_create(&reference, repository->get(), kGoodReference, &id, 1, nullptr) != 0) {
    return git_fail(options_.copy);
  }
  GitReferenceHandle owner(reference);
  return {};
}

bool GitSource::note_failed(const Revision& revision) {
  const auto* tree = dynamic_cast<const CommitTree*>(revision.tree.get());
  const bool damaged = tree != nullptr && tree->damaged();
  if (damaged) options_.clone_afresh = true;
  return damaged;
}

bool is_git_repository(const std::string& path) {
  return git_open(path).has_value();
}

}  // namespace dotmesh
