// Delegation: a zone and the servers to ask about it, as the parent gave them (RFC 1034 section 4.2.1,
// RFC 9499: "delegation"). Only the parent's side is used to find servers: what a child says about its
// own NS RRset answers questions for it and moves nothing, so that a zone that the parent has taken
// away is gone when the parent's TTL ends (ghost domains), and nobody can stretch it.
// Values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/socket_address.h"
#include "dns/name.h"
#include "resolver/cache/entry.h"
#include "resolver/reply.h"

namespace dotmesh {

struct NameServer {
  Name name;
  std::vector<SocketAddress> addresses;
  bool looked_up = false;  // its addresses were asked for, on behalf of this delegation
};

struct Delegation {
  enum class Source : std::uint8_t {
    kIterated,  // authoritative servers
    kForward,   // servers that recurse
    kLocal,     // the node's own zones, asked in process
  };
  Name zone;
  std::vector<NameServer> servers;
  CachePartition partition = kIteratedPartition;
  Source source = Source::kIterated;
  bool configured = false;  // addresses from the configuration: asked wherever they are

  bool recursive() const { return source == Source::kForward; }
};

// The delegation in a referral, for the cache and back; the cached one has at most
// kMaxServersPerDelegation servers.
CacheEntry delegation_entry(const Reply& referral, CacheSeconds now, std::uint32_t min_ttl, std::uint32_t max_ttl);
Delegation delegation_of(const CacheEntry& entry, CachePartition partition, std::uint16_t port);

}  // namespace dotmesh
