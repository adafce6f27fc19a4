#include "resolver/iterator.h"

#include <algorithm>
#include <array>

#include "dns/lookup_name.h"
#include "resolver/server_query.h"

namespace dotmesh {
namespace {

// How often a server is tried for one query: silence may be loss, or a moment of trouble; with doubled waits
// this is some two seconds even with the quickest.
constexpr unsigned kMaxTriesPerServer = 6;
// One choice in so many is not the fastest server, so that a change is noticed.
constexpr unsigned kExploreOneIn = 20;
// How long the hints do after the root did not answer the priming query.
constexpr std::uint32_t kPrimingRetryTtl = 60;
// Servers within this of the fastest are as good.
constexpr std::chrono::milliseconds kSameSpeed{10};
// Servers of a family that seems not to work here come behind all others, tried ones too.
constexpr std::chrono::minutes kFamilyPenalty{10};

// A number that stays the same over restarts: FNV-1a over what identifies the route.
CachePartition partition_of(const ForwardZone& forward) {
  std::uint32_t hash = 2166136261U;
  auto add = [&](std::span<const std::uint8_t> octets) {
    for (std::uint8_t octet : octets) hash = (hash ^ octet) * 16777619U;
  };
  const Name zone = forward.zone.lowered();
  add(zone.view().wire());
  for (const SocketAddress& server : forward.servers) {
    add(server.address());
    std::array<std::uint8_t, 2> port;
    store16(port.data(), server.port());
    add(port);
  }
  return hash <= kKeysPartition ? kKeysPartition + 1 : hash;
}


// Addresses that no server on a network has (RFC 6890), learnt from anyone's zone.
bool may_ask(const SocketAddress& server, const ResolverSettings& settings) {
  if (server.is_ipv4() ? !settings.ipv4 : !settings.ipv6) return false;
  if (server.is_wildcard()) return false;
  if (server.is_loopback()) return settings.allow_loopback_servers;
  auto octets = server.address();
  if (server.is_ipv4()) return octets[0] != 0 && octets[0] < 224 && (octets[0] != 127 || settings.allow_loopback_servers);
  if (octets[0] == 0xff) return false;
  const bool mapped = std::all_of(octets.begin(), octets.begin() + 10, [](auto o) { return o == 0; });
  return !mapped;  // ::ffff:0:0/96, ::/96: IPv4 in disguise
}

bool is_useful(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::kAnswer: case Reply::Kind::kAlias: case Reply::Kind::kReferral:
    case Reply::Kind::kNodata: case Reply::Kind::kNxdomain: case Reply::Kind::kExhausted:
      return true;
    case Reply::Kind::kLame: case Reply::Kind::kError: case Reply::Kind::kTimeout:
      return false;
  }
  return false;
}

ExtendedError why(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::kTimeout: return ExtendedError::kNoReachableAuthority;
    case Reply::Kind::kLame: case Reply::Kind::kReferral: return ExtendedError::kNoReachableAuthority;
    case Reply::Kind::kError: return ExtendedError::kNetworkError;
    case Reply::Kind::kExhausted: return ExtendedError::kOther;
    default: return ExtendedError::kNone;
  }
}

// The hints as a delegation of the root.
Delegation hints_of(const ResolverSettings& settings) {
  Delegation hints;
  hints.configured = true;
  for (const RootHint& hint : settings.root_hints) hints.servers.push_back({hint.server, hint.addresses, true});
  return hints;
}

// Whether the hints have servers of the root that its own word on them, `delegation`, does not have. Nothing vouches
// for a priming response: where its servers are no good, the hints are asked.
bool hold_more(const ResolverSettings& settings, const Delegation& delegation) {
  if (!delegation.zone.view().is_root() || delegation.configured || delegation.source != Delegation::Source::kIterated) return false;
  auto is_in = [&](const SocketAddress& address) {
    return std::ranges::any_of(delegation.servers, [&](const NameServer& server) {
      return std::ranges::find(server.addresses, address) != server.addresses.end();
    });
  };
  return !std::ranges::all_of(settings.root_hints, [&](const RootHint& hint) { return std::ranges::all_of(hint.addresses, is_in); });
}

