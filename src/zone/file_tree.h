// FileTree: the files of one commit or of one folder, read-only. Everything that loads zones reads
// through it, so a load never sees a file outside the repository: paths are relative to the tree's
// root, "/"-separated, and every implementation refuses "..", absolute paths and symbolic links.
// Implementations: MemoryTree (tests), FolderTree (plain folder), CommitTree (git, src/repo).
// Reading threads: one load at a time uses a FileTree.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dotmesh {

// A file's bytes and whatever keeps them alive (a git blob, a mapping, a buffer).
class FileBytes {
 public:
  FileBytes() = default;
  FileBytes(std::span<const char> bytes, std::shared_ptr<const void> owner)
      : bytes_(bytes), owner_(std::move(owner)) {}
  std::string_view text() const { return {bytes_.data(), bytes_.size()}; }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::span<const char> bytes_;
  std::shared_ptr<const void> owner_;
};

struct TreeEntry {
  std::string name;       // without folder
  bool is_folder = false;
};

// A 64 MiB zone file holds two million records; beyond kMaxFileSize a file is a mistake.
inline constexpr std::size_t kMaxFileSize = std::size_t{1} << 30;

class FileTree {
 public:
  virtual ~FileTree() = default;
  // The file at `path`. Errors say why: absent, a folder, a symbolic link, outside the tree, too large.
  virtual Result<FileBytes> read(std::string_view path) const = 0;
  // The entries of the folder `path` ("" is the root), by name; symbolic links and special files are
  // left out.
  virtual Result<std::vector<TreeEntry>> list(std::string_view path) const = 0;
  virtual bool exists(std::string_view path) const = 0;
  // Something that changes whenever the file's content does, without reading it: a git blob id, or a
  // digest of inode, size, mtime and ctime. Equal identities of two trees of one kind mean equal
  // content, so a reload skips the file. nullopt: not known (a file that changed within the last two
  // seconds may change again within the same clock tick), read it.
  virtual std::optional<std::string> identity(std::string_view /*path*/) const { return std::nullopt; }
};

// "zones/../../etc" -> error; "./a//b.zone" -> "a/b.zone". Shared by all implementations.
Result<std::string> normalise_tree_path(std::string_view path);

class MemoryTree : public FileTree {
 public:
  explicit MemoryTree(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  Result<FileBytes> read(std::string_view path) const override;
  Result<std::vector<TreeEntry>> list(std::string_view path) const override;
  bool exists(std::string_view path) const override;

 private:
  std::map<std::string, std::string> files_;  // path -> content
};

// Reads below `root` with openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS) semantics. Files may change
// meanwhile; FIFOs, devices and sockets are refused without waiting for them.
class FolderTree : public FileTree {
 public:
  // kWalk forces the way taken where openat2 is not allowed (for tests).
  enum class Resolve : std::uint8_t { kAuto, kWalk };
  static Result<std::unique_ptr<FolderTree>> open(const std::string& root,
                                                  Resolve resolve = Resolve::kAuto);
  ~FolderTree() override;
  Result<FileBytes> read(std::string_view path) const override;
  Result<std::vector<TreeEntry>> list(std::string_view path) const override;
  bool exists(std::string_view path) const override;
  std::optional<std::string> identity(std::string_view path) const override;

 private:
  FolderTree(int root_fd, bool walk) : root_fd_(root_fd), walk_(walk) {}
  FolderTree(const FolderTree&) = delete;
  FolderTree& operator=(const FolderTree&) = delete;
  int root_fd_;
  bool walk_;
};

}  // namespace dotmesh
