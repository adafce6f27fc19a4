#include "repo/folder_source.h"

#include <fmt/format.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <thread>

#include "repo/git_handle.h"
#include "repo/serial.h"
#include "repo/state_folder.h"

namespace dotmesh {
namespace {

namespace fs = std::filesystem;

// The kernel stamps files with the time of its last tick: two changes within one look alike. A scan
// that finds a younger file waits and looks again.
constexpr std::chrono::milliseconds kTimestampTick{10};
constexpr int kMaxScans = 50;

struct Entry {
  std::string path;  // below the root
  struct stat status;
};

std::string digest(std::string text) {
  git_start();
  git_oid id;
  git_odb_hash(&id, text.data(), text.size(), GIT_OBJECT_BLOB);
  return "folder-" + git_id_text(id);
}

bool is_recent(const struct stat& status) {
  timespec now;
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t age_ns = (now.tv_sec - status.st_mtim.tv_sec) * std::int64_t{1'000'000'000} +
                              (now.tv_nsec - status.st_mtim.tv_nsec);
  return age_ns >= 0 && age_ns < std::chrono::nanoseconds(kTimestampTick).count();
}

// All files below `root`, and its folders, by name.
Result<std::vector<Entry>> list_files(const fs::path& root, std::vector<std::string>& folders) {
  std::vector<Entry> files;
  std::error_code error;
  fs::recursive_directory_iterator it(root, error);
  if (error) return fail(fmt::format("{}: {}", root.string(), error.message()));
  folders.push_back(root.string());
  for (; it != fs::recursive_directory_iterator(); it.increment(error)) {
    const std::string name = it->path().filename().string();
    struct stat status;
    const bool gone = ::lstat(it->path().c_str(), &status) != 0;  // removed meanwhile
    if (gone || name.starts_with('.')) {
      it.disable_recursion_pending();
    } else if (S_ISDIR(status.st_mode)) {
      folders.push_back(it->path().string());
      if (it.depth() >= kMaxFolderDepth) it.disable_recursion_pending();
    } else if (S_ISREG(status.st_mode)) {
      files.push_back({it->path().lexically_relative(root).string(), status});
      if (files.size() > kMaxFolderFiles) {
        return fail(fmt::format("{}: more than {} files", root.string(), kMaxFolderFiles));
      }
    }
    if (error) return fail(fmt::format("{}: {}", root.string(), error.message()));
  }
  if (error) return fail(fmt::format("{}: {}", root.string(), error.message()));
  std::sort(files.begin(), files.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return files;
}

}  // namespace

FolderSource::FolderSource(std::string folder, std::string copies)
    : folder_(std::move(folder)),
      copies_(std::move(copies)),
      inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

FolderSource::~FolderSource() {
  if (inotify_ >= 0) ::close(inotify_);
}

Result<FolderSource::Scan> FolderSource::scan(const std::string& root) const {
  Scan result;
  for (int attempt = 0; attempt < kMaxScans; attempt++) {
    result = Scan{};
    auto files = list_files(root, result.folders);
    if (!files) return std::unexpected(files.error());
    std::string text;
    bool recent = false;
    for (const Entry& file : *files) {
      fmt::format_to(std::back_inserter(text), "{}{}{} {}.{}\n", file.path, '\0', file.status.st_size,
                     file.status.st_mtim.tv_sec, file.status.st_mtim.tv_nsec);
      result.newest = std::max<std::int64_t>(result.newest, file.status.st_mtim.tv_sec);
      recent = recent || is_recent(file.status);
      result.files.push_back(file.path);
    }
    result.id = digest(std::move(text));
    if (!recent) break;
    std::this_thread::sleep_for(kTimestampTick);
  }
  return result;
}

Result<std::string> FolderSource::fetch() {
  auto found = scan(folder_);
  if (found && found->folders != watched_) {
    watch(found->folders);
    found = scan(folder_);  // nothing that changed before the watch is missed
  }
  if (!found) return std::unexpected(found.error());
  return found->id;
}

// Watches are renewed as a whole: folders come and go seldom.
void FolderSource::watch(const std::vector<std::string>& folders) {
  if (inotify_ < 0) return;
  const std::size_t count = std::min(folders.size(), kMaxWatchedFolders);
  for (std::size_t i = 0; i < count; i++) {
    ::inotify_add_watch(inotify_, folders[i].c_str(),
                        IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_CREATE |
                            IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW);
  }
  watched_ = folders;
}

void FolderSource::drain_changes() {
  alignas(inotify_event) char buffer[4096];
  while (::read(inotify_, buffer, sizeof buffer) > 0) {
  }
}

std::string FolderSource::copy_of(const std::string& commit) const {
  return fmt::format("{}/{}", copies_, commit);
}

// The folder itself while it still is that commit, else the copy.
Result<Revision> FolderSource::open(const std::string& commit,
                                    std::optional<std::uint32_t> known_serial) {
  std::string root = folder_;
  auto found = scan(folder_);
  if (!found || found->id != commit) {
    root = copy_of(commit);
    found = scan(root);
    if (!found) {
      return fail(fmt::format("{}: changed while it was being read; trying again", folder_));
    }
  }
  auto tree = FolderTree::open(root);
  if (!tree) return std::unexpected(tree.error());
  Revision revision;
  revision.commit.id = commit;
  revision.commit.subject = fmt::format("folder {}", folder_);
  revision.commit.time = found->newest;
  revision.commit.serial = known_serial ? *known_serial : serial_from_time(found->newest);
  revision.tree = std::move(*tree);
  return revision;
}

bool FolderSource::still_is(const std::string& commit) {
  auto found = scan(folder_);
  return found && found->id == commit;
}

// Copies through the FolderTree, which follows no symbolic link that took a file's place meanwhile.
Result<void> FolderSource::copy_files(const Scan& found, const std::string& target) const {
  auto tree = FolderTree::open(folder_);
  if (!tree) return std::unexpected(tree.error());
  std::error_code error;
  fs::create_directories(target, error);
  for (const std::string& file : found.files) {
    auto bytes = (*tree)->read(file);
    if (!bytes) return std::unexpected(bytes.error());
    const fs::path path = fs::path(target) / file;
    fs::create_directories(path.parent_path(), error);
    if (auto written = write_file_atomically(path.string(), bytes->text()); !written) return written;
    const auto time = fs::last_write_time(fs::path(folder_) / file, error);
    if (!error) fs::last_write_time(path, time, error);
  }
  return {};
}

Result<void> FolderSource::keep(const std::string& commit) {
  std::error_code ignored;
  const std::string copy = copy_of(commit);
  if (!fs::exists(copy, ignored)) {
    auto found = scan(folder_);
    if (!found) return std::unexpected(found.error());
    // The next load keeps its own copy; until then the one before is what a restart serves.
    if (found->id != commit) return fail(fmt::format("{}: changed before a copy could be kept", folder_));
    const std::string fresh = fmt::format("{}/new", copies_);
    fs::remove_all(fresh, ignored);
    auto copied = copy_files(*found, fresh);
    std::error_code error;
    if (copied) fs::rename(fresh, copy, error);
    if (!copied || error) {
      fs::remove_all(fresh, ignored);
      return fail(fmt::format("no copy of {} could be kept: {}", folder_,
                              copied ? error.message() : copied.error().message));
    }
  }
  for (const auto& entry : fs::directory_iterator(copies_, ignored)) {
    if (entry.path() != copy) fs::remove_all(entry.path(), ignored);
  }
  return {};
}

}  // namespace dotmesh