// How many labels the next query shows (RFC 9156 section 2.3): one more at first, later in strides.
std::size_t next_labels(std::size_t shown, std::size_t all, unsigned queries) {
  if (queries < kMinimiseOneLabel) return shown + 1;
  const std::size_t left = all - shown;
  const std::size_t turns = kMaxMinimisedQueries - std::min(queries, kMaxMinimisedQueries - 1);
  return shown + std::max<std::size_t>(1, (left + turns - 1) / turns);
}

}  // namespace

struct Iterator::Tried {
  SocketAddress server;
  unsigned tries = 0;
  bool excluded = false;
};

Route Iterator::route(const ResolverSettings& settings, NameView name, RRType type) const {
  // A DS RRset belongs to the parent's side of the cut.
  if (type == RRType::kDS && !name.is_root()) name = name.parent();
  Route route;
  std::size_t longest = 0;
  for (const ForwardZone& forward : settings.forwards) {
    if (!name.is_at_or_below(forward.zone)) continue;
    if (route.forward != nullptr && forward.zone.size() <= longest) continue;
    route.forward = &forward;
    longest = forward.zone.size();
  }
  if (engine_.local_zones != nullptr) {
    auto zone = engine_.local_zones->zone_of(name);
    if (zone && (route.forward == nullptr || zone->size() >= longest)) {
      route.forward = nullptr;
      route.source = Delegation::Source::kLocal;
      route.partition = kLocalPartition;
      route.base = *zone;
      return route;
    }
  }
  if (route.forward != nullptr) {
    route.source = route.forward->kind == ForwardZone::Kind::kForward ? Delegation::Source::kForward
                                                                      : Delegation::Source::kIterated;
    route.partition = partition_of(*route.forward);
    route.base = route.forward->zone;
  }
  return route;
}

std::optional<CacheEntry> Iterator::closest_delegation(const Route& route, NameView name) const {
  const LookupName lookup(name);
  const std::size_t base = route.base.view().label_count();
  for (std::size_t labels = lookup.label_count(); labels > base; --labels) {
    auto entry = engine_.shared.cache.find(EntryKey(route.partition, lookup, labels, kDelegationType));
    if (entry && entry->expires > engine_.now.seconds()) return entry;
  }
  return std::nullopt;
}

// The closest delegation in the cache, or the top of the route; nullopt: that is the root, to be primed.
std::optional<Delegation> Iterator::start(const ResolverSettings& settings, const Route& route, NameView name,
                                          RRType type) const {
  if (type == RRType::kDS && !name.is_root()) name = name.parent();
  if (route.source != Delegation::Source::kForward) {
    if (auto entry = closest_delegation(route, name)) return delegation_of(*entry, route.partition, settings.server_port);
  }
  if (route.forward == nullptr && route.source != Delegation::Source::kLocal) return std::nullopt;
  Delegation top;
  top.zone = route.base;
  top.partition = route.partition;
  top.source = route.source;
  if (route.forward != nullptr) {
    top.configured = true;
    NameServer server;
    server.addresses = route.forward->servers;
    server.looked_up = true;
    top.servers.push_back(std::move(server));
  }
  return top;
}

// RFC 8109: the root's servers as the root says; what the hints say is good enough when it does not.
Task<Delegation> Iterator::prime(Caller caller) {
  const ResolverSettings& settings = *caller.context->settings;
  const Name root;
  auto entry = engine_.shared.cache.find(kIteratedPartition, root, kDelegationType);
  if (entry && entry->expires > engine_.now.seconds()) {
    co_return delegation_of(*entry, kIteratedPartition, settings.server_port);
  }
  Delegation hints = hints_of(settings);
  if (!settings.priming) co_return hints;
  Reply reply = co_await ask_zone(caller, hints, root, RRType::kNS, true, nullptr);
  if (reply.kind != Reply::Kind::kAnswer) {
    remember_hints(settings, hints);
    co_return hints;
  }
  reply.ns = reply.chain.back();
  // The root's servers change once in years; an address that the root does not give is that of the hints.
  for (const RootHint& hint : settings.root_hints) {
    for (const SocketAddress& address : hint.addresses) {
      const RRType type = address.is_ipv4() ? RRType::kA : RRType::kAAAA;
      auto same = [&](const RRset& set) { return set.owner.view() == hint.server.view() && set.type == type; };
      if (std::ranges::any_of(reply.glue, same)) continue;
      RRset glue{.owner = hint.server, .type = type, .ttl = reply.ns->ttl, .rdata = {}, .signatures = {}};
      glue.rdata.add(address.address());
      reply.glue.push_back(std::move(glue));
    }
  }
  CacheEntry made = delegation_entry(reply, engine_.now.seconds(), 0,
                                     static_cast<std::uint32_t>(settings.cache_max_ttl.count()));
  Delegation delegation = delegation_of(made, kIteratedPartition, settings.server_port);
  const bool usable = std::ranges::any_of(delegation.servers, [](const NameServer& s) { return !s.addresses.empty(); });
  if (!usable) {
    remember_hints(settings, hints);
    co_return hints;
  }
  engine_.shared.cache.store(kIteratedPartition, root, kDelegationType, made, engine_.now.seconds());
  co_return delegation;
}

