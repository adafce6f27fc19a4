// World: a random tree of zones with their servers, made from a seed, and the truth about every question.
//
// Some zones are signed; of these some have a chain of trust from the root, some not (the parent has no DS),
// some are bogus (expired, or a DS of another key). All names are in lower case. Addresses: 198.18.0.0/15
// and 2001:2::/48 (RFC 2544, RFC 5180: for measuring).
// Immutable once made; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/socket_address.h"
#include "resolver/settings.h"
#include "simulation/dns_text.h"
#include "simulation/random.h"
#include "zone/zone_set.h"

namespace dotmesh::simulation {

enum class Chain : std::uint8_t { kInsecure, kSecure, kBogus };

struct WorldZone {
  Name apex;
  std::size_t parent = 0;  // of the root: itself
  bool is_signed = false;
  bool nsec3 = false;
  bool opt_out = false;
  bool broken = false;     // signed so that it cannot be validated
  Chain chain = Chain::kInsecure;
  std::vector<std::size_t> servers;
  std::vector<PlainRecord> records;  // before signing
  std::shared_ptr<const Zone> zone;
};

struct WorldServer {
  std::vector<SocketAddress> addresses;
  std::vector<std::size_t> zones;
  std::unique_ptr<ZoneSet> zone_set;
};

struct Truth {
  bool answerable = true;         // false: a loop of aliases, or more than a resolver follows
  Chain chain = Chain::kSecure;   // the worst of all zones on the way
  bool opt_out = false;           // a proof leans on opt-out: not secure (RFC 5155 section 9.2)
  PlainMessage message;           // with DNSSEC records
};

struct WorldOptions {
  std::size_t top_level = 3;
  std::size_t most_children = 3;
  std::size_t levels = 3;          // of zones below the root
  double signed_share = 0.5;
  double broken_share = 0.1;       // of signed ones
  std::int64_t wall = 1'700'000'000;  // signatures are good a month around it
};

class World {
 public:
  World(std::uint64_t seed, const WorldOptions& options);

  const std::vector<WorldZone>& zones() const { return zones_; }
  const std::vector<WorldServer>& servers() const { return servers_; }
  // null: no server there.
  const WorldServer* server_at(const SocketAddress& address) const;

  // Root hints and trust anchor.
  ResolverSettings settings() const;
  Truth truth(NameView qname, RRType qtype) const;
  // Something worth asking: a name that is there, or not, or an alias, a wildcard, a cut.
  PlainQuestion question(Random& random) const;
  const WorldZone& zone_of(NameView name, RRType qtype) const;

 private:
  class Maker;

  WorldOptions options_;
  std::vector<WorldZone> zones_;
  std::vector<WorldServer> servers_;
  std::vector<std::pair<SocketAddress, std::size_t>> addresses_;  // sorted by text
  std::vector<Name> names_;  // owners that are there
  std::unique_ptr<ZoneSet> all_;
  TrustAnchor anchor_;
};

// What an authoritative server with `zones` says to `query`; as over TCP.
std::vector<std::uint8_t> authoritative_answer(const ZoneSet& zones, std::span<const std::uint8_t> query,
                                               std::size_t limit = 65535);

}  // namespace dotmesh::simulation
