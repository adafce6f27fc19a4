// What one Resolver has done. One writer, any readers (base/counter.h).
#pragma once

#include "base/counter.h"

namespace dotmesh {

struct ResolverCounters {
  Counter questions;           // given to resolve()
  Counter joined;              // that found the same one under way
  Counter from_cache;          // answered without waiting
  Counter stale;               // answered with stale data
  Counter failed;              // answered SERVFAIL
  Counter refused_full;        // refused because too many were open
  Counter upstream_queries;
  Counter upstream_tcp;
  Counter upstream_timeouts;
  Counter upstream_failures;   // unreachable, closed, no socket
  Counter upstream_malformed;  // responses that are not DNS messages, or not to the question
  Counter upstream_forged;
  Counter upstream_lame;
  Counter upstream_errors;     // FORMERR, SERVFAIL, REFUSED, ...
  Counter budget_exhausted;
  Counter validated_secure;
  Counter validated_insecure;
  Counter validated_bogus;
  Counter signature_checks;    // the cryptography itself, not what the key cache knew
  Counter failed_signature_checks;
  Counter nsec3_rounds;        // SHA-1 blocks
  Counter synthesised;         // answered from NSEC or NSEC3 in the cache (RFC 8198)
  Counter prefetched;
};

}  // namespace dotmesh
