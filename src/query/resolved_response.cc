#include "query/resolved_response.h"

namespace dotmesh {
namespace {

bool is_proof(RRType type) { return type == RRType::kNSEC || type == RRType::kNSEC3 || type == RRType::kRRSIG; }

// One RRset and its signatures; false when something does not fit.
bool add_rrset(ResponseWriter& writer, Section section, const RRset& rrset, bool dnssec) {
  constexpr auto kIn = static_cast<std::uint16_t>(RRClass::kIN);
  for (auto rdata : rrset.rdata) {
    if (!writer.add_record(section, rrset.owner, rrset.type, kIn, rrset.ttl, rdata)) return false;
  }
  if (!dnssec) return true;
  for (auto rdata : rrset.signatures) {
    if (!writer.add_record(section, rrset.owner, RRType::kRRSIG, kIn, rrset.ttl, rdata)) return false;
  }
  return true;
}

bool add_sections(const QueryMessage& query, const ResolvedAnswer& answer, ResponseWriter& writer) {
  bool dnssec = query.edns.dnssec_ok;
  for (const RRset& rrset : answer.answer) {
    if (!add_rrset(writer, Section::kAnswer, rrset, dnssec)) return false;
  }
  for (const RRset& rrset : answer.authority) {
    if (!dnssec && is_proof(rrset.type)) continue;
    if (!add_rrset(writer, Section::kAuthority, rrset, dnssec)) return false;
  }
  return true;
}

}  // namespace

void write_resolved(const QueryMessage& query, const ResolvedAnswer& answer, ResponseWriter& writer) {
  writer.set_rcode(answer.rcode);
  writer.set_recursion_available(true);
  writer.set_authenticated(answer.authenticated && understands_ad(query));
  writer.set_extended_error(answer.error);
  if (answer.stale && answer.error == ExtendedError::kNone) {
    writer.set_extended_error(answer.rcode == Rcode::kNxDomain ? ExtendedError::kStaleNxdomain
                                                               : ExtendedError::kStaleAnswer);
  }
  if (!add_sections(query, answer, writer)) writer.truncate();
}

}  // namespace dotmesh