// Root servers that do not say who they are are asked again after a while, not for every question.
void Iterator::remember_hints(const ResolverSettings& settings, const Delegation& hints) {
  Reply made;
  made.ns = RRset{.owner = Name(), .type = RRType::kNS, .ttl = kPrimingRetryTtl, .rdata = {}, .signatures = {}};
  for (const NameServer& server : hints.servers) {
    made.ns->rdata.add(server.name.view().wire());
    for (const SocketAddress& address : server.addresses) {
      RRset glue{.owner = server.name, .type = address.is_ipv4() ? RRType::kA : RRType::kAAAA,
                 .ttl = kPrimingRetryTtl, .rdata = {}, .signatures = {}};
      glue.rdata.add(address.address());
      made.glue.push_back(std::move(glue));
    }
  }
  const CacheSeconds now = engine_.now.seconds();
  const bool usual_port = std::ranges::all_of(hints.servers, [&](const NameServer& server) {
    return std::ranges::all_of(server.addresses, [&](auto& a) { return a.port() == settings.server_port; });
  });
  if (!usual_port) return;  // a delegation has no place for ports
  engine_.shared.cache.store(kIteratedPartition, Name(), kDelegationType,
                             delegation_entry(made, now, 0, kPrimingRetryTtl), now);
}

Delegation Iterator::follow(const ResolverSettings& settings, const Delegation& from, const Reply& referral,
                            CacheSeconds now) {
  const auto max_ttl = static_cast<std::uint32_t>(settings.cache_max_ttl.count());
  CacheEntry entry = delegation_entry(referral, now, 0, max_ttl);
  engine_.shared.cache.store(from.partition, referral.ns->owner, kDelegationType, entry, now);
  remember_ds(from, referral, now, max_ttl);
  return delegation_of(entry, from.partition, settings.server_port);
}

// What a signed parent's referral says about the DS RRset saves a query for it.
void Iterator::remember_ds(const Delegation& from, const Reply& referral, CacheSeconds now, std::uint32_t max_ttl) {
  if (!referral.ds && referral.proofs.empty()) return;
  CacheEntry entry;
  entry.kind = referral.ds ? EntryKind::kRRset : EntryKind::kNodata;
  entry.rank = Rank::kReferral;
  entry.zone = from.zone;
  entry.stored = now;
  if (referral.ds) {
    entry.rrsets.push_back(*referral.ds);
  } else {
    entry.rrsets = referral.proofs;
  }
  std::uint32_t ttl = max_ttl;
  for (const RRset& set : entry.rrsets) ttl = std::min(ttl, set.ttl);
  entry.expires = now + ttl;
  if (engine_.shared.cache.has_fresh(from.partition, referral.ns->owner, RRType::kDS, now)) return;
  engine_.shared.cache.store(from.partition, referral.ns->owner, RRType::kDS, entry, now);
}

