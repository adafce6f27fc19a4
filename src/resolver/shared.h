// ResolverShared: what the resolvers of all workers have in common. Made at start, lives to the end; its
// parts look after their own threads.
#pragma once

#include <cstddef>

#include "resolver/cache/rrset_cache.h"
#include "resolver/server_table.h"

namespace dotmesh {

struct ResolverShared {
  explicit ResolverShared(std::size_t cache_octets) : cache(cache_octets) {}

  RRsetCache cache;
  ServerTable servers;
};

}  // namespace dotmesh
