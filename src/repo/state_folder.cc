#include "repo/state_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/log.h"

namespace dotmesh {
namespace {

constexpr uid_t kNobodyElse = static_cast<uid_t>(-1);

std::unexpected<Error> errno_fail(const std::string& path) {
  return fail(fmt::format("{}: {}", path, std::strerror(errno)));
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<void> write_file_atomically(const std::string& path, std::string_view content) {
  const std::string temporary = path + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (fd < 0) return errno_fail(temporary);
  bool good = write_all(fd, content) && ::fsync(fd) == 0;
  const int write_error = errno;
  ::close(fd);
  if (!good || ::rename(temporary.c_str(), path.c_str()) != 0) {
    if (!good) errno = write_error;
    auto fault = errno_fail(path);
    ::unlink(temporary.c_str());
    return fault;
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (const int folder_fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); folder_fd >= 0) {
    ::fsync(folder_fd);
    ::close(folder_fd);
  }
  return {};
}

Result<StateFolder> StateFolder::open(std::string path, uid_t owner, gid_t group) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path, error)) {
    return fail(fmt::format("{}: cannot be used as state folder: {}; give another with --state or [node] state",
                            path, error ? error.message() : "not a folder"));
  }
  if (made && owner != kNobodyElse && ::lchown(path.c_str(), owner, group) != 0) return errno_fail(path);
  return StateFolder(std::move(path), owner, group);
}

StateFolder::StateFolder(StateFolder&& other) noexcept
    : path_(std::move(other.path_)),
      owner_(other.owner_),
      group_(other.group_),
      lock_fd_(std::exchange(other.lock_fd_, -1)) {}

StateFolder::~StateFolder() {
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

std::string StateFolder::file(std::string_view name) const { return fmt::format("{}/{}", path_, name); }

Result<void> StateFolder::lock() {
  const std::string path = file("lock");
  lock_fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
  if (lock_fd_ < 0 && errno == EROFS) {  // to serve the last good commit still works
    lock_fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  }
  if (lock_fd_ < 0) return errno_fail(path);
  // Only a file that stands nowhere else: whoever owns the folder must not be given others' files.
  struct stat status;
  if (owner_ != kNobodyElse && ::fstat(lock_fd_, &status) == 0 && S_ISREG(status.st_mode) &&
      status.st_nlink == 1 && ::fchown(lock_fd_, owner_, group_) != 0) {
    return errno_fail(path);
  }
  if (::flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    return fail(fmt::format("{}: another dotmesh uses this state folder; stop it, or give this one its own "
                            "with --state or [node] state",
                            path_));
  }
  return {};
}

std::optional<LastGood> StateFolder::read_last_good() const {
  const std::string path = file("last-good");
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("commit") || !json["commit"].is_string() ||
      !json.contains("serial") || !json["serial"].is_number_unsigned()) {
    spdlog::warn("{}: not readable as the record of the last good commit; starting without it", path);
    return std::nullopt;
  }
  LastGood result;
  result.commit = json["commit"];
  result.serial = json["serial"].get<std::uint32_t>();
  if (json.contains("source") && json["source"].is_string()) result.source = json["source"];
  return result;
}

Result<void> StateFolder::write_last_good(const LastGood& last_good) const {
  const nlohmann::json json = {
      {"commit", last_good.commit}, {"serial", last_good.serial}, {"source", last_good.source}};
  return write_file_atomically(
      file("last-good"),
      json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace dotmesh
