#include "query/policy.h"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <bit>

#include "base/socket_address.h"
#include "dns/wire.h"

namespace dotmesh {
namespace {

ForwardZone forward_zone(const ForwardEntry& entry) {
  ForwardZone zone;
  zone.zone = entry.zone.value;
  for (const auto& server : entry.to) zone.servers.push_back(server.value);
  return zone;
}

bool has_zone(const std::vector<ForwardZone>& zones, NameView name) {
  return std::ranges::any_of(zones, [name](const ForwardZone& zone) { return zone.zone.view() == name; });
}

// The root's anchor does not count: the mesh must be resolved without the Internet.
bool has_local_anchor(const ResolverSettings& settings, NameView zone) {
  return std::ranges::any_of(settings.trust_anchors, [zone](const TrustAnchor& anchor) {
    return !anchor.owner.view().is_root() && zone.is_at_or_below(anchor.owner);
  });
}

std::vector<SocketAddress> authority_addresses(const NetworkConfig& network) {
  std::vector<SocketAddress> out;
  for (const ServiceEntry& service : network.service) {
    if (service.role.authority()) out.push_back(service.address.value);
  }
  return out;
}

// The prefix of an interface's address; its own address alone where the mask is odd.
std::optional<IpPrefix> prefix_of(const ifaddrs& interface) {
  if (interface.ifa_addr == nullptr || interface.ifa_netmask == nullptr) return std::nullopt;
  int family = interface.ifa_addr->sa_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  SocketAddress address = SocketAddress::from_sockaddr(interface.ifa_addr);
  SocketAddress mask = SocketAddress::from_sockaddr(interface.ifa_netmask);
  std::array<std::uint8_t, 16> network{};
  int length = 0;
  auto octets = address.address();
  if (mask.address().size() != octets.size()) return std::nullopt;
  for (std::size_t i = 0; i < octets.size(); i++) {
    network[i] = octets[i] & mask.address()[i];
    length += std::popcount(mask.address()[i]);
  }
  SocketAddress base = family == AF_INET ? SocketAddress::ipv4(std::span(network).first<4>(), 0)
                                         : SocketAddress::ipv6(std::span(network).first<16>(), 0);
  auto prefix = IpPrefix::parse(fmt::format("{}/{}", base.address_to_string(), length));
  if (!prefix) return std::nullopt;
  return *prefix;
}

}  // namespace

std::shared_ptr<const Policy> PolicySource::of(const std::shared_ptr<const Generation>& generation) {
  std::lock_guard lock(mutex_);
  if (made_ == nullptr || made_for_.lock() != generation) {
    made_ = make(generation.get());
    made_for_ = generation;
  }
  return made_;
}

std::shared_ptr<const Policy> PolicySource::make(const Generation* generation) const {
  auto policy = std::make_shared<Policy>();
  policy->public_recursion = node_.public_recursion;
  std::vector<IpPrefix> mesh = node_.allow;
  auto resolver = std::make_shared<ResolverSettings>(node_.resolver);
  if (generation != nullptr) {
    for (const auto& prefix : generation->network.network.mesh_prefixes) mesh.push_back(prefix.value);
    auto authorities = authority_addresses(generation->network);
    policy->in_process = node_.has_authority || authorities.empty();
    // What the node file says about a zone stands before what the network file says.
    for (const ForwardEntry& entry : generation->network.resolver.forward) {
      if (!has_zone(resolver->forwards, entry.zone.value)) resolver->forwards.push_back(forward_zone(entry));
    }
    for (const auto& zone : generation->zones.zones()) {
      resolver->private_zones.emplace_back(zone->origin());
      if (has_local_anchor(*resolver, zone->origin())) policy->anchored.insert(zone.get());
      if (policy->in_process || has_zone(resolver->forwards, zone->origin())) continue;
      ForwardZone stub;
      stub.zone = zone->origin();
      stub.servers = authorities;
      stub.kind = ForwardZone::Kind::kStub;
      stub.private_zone = true;
      resolver->forwards.push_back(std::move(stub));
    }
  }
  // Nobody has said who belongs to the network: then those who are directly attached.
  if (mesh.empty()) mesh = node_.attached;
  policy->clients = ClientClasses(mesh);
  policy->resolver = std::move(resolver);
  return policy;
}

ResolverSettings resolver_settings(const ResolverSection& section) {
  ResolverSettings out;
  const auto seconds = [](std::chrono::milliseconds time) { return std::chrono::ceil<std::chrono::seconds>(time); };
  out.negative_trust_anchors = section.negative_trust_anchors;
  for (const ForwardEntry& entry : section.forward) out.forwards.push_back(forward_zone(entry));
  out.cache_min_ttl = seconds(section.cache_min_ttl);
  out.cache_max_ttl = seconds(section.cache_max_ttl);
  out.serve_stale = seconds(section.serve_stale);
  out.qname_minimisation = section.qname_minimisation;
  out.priming = section.priming;
  out.prefetch = section.prefetch;
  out.cookies = section.cookies;
  out.randomise_case = section.randomise_case;
  out.special_use_names = section.special_use_names;
  out.ipv4 = section.ipv4;
  out.ipv6 = section.ipv6;
  out.allow_loopback_servers = section.allow_loopback_servers;
  out.edns_buffer_size = static_cast<std::uint16_t>(section.edns_buffer_size);
  return out;
}

std::vector<IpPrefix> attached_networks() {
  std::vector<IpPrefix> out;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return out;
  for (const ifaddrs* interface = list; interface != nullptr; interface = interface->ifa_next) {
    if (auto prefix = prefix_of(*interface)) out.push_back(*prefix);
  }
  ::freeifaddrs(list);
  return out;
}

}  // namespace dotmesh
