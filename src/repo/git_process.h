// git_fetch() in a process of its own: this program, started again as `dotmesh git-fetch`.
//
// A remote that falls silent ends with the child's alarm, a full disk (SIGBUS in libgit2's memory map)
// or a hostile pack with the child alone; the daemon only reads an error. The child dies with its parent.
#pragma once

#include <string>

#include "base/result.h"
#include "repo/git_fetch.h"

namespace dotmesh {

// The whole of one fetch, for a remote that drips: 4 GiB in this time is a slow line.
inline constexpr int kMaxFetchSeconds = 1800;

class GitProcess {
 public:
  // `program` understands `git-fetch`; the daemon passes "/proc/self/exe".
  explicit GitProcess(std::string program);
  ~GitProcess();
  GitProcess(const GitProcess&) = delete;
  GitProcess& operator=(const GitProcess&) = delete;

  // Blocks until the child has ended. One thread at a time. `options.on_progress` is not used.
  Result<std::string> fetch(const GitFetchOptions& options);
  // Any thread: ends a running fetch, and every later one at once.
  void interrupt();

 private:
  std::string program_;
  int interrupt_fd_;
};

// What the child runs: reads its options from standard input, writes the commit id or the fault to
// standard output. Returns the exit status.
int git_fetch_main();

}  // namespace dotmesh
