// Between a query and the answer cache (resolver/cache/answer_cache.h): which queries may be answered from
// it, the response made from what it holds, and what is put in.
// Functions; any thread. No allocation.
#pragma once

#include <cstdint>

#include "dns/query_message.h"
#include "dns/response_writer.h"
#include "resolver/cache/answer_cache.h"
#include "resolver/local_zones.h"
#include "resolver/resolver.h"

namespace dotmesh {

inline AnswerKey answer_key(const QueryMessage& query) {
  return {query.qname, query.qtype, query.edns.dnssec_ok, (query.flags_low & kFlagCd) != 0};
}

// A question for the resolver, as far as the message tells.
inline bool may_be_prepared(const QueryMessage& query) {
  return (query.flags_high & kFlagRd) != 0 && static_cast<RRClass>(query.qclass) == RRClass::kIN &&
         query.edns.version == 0;
}

enum class PreparedResult : std::uint8_t {
  kAbsent,
  kWritten,
  kDue,  // there is one, popular and near its end, but nothing was written: look into it
};

// Writes the answer that is kept for `query` to `writer`, which was made for it and has no records yet; TC
// and no records when it does not fit. `hash`: of answer_key(query). kDue only if `prefetch`.
PreparedResult write_prepared(const AnswerCache& answers, const QueryMessage& query, std::uint64_t hash,
                              CacheSeconds now, bool prefetch, ResponseWriter& writer);

// Keeps `answer`, as `writer` holds it, for the next who asks. Not kept: what is stale, failed, does not fit
// or comes from `zones` (may be null), which a new generation may change at any time.
void keep_prepared(AnswerCache& answers, const QueryMessage& query, const ResolvedAnswer& answer,
                   const LocalZones* zones, CacheSeconds now, const ResponseWriter& writer);

}  // namespace dotmesh
