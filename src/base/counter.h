// Counter: one writer thread, any readers. The writer pays a plain load and store, no locked
// instruction; a reader sees a recent value. Sum the counters of all workers to read a total.
#pragma once

#include <atomic>
#include <cstdint>

namespace dotmesh {

class Counter {
 public:
  // Only the owning thread.
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  // Any thread.
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace dotmesh
