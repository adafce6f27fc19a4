#include "query/prepared_answer.h"

#include <algorithm>

#include "query/resolved_response.h"

namespace dotmesh {
namespace {

// Whether any name in the answer is one of the node's own zones.
bool is_of_zones(const ResolvedAnswer& answer, const LocalZones& zones) {
  const auto is_local = [&zones](const RRset& rrset) {
    if (zones.zone_of(rrset.owner)) return true;
    return rrset.type == RRType::kCNAME && !rrset.rdata.empty() && zones.zone_of(rdata_name(rrset.rdata.front()));
  };
  return std::ranges::any_of(answer.answer, is_local) || std::ranges::any_of(answer.authority, is_local);
}

}  // namespace

PreparedResult write_prepared(const AnswerCache& answers, const QueryMessage& query, std::uint64_t hash,
                              CacheSeconds now, bool prefetch, ResponseWriter& writer) {
  auto hit = answers.copy(answer_key(query), hash, now, writer.room());
  if (!hit) return PreparedResult::kAbsent;
  if (prefetch && hit->prefetch_due) return PreparedResult::kDue;
  writer.set_rcode(hit->rcode);
  writer.set_authenticated(hit->authenticated && understands_ad(query));
  writer.set_extended_error(hit->error);
  if (hit->truncated) {
    writer.set_truncated();
  } else {
    writer.add_written(hit->size, hit->answer_count, hit->authority_count);
  }
  return PreparedResult::kWritten;
}

void keep_prepared(AnswerCache& answers, const QueryMessage& query, const ResolvedAnswer& answer,
                   const LocalZones* zones, CacheSeconds now, const ResponseWriter& writer) {
  if (answer.stale || writer.truncated()) return;
  if (answer.rcode != Rcode::kNoError && answer.rcode != Rcode::kNxDomain) return;
  if (zones != nullptr && is_of_zones(answer, *zones)) return;
  AnswerCache::Answer made;
  made.records = writer.records();
  made.answer_count = static_cast<std::uint16_t>(writer.count(Section::kAnswer));
  made.authority_count = static_cast<std::uint16_t>(writer.count(Section::kAuthority));
  made.rcode = answer.rcode;
  made.authenticated = answer.authenticated;
  made.error = answer.error;
  answers.store(answer_key(query), made, now);
}

}  // namespace dotmesh
