// Jobs: one finding for several askers (RFC 5452 section 5: never two identical queries at once), and no
// waiting in circles: a job that would wait for one that waits for it is told so instead.
// One thread: that of the Resolver.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <unordered_set>
#include <vector>

#include "resolver/cache/entry.h"
#include "resolver/engine.h"
#include "resolver/task.h"

namespace dotmesh {

// What is common to all that is done for one client's question.
struct Context {
  std::shared_ptr<const ResolverSettings> settings;
  Budget budget;
  bool cache_only = false;   // ask nobody
  bool allow_stale = false;  // expired data will do
  bool refresh = false;      // what expires soon counts as expired (prefetch)
  bool explored = false;     // a server that is not the fastest was tried: a client pays for that once
  unsigned hurry = 0;        // looks for other servers after bogus data that are under way: there is an answer already
  std::vector<SocketAddress> avoid;  // servers that gave bogus data: others are asked first
};

struct Job;

// On whose behalf something is done. Passed down by value; *context and *job live as long as the job.
struct Caller {
  std::shared_ptr<Context> context;
  Job* job = nullptr;
  unsigned depth = 0;
};

using EntryPtr = std::shared_ptr<const CacheEntry>;

struct JobKey {
  enum class Kind : std::uint8_t { kData, kChecked, kKeys };

  JobKey(Kind kind_of_job, NameView name_of_job, RRType type_of_job)
      : kind(kind_of_job),
        type(type_of_job),
        name(name_of_job),
        hash(NameHash()(name_of_job) * 31 + static_cast<std::size_t>(type) * 4 + static_cast<std::size_t>(kind)) {}
  bool operator==(const JobKey& other) const {
    return hash == other.hash && kind == other.kind && type == other.type && name.view() == other.name.view();
  }

  Kind kind;
  RRType type;
  Name name;
  std::size_t hash;
};

struct Job {
  Job(const JobKey& key_of_job, std::shared_ptr<Context> of) : key(key_of_job), context(std::move(of)) {}

  JobKey key;
  std::shared_ptr<Context> context;
  Run run;
  EntryPtr result;             // set when done
  Job* waits_for = nullptr;
  std::vector<std::coroutine_handle<>, PoolAllocator<std::coroutine_handle<>>> waiters;
};

// For tables of shared_ptr<Item>, by Item::key, which has its hash with it.
struct HashByKey {
  using is_transparent = void;
  template <typename Item>
  std::size_t operator()(const std::shared_ptr<Item>& item) const { return item->key.hash; }
  template <typename Key>
  std::size_t operator()(const Key& key) const { return key.hash; }
};
struct EqualByKey {
  using is_transparent = void;
  template <typename Item>
  bool operator()(const std::shared_ptr<Item>& a, const std::shared_ptr<Item>& b) const { return a == b; }
  template <typename Key, typename Item>
  bool operator()(const Key& key, const std::shared_ptr<Item>& item) const { return key == item->key; }
};
template <typename Item>
using TableByKey = std::unordered_set<std::shared_ptr<Item>, HashByKey, EqualByKey, PoolAllocator<std::shared_ptr<Item>>>;

// The failure entry for a reason that is not the name's fault and not worth keeping.
EntryPtr failure(ExtendedError error);
inline bool is_failure(const EntryPtr& entry) { return entry->kind == EntryKind::kFailure; }

class Jobs {
 public:
  explicit Jobs(Engine& engine) : engine_(engine) {}
  ~Jobs();

  // The result of the job `key`, which is begun as make(its caller) -> Task<EntryPtr> unless it is under way.
  // `make` may hold no names by reference: the job may outlive who asked for it.
  template <typename Make>
  Task<EntryPtr> get(Caller caller, JobKey key, Make make);

  std::size_t size() const { return jobs_.size(); }

 private:
  // Suspends until `job` has its result.
  struct Wait {
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

  static bool would_wait_in_circle(const Job* from, const Job* to);
  std::shared_ptr<Job> find(const JobKey& key) const;
  std::shared_ptr<Job> enter(const Caller& caller, const JobKey& key);
  bool is_full(const Caller& caller) const;
  Run run(Job* job, Task<EntryPtr> task);
  void finish(Job* job);

  Engine& engine_;
  TableByKey<Job> jobs_;
};

template <typename Make>
Task<EntryPtr> Jobs::get(Caller caller, JobKey key, Make make) {
  // A second turn begins a job of one's own where that of another asker ran out of its budget.
  for (int turn = 0; turn < 2; ++turn) {
    std::shared_ptr<Job> job = find(key);
    if (job == nullptr) {
      if (is_full(caller)) co_return failure(ExtendedError::kOther);
      job = enter(caller, key);
      job->run = run(job.get(), make(Caller{caller.context, job.get(), caller.depth + 1}));
      if (caller.job != nullptr) caller.job->waits_for = job.get();
      job->run.start();
      Wait wait{caller.job, job.get()};
      co_await wait;
      co_return job->result;
    }
    // Who looks into the cache alone waits for nobody: it is gone when start() returns.
    if (caller.context->cache_only) co_return failure(ExtendedError::kNone);
    if (would_wait_in_circle(caller.job, job.get())) co_return failure(ExtendedError::kNoReachableAuthority);
    const bool foreign = job->context != caller.context;
    Wait wait{caller.job, job.get()};
    co_await wait;
    const bool exhausted = foreign && is_failure(job->result) && job->context->budget.queries == 0;
    if (!exhausted || caller.context->budget.queries == 0) co_return job->result;
  }
  co_return failure(ExtendedError::kOther);
}

}  // namespace dotmesh