Task<Found> Iterator::iterate(Caller caller, Name name, RRType type) {
  const ResolverSettings& settings = *caller.context->settings;
  Found found;
  const Route way = route(settings, name, type);
  std::optional<Delegation> from = start(settings, way, name, type);
  if (!from) from = co_await prime(caller);
  Delegation& delegation = *from;
  found.partition = way.partition;
  if (engine_.trace != nullptr) [[unlikely]]
    engine_.trace->begins(name, type, way, delegation);
  const std::size_t labels = name.view().label_count();
  bool minimise = settings.qname_minimisation && !delegation.recursive();
  std::size_t shown = delegation.zone.view().label_count();
  unsigned minimised = 0;
  for (unsigned referrals = 0; referrals <= kMaxReferrals;) {
    Name ask = name;
    RRType ask_type = type;
    if (minimise && delegation.source != Delegation::Source::kLocal && shown + 1 < labels &&
        minimised < kMaxMinimisedQueries) {
      const std::size_t next = next_labels(shown, labels, minimised++);
      if (next < labels) {
        ask = Name(name.view().suffix(next));
        ask_type = RRType::kNS;
      }
    }
    const bool whole = ask.size() == name.size();
    Reply reply;
    if (delegation.source == Delegation::Source::kLocal) {
      reply = query_local(engine_, delegation, ask, ask_type);
    } else {
      reply = co_await ask_zone(caller, delegation, ask, ask_type, !whole, &found.server);
    }
    found.zone = delegation.zone;
    found.recursive = delegation.recursive();
    if (!is_useful(reply) && hold_more(settings, delegation)) {
      delegation = hints_of(settings);
      remember_hints(settings, delegation);
      continue;
    }
    if (reply.kind == Reply::Kind::kReferral) {
      ++referrals;
      delegation = follow(settings, delegation, reply, engine_.now.seconds());
      shown = delegation.zone.view().label_count();
      found.reply = std::move(reply);  // for its DS or the denial of it
      continue;
    }
    if (whole || reply.kind == Reply::Kind::kExhausted) {
      found.error = why(reply);
      found.reply = std::move(reply);
      co_return found;
    }
    // An answer to a minimised query shows only that there is no zone cut; an error or NXDOMAIN may be a
    // server that does not know empty non-terminals: the whole name tells (RFC 9156 section 3).
    switch (reply.kind) {
      case Reply::Kind::kNxdomain: case Reply::Kind::kError: case Reply::Kind::kLame: case Reply::Kind::kTimeout:
        minimise = false;
        break;
      default: break;
    }
    shown = ask.view().label_count();
  }
  found.reply = Reply{};
  found.reply.kind = Reply::Kind::kError;
  found.error = ExtendedError::kNoReachableAuthority;
  co_return found;
}

// `minimised`: what a server makes of such a query is not held against it.
Task<Reply> Iterator::ask_zone(Caller caller, Delegation& delegation, Name qname, RRType qtype, bool minimised,
                               SocketAddress* who) {
  std::vector<Tried> tried;
  unsigned names_left = kMaxServerNamesPerDelegation;
  unsigned timeouts = 0;
  Reply last;
  last.kind = Reply::Kind::kTimeout;
  std::optional<Reply> doubtful;  // good if there is nothing better
  SocketAddress doubtful_server;
  // Who looks for better data than bogus has an answer already: it waits less.
  unsigned max_timeouts = caller.context->hurry == 0 ? kMaxTimeoutsPerZone : kMaxTimeoutsElsewhere;
  if (minimised) max_timeouts = std::min(max_timeouts, kMaxTimeoutsMinimised);
  for (unsigned tries = 0; tries < kMaxTriesPerZone && timeouts < max_timeouts;) {
    if (caller.context->budget.deadline <= engine_.now.monotonic && !doubtful) {
      engine_.counters.budget_exhausted.add();  // before choose() claims a dead server's probe for nothing
      last.kind = Reply::Kind::kExhausted;
      co_return last;
    }
    const Choice choice = choose(*caller.context, delegation, tried, true);
    const SocketAddress* chosen = choice.server;
    if (chosen == nullptr && doubtful && doubtful->kind != Reply::Kind::kNodata) break;
    if (chosen == nullptr && minimised && !tried.empty()) break;  // the whole name is asked before further servers
    // Before a server that was silent is asked again, those are looked for that have no address yet.
    const bool again = choice.troubled && caller.context->avoid.empty();
    if (chosen == nullptr || again) {
      const bool more = co_await find_more_addresses(caller, delegation, names_left, again || doubtful);
      if (more) continue;
      if (chosen == nullptr && !doubtful) chosen = choose(*caller.context, delegation, tried, false).server;
      if (chosen == nullptr) break;
    }
    const SocketAddress server = *chosen;
    if (who != nullptr) *who = server;
    ++tries;
    Reply reply = co_await query_server(engine_, caller, delegation, server, qname, qtype);
    // What is doubtful counts when no other server knows better; that there is no zone cut, at once.
    if (is_useful(reply) && (minimised || !reply.doubtful)) co_return reply;
    auto known = std::ranges::find(tried, server, &Tried::server);
    if (known == tried.end()) known = tried.insert(tried.end(), Tried{server, 0, false});
    ++known->tries;
    if (reply.kind == Reply::Kind::kTimeout) {
      ++timeouts;
    } else if (is_useful(reply)) {
      known->excluded = true;
      doubtful = std::move(reply);
      doubtful_server = server;
    } else {
      known->excluded = true;
      if (reply.kind == Reply::Kind::kLame) {
        engine_.counters.upstream_lame.add();
        if (!minimised) engine_.shared.servers.lame(server, delegation.zone, engine_.now.monotonic);
      } else {
        engine_.counters.upstream_errors.add();
      }
      last = std::move(reply);
    }
  }
  if (doubtful) {
    if (who != nullptr) *who = doubtful_server;
    co_return std::move(*doubtful);
  }
  co_return last;
}

