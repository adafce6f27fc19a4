#include "resolver/timers.h"

namespace dotmesh {

void Timers::set(Timer& timer, nanoseconds when, Timer::Act act, void* owner) {
  timer.when_ = when;
  timer.timers_ = this;
  timer.act_ = act;
  timer.owner_ = owner;
  heap_.push_back(&timer);
  rise(heap_.size() - 1, &timer);
}

void Timers::cancel(Timer& timer) {
  if (!timer.is_set()) return;
  const std::size_t hole = timer.place_;
  timer.place_ = Timer::kNowhere;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  // The last one fills the hole: up if it is earlier than what stands above, else down.
  if (hole != 0 && last->when_ < heap_[(hole - 1) / 2]->when_) {
    rise(hole, last);
  } else {
    sink(hole, last);
  }
}

bool Timers::run_one(nanoseconds now) {
  if (heap_.empty() || heap_.front()->when_ > now) return false;
  Timer& due = *heap_.front();
  cancel(due);
  due.act_(due.owner_);
  return true;
}

void Timers::rise(std::size_t place, Timer* timer) {
  while (place != 0) {
    const std::size_t above = (place - 1) / 2;
    if (heap_[above]->when_ <= timer->when_) break;
    put(place, heap_[above]);
    place = above;
  }
  put(place, timer);
}

void Timers::sink(std::size_t place, Timer* timer) {
  for (;;) {
    std::size_t below = 2 * place + 1;
    if (below >= heap_.size()) break;
    if (below + 1 < heap_.size() && heap_[below + 1]->when_ < heap_[below]->when_) ++below;
    if (timer->when_ <= heap_[below]->when_) break;
    put(place, heap_[below]);
    place = below;
  }
  put(place, timer);
}

}  // namespace dotmesh
