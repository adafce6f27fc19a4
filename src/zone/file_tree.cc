#include "zone/file_tree.h"

#include <fmt/format.h>

#include <algorithm>

namespace dotmesh {

Result<std::string> normalise_tree_path(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return fail("a path contains a NUL octet");
  if (path.starts_with('/')) {
    return fail(fmt::format("\"{}\" is an absolute path; files are named relative to the repository", path));
  }
  std::string out;
  std::vector<std::size_t> starts;  // where each kept component begins in `out`
  while (!path.empty()) {
    std::size_t slash = path.find('/');
    std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (starts.empty()) return fail("the path leads outside the repository");
      out.resize(starts.back());
      starts.pop_back();
      continue;
    }
    starts.push_back(out.size());
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

Result<FileBytes> MemoryTree::read(std::string_view path) const {
  Result<std::string> normal = normalise_tree_path(path);
  if (!normal) return std::unexpected(normal.error());
  auto found = files_.find(*normal);
  if (found == files_.end()) {
    return fail(exists(*normal) ? fmt::format("{}: is a folder", *normal)
                                : fmt::format("{}: no such file", *normal));
  }
  // The tree outlives the bytes it hands out: it is a test's own.
  return FileBytes({found->second.data(), found->second.size()}, nullptr);
}

Result<std::vector<TreeEntry>> MemoryTree::list(std::string_view path) const {
  Result<std::string> normal = normalise_tree_path(path);
  if (!normal) return std::unexpected(normal.error());
  const std::string prefix = normal->empty() ? "" : *normal + "/";
  std::vector<TreeEntry> entries;
  for (auto at = files_.lower_bound(prefix); at != files_.end(); ++at) {
    std::string_view rest = at->first;
    if (!rest.starts_with(prefix)) break;
    rest.remove_prefix(prefix.size());
    std::size_t slash = rest.find('/');
    std::string_view name = rest.substr(0, slash);
    bool is_folder = slash != std::string_view::npos;
    auto same = [&](const TreeEntry& entry) { return entry.name == name; };
    if (std::ranges::none_of(entries, same)) entries.push_back({std::string(name), is_folder});
  }
  if (entries.empty() && !prefix.empty()) return fail(fmt::format("{}: no such folder", *normal));
  std::ranges::sort(entries, {}, &TreeEntry::name);
  return entries;
}

bool MemoryTree::exists(std::string_view path) const {
  Result<std::string> normal = normalise_tree_path(path);
  if (!normal) return false;
  if (normal->empty() || files_.contains(*normal)) return true;
  auto at = files_.lower_bound(*normal + "/");
  return at != files_.end() && at->first.starts_with(*normal + "/");
}

}  // namespace dotmesh
