#include "resolver/frame_pool.h"

namespace dotmesh {
namespace {

// Under a sanitizer every frame is malloc's, so that a use after its end is seen.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif

std::size_t step_of(std::size_t size) { return (size + FramePool::kStep - 1) / FramePool::kStep; }

}  // namespace

FramePool& FramePool::of_this_thread() {
  thread_local FramePool pool;
  return pool;
}

FramePool::~FramePool() {
  for (List& list : lists_) {
    while (list.first != nullptr) {
      Free* frame = list.first;
      list.first = frame->next;
      ::operator delete(frame);
    }
  }
}

void* FramePool::take(std::size_t size) {
  if (!kPooled || size > kLargest) return ::operator new(size);
  List& list = lists_[step_of(size)];
  if (list.first == nullptr) return ::operator new(step_of(size) * kStep);
  Free* frame = list.first;
  list.first = frame->next;
  --list.count;
  return frame;
}

void FramePool::give_back(void* frame, std::size_t size) {
  if (!kPooled || size > kLargest) return ::operator delete(frame);
  List& list = lists_[step_of(size)];
  if (list.count == kMaxKept) return ::operator delete(frame);
  list.first = new (frame) Free{list.first};
  ++list.count;
}

}  // namespace dotmesh
