// Updater: from a source's newest commit to the published generation, one step at a time.
//
//   source.fetch -> source.open -> load and check -> publish      refresh()
//   keep on disk as the last good commit                         keep()
//
// A step that fails leaves what is served as it was; status() says why. The follower (follower.h) calls
// boot() once, then refresh() and keep() in turn, all from its thread; status() is for any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/snapshot.h"
#include "network/generation.h"
#include "network/loader.h"
#include "repo/source.h"
#include "repo/state_folder.h"

namespace dotmesh {

// A folder that changes while it is being read is read again, but not for ever.
inline constexpr int kMaxLooks = 3;
// Diagnostics text kept of a refused commit; people read the first screens.
inline constexpr std::size_t kMaxFaultText = 64 * 1024;

enum class RefreshResult : std::uint8_t {
  kPublished,    // a new commit is served
  kUnchanged,    // the newest commit is served already
  kRefused,      // the newest commit has errors; the one before stays
  kUnreachable,  // the source could not be asked or read; what is served stays
  kStopped,      // the daemon is ending
};

struct RefreshOutcome {
  RefreshResult result = RefreshResult::kStopped;
  std::string commit;   // the newest commit; empty when unreachable
  std::string serving;  // the commit served now; empty: none
  std::string text;     // faults or warnings as `dotmesh check` prints them, or what went wrong
};

struct UpdaterStatus {
  using Time = Clock::Wall;

  std::string source;
  CommitInfo served;             // id empty: none yet
  Time served_since{};
  std::size_t warnings = 0;      // of the commit served
  bool from_last_good = false;   // booted from disk and not confirmed by the source since
  std::string serial_note;       // why the serial is not the one of the commit; empty: it is

  Time last_fetch{};             // last attempt; zero: none yet
  std::string fetch_fault;       // of the last attempt; empty: it succeeded
  std::uint32_t fetch_failures = 0;  // in a row

  std::string refused_commit;    // the newest commit, when it was refused
  Time refused_since{};
  std::size_t refused_errors = 0;
  std::string refused_text;

  std::string state_fault;       // the state folder could not be written; empty: it could
};

class Updater {
 public:
  using Load = std::function<LoadResult(const FileTree&, const CommitInfo&,
                                        std::shared_ptr<const Generation> previous)>;

  // load_generation() with its own bounds.
  static LoadResult load_with_bounds(const FileTree& tree, const CommitInfo& commit,
                                     std::shared_ptr<const Generation> previous) {
    return load_generation(tree, commit, std::move(previous));
  }

  // All must outlive the Updater.
  Updater(Source& source, const StateFolder& state, Snapshot<Generation>& published,
          const Clock& clock, Load load = load_with_bounds);

  // Serves the last good commit from disk, without asking the source.
  void boot();
  // Asks the source. `again` also retries a commit that was refused before.
  RefreshOutcome refresh(bool again);
  // Keeps the commit being served for a restart, unless that is done. Apart from refresh(), so that
  // nobody waits for the disk; what failed (a full disk) is tried again at the next call.
  void keep();

  UpdaterStatus status() const;

 private:
  std::optional<RefreshOutcome> look(bool again);
  Result<Revision> newest(std::string& tip);
  LoadResult try_load(const Revision& revision);
  std::string guard_serial(CommitInfo& commit) const;
  void publish(const CommitInfo& commit, LoadResult loaded, std::string serial_note);
  RefreshOutcome refuse(const CommitInfo& commit, const Diagnostics& diagnostics);
  RefreshOutcome unreachable(std::string text);
  std::string served_id() const;

  Source& source_;
  const StateFolder& state_;
  Snapshot<Generation>& published_;
  const Clock& clock_;
  Load load_;
  std::optional<LastGood> last_good_;
  bool kept_ = true;  // what is served is on disk as last good

  mutable std::mutex mutex_;
  UpdaterStatus status_;  // guarded by mutex_; only the follower thread writes
};

// The SOA serial to serve for a commit whose history gives `computed`, when `last` was served last by
// this node for another commit: above it, also after the branch was rewritten.
std::uint32_t guarded_serial(std::uint32_t computed, std::uint32_t last);

}  // namespace dotmesh
