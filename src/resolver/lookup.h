// Lookup: what is known of a name and type, from the cache or, as a job, from the network; stored by what
// it is (RFC 2181 section 5.4.1, RFC 2308), and on demand validated.
//
// The entry that comes back is one of: the RRset; an alias at the name (CNAME) or above it (DNAME); a
// negative answer; a failure. Following aliases is the caller's.
// One thread: that of the Resolver.
#pragma once

#include "resolver/aggressive.h"
#include "resolver/engine.h"
#include "resolver/iterator.h"
#include "resolver/jobs.h"
#include "resolver/task.h"
#include "resolver/validator.h"

namespace dotmesh {

// Negative answers: kept no longer (RFC 2308 section 5 suggests one to three hours), ...
inline constexpr std::uint32_t kMaxNegativeTtl = 3600;
// ... without a SOA just so long that a burst of questions costs one query.
inline constexpr std::uint32_t kNegativeTtlWithoutSoa = 5;
// Failures (RFC 9520 section 3.2: at least one second, at most five minutes). Short, as servers that fail
// are remembered by themselves (server_table.h) and a zone that was mended should be seen.
inline constexpr std::uint32_t kFailureTtl = 1;
// Bogus data (RFC 4035 section 4.7).
inline constexpr std::uint32_t kBogusTtl = 60;
// How often bogus data is asked for again, of other servers.
inline constexpr unsigned kBogusRetries = 2;

class Lookup {
 public:
  explicit Lookup(Engine& engine);

  // Without regard to signatures; from the cache or the network.
  Task<EntryPtr> data(Caller caller, Name name, RRType type);
  // Validated: security is never kUnchecked.
  Task<EntryPtr> checked(Caller caller, Name name, RRType type);
  // The same, asked of the network although the cache has something.
  Task<EntryPtr> checked_anew(Caller caller, Name name, RRType type);
  // Looks at the keys of a zone that has a trust anchor (Validator::refresh_keys()).
  Task<EntryPtr> refresh_keys(Caller caller, Name zone) {
    return validator_.refresh_keys(std::move(caller), zone);
  }
  // What the cache has, usable as `context` says; null: nothing.
  EntryPtr cached(const Context& context, NameView name, RRType type) const;

  // Whether `entry` will expire within a tenth of its life (prefetch).
  static bool is_due(const CacheEntry& entry, CacheSeconds now);

 private:
  Task<EntryPtr> fetch(Caller caller, Name name, RRType type);
  // `entry`: what the cache has, unchecked; null: nothing.
  Task<EntryPtr> check(Caller caller, Name name, RRType type, EntryPtr entry);
  Task<EntryPtr> fetch_once(Caller caller, Name name, RRType type);
  // The same again, from others than `bad`, which from now on is asked last.
  Task<EntryPtr> fetch_elsewhere(Caller caller, Name name, RRType type, SocketAddress bad);
  EntryPtr remember(const ResolverSettings& settings, const Found& found, NameView name, RRType type);
  EntryPtr remember_verdict(const ResolverSettings& settings, CacheEntry entry, NameView name, RRType type);
  void remember_chain(const ResolverSettings& settings, const Found& found, NameView name, RRType type);
  EntryPtr take(const Context& context, const EntryKey& key) const;
  EntryPtr cached_above(const Context& context, const Route& route, const LookupName& name) const;
  bool usable(const Context& context, const CacheEntry& entry) const;
  bool is_out_of_reach(const Context& context, NameView name, RRType type) const;
  bool holds_stale(const ResolverSettings& settings, CachePartition partition, NameView name, RRType type) const;

  Engine& engine_;
  Jobs jobs_;
  Iterator iterator_;
  Validator validator_;
  AggressiveUse aggressive_;
};

}  // namespace dotmesh
