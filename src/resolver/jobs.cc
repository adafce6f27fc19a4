#include "resolver/jobs.h"

namespace dotmesh {
namespace {

bool would_wait_in_circle(const Job* from, const Job* to) {
  for (const Job* job = to; job != nullptr; job = job->waits_for) {
    if (job == from) return true;
  }
  return false;
}

}  // namespace

EntryPtr failure(ExtendedError error) {
  auto entry = std::make_shared<CacheEntry>();
  entry->kind = EntryKind::kFailure;
  entry->error = error;
  return entry;
}

// Suspends until `job` has its result.
struct Jobs::Wait {
  Job* waiting;  // may be null
  Job* job;

  bool await_ready() const { return job->result != nullptr; }
  void await_suspend(std::coroutine_handle<> waiter) const {
    if (waiting != nullptr) waiting->waits_for = job;
    job->waiters.push_back(waiter);
  }
  void await_resume() const {
    if (waiting != nullptr) waiting->waits_for = nullptr;
  }
};

Jobs::~Jobs() {
  // A coroutine's end may cancel an exchange but starts nothing.
  jobs_.clear();
}

Task<EntryPtr> Jobs::get(Caller caller, JobKey key, Make make) {
  // A second turn begins a job of one's own where that of another asker ran out of its budget.
  for (int turn = 0; turn < 2; ++turn) {
    auto found = jobs_.find(key);
    if (found != jobs_.end()) {
      std::shared_ptr<Job> job = found->second;
      if (would_wait_in_circle(caller.job, job.get())) co_return failure(ExtendedError::kNoReachableAuthority);
      const bool foreign = job->context != caller.context;
      Wait wait{caller.job, job.get()};
      co_await wait;
      if (foreign && is_failure(job->result) && job->context->budget.queries == 0 &&
          caller.context->budget.queries != 0) {
        continue;
      }
      co_return job->result;
    }
    if (jobs_.size() >= kMaxOpenJobs || caller.depth >= kMaxDepth) {
      engine_.counters.budget_exhausted.add();
      co_return failure(ExtendedError::kOther);
    }
    auto job = std::make_shared<Job>();
    job->key = key;
    job->context = caller.context;
    jobs_.emplace(key, job);
    Caller inner{caller.context, job.get(), caller.depth + 1};
    job->run = run(job.get(), make(inner));
    if (caller.job != nullptr) caller.job->waits_for = job.get();
    job->run.start();
    Wait wait{caller.job, job.get()};
    co_await wait;
    co_return job->result;
  }
  co_return failure(ExtendedError::kOther);
}

Run Jobs::run(Job* job, Task<EntryPtr> task) {
  job->result = co_await task;
  finish(job);
}

void Jobs::finish(Job* job) {
  for (auto waiter : job->waiters) engine_.wake(waiter);
  auto found = jobs_.find(job->key);
  engine_.bury(std::move(found->second));
  jobs_.erase(found);
}

}  // namespace dotmesh
