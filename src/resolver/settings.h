// ResolverSettings: what the resolver's core is told, from the node file and the generation. Plain
// values; immutable once a Resolver has them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/socket_address.h"
#include "dns/name.h"
#include "dns/rrset.h"

namespace dotmesh {

struct RootHint {
  Name server;
  std::vector<SocketAddress> addresses;
};

// DS or DNSKEY records of one owner (RFC 4033 section 2: trust anchor).
struct TrustAnchor {
  Name owner;
  RdataList ds;
  RdataList dnskey;
};

// Names at or below `zone` are asked of `servers`, which recurse (a forwarder) or not (a stub zone:
// authoritative servers, whose referrals are followed).
struct ForwardZone {
  enum class Kind : std::uint8_t { kForward, kStub };
  Name zone;
  std::vector<SocketAddress> servers;
  Kind kind = Kind::kForward;
  bool private_zone = false;  // of the network: has no chain of trust from the root
};

struct ResolverSettings {
  std::vector<RootHint> root_hints;
  std::vector<TrustAnchor> trust_anchors;  // none: no validation
  std::vector<Name> negative_trust_anchors;
  std::vector<ForwardZone> forwards;
  std::vector<Name> private_zones;         // the network's: no chain of trust expected
  std::chrono::seconds cache_min_ttl{0};
  std::chrono::seconds cache_max_ttl{86400};
  std::chrono::seconds serve_stale{0};     // 0: never
  bool qname_minimisation = true;
  bool priming = true;
  bool prefetch = true;
  bool cookies = true;
  bool randomise_case = false;
  bool special_use_names = true;
  bool ipv4 = true;
  bool ipv6 = true;
  bool allow_loopback_servers = false;
  std::uint16_t edns_buffer_size = 1232;
  std::uint16_t server_port = 53;          // where iteration asks; tests set another
};

}  // namespace dotmesh
