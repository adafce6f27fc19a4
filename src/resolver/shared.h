// ResolverShared: what the resolvers of all workers have in common. Made at start, lives to the end; its
// parts look after their own threads.
#pragma once

#include <cstddef>

#include "resolver/anchor_keeper.h"
#include "resolver/cache/denial_cache.h"
#include "resolver/cache/rrset_cache.h"
#include "resolver/fetches.h"
#include "resolver/server_table.h"

namespace dotmesh {

struct ResolverShared {
  // `cache_octets`: of all caches here together.
  explicit ResolverShared(std::size_t cache_octets)
      : cache(cache_octets - cache_octets / kDenialShare), denials(cache_octets / kDenialShare) {}

  // NSEC records for aggressive use are few beside the data that they deny.
  static constexpr std::size_t kDenialShare = 16;

  RRsetCache cache;
  DenialCache denials;
  ServerTable servers;
  Fetches fetches;
  AnchorKeeper anchors;
};

}  // namespace dotmesh
