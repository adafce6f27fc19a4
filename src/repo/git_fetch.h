// Brings a bare copy of a remote repository's branch up to date (docs/adr/0005-git-and-state.md).
//
// Survives what may have happened before: a process killed in the middle of a clone or fetch, a copy
// with missing or damaged objects (a fresh one is cloned beside it and takes its place only when
// complete), a rewritten branch. Never leaves a worse copy behind than it found, and its disk use is
// bounded: packs are consolidated, unreachable objects dropped.
//
// Runs to its end in the calling thread. The daemon calls it in a process of its own (git_process.h),
// because libgit2 1.5 cannot be told to give up on a silent remote and writes packs through a memory
// map, which on a full disk is a signal and not an error.
// The caller alone uses the copy meanwhile (the follower thread does one thing at a time).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"

namespace dotmesh {

// The tip of the branch as last fetched, and the commit that was last served well. Everything else in
// the copy may be dropped.
inline constexpr const char* kTipReference = "refs/dotmesh/tip";
inline constexpr const char* kGoodReference = "refs/dotmesh/good";

// A fetch adds a pack. Above this many they become one.
inline constexpr std::size_t kMaxPacks = 16;
// A repository of zone files stays far below; a remote that sends more is broken or hostile.
inline constexpr std::uint64_t kMaxFetchBytes = std::uint64_t{4} << 30;

struct GitFetchOptions {
  std::string copy;             // folder of the bare copy, made when absent
  std::string url;              // https://, ssh://, host:path, file://, or a path
  std::string branch;           // empty: the remote's default branch
  std::string ssh_key;          // private key file; empty: none
  std::string ssh_known_hosts;  // empty: ~/.ssh/known_hosts
  unsigned stall_seconds = 60;  // a remote that sends nothing for so long is given up (git_process.h)
  bool clone_afresh = false;    // the copy is known to be damaged
  std::function<void()> on_progress;  // called while bytes arrive; may be empty
};

// The commit id of the branch's tip, whose files are then completely in the copy.
Result<std::string> git_fetch(const GitFetchOptions& options);

// `url` for people: without the password that it may hold.
std::string url_without_password(const std::string& url);

// Every file of `commit` is in the repository at `path`.
bool git_commit_is_complete(const std::string& path, const std::string& commit);

}  // namespace dotmesh
