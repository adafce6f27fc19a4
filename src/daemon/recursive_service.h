// RecursiveService: what the resolver needs of the whole node, shared by the workers: settings and
// policy, hints and anchors from files, the cache. A node without the role resolver has the policy only.
//
// handler() is called in each worker's thread, forget() and counts() in any.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/diagnostic.h"
#include "base/snapshot.h"
#include "config/node_config.h"
#include "control/query_trace.h"
#include "daemon/cache_keeper.h"
#include "network/generation.h"
#include "query/changed_names.h"
#include "query/handler.h"
#include "query/policy.h"
#include "resolver/cache/answer_cache.h"
#include "resolver/shared.h"
#include "server/batch_handler.h"

namespace dotmesh {

struct ResolverFiles {
  std::vector<RootHint> root_hints;
  std::vector<TrustAnchor> trust_anchors;
};

// Those that the node file names, or the built-in ones. Good only if `diagnostics` has no errors afterwards.
ResolverFiles read_resolver_files(const NodeConfig& config, Diagnostics& diagnostics);

class RecursiveService {
 public:
  // `clock` must outlive it.
  RecursiveService(const NodeConfig& config, ResolverFiles files, const Clock& clock);

  bool enabled() const { return enabled_; }
  // Begins to load the cache that was saved in `state_folder`'s file, and saves it there from now on; a node
  // file may say no. Then waits a little until it is loaded. Call before the first worker starts.
  void start_cache(const std::string& file);
  // Saves the cache. Call when the last worker has stopped.
  void stop_cache();
  // The trust anchors as they have changed by themselves (RFC 5011): what `file` holds of them, and where
  // keep_anchors() writes them when they have changed again. Call the first before the first worker starts, the
  // other from time to time, from one thread.
  void restore_anchors(const std::string& file);
  void keep_anchors();
  // A generation was published: forgets what it changed. Any thread, one at a time, not a worker's.
  void take_generation(const std::shared_ptr<const Generation>& generation);
  // Forgets what is known of `name` and all below it; how many entries and answers went. Any thread but a
  // worker's: it looks at the whole cache.
  std::size_t forget(NameView name);
  // How this node answers `question` (control/query_trace.h). Any thread, one at a time: who comes
  // second is told so.
  Result<std::string> trace(const Snapshot<Generation>& generations, const NodeIdentity& identity,
                            const TraceQuestion& question);
  // A worker's handler. All must outlive it.
  std::unique_ptr<BatchHandler> handler(const Snapshot<Generation>& generations, const NodeIdentity& identity,
                                        Upstream& upstream);

  // The trust anchors that the node follows. Any thread.
  std::vector<TrustPoint> trust_points() const;
  // What was answered so far, all workers together.
  QueryStats query_stats() const;
  // What the resolvers have done so far, all workers together: stable names for people and programs.
  std::vector<std::pair<std::string, std::uint64_t>> counts() const;

 private:
  // Loading a full cache takes about a second.
  static constexpr std::chrono::seconds kWaitForCache{3};

  bool enabled_ = false;
  bool persists_ = false;
  const Clock& real_clock_;
  ResolverClock clock_;
  PolicySource policies_;
  std::unique_ptr<ResolverShared> shared_;
  std::unique_ptr<AnswerCache> answers_;
  std::unique_ptr<CacheKeeper> keeper_;
  std::string anchors_file_;
  PolicyOfGeneration followed_;  // by the caches
  std::unique_ptr<ServerCookies> cookies_;
  std::uint32_t amplification_ = 0;  // octets a second, of one worker
  std::mutex tracing_;
  mutable std::mutex mutex_;
  std::vector<const QueryHandler*> handlers_;  // they live until the workers end
};

}  // namespace dotmesh
