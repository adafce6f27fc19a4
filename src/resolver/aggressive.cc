#include "resolver/aggressive.h"

#include <algorithm>

namespace dotmesh {
namespace {

std::uint8_t signed_labels(const RRset& set) { return set.signatures.empty() ? 0xff : set.signatures.front()[3]; }

bool made_from_wildcard(const RRset& set) {
  return signed_labels(set) < set.owner.view().label_count() - (set.owner.view().is_wildcard() ? 1U : 0U);
}

}  // namespace

// The records gathered for one name, and where its closest encloser is.
struct AggressiveUse::Proof {
  CachePartition partition = kIteratedPartition;
  NameView zone;
  RecordPtr soa;
  std::vector<RecordPtr> records;
  std::size_t encloser_labels = 0;
  bool exists = false;  // the name itself, so that no wildcard applies
  Nsec3Hasher hasher;   // for the search and then for the proof

  void add(const RecordPtr& record) {
    if (std::ranges::find(records, record) == records.end()) records.push_back(record);
  }
};

void AggressiveUse::remember(CachePartition partition, const CacheEntry& entry, NameView name, RRType type) {
  const CacheSeconds now = engine_.now.seconds();
  for (const RRset& set : entry.rrsets) {
    const bool asked_for = &set == &entry.rrsets.front() && entry.kind == EntryKind::kRRset;
    if (asked_for ? set.type != RRType::kNSEC : !is_denial(set.type) && set.type != RRType::kSOA) continue;
    auto signer = signer_name(set);
    if (!signer || made_from_wildcard(set)) continue;
    // RFC 9077 section 3.3: denied no longer than the SOA beside it allows.
    CacheSeconds until = entry.stored + set.ttl;
    if (entry.kind != EntryKind::kRRset) until = std::min(until, entry.expires);
    engine_.shared.denials.store(partition, *signer, {set, entry.stored, until}, now);
  }
  if (entry.kind != EntryKind::kRRset || !made_from_wildcard(entry.rrsets.front())) return;
  // The wildcard's own RRset, for other names that it will answer.
  const RRset& set = entry.rrsets.front();
  if (set.type != type && set.type != RRType::kCNAME) return;
  auto wildcard = Name::wildcard_of(name.suffix(signed_labels(set)));
  if (!wildcard) return;
  CacheEntry source = entry;
  source.rrsets.resize(1);
  source.rrsets.front().owner = *wildcard;
  engine_.shared.cache.store(partition, *wildcard, set.type, source, now);
}

EntryPtr AggressiveUse::synthesise(Context& context, const Route& route, NameView name, RRType type) {
  if (context.settings->trust_anchors.empty() || route.source == Delegation::Source::kLocal) return nullptr;
  if (type == RRType::kANY || type == RRType::kRRSIG) return nullptr;
  const CacheSeconds now = engine_.now.seconds();
  const LookupName lookup(name);
  std::size_t labels = lookup.label_count();
  if (type == RRType::kDS && labels != 0) --labels;
  for (;; --labels) {
    if (engine_.shared.denials.find_soa(EntryKey(route.partition, lookup, labels, RRType::kSOA), now)) {
      if (EntryPtr entry = from_zone(context, route.partition, lookup.suffix(labels), name, type)) return entry;
    }
    if (labels == 0) break;
  }
  return type == RRType::kDS ? nullptr : from_wildcard(context, route.partition, lookup, name, type);
}

EntryPtr AggressiveUse::from_zone(Context& context, CachePartition partition, NameView zone, NameView name,
                                  RRType type) {
  Proof proof;
  proof.partition = partition;
  proof.zone = zone;
  proof.soa = engine_.shared.denials.find_soa(EntryKey(partition, zone, RRType::kSOA), engine_.now.seconds());
  if (!proof.soa) return nullptr;
  WorkBudget& budget = context.budget.crypto;
  if (!gather_nsec(proof, name) && !gather_nsec3(proof, name, budget)) return nullptr;
  DenialCheck check(zone, std::move(proof.hasher));
  for (const RecordPtr& record : proof.records) check.add(record->rrset, remembered_verdict(record->rrset));
  if (type == RRType::kDS) {
    const DsVerdict verdict = check.no_ds(name, budget);
    const bool plain = verdict.error == ExtendedError::kNone && !verdict.opt_out;
    // That there is no zone cut does not make it NODATA: an alias answers for DS as well.
    if (proof.exists && verdict.absence != DsAbsence::kNotProven && plain && check.nodata(name, type, budget).proven()) {
      return made(proof, EntryKind::kNodata, nullptr, name);
    }
  } else if (check.nodata(name, type, budget).proven()) {
    return made(proof, EntryKind::kNodata, nullptr, name);
  }
  if (proof.exists) return nullptr;
  if (check.nxdomain(name, budget).proven()) return made(proof, EntryKind::kNxdomain, nullptr, name);
  return nullptr;
}

// A wildcard that is held answers if a record shows that the name itself, or what lies between, does not
// exist (RFC 4035 section 3.1.3.3, RFC 5155 section 7.2.6). That the wildcard exists makes its parent the
// closest encloser, so no more is needed.
EntryPtr AggressiveUse::from_wildcard(Context& context, CachePartition partition, const LookupName& lookup,
                                      NameView name, RRType type) {
  const CacheSeconds now = engine_.now.seconds();
  RRsetCache& cache = engine_.shared.cache;
  for (std::size_t labels = lookup.label_count(); labels != 0;) {
    const NameView encloser = lookup.suffix(--labels);
    if (encloser.size() + 2 > kMaxNameLength) continue;  // no wildcard below it has room
    EntryKey wildcard = EntryKey::of_wildcard(partition, lookup, labels, type);
    for (RRType kind : {type, RRType::kCNAME}) {
      wildcard.set_type(kind);
      if (!cache.has_fresh(wildcard, now)) continue;
      auto entry = cache.find(wildcard);
      if (!entry || entry->kind != EntryKind::kRRset || entry->security != Security::kSecure) continue;
      const RRset& set = entry->rrsets.front();
      auto zone = signer_name(set);
      if (!zone || signed_labels(set) != labels) continue;
      Proof proof;
      proof.partition = partition;
      proof.zone = *zone;
      proof.encloser_labels = labels;
      if (RecordPtr covering = find_covering(proof, name, context.budget.crypto)) {
        DenialCheck check(*zone, std::move(proof.hasher));
        check.add(covering->rrset, remembered_verdict(covering->rrset));
        if (!check.wildcard_answer(name, proof.encloser_labels, context.budget.crypto).proven()) continue;
        proof.add(covering);
        return made(proof, EntryKind::kRRset, &*entry, name);
      }
    }
  }
  return nullptr;
}

// The record that covers the name one label below the closest encloser.
AggressiveUse::RecordPtr AggressiveUse::find_covering(Proof& proof, NameView name, WorkBudget& budget) {
  const CacheSeconds now = engine_.now.seconds();
  DenialCache& cache = engine_.shared.denials;
  std::optional<DenialCache::Found> found;
  if (auto parameters = cache.nsec3_parameters(proof.partition, proof.zone)) {
    auto hash = proof.hasher.hash(name.suffix(proof.encloser_labels + 1), parameters->scheme(), budget);
    if (hash) found = cache.find_nsec3(proof.partition, proof.zone, *hash, now);
  } else {
    found = cache.find_nsec(proof.partition, proof.zone, name, now);
  }
  return found && !found->matches ? found->record : nullptr;
}

bool AggressiveUse::gather_nsec(Proof& proof, NameView name) {
  const CacheSeconds now = engine_.now.seconds();
  DenialCache& cache = engine_.shared.denials;
  auto found = cache.find_nsec(proof.partition, proof.zone, name, now);
  if (!found) return false;
  proof.add(found->record);
  auto nsec = Nsec::from(found->record->rrset);
  if (!nsec) return false;
  const NsecRelation relation = nsec->relation(name, proof.zone);
  if (relation == NsecRelation::kNothing) return false;
  proof.exists = relation != NsecRelation::kCovers;
  if (proof.exists) return true;
  proof.encloser_labels = nsec->closest_encloser_labels(name);
  auto wildcard = Name::wildcard_of(name.suffix(proof.encloser_labels));
  if (!wildcard) return false;
  if (auto at_wildcard = cache.find_nsec(proof.partition, proof.zone, *wildcard, now)) {
    proof.add(at_wildcard->record);
  }
  return true;
}

bool AggressiveUse::gather_nsec3(Proof& proof, NameView name, WorkBudget& budget) {
  const CacheSeconds now = engine_.now.seconds();
  DenialCache& cache = engine_.shared.denials;
  auto parameters = cache.nsec3_parameters(proof.partition, proof.zone);
  if (!parameters) return false;
  auto find = [&](NameView at) -> std::optional<DenialCache::Found> {
    auto hash = proof.hasher.hash(at, parameters->scheme(), budget);
    if (!hash) return std::nullopt;
    return cache.find_nsec3(proof.partition, proof.zone, *hash, now);
  };
  // From the name upwards to the closest encloser, whose record matches.
  std::optional<DenialCache::Found> next_closer;
  for (NameView at = name; at.is_at_or_below(proof.zone); at = at.parent()) {
    auto found = find(at);
    if (found && found->matches) {
      proof.add(found->record);
      proof.exists = at.size() == name.size();
      proof.encloser_labels = at.label_count();
      break;
    }
    next_closer = found;
    if (at.size() == proof.zone.size()) return false;
  }
  if (proof.exists) return true;
  if (!next_closer) return false;
  proof.add(next_closer->record);
  auto wildcard = Name::wildcard_of(name.suffix(proof.encloser_labels));
  if (!wildcard) return false;
  if (auto found = find(*wildcard)) proof.add(found->record);
  return true;
}

EntryPtr AggressiveUse::made(Proof& proof, EntryKind kind, const CacheEntry* wildcard, NameView name) const {
  const CacheSeconds now = engine_.now.seconds();
  auto entry = make_pooled<CacheEntry>();
  entry->kind = kind;
  entry->rank = Rank::kAuthoritative;
  entry->security = Security::kSecure;
  entry->stored = now;
  entry->zone = proof.zone;
  CacheSeconds expires = wildcard != nullptr ? wildcard->expires : proof.soa->expires;
  auto add = [&](const RRset& set, CacheSeconds stored, CacheSeconds until) {
    expires = std::min(expires, until);
    entry->rrsets.push_back(set);
    RRset& aged = entry->rrsets.back();
    aged.ttl -= std::min(aged.ttl, now - std::min(now, stored));
  };
  if (wildcard != nullptr) {
    add(wildcard->rrsets.front(), wildcard->stored, wildcard->expires);
    entry->rrsets.front().owner = name;
  } else {
    add(proof.soa->rrset, proof.soa->stored, proof.soa->expires);
  }
  for (const RecordPtr& record : proof.records) add(record->rrset, record->stored, record->expires);
  entry->expires = expires;
  engine_.counters.synthesised.add();
  return entry;
}

}  // namespace dotmesh
