// FramePool: memory for the frames of coroutines and for what they share. They come and go by the dozen for one
// question, hold names and are too large for malloc's fast lists; here a frame is taken from a list of its size.
// Each thread has its own; a frame is freed by the thread that made it. Bounded: kMaxKept frames of a size wait
// for the next use, more go back.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace dotmesh {

class FramePool {
 public:
  static constexpr std::size_t kStep = 128;       // sizes are multiples of this
  static constexpr std::size_t kLargest = 8192;   // larger frames come from malloc
  static constexpr std::size_t kMaxKept = 1024;   // of each size: a busy worker's questions

  FramePool() = default;
  ~FramePool();
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

  static FramePool& of_this_thread();
  void* take(std::size_t size);
  void give_back(void* frame, std::size_t size);

 private:
  struct Free {
    Free* next;
  };
  struct List {
    Free* first = nullptr;
    std::size_t count = 0;
  };
  std::array<List, kLargest / kStep + 1> lists_{};
};

// A base of promises whose frames come from the pool.
struct FromFramePool {
  static void* operator new(std::size_t size) { return FramePool::of_this_thread().take(size); }
  static void operator delete(void* frame, std::size_t size) { FramePool::of_this_thread().give_back(frame, size); }
};

// The same for what stands in a shared_ptr or a container that one thread makes, uses and frees.
template <typename T>
struct PoolAllocator {
  using value_type = T;
  PoolAllocator() = default;
  template <typename U>
  PoolAllocator(const PoolAllocator<U>& /*other*/) {}  // NOLINT: allocators convert
  T* allocate(std::size_t n) { return static_cast<T*>(FramePool::of_this_thread().take(n * sizeof(T))); }
  void deallocate(T* at, std::size_t n) { FramePool::of_this_thread().give_back(at, n * sizeof(T)); }
  bool operator==(const PoolAllocator&) const { return true; }
};

template <typename T, typename... Arguments>
std::shared_ptr<T> make_pooled(Arguments&&... arguments) {
  return std::allocate_shared<T>(PoolAllocator<T>(), std::forward<Arguments>(arguments)...);
}

}  // namespace dotmesh
