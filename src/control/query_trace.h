// `dotmesh trace NAME TYPE`: how this node arrives at its answer, step by step. A question of its
// own is put to a private QueryHandler with a private Resolver, in the thread that asks; it goes
// the way of a client's of the class loopback, with RD and DO. No worker notices, and no counter
// counts it.
//
// The caches are the node's (what is learnt stays there, as with any question) or, if `fresh`,
// empty ones that end with the trace. Nothing else is kept. Bounded: kMaxTraceSteps are told, and
// it ends after kMaxTraceTime. One thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/snapshot.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "network/generation.h"
#include "query/handler.h"
#include "query/policy.h"
#include "query/recursion.h"
#include "resolver/cache/answer_cache.h"
#include "resolver/shared.h"

namespace dotmesh {

// A cold cache and a long chain of trust take some sixty; the budget of one question allows a few
// hundred.
inline constexpr std::size_t kMaxTraceSteps = 500;
// Longer than any client waits (resolver/budget.h).
inline constexpr std::chrono::seconds kMaxTraceTime{6};

struct TraceQuestion {
  Name name;
  RRType type = RRType::kA;
  bool fresh = false;
};

// "NAME [TYPE] [fresh]", as the control socket has it.
Result<TraceQuestion> parse_trace_question(const std::string& argument);

// What the trace needs of the node; all must outlive the call.
struct TraceNode {
  const Snapshot<Generation>& generations;
  const NodeIdentity& identity;
  PolicySource& policies;
  const Clock& clock;
  const ResolverClock& resolver_clock;
  ResolverShared* shared = nullptr;  // null: no role resolver
  AnswerCache* answers = nullptr;
};

// JSON: the question, steps in order, the answer.
Result<std::string> trace_query(const TraceNode& node, const TraceQuestion& question);

}  // namespace dotmesh
