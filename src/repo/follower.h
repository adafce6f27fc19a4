// Follower: the thread that keeps the node at the source's newest commit.
//
// It asks every `interval`, each time moved by up to a tenth so that the nodes of a network do not ask
// in step; at once when the source tells of a change (inotify) or somebody calls refresh(). After a
// failure it asks again after one second, then two, four and so on up to the interval.
// It runs at lower priority: loading a large zone must not delay answers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "base/snapshot.h"
#include "network/generation.h"
#include "repo/source.h"
#include "repo/updater.h"

namespace dotmesh {

class Follower {
 public:
  // All must outlive the Follower. `on_publish` is called on the follower's thread after each
  // publication; it makes idle workers let go of the generation before. `after_publish` comes later, when nobody waits
  // for the outcome any more, and may take its time.
  Follower(Source& source, Updater& updater, Snapshot<Generation>& published,
           std::chrono::milliseconds interval, std::function<void()> on_publish, std::function<void()> after_publish = {});
  ~Follower();  // stops
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void start();
  void stop();

  // Any thread: asks the source now and waits for the outcome.
  RefreshOutcome refresh();
  // Any thread: asks the source soon, without waiting.
  void wake();
  // Waits until the last good commit or the first answer of the source is being served, or neither
  // could be; false when that takes longer than `limit`.
  bool wait_until_settled(std::chrono::milliseconds limit);

 private:
  void run();
  bool wait_for_work(std::chrono::milliseconds delay);
  void let_changes_settle();
  void free_old_generations();
  void mark_settled();
  void note_published();

  Source& source_;
  Updater& updater_;
  Snapshot<Generation>& published_;
  std::chrono::milliseconds interval_;
  std::function<void()> on_publish_;
  std::function<void()> after_publish_;
  int wake_fd_;
  std::thread thread_;

  std::mutex mutex_;
  std::condition_variable settled_changed_;
  std::vector<std::promise<RefreshOutcome>> waiting_;  // guarded by mutex_
  bool stopping_ = false;                              // guarded by mutex_
  bool settled_ = false;                               // guarded by mutex_
  bool published_anew_ = false;  // after_publish_ is due; follower's thread only
  std::size_t held_ = 0;  // replaced generations that a worker still reads; follower's thread only
};

// The time to the next try: `interval` after a success (`failures` 0), else one second doubled for each
// failure after the first, never above `interval`; then moved by up to a tenth. `random` is any number.
std::chrono::milliseconds next_delay(std::chrono::milliseconds interval, std::uint32_t failures,
                                     std::uint32_t random);

}  // namespace dotmesh
