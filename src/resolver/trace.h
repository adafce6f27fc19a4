// TraceSink: what the core tells of its way to an answer, for `dotmesh trace`
// (control/query_trace.h). No worker's resolver has one. What servers are asked is seen at the
// Upstream, so it is not told here.
//
// Called in the middle of the work: it may look, not ask. Everything is borrowed for the call.
#pragma once

#include "dns/name.h"
#include "dns/rr_type.h"
#include "resolver/cache/entry.h"

namespace dotmesh {

struct Delegation;
struct Route;

class TraceSink {
 public:
  enum class From : std::uint8_t {
    kCache,          // the cache of RRsets
    kDenials,        // made from denials that were validated before (RFC 8198)
    kAnotherWorker,  // which was asking at that moment
  };

  virtual ~TraceSink() = default;
  // What is known of (name, type), without asking a server.
  virtual void found(NameView name, RRType type, const CacheEntry& entry, From from) = 0;
  // The search begins: which way, and at which zone's servers.
  virtual void begins(NameView name, RRType type, const Route& route, const Delegation& at) = 0;
  // (name, type) was validated: entry.security.
  virtual void judged(NameView name, RRType type, const CacheEntry& entry) = 0;
  // So were the keys of `zone`, now or before.
  virtual void keys(NameView zone, Security security, ExtendedError error) = 0;
};

}  // namespace dotmesh
