#include "resolver/lookup.h"

#include <algorithm>

namespace dotmesh {
namespace {

std::uint32_t clamp_ttl(const ResolverSettings& settings, std::uint32_t ttl) {
  const auto low = static_cast<std::uint32_t>(settings.cache_min_ttl.count());
  const auto high = static_cast<std::uint32_t>(settings.cache_max_ttl.count());
  return std::clamp(ttl, low, std::max(low, high));
}

// RFC 2308 section 5: the lesser of the SOA's TTL and its last field.
std::uint32_t negative_ttl(const ResolverSettings& settings, const Reply& reply) {
  if (!reply.soa) return kNegativeTtlWithoutSoa;
  auto rdata = reply.soa->rdata.front();
  std::uint32_t ttl = std::min(reply.soa->ttl, load32(rdata.data() + rdata.size() - 4));
  for (const RRset& proof : reply.proofs) ttl = std::min(ttl, proof.ttl);
  return clamp_ttl(settings, std::min(ttl, kMaxNegativeTtl));
}

// The labels field of an RRSIG is that of the wildcard where the owner was made from one.
bool made_from_wildcard(const RRset& set) {
  const std::size_t labels = set.owner.view().label_count() - (set.owner.view().is_wildcard() ? 1 : 0);
  for (auto rdata : set.signatures) {
    if (rdata[3] < labels) return true;
  }
  return false;
}

// RFC 4035 section 2.5: a signed alias has NSEC and RRSIG records of its own.
bool stands_beside_alias(RRType type, const RRset& alias) {
  return (type == RRType::kNSEC || type == RRType::kRRSIG) && !alias.signatures.empty();
}

CacheEntry positive_entry(const ResolverSettings& settings, const Found& found, const RRset& set, CacheSeconds now) {
  CacheEntry entry;
  entry.rank = found.reply.authoritative && !found.recursive ? Rank::kAuthoritative : Rank::kAnswer;
  entry.zone = found.zone;
  entry.stored = now;
  entry.rrsets.push_back(set);
  RRset& kept = entry.rrsets.front();
  kept.ttl = clamp_ttl(settings, set.ttl);
  std::uint32_t ttl = kept.ttl;
  if (made_from_wildcard(set)) {
    for (const RRset& proof : found.reply.proofs) {
      entry.rrsets.push_back(proof);
      // It is held for other names, too (aggressive.cc), and no longer than anything else.
      std::uint32_t& proof_ttl = entry.rrsets.back().ttl;
      proof_ttl = clamp_ttl(settings, proof_ttl);
      ttl = std::min(ttl, proof_ttl);
    }
  }
  entry.expires = now + ttl;
  return entry;
}

}  // namespace

Lookup::Lookup(Engine& engine)
    : engine_(engine),
      jobs_(engine),
      iterator_(engine, [this](Caller c, Name n, RRType t) { return data(std::move(c), n, t); }),
      validator_(
          engine, jobs_, [this](Caller c, Name n, RRType t) { return checked(std::move(c), n, t); },
          [this](Caller c, Name n, RRType t) { return data(std::move(c), n, t); },
          [this](Caller c, Name n, RRType t) { return fetch_once(std::move(c), n, t); },
          [this](Caller c, Name n, RRType t, SocketAddress bad) {
            return fetch_elsewhere(std::move(c), n, t, bad);
          }),
      aggressive_(engine) {}

bool Lookup::is_due(const CacheEntry& entry, CacheSeconds now) {
  const CacheSeconds life = entry.expires - entry.stored;
  return entry.expires - std::min(now, entry.expires) <= life / 10;
}

bool Lookup::usable(const Context& context, const CacheEntry& entry) const {
  const CacheSeconds now = engine_.now.seconds();
  const ResolverSettings& settings = *context.settings;
  if (context.allow_stale) {
    return entry.kind != EntryKind::kFailure &&
           now < entry.expires + static_cast<CacheSeconds>(settings.serve_stale.count());
  }
  if (entry.expires <= now) return false;
  return !(context.refresh && is_due(entry, now));
}

EntryPtr Lookup::take(const Context& context, const EntryKey& key) const {
  auto entry = engine_.shared.cache.find(key);
  if (!entry || !usable(context, *entry)) return nullptr;
  return make_pooled<const CacheEntry>(std::move(*entry));
}

EntryPtr Lookup::cached(const Context& context, NameView name, RRType type) const {
  const Route route = iterator_.route(*context.settings, name, type);
  if (route.source == Delegation::Source::kLocal) return nullptr;  // the generation is the truth
  const LookupName lookup(name);
  EntryKey key(route.partition, lookup, lookup.label_count(), type);
  if (EntryPtr entry = take(context, key)) return entry;
  if (type != RRType::kCNAME && type != RRType::kANY && type != RRType::kDS) {
    key.set_type(RRType::kCNAME);
    EntryPtr entry = take(context, key);
    if (entry && entry->kind == EntryKind::kRRset && !stands_beside_alias(type, entry->rrsets.front())) return entry;
  }
  key.set_type(kNxdomainType);
  if (EntryPtr entry = take(context, key)) return entry;
  return cached_above(context, route, lookup);
}

// What an ancestor says: a DNAME moves the name, and below a name that provably does not exist there is
// nothing (RFC 8020; only where validation proves it, as too many servers deny empty non-terminals).
EntryPtr Lookup::cached_above(const Context& context, const Route& route, const LookupName& name) const {
  const RRsetCache& cache = engine_.shared.cache;
  const CacheSeconds now = engine_.now.seconds();
  const std::size_t base = route.base.view().label_count();
  for (std::size_t labels = name.label_count(); labels > base;) {
    EntryKey key(route.partition, name, --labels, RRType::kDNAME);
    for (RRType type : {RRType::kDNAME, kNxdomainType}) {
      key.set_type(type);
      if (!context.allow_stale && !cache.has_fresh(key, now)) continue;
      EntryPtr entry = take(context, key);
      if (entry == nullptr) continue;
      const bool dname = entry->kind == EntryKind::kRRset;
      if (dname || (entry->kind == EntryKind::kNxdomain && entry->security == Security::kSecure)) return entry;
    }
  }
  return nullptr;
}

// The node's own zones are as near as the cache: they are asked in process, and nobody waits.
bool Lookup::is_out_of_reach(const Context& context, NameView name, RRType type) const {
  return context.cache_only && iterator_.route(*context.settings, name, type).source != Delegation::Source::kLocal;
}

Task<EntryPtr> Lookup::data(Caller caller, Name name, RRType type) {
  if (EntryPtr entry = cached(*caller.context, name, type)) {
    if (engine_.trace != nullptr) [[unlikely]]
      engine_.trace->found(name, type, *entry, TraceSink::From::kCache);
    co_return entry;
  }
  if (is_out_of_reach(*caller.context, name, type)) co_return failure(ExtendedError::kNone);
  EntryPtr entry = co_await fetch_once(caller, name, type);
  co_return entry;
}

Task<EntryPtr> Lookup::checked_anew(Caller caller, Name name, RRType type) {
  EntryPtr entry = co_await fetch_once(caller, name, type);
  if (is_failure(entry)) co_return entry;
  EntryPtr judged = co_await check(caller, name, type, entry);
  co_return judged;
}

Task<EntryPtr> Lookup::fetch_once(Caller caller, Name name, RRType type) {
  JobKey key(JobKey::Kind::kData, name, type);
  auto make = [this, name, type](Caller c) { return fetch(std::move(c), name, type); };
  return jobs_.get(std::move(caller), std::move(key), std::move(make));
}

Task<EntryPtr> Lookup::checked(Caller caller, Name name, RRType type) {
  EntryPtr entry = cached(*caller.context, name, type);
  if (entry && engine_.trace != nullptr) [[unlikely]]
    engine_.trace->found(name, type, *entry, TraceSink::From::kCache);
  if (entry && (entry->security != Security::kUnchecked || is_failure(entry))) co_return entry;
  if (!entry && !caller.context->refresh) {
    const Route route = iterator_.route(*caller.context->settings, name, type);
    if (EntryPtr made = aggressive_.synthesise(*caller.context, route, name, type)) {
      if (engine_.trace != nullptr) [[unlikely]]
        engine_.trace->found(name, type, *made, TraceSink::From::kDenials);
      co_return made;
    }
  }
  if (is_out_of_reach(*caller.context, name, type)) co_return failure(ExtendedError::kNone);
  JobKey key(JobKey::Kind::kChecked, name, type);
  auto make = [this, name, type, entry](Caller c) { return check(std::move(c), name, type, entry); };
  entry = co_await jobs_.get(caller, key, make);
  co_return entry;
}

// One worker fetches for all. Who waits takes what the other puts into the cache; when that is nothing, or takes
// too long, it asks itself. Other data than the cache has cannot come from there.
Task<EntryPtr> Lookup::fetch(Caller caller, Name name, RRType type) {
  Fetches::Claim claim;
  const bool local = iterator_.route(*caller.context->settings, name, type).source == Delegation::Source::kLocal;
  if (caller.context->hurry == 0 && !local) {
    const std::uint64_t hash = Fetches::hash_of(name, type);
    const nanoseconds give_up = engine_.now.monotonic + Fetches::kMaxWait;
    const CacheSeconds began = engine_.now.seconds();
    for (nanoseconds pause = Fetches::kFirstLook; !engine_.shared.fetches.try_claim(hash, claim); pause *= 2) {
      const nanoseconds left = give_up - engine_.now.monotonic;
      if (left.count() <= 0) break;
      Engine::Pause wait(engine_, std::min(pause, left));
      co_await wait;
      EntryPtr entry = cached(*caller.context, name, type);
      if (entry && entry->stored >= began) {  // not what was there all the time, and is wanted anew
        if (engine_.trace != nullptr) [[unlikely]]
          engine_.trace->found(name, type, *entry, TraceSink::From::kAnotherWorker);
        co_return entry;
      }
    }
  }
  Found found = co_await iterator_.iterate(caller, name, type);
  EntryPtr entry = remember(*caller.context->settings, found, name, type);
  co_return entry;
}

Task<EntryPtr> Lookup::check(Caller caller, Name name, RRType type, EntryPtr entry) {
  if (!entry) entry = co_await fetch_once(caller, name, type);
  for (unsigned retries = 0;; ++retries) {
    if (is_failure(entry) || entry->security != Security::kUnchecked) co_return entry;
    CacheEntry verdict = co_await validator_.check(caller, *entry, name, type);
    if (entry->kind == EntryKind::kNxdomain &&
        (verdict.kind != EntryKind::kNxdomain || verdict.security == Security::kBogus)) {
      // What was found for one type is no word about others (RFC 4035 section 4.7).
      engine_.shared.cache.remove(iterator_.route(*caller.context->settings, name, type).partition,
                                  name, kNxdomainType);
    }
    entry = remember_verdict(*caller.context->settings, std::move(verdict), name, type);
    const bool again = entry->security == Security::kBogus && retries < kBogusRetries &&
                       caller.context->budget.crypto.failed_checks != 0 && !caller.context->cache_only;
    if (!again) co_return entry;
    // Another server may have better: some of a set are out of date, or lose signatures.
    EntryPtr fresh = co_await fetch_elsewhere(caller, name, type, entry->server);
    if (is_failure(fresh)) co_return entry;
    entry = fresh;
  }
}

Task<EntryPtr> Lookup::fetch_elsewhere(Caller caller, Name name, RRType type, SocketAddress bad) {
  auto& avoid = caller.context->avoid;
  if (bad.family() != AF_UNSPEC) {
    std::erase(avoid, bad);
    avoid.push_back(bad);  // the last is the worst (Iterator::choose)
  }
  ++caller.context->hurry;
  EntryPtr entry = co_await fetch(caller, name, type);
  --caller.context->hurry;
  co_return entry;
}

EntryPtr Lookup::remember_verdict(const ResolverSettings& settings, CacheEntry entry, NameView name, RRType type) {
  const CacheSeconds now = engine_.now.seconds();
  if (entry.security == Security::kBogus) entry.expires = std::min(entry.expires, now + kBogusTtl);
  const Route route = iterator_.route(settings, name, type);
  RRType key = type;
  Name owner = name;
  if (entry.kind == EntryKind::kNxdomain && entry.security != Security::kBogus) {
    key = kNxdomainType;
  } else if (entry.kind == EntryKind::kRRset && type != RRType::kANY) {
    key = entry.rrsets.front().type;
    if (key == RRType::kDNAME) owner = entry.rrsets.front().owner;
  }
  auto shared = make_pooled<const CacheEntry>(std::move(entry));
  if (route.source == Delegation::Source::kLocal) return shared;
  engine_.shared.cache.store(route.partition, owner, key, *shared, now);
  if (shared->security == Security::kSecure) aggressive_.remember(route.partition, *shared, name, type);
  return shared;
}

// What may still be given as stale (RFC 8767) is worth more than that it could not be had anew.
bool Lookup::holds_stale(const ResolverSettings& settings, CachePartition partition, NameView name, RRType type) const {
  if (settings.serve_stale.count() == 0) return false;
  auto held = engine_.shared.cache.find(partition, name, type);
  return held && held->kind != EntryKind::kFailure &&
         engine_.now.seconds() < held->expires + static_cast<CacheSeconds>(settings.serve_stale.count());
}

EntryPtr Lookup::remember(const ResolverSettings& settings, const Found& found, NameView name, RRType type) {
  const CacheSeconds now = engine_.now.seconds();
  const Reply& reply = found.reply;
  RRsetCache& cache = engine_.shared.cache;
  const bool local = found.partition == kLocalPartition;
  CacheEntry entry;
  switch (reply.kind) {
    case Reply::Kind::kAnswer: case Reply::Kind::kAlias:
      if (!local) remember_chain(settings, found, name, type);
      entry = positive_entry(settings, found, reply.chain.front(), now);
      break;
    case Reply::Kind::kNodata: case Reply::Kind::kNxdomain: {
      const bool nxdomain = reply.kind == Reply::Kind::kNxdomain;
      entry.kind = nxdomain ? EntryKind::kNxdomain : EntryKind::kNodata;
      entry.rank = reply.authoritative ? Rank::kAuthoritative : Rank::kAnswer;
      entry.zone = found.zone;
      entry.stored = now;
      const std::uint32_t ttl = negative_ttl(settings, reply);
      entry.expires = now + ttl;
      if (reply.soa) {
        entry.rrsets.push_back(*reply.soa);
        entry.rrsets.back().ttl = ttl;
      }
      if (reply.apex_ns) entry.rrsets.push_back(*reply.apex_ns);
      entry.rrsets.insert(entry.rrsets.end(), reply.proofs.begin(), reply.proofs.end());
      if (!local) cache.store(found.partition, name, nxdomain ? kNxdomainType : type, entry, now);
      break;
    }
    default:
      entry.kind = EntryKind::kFailure;
      entry.error = found.error;
      entry.stored = now;
      entry.expires = now + kFailureTtl;
      if (!local && reply.kind != Reply::Kind::kExhausted && !holds_stale(settings, found.partition, name, type)) {
        cache.store(found.partition, name, type, entry, now);
      }
      break;
  }
  entry.server = found.server;
  return make_pooled<const CacheEntry>(std::move(entry));
}

void Lookup::remember_chain(const ResolverSettings& settings, const Found& found, NameView name, RRType type) {
  const CacheSeconds now = engine_.now.seconds();
  Name current = name;
  for (const RRset& set : found.reply.chain) {
    const bool last_is_answer = &set == &found.reply.chain.back() && found.reply.kind == Reply::Kind::kAnswer;
    const RRType key = last_is_answer ? type : set.type;
    const NameView owner = set.type == RRType::kDNAME && !last_is_answer ? set.owner.view() : current.view();
    // A name further on may be asked for elsewhere: its own servers have the say.
    if (&set == &found.reply.chain.front() ||
        iterator_.route(settings, owner, key).partition == found.partition) {
      engine_.shared.cache.store(found.partition, owner, key, positive_entry(settings, found, set, now), now);
    }
    if (last_is_answer) break;
    auto target = alias_target(set, current);
    if (!target) break;
    current = *target;
  }
}

}  // namespace dotmesh
