#include "resolver/reply.h"

#include <algorithm>

#include "resolver/budget.h"

namespace dotmesh {
namespace {

constexpr unsigned kNxDomainCode = static_cast<unsigned>(Rcode::kNxDomain);

const RRset* find(const std::vector<RRset>& sets, NameView owner, RRType type) {
  for (const RRset& set : sets) {
    if (set.type == type && set.owner.view() == owner) return &set;
  }
  return nullptr;
}

const RRset* find_dname(const std::vector<RRset>& sets, NameView name) {
  for (const RRset& set : sets) {
    if (set.type == RRType::kDNAME && name.is_below(set.owner)) return &set;
  }
  return nullptr;
}

void drop_foreign(std::vector<RRset>& sets, NameView zone) {
  std::erase_if(sets, [&](const RRset& set) { return !set.owner.view().is_at_or_below(zone); });
}

// RRSIG is a type of its own when it is asked for.
void collect_type(std::vector<RRset>& chain, const std::vector<RRset>& sets, NameView name, RRType qtype) {
  if (qtype == RRType::kANY) {  // one RRset is enough (RFC 8482 section 4.1)
    for (const RRset& set : sets) {
      if (set.owner.view() != name || set.type == RRType::kRRSIG) continue;
      chain.push_back(set);
      return;
    }
    return;
  }
  if (qtype == RRType::kRRSIG) {
    RRset all{.owner = name, .type = RRType::kRRSIG, .ttl = 0xffffffff, .rdata = {}, .signatures = {}};
    for (const RRset& set : sets) {
      if (set.owner.view() != name) continue;
      for (auto rdata : set.type == RRType::kRRSIG ? set.rdata : set.signatures) {
        all.rdata.add(rdata);
        all.ttl = std::min(all.ttl, set.ttl);
      }
    }
    if (!all.rdata.empty()) chain.push_back(std::move(all));
    return;
  }
  if (const RRset* set = find(sets, name, qtype)) chain.push_back(*set);
}

// Follows the answer section from the question on; true when it ends in the RRset asked for.
bool follow(Reply& reply, const std::vector<RRset>& sets, NameView zone, NameView qname, RRType qtype) {
  Name current = qname;
  for (unsigned links = 0; links <= kMaxAliasLinks; ++links) {
    // Below a DNAME there is nothing; the CNAME that stands there was made from it (RFC 6672 section 3.1).
    const RRset* alias = find_dname(sets, current);
    const std::size_t before = reply.chain.size();
    if (alias == nullptr) collect_type(reply.chain, sets, current, qtype);
    if (reply.chain.size() != before) return true;
    if (alias == nullptr) alias = find(sets, current, RRType::kCNAME);
    if (alias == nullptr || alias->rdata.count() != 1) return false;  // two CNAMEs: not an alias at all
    auto target = alias_target(*alias, current);
    reply.chain.push_back(*alias);
    if (!target || !target->view().is_at_or_below(zone) || qtype == RRType::kCNAME) return false;
    current = *target;
  }
  return false;
}

void take_authority(Reply& reply, const std::vector<RRset>& sets, NameView qname) {
  for (const RRset& set : sets) {
    switch (set.type) {
      case RRType::kSOA:
        if (!reply.soa && qname.is_at_or_below(set.owner) && set.rdata.count() == 1) reply.soa = set;
        break;
      case RRType::kNSEC: case RRType::kNSEC3:
        if (!set.signatures.empty()) reply.proofs.push_back(set);
        break;
      case RRType::kNS:
        if (reply.soa && set.owner.view() == reply.soa->owner.view()) reply.apex_ns = set;
        break;
      default: break;
    }
  }
}

// Addresses of the servers in `ns`.
void take_glue(Reply& reply, const RRset& ns, const Message& message, NameView zone) {
  std::vector<RRset> additional = message.rrsets(Section::kAdditional);
  drop_foreign(additional, zone);
  for (RRset& set : additional) {
    if (set.type != RRType::kA && set.type != RRType::kAAAA) continue;
    for (auto rdata : ns.rdata) {
      if (rdata_name(rdata) != set.owner.view()) continue;
      reply.glue.push_back(std::move(set));
      break;
    }
  }
}

// A referral leads down, toward the question.
bool take_referral(Reply& reply, const Message& message, const std::vector<RRset>& authority,
                   NameView zone, NameView qname) {
  for (const RRset& set : authority) {
    if (set.type != RRType::kNS || !set.owner.view().is_below(zone)) continue;
    if (!qname.is_at_or_below(set.owner)) continue;
    reply.ns = set;
    break;
  }
  if (!reply.ns) return false;
  if (const RRset* ds = find(authority, reply.ns->owner, RRType::kDS)) reply.ds = *ds;
  take_glue(reply, *reply.ns, message, zone);
  return true;
}

Reply::Kind negative_kind(Reply& reply, const Message& message, const std::vector<RRset>& authority,
                          const AskedZone& asked) {
  if (reply.rcode == kNxDomainCode) {
    reply.doubtful = !asked.recursive && !reply.authoritative && message.recursion_available();
    return Reply::Kind::kNxdomain;
  }
  const bool points_elsewhere =
      std::ranges::any_of(authority, [](const RRset& s) { return s.type == RRType::kNS; });
  // A forwarder that refers its client elsewhere does not recurse, at least not for this name.
  if (asked.recursive && points_elsewhere && !reply.soa && !reply.authoritative &&
      !message.recursion_available()) {
    return Reply::Kind::kError;
  }
  if (reply.soa || reply.authoritative || asked.recursive) return Reply::Kind::kNodata;
  // Without AA and SOA: a server that gives its cache, points upwards, or at the zone that we asked it for.
  if (points_elsewhere || message.recursion_available()) return Reply::Kind::kLame;
  reply.doubtful = true;
  return Reply::Kind::kNodata;
}

}  // namespace

std::optional<Name> alias_target(const RRset& alias, NameView name) {
  NameView target = rdata_name(alias.rdata.front());
  if (alias.type == RRType::kCNAME) return Name(target);
  return Name::replace_suffix(name, alias.owner, target);
}

Reply interpret(const Message& message, const AskedZone& asked, NameView qname, RRType qtype) {
  Reply reply;
  reply.authoritative = message.authoritative();
  reply.rcode = message.rcode();
  // YXDOMAIN comes with the DNAME that makes the name too long (RFC 6672 section 2.2).
  const bool yxdomain = reply.rcode == static_cast<unsigned>(Rcode::kYxDomain);
  if (reply.rcode != static_cast<unsigned>(Rcode::kNoError) && reply.rcode != kNxDomainCode && !yxdomain) {
    reply.kind = Reply::Kind::kError;
    return reply;
  }
  std::vector<RRset> answer = message.rrsets(Section::kAnswer);
  drop_foreign(answer, asked.zone);
  const bool complete = follow(reply, answer, asked.zone, qname, qtype);
  std::vector<RRset> authority = message.rrsets(Section::kAuthority);
  const bool upward = std::ranges::any_of(authority, [&](const RRset& set) {
    return set.type == RRType::kNS && !set.owner.view().is_at_or_below(asked.zone);
  });
  drop_foreign(authority, asked.zone);
  take_authority(reply, authority, qname);
  // RFC 2181 section 10.1: two CNAMEs are a fault of the zone, not an answer, and not a denial either.
  if (const RRset* cname = find(answer, qname, RRType::kCNAME);
      cname != nullptr && cname->rdata.count() > 1 && !complete) {
    reply.chain.clear();
    return reply;
  }
  if (!reply.chain.empty()) {
    reply.kind = complete ? Reply::Kind::kAnswer : Reply::Kind::kAlias;
    reply.doubtful = !asked.recursive && !message.authoritative() && message.recursion_available();
    if (qname.is_root() && qtype == RRType::kNS) take_glue(reply, reply.chain.back(), message, asked.zone);
    return reply;
  }
  if (yxdomain) return reply;
  if (!asked.recursive && reply.rcode != kNxDomainCode && !reply.soa &&
      take_referral(reply, message, authority, asked.zone, qname)) {
    // A parent's server that gives its referral instead of the DS itself still says what it has.
    if (qtype != RRType::kDS || reply.ns->owner.view() != qname) {
      reply.kind = Reply::Kind::kReferral;
      return reply;
    }
    if (reply.ds) {
      reply.chain.push_back(*reply.ds);
      reply.kind = Reply::Kind::kAnswer;
    } else {
      reply.kind = Reply::Kind::kNodata;
    }
    return reply;
  }
  reply.kind = upward && !reply.authoritative && !reply.soa && !asked.recursive && reply.rcode != kNxDomainCode
                   ? Reply::Kind::kLame
                   : negative_kind(reply, message, authority, asked);
  return reply;
}

}  // namespace dotmesh
