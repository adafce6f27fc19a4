// LastChange: what the newest published generation changed, kept as JSON for /api/changes.
//
// take() runs on the follower's thread, behind the publishing, so that a large comparison delays no
// answer and no reload; json() on any thread. It holds the generation that is served, and no older
// one.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "network/generation.h"

namespace dotmesh::observe {

class LastChange {
 public:
  using Generations = std::shared_ptr<const Generation>;

  // `generation` is served now. The first one is compared with what `before` gives, which may be
  // null.
  void take(Generations generation,
            const std::function<Generations(const Generations&)>& before = {});
  // {"from": commit or null, "to": commit or null, "zones": [...], ...}; see docs/OPERATIONS.md.
  std::string json() const;

 private:
  std::shared_ptr<const Generation> served_;  // the follower's thread only
  mutable std::mutex mutex_;
  std::string json_;  // guarded by mutex_; empty: nothing is served yet
};

}  // namespace dotmesh::observe
