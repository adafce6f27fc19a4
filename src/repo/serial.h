// The SOA serial of a commit, a pure function of the history (docs/adr/0004-serial.md):
//
//   S(c) = max( floor(c), time(c), 1 + max over the parents p of S(p) )
//
//   floor(c)  the largest SOA serial of all *.zone files of the commit, in any folder
//   time(c)   YYYYMMDDnn of the committer time in UTC, nn counting the hundredths of the day
//
// so that every node computes the same, and a child's serial is always above its parents'.
// SerialCalculator belongs to one thread (the follower).
#pragma once

#include <git2.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/result.h"

namespace dotmesh {

// A commit with more ancestors than this counts only those that a walk from the tip meets first; the
// others are as if absent. Two hundred commits a week for ten years; each costs 24 bytes and the reading
// of its changed folders.
inline constexpr std::size_t kMaxHistory = 100'000;
// Larger zone files do not count toward floor(): reading every version of a zone of a million records
// would take minutes at first start. The loader still serves no such zone below its own file's serial.
inline constexpr std::size_t kMaxSerialFileSize = std::size_t{1} << 20;
// Folders within folders; deeper ones do not count.
inline constexpr int kMaxSerialDepth = 16;

// YYYYMMDDnn in UTC, nn = seconds of the day / 864. Times before 1970 and after the year 2105 (no clock,
// or a wrong one) give 0: they would lift the serial for good.
std::uint32_t serial_from_time(std::int64_t unix_seconds);

class SerialCalculator {
 public:
  // S(commit). `repository` may be another handle to the same repository at each call.
  Result<std::uint32_t> serial(git_repository* repository, const git_oid& commit);

 private:
  struct OidHash {
    std::size_t operator()(const git_oid& id) const;
  };
  struct OidEqual {
    bool operator()(const git_oid& a, const git_oid& b) const { return git_oid_equal(&a, &b); }
  };
  using Memo = std::unordered_map<git_oid, std::uint32_t, OidHash, OidEqual>;

  std::uint32_t own_serial(git_repository* repository, const git_commit* commit);
  std::uint32_t tree_floor(git_repository* repository, const git_oid& tree, int depth);
  std::uint32_t blob_floor(git_repository* repository, git_odb* odb, const git_oid& blob);

  Memo commits_;
  Memo floors_;  // of blobs and of whole folders, which most commits share
};

}  // namespace dotmesh
