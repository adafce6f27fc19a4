// The RRset cache in a file, so that a node that starts again knows what it knew. What was learnt from
// servers, nothing about clients.
//
// Format (numbers in network order): a header with magic, version, the caller's tag of its settings and
// the wall time of saving; blocks of entries, each with its size and a checksum; an empty block at the
// end. TTLs are relative to the time of saving: what the clock went on since then is taken off at loading.
//
// The file is written aside, synced and renamed. Loading believes nothing: any octets are safe.
// Any thread; both take time and short locks, so not on a worker.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "resolver/cache/rrset_cache.h"
#include "resolver/time.h"

namespace dotmesh {

struct CacheFileReport {
  std::uint64_t entries = 0;
  std::uint64_t octets = 0;
};

struct CacheFileOptions {
  // What the entries depend on beside themselves (trust anchors, forward zones): a file with another tag
  // is not loaded.
  std::uint64_t settings_tag = 0;
  // Entries that expired no longer ago are kept too, for stale answers (RFC 8767).
  std::chrono::seconds keep_stale{0};
};

Result<CacheFileReport> save_cache(const RRsetCache& cache, const std::string& path, const CacheFileOptions& options,
                                   ResolverTime now);

// Adds what is in the file to what is fresh in the cache. No file: nothing, which is no fault. A file that
// cannot be used is an error that says why; what its good blocks held before the fault stays loaded.
Result<CacheFileReport> load_cache(RRsetCache& cache, const std::string& path, const CacheFileOptions& options,
                                   ResolverTime now);

// The same from octets; `path` is for the message.
Result<CacheFileReport> load_cache_octets(RRsetCache& cache, std::span<const std::uint8_t> file, const std::string& path,
                                          const CacheFileOptions& options, ResolverTime now);

}  // namespace dotmesh
