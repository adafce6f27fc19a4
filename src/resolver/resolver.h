// Resolver: the recursive resolver's core (RFC 1034 section 5.3.3). No sockets, no clock, no threads:
// its caller carries messages (upstream.h), tells the time, and is given answers.
//
// One per worker; what several share is in ResolverShared (the cache, what is known of servers). Calls
// never nest: an Upstream or AnswerSink must not call back into the Resolver.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "dns/rrset.h"
#include "dns/wire.h"
#include "resolver/counters.h"
#include "resolver/local_zones.h"
#include "resolver/settings.h"
#include "resolver/time.h"
#include "resolver/upstream.h"

namespace dotmesh {

struct ResolverShared;
class TraceSink;

// What a client asked.
struct ClientQuestion {
  Name qname;  // the case is kept
  RRType qtype = RRType::kA;
  bool dnssec_ok = false;          // DO
  bool checking_disabled = false;  // CD
};

// What it gets. RRsets carry signatures only if the question had DO.
struct ResolvedAnswer {
  Rcode rcode = Rcode::kServFail;
  bool authenticated = false;  // validated; who writes the response asks whether the client understands AD
  bool stale = false;          // RFC 8767
  ExtendedError error = ExtendedError::kNone;
  std::vector<RRset> answer;
  std::vector<RRset> authority;  // SOA and proofs of a negative or wildcard answer
};

// Who waits for an answer; opaque to the core.
using AnswerToken = std::uint64_t;

class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  // Exactly once for every resolve(), possibly before it returns. `answer` is borrowed.
  virtual void on_answer(AnswerToken token, const ClientQuestion& question, const ResolvedAnswer& answer) = 0;
};

class Resolver {
 public:
  // All must outlive the Resolver. `settings` may be replaced later by use().
  Resolver(std::shared_ptr<const ResolverSettings> settings, ResolverShared& shared, Upstream& upstream,
           AnswerSink& sink);
  // Questions still open get no answer.
  ~Resolver();

  // New settings and the node's own zones (a new generation; null: none): for questions that begin from
  // now on. `local_zones` must live until the next use().
  void use(std::shared_ptr<const ResolverSettings> settings, const LocalZones* local_zones);

  // Tells `sink` (null: nobody) of each step; it must outlive this.
  void trace_to(TraceSink* sink);

  void resolve(AnswerToken token, const ClientQuestion& question, ResolverTime now);
  // Looks again for what is in the cache and about to expire (prefetch); nobody is answered.
  void refresh(const ClientQuestion& question, ResolverTime now);
  // From now on looks at the keys of trust anchors when it is time (RFC 5011 section 2.3), unless
  // another Resolver with the same ResolverShared has. Call once.
  void watch_anchors(ResolverTime now);
  void on_response(ExchangeId id, std::span<const std::uint8_t> message, ResolverTime now);
  void on_failure(ExchangeId id, UpstreamFailure failure, ResolverTime now);
  // Runs what is due. Call when next_timer() has come.
  void on_time(ResolverTime now);
  // As ResolverTime::monotonic; none: nothing waits.
  std::optional<std::chrono::nanoseconds> next_timer() const;
  // Client questions that wait.
  std::size_t open_questions() const;
  // Any thread.
  const ResolverCounters& counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dotmesh
