// FolderSource: follows a plain folder of files. Changes are noticed by inotify; the folder's "commit"
// is a digest of its files' names, sizes and modification times: "folder-<hex>". A copy of the files
// served last is kept in the state folder, so that a node boots even when the folder is gone or broken.
//
// Files and folders whose name begins with a dot are not part of it (editors' swap files, .git), nor
// are symbolic links and special files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "repo/source.h"

namespace dotmesh {

// A folder with more files or deeper nesting is not a network.
inline constexpr std::size_t kMaxFolderFiles = 200'000;
inline constexpr int kMaxFolderDepth = 16;
// inotify watches folders, not files; those beyond are noticed at the next poll.
inline constexpr std::size_t kMaxWatchedFolders = 1000;

class FolderSource : public Source {
 public:
  // `copies` is a folder of the state folder, made when needed.
  FolderSource(std::string folder, std::string copies);
  ~FolderSource() override;

  std::string description() const override { return folder_; }
  bool has_history() const override { return false; }
  Result<std::string> fetch() override;
  Result<Revision> open(const std::string& commit, std::optional<std::uint32_t> known_serial) override;
  bool still_is(const std::string& commit) override;
  Result<void> keep(const std::string& commit) override;
  int change_fd() const override { return inotify_; }
  void drain_changes() override;

 private:
  struct Scan {
    std::string id;
    std::int64_t newest = 0;  // modification time, Unix seconds
    std::vector<std::string> folders;
    std::vector<std::string> files;
  };
  Result<Scan> scan(const std::string& root) const;
  Result<void> copy_files(const Scan& found, const std::string& target) const;
  void watch(const std::vector<std::string>& folders);
  std::string copy_of(const std::string& commit) const;

  std::string folder_;
  std::string copies_;
  int inotify_;
  std::vector<std::string> watched_;
};

}  // namespace dotmesh
