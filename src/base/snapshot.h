// Snapshot<T>: one writer publishes immutable values, many threads read them without a lock.
//
// Each reading thread owns a Reader and calls get() at the start of a batch of work: one relaxed-cost
// atomic load while nothing has changed, a mutex only right after a publish. The reference that get()
// returns stays valid until the same Reader's next get().
// The writer keeps what it has replaced until no Reader holds it, and frees it in collect(), on its
// own thread: freeing a large zone never happens on a worker.
// Lifetime: the Snapshot must outlive its Readers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace dotmesh {

template <typename T>
class Snapshot {
 public:
  using Pointer = std::shared_ptr<const T>;

  // Any thread, but one at a time is expected (the follower). Also collects.
  void publish(Pointer value) {
    {
      std::lock_guard lock(mutex_);
      if (current_) retired_.push_back(std::move(current_));
      current_ = std::move(value);
      version_.fetch_add(1, std::memory_order_release);
    }
    collect();
  }

  // The current value for threads off the query path; may be null before the first publish.
  Pointer current() const {
    std::lock_guard lock(mutex_);
    return current_;
  }

  // Frees replaced values that no Reader holds any more; returns how many are still held.
  // Call from the publishing thread from time to time.
  std::size_t collect() {
    std::vector<Pointer> dead;  // destroyed outside the lock
    std::lock_guard lock(mutex_);
    std::erase_if(retired_, [&](Pointer& p) {
      if (p.use_count() != 1) return false;
      dead.push_back(std::move(p));
      return true;
    });
    return retired_.size();
  }

  class Reader {
   public:
    explicit Reader(const Snapshot& snapshot) : snapshot_(&snapshot) {}

    // Owning thread only. Null before the first publish.
    const T* get() {
      std::uint64_t version = snapshot_->version_.load(std::memory_order_acquire);
      if (version != seen_) refresh();
      return held_.get();
    }
    // The value of the last get(), to hold beyond the next one.
    const Pointer& held() const { return held_; }

   private:
    void refresh() {
      std::lock_guard lock(snapshot_->mutex_);
      // The publisher still holds the old value in retired_, so this never frees it here.
      held_ = snapshot_->current_;
      seen_ = snapshot_->version_.load(std::memory_order_relaxed);
    }

    const Snapshot* snapshot_;
    Pointer held_;
    std::uint64_t seen_ = 0;
  };

 private:
  mutable std::mutex mutex_;
  Pointer current_;
  std::vector<Pointer> retired_;
  std::atomic<std::uint64_t> version_{0};
};

}  // namespace dotmesh
