// Resolution: from a client's question to its answer: aliases followed, proofs put beside, security of the
// whole told (RFC 1034 section 5.3.3 steps 1 and 4, RFC 4035 section 3.2.3, RFC 6672, RFC 8767).
// One thread: that of the Resolver.
#pragma once

#include "resolver/lookup.h"
#include "resolver/resolver.h"
#include "resolver/task.h"

namespace dotmesh {

class Resolution {
 public:
  explicit Resolution(Engine& engine) : engine_(engine), lookup_(engine) {}

  // Signatures and proofs are in the answer whatever the client wants (see drop_dnssec()).
  Task<ResolvedAnswer> answer(Caller caller, Name qname, RRType qtype, bool checking_disabled);
  Lookup& lookup() { return lookup_; }

 private:
  ResolvedAnswer failed(const CacheEntry& entry) const;
  void append_positive(ResolvedAnswer& answer, const CacheEntry& entry, NameView owner, bool stale) const;
  void append_negative(ResolvedAnswer& answer, const CacheEntry& entry, bool stale) const;
  std::uint32_t aged(std::uint32_t ttl, const CacheEntry& entry, bool stale) const;

  Engine& engine_;
  Lookup lookup_;
};

// Takes out what only a client with DO gets: signatures and proofs (RFC 4035 section 3.2.1). AD is told apart by
// who writes the response (RFC 6840 section 5.8).
void drop_dnssec(ResolvedAnswer& answer);

}  // namespace dotmesh
