#include "resolver/jobs.h"

namespace dotmesh {

EntryPtr failure(ExtendedError error) {
  auto entry = make_pooled<CacheEntry>();
  entry->kind = EntryKind::kFailure;
  entry->error = error;
  return entry;
}

Jobs::~Jobs() {
  // A coroutine's end may cancel an exchange but starts nothing.
  jobs_.clear();
}

bool Jobs::would_wait_in_circle(const Job* from, const Job* to) {
  for (const Job* job = to; job != nullptr; job = job->waits_for) {
    if (job == from) return true;
  }
  return false;
}

std::shared_ptr<Job> Jobs::find(const JobKey& key) const {
  auto found = jobs_.find(key);
  return found != jobs_.end() ? *found : nullptr;
}

std::shared_ptr<Job> Jobs::enter(const Caller& caller, const JobKey& key) {
  auto job = make_pooled<Job>(key, caller.context);
  jobs_.insert(job);
  return job;
}

bool Jobs::is_full(const Caller& caller) const {
  if (jobs_.size() < kMaxOpenJobs && caller.depth < kMaxDepth) return false;
  engine_.counters.budget_exhausted.add();
  return true;
}

Run Jobs::run(Job* job, Task<EntryPtr> task) {
  job->result = co_await task;
  finish(job);
}

void Jobs::finish(Job* job) {
  for (auto waiter : job->waiters) engine_.wake(waiter);
  auto found = jobs_.find(job->key);
  engine_.bury(*found);
  jobs_.erase(found);
}

}  // namespace dotmesh
