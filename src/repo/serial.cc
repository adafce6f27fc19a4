#include "repo/serial.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

#include "repo/git_handle.h"
#include "zone/zone_reader.h"

namespace dotmesh {
namespace {

// Memory of the memo of blobs and folders: about 64 bytes an entry. It starts afresh when full.
constexpr std::size_t kMaxFloors = 500'000;

bool is_zone_file(std::string_view name) { return name.size() > 5 && name.ends_with(".zone"); }

// 4294967295 is the end of the road: nothing can rise above it, so it stays.
std::uint32_t saturating_next(std::uint32_t serial) {
  return serial == std::numeric_limits<std::uint32_t>::max() ? serial : serial + 1;
}

GitCommitHandle lookup_commit(git_repository* repository, const git_oid& id) {
  git_commit* commit = nullptr;
  if (git_commit_lookup(&commit, repository, &id) != 0) return nullptr;
  return GitCommitHandle(commit);
}

}  // namespace

std::uint32_t serial_from_time(std::int64_t unix_seconds) {
  constexpr std::int64_t kYear2106 = 4'291'747'200;  // 2106-01-01, just before 32-bit time ends
  if (unix_seconds < 0 || unix_seconds >= kYear2106) return 0;
  using namespace std::chrono;
  const sys_seconds time{seconds(unix_seconds)};
  const sys_days day = floor<days>(time);
  const year_month_day date{day};
  const auto second_of_day = static_cast<std::uint32_t>((time - day).count());
  return (static_cast<std::uint32_t>(int(date.year())) * 10000 + unsigned(date.month()) * 100 +
          unsigned(date.day())) * 100 + second_of_day / 864;
}

std::size_t SerialCalculator::OidHash::operator()(const git_oid& id) const {
  std::size_t hash;  // an object id is a hash already
  std::memcpy(&hash, id.id, sizeof hash);
  return hash;
}

std::uint32_t SerialCalculator::blob_floor(git_repository* repository, git_odb* odb,
                                           const git_oid& id) {
  if (auto known = floors_.find(id); known != floors_.end()) return known->second;
  std::uint32_t floor = 0;
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  git_blob* blob = nullptr;
  if (git_odb_read_header(&size, &type, odb, &id) == 0 && size <= kMaxSerialFileSize &&
      git_blob_lookup(&blob, repository, &id) == 0) {
    GitBlobHandle owner(blob);
    const std::string_view text(static_cast<const char*>(git_blob_rawcontent(blob)),
                                static_cast<std::size_t>(git_blob_rawsize(blob)));
    floor = find_soa_serial(text).value_or(0);
  }
  floors_.emplace(id, floor);
  return floor;
}

std::uint32_t SerialCalculator::tree_floor(git_repository* repository, const git_oid& id, int depth) {
  if (depth > kMaxSerialDepth) return 0;
  if (auto known = floors_.find(id); known != floors_.end()) return known->second;
  git_tree* found = nullptr;
  if (git_tree_lookup(&found, repository, &id) != 0) return 0;
  GitTreeHandle tree(found);
  git_odb* odb_found = nullptr;
  if (git_repository_odb(&odb_found, repository) != 0) return 0;
  GitOdbHandle odb(odb_found);
  std::uint32_t floor = 0;
  for (std::size_t i = 0; i < git_tree_entrycount(tree.get()); i++) {
    const git_tree_entry* entry = git_tree_entry_byindex(tree.get(), i);
    const git_filemode_t mode = git_tree_entry_filemode(entry);
    if (mode == GIT_FILEMODE_TREE) {
      floor = std::max(floor, tree_floor(repository, *git_tree_entry_id(entry), depth + 1));
    } else if (mode != GIT_FILEMODE_LINK && mode != GIT_FILEMODE_COMMIT &&
               is_zone_file(git_tree_entry_name(entry))) {
      floor = std::max(floor, blob_floor(repository, odb.get(), *git_tree_entry_id(entry)));
    }
  }
  floors_.emplace(id, floor);
  return floor;
}

// Depth first with a stack of its own: a commit waits on the stack until its parents are known. Only ids
// wait there, so a long history costs little memory.
Result<std::uint32_t> SerialCalculator::serial(git_repository* repository, const git_oid& tip) {
  if (auto known = commits_.find(tip); known != commits_.end()) return known->second;
  if (commits_.size() > kMaxHistory) commits_.clear();
  if (floors_.size() > kMaxFloors) floors_.clear();

  struct Waiting {
    git_oid id;
    bool parents_pushed = false;
  };
  std::vector<Waiting> stack{{tip}};
  std::size_t visited = 1;
  while (!stack.empty()) {
    const git_oid id = stack.back().id;
    GitCommitHandle commit;
    if (!commits_.contains(id)) commit = lookup_commit(repository, id);
    // Known by another way, or absent because the source is a shallow clone: as if no parent.
    if (!commit) {
      stack.pop_back();
      continue;
    }
    if (!stack.back().parents_pushed) {
      stack.back().parents_pushed = true;
      const std::size_t before = stack.size();
      for (unsigned i = 0; i < git_commit_parentcount(commit.get()) && visited < kMaxHistory; i++) {
        const git_oid& parent = *git_commit_parent_id(commit.get(), i);
        if (commits_.contains(parent)) continue;
        stack.push_back({parent});
        visited++;
      }
      if (stack.size() != before) continue;
    }
    commits_.emplace(id, own_serial(repository, commit.get()));
    stack.pop_back();
  }
  auto found = commits_.find(tip);
  if (found == commits_.end()) return git_fail("commit " + git_id_text(tip));
  return found->second;
}

// S(commit) with the parents known.
std::uint32_t SerialCalculator::own_serial(git_repository* repository, const git_commit* commit) {
  std::uint32_t value = std::max(serial_from_time(git_commit_time(commit)),
                                 tree_floor(repository, *git_commit_tree_id(commit), 0));
  for (unsigned i = 0; i < git_commit_parentcount(commit); i++) {
    auto known = commits_.find(*git_commit_parent_id(commit, i));
    if (known != commits_.end()) value = std::max(value, saturating_next(known->second));
  }
  return value;
}

}  // namespace dotmesh
