// Iterator: finds the servers for a name and asks them, from the closest delegation known downwards
// (RFC 1034 section 5.3.3), with minimised names (RFC 9156). Knows of the cache only the delegations;
// answers go back to the caller unjudged.
// One thread: that of the Resolver.
#pragma once

#include <functional>

#include "resolver/delegation.h"
#include "resolver/engine.h"
#include "resolver/jobs.h"
#include "resolver/reply.h"
#include "resolver/task.h"

namespace dotmesh {

// A reply and where it came from.
struct Found {
  Reply reply;
  Name zone;                   // whose servers gave it
  CachePartition partition = kIteratedPartition;
  bool recursive = false;
  SocketAddress server;        // who gave it; AF_UNSPEC: the node itself
  ExtendedError error = ExtendedError::kNone;  // why the reply is no answer
};

// Where the search for a name begins: by settings and the node's own zones.
struct Route {
  Delegation::Source source = Delegation::Source::kIterated;
  CachePartition partition = kIteratedPartition;
  Name base;                               // the zone at the top of the route
  const ForwardZone* forward = nullptr;    // of the settings
};

class Iterator {
 public:
  // How the addresses of a server's name are found: a cached or new look-up (lookup.h).
  using FindData = std::function<Task<EntryPtr>(Caller, Name, RRType)>;

  Iterator(Engine& engine, FindData find_data) : engine_(engine), find_data_(std::move(find_data)) {}

  // The partition in which data of `name` is cached, and where it is asked for.
  Route route(const ResolverSettings& settings, NameView name, RRType type) const;
  // Asks until there is an answer, an alias, a negative answer, or nothing more to try.
  Task<Found> iterate(Caller caller, Name name, RRType type);

 private:
  struct Tried;
  struct Choice {
    const SocketAddress* server = nullptr;  // null: no address is worth a try now
    bool troubled = false;                  // was silent lately, or its address family seems not to work
  };

  std::optional<CacheEntry> closest_delegation(const Route& route, NameView name) const;
  std::optional<Delegation> start(const ResolverSettings& settings, const Route& route, NameView name,
                                  RRType type) const;
  Task<Delegation> prime(Caller caller);
  Task<Reply> ask_zone(Caller caller, Delegation& delegation, Name qname, RRType qtype, bool minimised,
                       SocketAddress* who);
  void remember_hints(const ResolverSettings& settings, const Delegation& hints);
  Task<EntryPtr> find_address(Caller caller, Name name, RRType type);
  void take_glue(const ResolverSettings& settings, NameView name, NameServer& server) const;
  Task<bool> find_more_addresses(Caller caller, Delegation& delegation, unsigned& names_left, bool new_only);
  Choice choose(Context& context, const Delegation& delegation, const std::vector<Tried>& tried, bool avoid);
  Delegation follow(const ResolverSettings& settings, const Delegation& from, const Reply& referral,
                    CacheSeconds now);
  void remember_ds(const Delegation& from, const Reply& referral, CacheSeconds now, std::uint32_t max_ttl);

  Engine& engine_;
  FindData find_data_;
};

}  // namespace dotmesh
