// From what the resolver's core found to the response that the client gets (RFC 1035 section 4.1):
// sections, flags, sizes. Answers are minimal: nothing that was not asked for, no DNSSEC records without
// DO (RFC 4035 section 3.2.1).
// Pure functions; no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dns/query_message.h"
#include "dns/response_writer.h"
#include "resolver/resolver.h"

namespace dotmesh {

// Adds `answer` to `writer`, which was made for `query`; TC and no records when it does not fit. `answer`
// must live until the writer has finished.
void write_resolved(const QueryMessage& query, const ResolvedAnswer& answer, ResponseWriter& writer);

// RFC 6840 section 5.7: AD only to a client that understands it.
inline bool understands_ad(const QueryMessage& query) {
  return query.edns.dnssec_ok || (query.flags_low & kFlagAd) != 0;
}

}  // namespace dotmesh
