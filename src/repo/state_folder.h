// The node's state folder: what must outlive a restart, written so that a crash or a full disk at any
// moment leaves the old content or the new, never a mixture.
//
//   lock          held while a daemon uses the folder
//   last-good     the commit served last and its SOA serial (JSON)
//   repo.git      bare copy of the repository (git_fetch.h)
//   trust-anchors the resolver's trust anchors as they have changed (RFC 5011; text, also a zone file)
//   folders/      copies of a plain folder that was served well (folder_source.h)
//
// Used by the follower thread; lock() once at start.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dotmesh {

struct LastGood {
  std::string source;  // where the commit came from, for people
  std::string commit;
  std::uint32_t serial = 0;  // highest SOA serial served with it
};

class StateFolder {
 public:
  // Makes the folder (and those above it) when absent. A process that will become another user gives
  // that user's ids: the folder, when made here, and the lock will be theirs.
  static Result<StateFolder> open(std::string path, uid_t owner = static_cast<uid_t>(-1),
                                  gid_t group = static_cast<gid_t>(-1));
  StateFolder(StateFolder&& other) noexcept;
  StateFolder& operator=(StateFolder&&) = delete;
  ~StateFolder();

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const;

  // Fails when another process holds it.
  Result<void> lock();

  // nullopt: none, or unreadable (which is logged; it is then as a first start).
  std::optional<LastGood> read_last_good() const;
  Result<void> write_last_good(const LastGood& last_good) const;

 private:
  StateFolder(std::string path, uid_t owner, gid_t group)
      : path_(std::move(path)), owner_(owner), group_(group) {}
  std::string path_;
  uid_t owner_;
  gid_t group_;
  int lock_fd_ = -1;
};

// Content beside, fsync, rename, fsync of the folder.
Result<void> write_file_atomically(const std::string& path, std::string_view content);

}  // namespace dotmesh
