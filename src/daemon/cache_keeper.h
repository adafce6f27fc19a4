// CacheKeeper: brings the resolver's cache over a restart ([resolver] persist_cache): loads it in a thread
// of its own at start, saves it there from time to time and at the stop. See resolver/cache/cache_file.h.
//
// start(), wait_until_loaded() and stop() from one thread, each once. A file that cannot be used or
// written is told in the log; the node serves all the same.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "query/recursion.h"
#include "resolver/cache/cache_file.h"
#include "resolver/settings.h"

namespace dotmesh {

// A number for what the entries of a cache depend on: hints and trust anchors. What is forwarded is in the
// entries' partitions.
std::uint64_t cache_settings_tag(const ResolverSettings& settings);

class CacheKeeper {
 public:
  // Removes what an earlier run saved: a node that keeps no cache leaves none on the disk.
  static void discard(const std::string& path);

  // `cache` and the clocks must outlive this.
  CacheKeeper(RRsetCache& cache, std::string path, CacheFileOptions options, const Clock& clock,
              const ResolverClock& resolver_clock);
  // Ends the thread; saves nothing.
  ~CacheKeeper();

  void start();
  // Until the file is loaded, at most `patience`: who asks at once should find what was known.
  void wait_until_loaded(std::chrono::milliseconds patience);
  // Saves for the last time. No worker may be changing the cache any more, or what it learns is lost.
  void stop();

 private:
  // Often enough that a crash loses little, seldom enough for a flash card.
  static constexpr std::chrono::hours kSaveInterval{1};

  void run();
  void load();
  void save();
  ResolverTime now() const { return resolver_clock_.at(clock_.monotonic()); }
  void end_thread();

  RRsetCache& cache_;
  const std::string path_;
  const CacheFileOptions options_;
  const Clock& clock_;
  const ResolverClock& resolver_clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool loaded_ = false;
  bool stopping_ = false;
  bool save_failed_ = false;  // said in the log; of the thread, then of stop()
  std::thread thread_;
};

}  // namespace dotmesh
