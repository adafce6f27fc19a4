#include "resolver/resolution.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "dnssec/keys.h"
#include "dnssec/nsec.h"
#include "resolver/special_names.h"

namespace dotmesh {
namespace {

// RFC 8767 section 4.
constexpr std::uint32_t kStaleTtl = 30;

// The longest zone around `name` that the node serves or forwards; a forwarder for everything serves none
// of the special names.
std::optional<NameView> served_zone(const ResolverSettings& settings, const LocalZones* local, NameView name) {
  std::optional<NameView> best;
  auto take = [&](NameView zone) {
    if (name.is_at_or_below(zone) && !zone.is_root() && (!best || zone.size() > best->size())) best = zone;
  };
  for (const ForwardZone& forward : settings.forwards) take(forward.zone);
  for (const Name& zone : settings.private_zones) take(zone);
  if (local != nullptr) {
    if (auto zone = local->zone_of(name)) take(*zone);
  }
  return best;
}

// RFC 8509: a name that asks whether this resolver trusts a certain key of the root.
bool sentinel_allows(const ResolverSettings& settings, AnchorKeeper& anchors, NameView qname, RRType qtype) {
  static constexpr std::string_view kIsTa = "root-key-sentinel-is-ta-";
  static constexpr std::string_view kNotTa = "root-key-sentinel-not-ta-";
  constexpr std::size_t kTagDigits = 5;
  if (qtype != RRType::kA && qtype != RRType::kAAAA) return true;
  auto octets = qname.first_label();
  if (octets.size() < kIsTa.size() + kTagDigits) return true;  // nearly all: no copy
  std::string label(octets.begin(), octets.end());
  for (char& c : label) c = static_cast<char>(lower_octet(static_cast<std::uint8_t>(c)));
  const bool is = label.starts_with(kIsTa) && label.size() == kIsTa.size() + kTagDigits;
  const bool is_not = label.starts_with(kNotTa) && label.size() == kNotTa.size() + kTagDigits;
  if (!is && !is_not) return true;
  unsigned asked = 0;
  for (char c : label.substr(label.size() - kTagDigits)) {
    if (c < '0' || c > '9') return true;
    asked = asked * 10 + static_cast<unsigned>(c - '0');
  }
  bool trusted = false;
  for (const TrustAnchor& anchor : settings.trust_anchors) {
    if (!anchor.owner.view().is_root()) continue;
    const AnchorKeeper::Trusted now = anchors.trusted(anchor);  // as RFC 5011 has it by now
    for (auto rdata : now.ds) {
      auto ds = DsRecord::from_rdata(rdata);  // a node file may have one too short
      trusted = trusted || (ds && ds->key_tag() == asked);
    }
    for (auto rdata : now.dnskey) {
      auto key = Dnskey::from_rdata(rdata);
      trusted = trusted || (key && key->key_tag() == asked);
    }
  }
  return trusted == is;
}

}  // namespace

std::uint32_t Resolution::aged(std::uint32_t ttl, const CacheEntry& entry, bool stale) const {
  if (stale) return kStaleTtl;
  const CacheSeconds now = engine_.now.seconds();
  const std::uint32_t age = now - std::min(now, entry.stored);
  return ttl - std::min(ttl, age);
}

ResolvedAnswer Resolution::failed(const CacheEntry& entry) const {
  ResolvedAnswer answer;
  answer.rcode = Rcode::kServFail;
  answer.error = entry.error;
  return answer;
}

void Resolution::append_positive(ResolvedAnswer& answer, const CacheEntry& entry, NameView owner, bool stale) const {
  for (const RRset& set : entry.rrsets) {
    const bool proof = &set != &entry.rrsets.front();
    auto& section = proof ? answer.authority : answer.answer;
    auto same = [&](const RRset& s) { return s.type == set.type && s.owner.view() == set.owner.view(); };
    if ((proof || set.type == RRType::kDNAME) && std::ranges::any_of(section, same)) continue;
    section.push_back(set);
    section.back().ttl = aged(set.ttl, entry, stale);
    if (!proof && set.type != RRType::kDNAME) section.back().owner = owner;
  }
}

void Resolution::append_negative(ResolvedAnswer& answer, const CacheEntry& entry, bool stale) const {
  for (const RRset& set : entry.rrsets) {
    auto same = [&](const RRset& s) { return s.type == set.type && s.owner.view() == set.owner.view(); };
    if (std::ranges::any_of(answer.authority, same)) continue;
    answer.authority.push_back(set);
    answer.authority.back().ttl = aged(set.ttl, entry, stale);
  }
}

Task<ResolvedAnswer> Resolution::answer(Caller caller, Name qname, RRType qtype, bool checking_disabled) {
  const Context& context = *caller.context;
  Budget& budget = caller.context->budget;
  ResolvedAnswer answer;
  answer.rcode = Rcode::kNoError;
  bool secure = true;
  Name current = qname;
  for (unsigned aliases = 0;; ++aliases) {
    if (context.settings->special_use_names) {
      auto special = special_answer(current, qtype, served_zone(*context.settings, engine_.local_zones, current));
      if (special) {
        answer.rcode = special->rcode;
        std::ranges::move(special->answer, std::back_inserter(answer.answer));
        std::ranges::move(special->authority, std::back_inserter(answer.authority));
        secure = false;
        break;
      }
    }
    EntryPtr entry;
    if (checking_disabled) {
      entry = co_await lookup_.data(caller, current, qtype);
    } else {
      entry = co_await lookup_.checked(caller, current, qtype);
    }
    // A referral's denial of the DS RRset is proof enough, but a client is owed the SOA (RFC 2308 section 2.2).
    if (aliases == 0 && qtype == RRType::kDS && entry->kind == EntryKind::kNodata && entry->rank == Rank::kReferral &&
        !context.cache_only) {
      entry = co_await lookup_.checked_anew(caller, current, qtype);
    }
    if (is_failure(entry)) co_return failed(*entry);
    if (entry->security == Security::kBogus && !checking_disabled) co_return failed(*entry);
    // What was fetched for this very answer may have had a second to live, and is not stale.
    const bool expired = entry->expires <= engine_.now.seconds() && entry->expires != entry->stored;
    const bool stale = context.allow_stale && expired;
    secure = secure && entry->security == Security::kSecure;
    answer.stale = answer.stale || stale;
    if (answer.error == ExtendedError::kNone) answer.error = entry->error;
    if (entry->kind != EntryKind::kRRset) {
      answer.rcode = entry->kind == EntryKind::kNxdomain ? Rcode::kNxDomain : Rcode::kNoError;
      append_negative(answer, *entry, stale);
      break;
    }
    const RRset& set = entry->rrsets.front();
    append_positive(answer, *entry, current, stale);
    // A DNAME above the name is an alias for type DNAME too (RFC 6672 section 3.1).
    const bool below_dname = set.type == RRType::kDNAME && current.view().is_below(set.owner);
    const bool is_alias = below_dname || (set.type == RRType::kCNAME && qtype != RRType::kCNAME);
    if (!is_alias || qtype == RRType::kANY) break;
    auto target = alias_target(set, current);
    if (set.type == RRType::kDNAME) {
      if (!target) {
        answer.rcode = Rcode::kYxDomain;
        break;
      }
      RRset made{.owner = current, .type = RRType::kCNAME, .ttl = answer.answer.back().ttl, .rdata = {}, .signatures = {}};
      made.rdata.add(target->view().wire());
      answer.answer.push_back(std::move(made));
      if (qtype == RRType::kCNAME) break;
    }
    const bool loop = target->view() == current.view() || std::ranges::any_of(answer.answer, [&](const RRset& seen) {
                        return seen.type == RRType::kCNAME && seen.owner.view() == target->view();
                      });
    if (loop || aliases >= kMaxAliasLinks || budget.aliases == 0) {
      // The links show the client where the fault is.
      answer.rcode = Rcode::kServFail;
      answer.error = ExtendedError::kOther;
      co_return answer;
    }
    --budget.aliases;
    current = *target;
  }
  answer.authenticated = secure && !answer.stale && !checking_disabled;
  if (answer.authenticated &&
      !sentinel_allows(*context.settings, engine_.shared.anchors, qname, qtype)) {
    co_return ResolvedAnswer{};
  }
  if (answer.stale) {
    answer.error = answer.rcode == Rcode::kNxDomain ? ExtendedError::kStaleNxdomain : ExtendedError::kStaleAnswer;
  }
  co_return answer;
}

void drop_dnssec(ResolvedAnswer& answer) {
  for (RRset& set : answer.answer) set.signatures.clear();
  std::erase_if(answer.authority, [](const RRset& set) { return is_denial(set.type); });
  for (RRset& set : answer.authority) set.signatures.clear();
}

}  // namespace dotmesh
