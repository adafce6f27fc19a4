// DenialCache: validated NSEC and NSEC3 records by zone, in the order of the chain, for answers made
// without asking anyone (RFC 8198).
//
// The caller stores only what it has validated as secure, with its signatures, and not expanded from a
// wildcard; it decides what a record proves (dnssec/nsec.h, nsec3.h). In particular an NSEC3 record with
// opt-out proves no NXDOMAIN.
//
// A zone has one chain: NSEC, or NSEC3 with one set of parameters. A record of another chain replaces all
// that is held of the zone. A new record also drops those of the same chain that it contradicts.
//
// Any thread may call anything; zones are spread over shards with a mutex each. Bounded in octets: the
// zone that was not asked for longest gives way, and no zone takes more than kMaxZoneShare of its shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dns/name.h"
#include "dns/rrset.h"
#include "dnssec/nsec3.h"
#include "resolver/cache/entry.h"
#include "resolver/cache/entry_key.h"
#include "resolver/time.h"

namespace dotmesh {

// Immutable once it is in the cache.
struct DenialRecord {
  RRset rrset;               // of one NSEC or NSEC3 record, or the zone's SOA; with signatures
  CacheSeconds stored = 0;   // rrset.ttl is as of then
  CacheSeconds expires = 0;
};

class DenialCache {
 public:
  struct Found {
    std::shared_ptr<const DenialRecord> record;
    bool matches = false;  // the record's owner is the name, or has its hash; else it covers it
  };
  struct Nsec3Parameters {
    std::uint16_t iterations = 0;
    std::vector<std::uint8_t> salt;
    Nsec3Scheme scheme() const { return {.algorithm = 1, .iterations = iterations, .salt = salt}; }
  };
  struct Stats {
    std::uint64_t zones = 0;
    std::uint64_t records = 0;
    std::uint64_t octets = 0;
    std::uint64_t evicted = 0;
  };

  explicit DenialCache(std::size_t capacity);
  ~DenialCache();
  DenialCache(const DenialCache&) = delete;
  DenialCache& operator=(const DenialCache&) = delete;

  // Half: a zone that is walked through name by name leaves room for others.
  static constexpr std::size_t kMaxZoneShare = 2;

  // `record`'s type says what it is: NSEC, NSEC3 or SOA. False when it is malformed, not of `zone`, expired,
  // or an NSEC3 with more iterations than are trusted.
  bool store(CachePartition partition, NameView zone, DenialRecord record, CacheSeconds now);

  // The fresh NSEC record of `zone` that matches or covers `name`, which is at or below `zone`.
  std::optional<Found> find_nsec(CachePartition partition, NameView zone, NameView name, CacheSeconds now);
  // The fresh NSEC3 record that matches or covers `hash`, made with the parameters below.
  std::optional<Found> find_nsec3(CachePartition partition, NameView zone, const Nsec3Hash& hash, CacheSeconds now);
  // Of the NSEC3 chain that is held; nullopt: there is none.
  std::optional<Nsec3Parameters> nsec3_parameters(CachePartition partition, NameView zone);
  // The zone's fresh SOA RRset, if it is known; null.
  // `zone`: its key, of type SOA. Takes no lock when nothing at all is held of the zone.
  std::shared_ptr<const DenialRecord> find_soa(const EntryKey& zone, CacheSeconds now);

  // Zones at or below `name`, and what zones above say about it.
  void remove_subtree(NameView name);
  void clear();
  Stats stats() const;

 private:
  class Zone;
  struct Shard;
  struct Filter;
  Shard& shard_of(const EntryKey& zone) const;

  std::unique_ptr<Filter> filter_;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace dotmesh