Iterator::Choice Iterator::choose(Context& context, const Delegation& delegation,
                                  const std::vector<Tried>& tried, bool avoid) {
  const ResolverSettings& settings = *context.settings;
  struct Candidate {
    const SocketAddress* address;
    nanoseconds score;
    bool troubled;
  };
  std::vector<Candidate> candidates;
  const nanoseconds now = engine_.now.monotonic;
  for (const NameServer& server : delegation.servers) {
    for (const SocketAddress& address : server.addresses) {
      if (delegation.configured ? (address.is_ipv4() ? !settings.ipv4 : !settings.ipv6)
                                : !may_ask(address, settings)) {
        continue;
      }
      auto known = std::ranges::find(tried, address, &Tried::server);
      const unsigned tries = known != tried.end() ? known->tries : 0;
      if (tries >= kMaxTriesPerServer || (known != tried.end() && known->excluded)) continue;
      // One that gave bogus data has its turn when nobody else is left.
      if (avoid && std::ranges::find(context.avoid, address) != context.avoid.end()) continue;
      const ServerState state = engine_.shared.servers.find(address, delegation.zone, now);
      if (state.lame) continue;
      if (state.dead_until > now) continue;
      const unsigned most = state.timeouts == 0 ? Reach::kMaxOpenWithServer : Reach::kMaxOpenWithSilent;
      // One that has answered before may be having a bad moment: who waits for it already tries again.
      const bool waits_already = tries != 0 && state.smoothed.count() != 0;
      if (!waits_already && engine_.reach.open_with(address) >= most) continue;
      // A server never asked is worth a try; one that was silent waits for its turn, and longer if it never
      // said anything. Who looks for better than bogus data has little time: those who have answered first.
      const bool unproven = state.smoothed.count() == 0 && (state.timeouts != 0 || context.hurry != 0);
      nanoseconds score = unproven ? nanoseconds(ServerTable::kUnknownTimeout) : state.smoothed;
      score += state.timeouts * nanoseconds(ServerTable::kUnknownTimeout);
      score += tries * nanoseconds(ServerTable::kMaxTimeout);
      // Without EDNS there are no signatures: the others first.
      if (state.no_edns) score += ServerTable::kMaxTimeout;
      // Where all have given bogus data, the one that did so last, to this very question, comes behind the others.
      if (!context.avoid.empty() && address == context.avoid.back()) score += kFamilyPenalty;
      const bool family_works = engine_.reach.family_works(address, now);
      if (!family_works) score += kFamilyPenalty;
      candidates.push_back({&address, score, tries != 0 || state.timeouts != 0 || !family_works});
    }
  }
  if (candidates.empty()) return {};
  const auto dice = engine_.random<std::uint32_t>();
  const std::size_t lot = dice >> 8;
  const nanoseconds best = std::ranges::min_element(candidates, {}, &Candidate::score)->score;
  // Below kMaxTimeout is who was not tried for this query yet: no query is lost twice to an old silence.
  const bool explore = !context.explored && dice % kExploreOneIn == 0 && best < ServerTable::kMaxTimeout;
  context.explored = context.explored || explore;
  const nanoseconds limit = explore ? nanoseconds(ServerTable::kMaxTimeout) : best + kSameSpeed;
  const auto close = std::ranges::count_if(candidates, [&](const Candidate& c) { return c.score <= limit; });
  auto pick = static_cast<std::ptrdiff_t>(lot % static_cast<std::size_t>(close));
  const Candidate* chosen = nullptr;
  for (const Candidate& candidate : candidates) {
    if (candidate.score <= limit && pick-- == 0) chosen = &candidate;
  }
  // One that was dead gets one probe; others go on to leave it alone.
  const SocketAddress& server = *chosen->address;
  const ServerState state = engine_.shared.servers.find(server, delegation.zone, now);
  if (state.timeouts >= ServerTable::kTimeoutsUntilDead) engine_.shared.servers.claim_probe(server, now);
  return {&server, chosen->troubled};
}

