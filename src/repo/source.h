// Source: where a node's network comes from: a branch of a git repository, or a plain folder.
// The follower thread calls everything; interrupt() alone may come from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "network/generation.h"
#include "zone/file_tree.h"

namespace dotmesh {

// One commit, ready to load. The tree must not be used after the next fetch().
struct Revision {
  CommitInfo commit;
  std::unique_ptr<FileTree> tree;
};

class Source {
 public:
  virtual ~Source() = default;

  // For messages: "https://example.org/net.git, branch main".
  virtual std::string description() const = 0;

  // Asks where the source is now and makes that commit available here. Blocks, for a bounded time.
  virtual Result<std::string> fetch() = 0;

  // A commit that an earlier fetch(), in this or an earlier process, has made available. With
  // `known_serial` the serial is not computed.
  virtual Result<Revision> open(const std::string& commit,
                                std::optional<std::uint32_t> known_serial = std::nullopt) = 0;

  // False: commits are what this node saw, their serials no other node's (a plain folder).
  virtual bool has_history() const { return true; }

  // The commit before `commit` (the first parent), when it is available here; nullopt: there is none, or no history.
  virtual std::optional<std::string> parent(const std::string& /*commit*/) { return std::nullopt; }

  // After a load: false when the source changed meanwhile and the files read may be of two states.
  virtual bool still_is(const std::string& /*commit*/) { return true; }

  // `commit` is served now: it must stay available, over restarts too; the one kept before need not.
  virtual Result<void> keep(const std::string& commit) = 0;

  // After a revision failed to load: true when objects were missing rather than its content wrong.
  // The next fetch() then repairs.
  virtual bool note_failed(const Revision& /*revision*/) { return false; }

  // Readable when the source may have changed; -1: only asking tells.
  virtual int change_fd() const { return -1; }
  // Takes the news off change_fd().
  virtual void drain_changes() {}

  // Ends a fetch() that is running, for good.
  virtual void interrupt() {}
};

// The first seven digits, as people write a commit; "folder-1234567" for a folder's id.
std::string short_commit_id(std::string_view id);

}  // namespace dotmesh
