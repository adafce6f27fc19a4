// Jobs: one finding for several askers (RFC 5452 section 5: never two identical queries at once), and no
// waiting in circles: a job that would wait for one that waits for it is told so instead.
// One thread: that of the Resolver.
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
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
  enum class Kind : std::uint8_t { kAnswer, kData, kChecked, kKeys };
  Kind kind = Kind::kData;
  RRType type = RRType::kA;
  Name name;  // lowered
  bool operator==(const JobKey& other) const {
    return kind == other.kind && type == other.type && name.view() == other.name.view();
  }
};

struct JobKeyHash {
  std::size_t operator()(const JobKey& key) const {
    return NameHash()(key.name) * 31 + static_cast<std::size_t>(key.type) * 4 + static_cast<std::size_t>(key.kind);
  }
};

struct Job {
  JobKey key;
  std::shared_ptr<Context> context;
  Run run;
  EntryPtr result;             // set when done
  Job* waits_for = nullptr;
  std::vector<std::coroutine_handle<>> waiters;
};

// The failure entry for a reason that is not the name's fault and not worth keeping.
EntryPtr failure(ExtendedError error);
inline bool is_failure(const EntryPtr& entry) { return entry->kind == EntryKind::kFailure; }

class Jobs {
 public:
  explicit Jobs(Engine& engine) : engine_(engine) {}
  ~Jobs();

  using Make = std::function<Task<EntryPtr>(Caller)>;
  // The result of the job `key`, which is begun with make(its caller) unless it is under way.
  Task<EntryPtr> get(Caller caller, JobKey key, Make make);

  std::size_t size() const { return jobs_.size(); }

 private:
  struct Wait;
  Run run(Job* job, Task<EntryPtr> task);
  void finish(Job* job);

  Engine& engine_;
  std::unordered_map<JobKey, std::shared_ptr<Job>, JobKeyHash> jobs_;
};

}  // namespace dotmesh