// The name of a server must not be an alias (RFC 2181 section 10.3), but is one in places; the addresses behind it
// are as good.
Task<EntryPtr> Iterator::find_address(Caller caller, Name name, RRType type) {
  EntryPtr entry = co_await find_data_(caller, name, type);
  for (unsigned links = 0; links < kMaxServerAliases && entry->kind == EntryKind::kRRset; ++links) {
    const RRset& set = entry->rrsets.front();
    if (set.type != RRType::kCNAME && !(set.type == RRType::kDNAME && name.view().is_below(set.owner))) break;
    auto target = alias_target(set, name);
    if (!target) break;
    name = *target;
    entry = co_await find_data_(caller, name, type);
  }
  co_return entry;
}

// What the parent said of `name` when it delegated to it: better than nothing where its own zone says nothing.
void Iterator::take_glue(const ResolverSettings& settings, NameView name, NameServer& server) const {
  const Route way = route(settings, name, RRType::kA);
  if (way.source != Delegation::Source::kIterated) return;
  const auto entry = closest_delegation(way, name);
  if (!entry) return;
  for (NameServer& known : delegation_of(*entry, way.partition, settings.server_port).servers) {
    if (known.name.view() != name) continue;
    for (const SocketAddress& address : known.addresses) {
      if (std::ranges::find(server.addresses, address) == server.addresses.end()) server.addresses.push_back(address);
    }
  }
}

// Looks for the addresses of one server name more; false: there is none, or it is too much. `new_only`: not for
// more addresses of servers that have one.
Task<bool> Iterator::find_more_addresses(Caller caller, Delegation& delegation, unsigned& names_left, bool new_only) {
  Budget& budget = caller.context->budget;
  const ResolverSettings& settings = *caller.context->settings;
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < delegation.servers.size(); ++i) {
    const NameServer& server = delegation.servers[i];
    // A name inside the zone itself can be found only by asking the zone.
    const bool circular = server.name.view().is_at_or_below(delegation.zone) && !delegation.zone.view().is_root();
    if (new_only && !server.addresses.empty()) continue;
    if (!server.looked_up && !(circular && server.addresses.empty())) unknown.push_back(i);
  }
  if (unknown.empty() || names_left == 0 || budget.server_names == 0) co_return false;
  --names_left;
  --budget.server_names;
  const std::size_t index = unknown[engine_.random<std::uint16_t>() % unknown.size()];
  delegation.servers[index].looked_up = true;
  const Name name = delegation.servers[index].name;
  bool found = false;
  for (RRType type : {RRType::kA, RRType::kAAAA}) {
    if (type == RRType::kA ? !settings.ipv4 : !settings.ipv6) continue;
    EntryPtr entry = co_await find_address(caller, name, type);
    if (entry->kind != EntryKind::kRRset || entry->rrsets.empty() || entry->rrsets.front().type != type) continue;
    found = true;
    NameServer& server = delegation.servers[index];
    for (auto rdata : entry->rrsets.front().rdata) {
      if (server.addresses.size() >= kMaxServersPerDelegation) break;
      SocketAddress address = type == RRType::kA ? SocketAddress::ipv4(rdata.first<4>(), settings.server_port)
                                                 : SocketAddress::ipv6(rdata.first<16>(), settings.server_port);
      if (std::ranges::find(server.addresses, address) == server.addresses.end()) server.addresses.push_back(address);
    }
    if (type == RRType::kA && !delegation.servers[index].addresses.empty()) break;
  }
  if (!found) take_glue(settings, name, delegation.servers[index]);
  co_return true;
}

}  // namespace dotmesh
