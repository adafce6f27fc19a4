// RecursiveService: what the resolver needs of the whole node, shared by the workers: settings and
// policy, hints and anchors from files, the cache. A node without the role resolver has the policy only.
//
// open() and handler() in order; handler() is called in each worker's thread.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "base/diagnostic.h"
#include "base/snapshot.h"
#include "config/node_config.h"
#include "network/generation.h"
#include "query/handler.h"
#include "query/policy.h"
#include "resolver/cache/answer_cache.h"
#include "resolver/shared.h"
#include "server/batch_handler.h"

namespace dotmesh {

class RecursiveService {
 public:
  // Reads hints and anchors; their faults go to `diagnostics`, and the service is good only if none of
  // them is an error. `clock` must outlive it.
  RecursiveService(const NodeConfig& config, const Clock& clock, Diagnostics& diagnostics);

  bool enabled() const { return enabled_; }
  // A worker's handler. All must outlive it.
  std::unique_ptr<BatchHandler> handler(const Snapshot<Generation>& generations, const NodeIdentity& identity,
                                        Upstream& upstream);

 private:
  bool enabled_ = false;
  ResolverClock clock_;
  PolicySource policies_;
  std::unique_ptr<ResolverShared> shared_;
  std::unique_ptr<AnswerCache> answers_;
};

}  // namespace dotmesh
