// FolderTree: a plain folder, read without ever leaving it. openat2 resolves a path in one step in
// the kernel; where it is missing (old kernels) or forbidden (old container filters answer EPERM),
// the path is walked component by component with O_NOFOLLOW, which refuses the same links.
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "zone/file_tree.h"

namespace dotmesh {
namespace {

// A folder of ten thousand zones is expected; a million entries is a mistake (a cache, a spool).
constexpr std::size_t kMaxFolderEntries = 1'000'000;
// RESOLVE_BENEATH answers EAGAIN while someone renames folders; a few tries outlast that.
constexpr int kMaxResolveTries = 8;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// O_NONBLOCK: opening a FIFO must not wait for a writer.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

Fd open_beneath(int root, const std::string& path) {
  open_how how{};
  how.flags = kOpenFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  for (int tries = 0;; tries++) {
    long fd = syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN || tries >= kMaxResolveTries) return Fd(static_cast<int>(fd));
  }
}

Fd open_by_walking(int root, const std::string& path) {
  Fd folder(openat(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::string_view rest = path;
  while (folder.get() >= 0) {
    std::size_t slash = rest.find('/');
    std::string part(rest.substr(0, slash));
    if (slash == std::string_view::npos) {
      return Fd(openat(folder.get(), part.c_str(), kOpenFlags | O_NOFOLLOW));
    }
    rest.remove_prefix(slash + 1);
    Fd next(openat(folder.get(), part.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (next.get() >= 0 && fstat(next.get(), &status) == 0 && !S_ISDIR(status.st_mode)) {
      errno = S_ISLNK(status.st_mode) ? ELOOP : ENOTDIR;
      return Fd(-1);
    }
    folder = std::move(next);
  }
  return folder;
}

Fd open_in(int root, const std::string& path, bool walk) {
  std::string target = path.empty() ? "." : path;
  if (!walk) {
    Fd fd = open_beneath(root, target);
    if (fd.get() >= 0 || (errno != ENOSYS && errno != EPERM)) return fd;
  }
  return open_by_walking(root, target);
}

std::string reason(const std::string& path, int error) {
  switch (error) {
    case ENOENT: return fmt::format("{}: no such file", path);
    case ELOOP: return fmt::format("{}: is a symbolic link or lies behind one; links are not followed", path);
    case EXDEV: return fmt::format("{}: leads outside the folder", path);
    case ENXIO: return fmt::format("{}: is not a regular file", path);
    default: return fmt::format("{}: {}", path, std::strerror(error));
  }
}

}  // namespace

Result<std::unique_ptr<FolderTree>> FolderTree::open(const std::string& root, Resolve resolve) {
  int fd = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fail(fmt::format("cannot open folder {}: {}", root, std::strerror(errno)));
  return std::unique_ptr<FolderTree>(new FolderTree(fd, resolve == Resolve::kWalk));
}

FolderTree::~FolderTree() { close(root_fd_); }

// read() into a buffer, not a mapping: the folder is writable by others, and a mapped file that
// shrinks kills its reader with SIGBUS.
Result<FileBytes> FolderTree::read(std::string_view path) const {
  Result<std::string> normal = normalise_tree_path(path);
  if (!normal) return std::unexpected(normal.error());
  Fd fd = open_in(root_fd_, *normal, walk_);
  if (fd.get() < 0) return fail(reason(*normal, errno));
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return fail(reason(*normal, errno));
  if (S_ISDIR(status.st_mode)) return fail(fmt::format("{}: is a folder", *normal));
  if (!S_ISREG(status.st_mode)) return fail(fmt::format("{}: is not a regular file", *normal));
  if (static_cast<std::uint64_t>(status.st_size) > kMaxFileSize) {
    return fail(fmt::format("{}: is larger than {} MiB", *normal, kMaxFileSize >> 20));
  }
  std::size_t capacity = static_cast<std::size_t>(status.st_size);
  std::shared_ptr<char[]> buffer = std::make_shared_for_overwrite<char[]>(capacity + 1);
  std::size_t size = 0;
  while (size < capacity) {  // what is appended meanwhile belongs to the next read
    ssize_t got = ::read(fd.get(), buffer.get() + size, capacity - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(reason(*normal, errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return FileBytes({buffer.get(), size}, buffer);
}

Result<std::vector<TreeEntry>> FolderTree::list(std::string_view path) const {
  Result<std::string> normal = normalise_tree_path(path);
  if (!normal) return std::unexpected(normal.error());
  Fd fd = open_in(root_fd_, *normal, walk_);
  if (fd.get() < 0) return fail(reason(*normal, errno));
  DIR* opened = fdopendir(fd.get());
  if (opened == nullptr) return fail(reason(*normal, errno));
  fd.release();
  std::unique_ptr<DIR, int (*)(DIR*)> folder(opened, closedir);
  std::vector<TreeEntry> entries;
  while (const dirent* entry = readdir(folder.get())) {
    std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    struct stat status {};
    if (fstatat(dirfd(folder.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) continue;
    if (entries.size() == kMaxFolderEntries) {
      return fail(fmt::format("{}: more than {} entries", *normal, kMaxFolderEntries));
    }
    entries.push_back({std::string(name), S_ISDIR(status.st_mode)});
  }
  std::ranges::sort(entries, {}, &TreeEntry::name);
  return entries;
}

bool FolderTree::exists(std::string_view path) const {
  Result<std::string> normal = normalise_tree_path(path);
  return normal && open_in(root_fd_, *normal, walk_).get() >= 0;
}

// A file that was written to within the last two seconds may be written to again without its times
// showing it (kernels stamp by a coarse clock), as git's index knows: then there is no identity.
std::optional<std::string> FolderTree::identity(std::string_view path) const {
  constexpr std::time_t kSettled = 2;
  Result<std::string> normal = normalise_tree_path(path);
  if (!normal) return std::nullopt;
  Fd fd = open_in(root_fd_, *normal, walk_);
  struct stat status {};
  if (fd.get() < 0 || fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  std::time_t changed = std::max(status.st_mtim.tv_sec, status.st_ctim.tv_sec);
  if (changed > std::time(nullptr) - kSettled) return std::nullopt;
  return fmt::format("stat {} {} {} {}.{} {}.{}", status.st_dev, status.st_ino, status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                     status.st_ctim.tv_nsec);
}

}  // namespace dotmesh
