// AggressiveUse: answers made from validated NSEC and NSEC3 records without asking anyone (RFC 8198):
// NXDOMAIN, NODATA, and what a wildcard gives for a name that is known not to exist.
// What counts as proof is decided by dnssec/denial_check.h, as for records that have just come.
// One thread: that of the Resolver; the records are shared by all (cache/denial_cache.h).
#pragma once

#include "dnssec/denial_check.h"
#include "resolver/engine.h"
#include "resolver/iterator.h"
#include "resolver/jobs.h"

namespace dotmesh {

class AggressiveUse {
 public:
  explicit AggressiveUse(Engine& engine) : engine_(engine) {}

  // Takes what serves later answers from `entry`, which is secure and was found for (name, type).
  void remember(CachePartition partition, const CacheEntry& entry, NameView name, RRType type);
  // A secure entry for (name, type); null: the records that are held do not tell.
  EntryPtr synthesise(Context& context, const Route& route, NameView name, RRType type);

 private:
  struct Proof;
  using RecordPtr = std::shared_ptr<const DenialRecord>;

  bool gather_nsec(Proof& proof, NameView name);
  bool gather_nsec3(Proof& proof, NameView name, WorkBudget& budget);
  EntryPtr from_zone(Context& context, CachePartition partition, NameView zone, NameView name, RRType type);
  EntryPtr from_wildcard(Context& context, CachePartition partition, const LookupName& lookup, NameView name, RRType type);
  RecordPtr find_covering(Proof& proof, NameView name, WorkBudget& budget);
  EntryPtr made(Proof& proof, EntryKind kind, const CacheEntry* wildcard, NameView name) const;

  Engine& engine_;
};

}  // namespace dotmesh
