#include "resolver/delegation.h"

#include <algorithm>

#include "resolver/budget.h"

namespace dotmesh {
namespace {

// Addresses of one server that are kept: real ones have one of each family, seldom two.
constexpr std::size_t kMaxAddressesPerServer = 4;

void add_addresses(NameServer& server, const RRset& glue, std::uint16_t port) {
  for (auto rdata : glue.rdata) {
    if (server.addresses.size() >= kMaxAddressesPerServer) return;
    if (glue.type == RRType::kA && rdata.size() == 4) {
      server.addresses.push_back(SocketAddress::ipv4(rdata.first<4>(), port));
    } else if (glue.type == RRType::kAAAA && rdata.size() == 16) {
      server.addresses.push_back(SocketAddress::ipv6(rdata.first<16>(), port));
    }
  }
}

}  // namespace

CacheEntry delegation_entry(const Reply& referral, CacheSeconds now, std::uint32_t min_ttl, std::uint32_t max_ttl) {
  CacheEntry entry;
  entry.kind = EntryKind::kDelegation;
  entry.rank = Rank::kReferral;
  entry.stored = now;
  std::uint32_t ttl = referral.ns->ttl;
  RRset ns = *referral.ns;
  ns.rdata.clear();
  ns.signatures.clear();
  for (auto rdata : referral.ns->rdata) {
    if (ns.rdata.count() == kMaxServersPerDelegation) break;
    ns.rdata.add(rdata);
  }
  entry.rrsets.push_back(std::move(ns));
  for (const RRset& glue : referral.glue) {
    if (entry.rrsets.size() > 2 * kMaxServersPerDelegation) break;
    ttl = std::min(ttl, glue.ttl);
    entry.rrsets.push_back(glue);
    entry.rrsets.back().signatures.clear();
  }
  entry.expires = now + std::clamp(ttl, min_ttl, std::max(min_ttl, max_ttl));
  return entry;
}

Delegation delegation_of(const CacheEntry& entry, CachePartition partition, std::uint16_t port) {
  Delegation delegation;
  delegation.partition = partition;
  if (entry.rrsets.empty()) return delegation;
  const RRset& ns = entry.rrsets.front();
  delegation.zone = ns.owner;
  for (auto rdata : ns.rdata) {
    NameServer server;
    server.name = rdata_name(rdata);
    for (std::size_t i = 1; i < entry.rrsets.size(); ++i) {
      if (entry.rrsets[i].owner.view() == server.name.view()) add_addresses(server, entry.rrsets[i], port);
    }
    delegation.servers.push_back(std::move(server));
  }
  return delegation;
}

}  // namespace dotmesh
