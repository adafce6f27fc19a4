#include "query/client_classes.h"

#include <netinet/in.h>

#include <algorithm>

#include "dns/wire.h"

namespace dotmesh {
namespace {

unsigned __int128 load128(const std::uint8_t* octets) {
  unsigned __int128 value = 0;
  for (int i = 0; i < 16; i++) value = value << 8 | octets[i];
  return value;
}

template <typename Number>
void join(std::vector<std::pair<Number, Number>>& intervals) {
  std::ranges::sort(intervals);
  std::size_t kept = 0;
  for (const auto& interval : intervals) {
    // An interval that ends with the last address has no successor to touch.
    if (kept != 0 && (intervals[kept - 1].second + 1 == 0 || interval.first <= intervals[kept - 1].second + 1)) {
      intervals[kept - 1].second = std::max(intervals[kept - 1].second, interval.second);
    } else {
      intervals[kept++] = interval;
    }
  }
  intervals.resize(kept);
}

template <typename Number>
bool contains(const std::vector<std::pair<Number, Number>>& intervals, Number address) {
  auto next = std::ranges::upper_bound(intervals, address, {}, &std::pair<Number, Number>::first);
  return next != intervals.begin() && std::prev(next)->second >= address;
}

// RFC 1122 section 3.2.1.3, RFC 5771, RFC 1112 section 4: "this network", multicast, reserved, broadcast.
bool is_bogon4(std::uint32_t address) { return address >> 24 == 0 || address >= 0xe0000000; }

}  // namespace

ClientClasses::ClientClasses(std::span<const IpPrefix> mesh) {
  for (const IpPrefix& prefix : mesh) {
    if (prefix.is_ipv6()) {
      Address6 first = load128(prefix.address().data());
      intervals6_.emplace_back(first, prefix.length() == 0 ? ~Address6{0} : first | (~Address6{0} >> (prefix.length() - 1) >> 1));
    } else {
      std::uint32_t first = load32(prefix.address().data());
      std::uint32_t rest = prefix.length() == 0 ? ~0U : (~0U >> (prefix.length() - 1)) >> 1;
      intervals4_.emplace_back(first, first | rest);
    }
  }
  join(intervals4_);
  join(intervals6_);
}

bool ClientClasses::has4(std::uint32_t address) const { return contains(intervals4_, address); }
bool ClientClasses::has6(Address6 address) const { return contains(intervals6_, address); }

ClientClass ClientClasses::of(const sockaddr* client) const {
  if (client == nullptr) return ClientClass::kLoopback;
  if (client->sa_family == AF_INET) {
    const auto& v4 = *reinterpret_cast<const sockaddr_in*>(client);
    std::uint32_t address = load32(reinterpret_cast<const std::uint8_t*>(&v4.sin_addr));
    if (address >> 24 == 127) return ClientClass::kLoopback;
    if (is_bogon4(address) || v4.sin_port == 0) return ClientClass::kBogon;
    return has4(address) ? ClientClass::kMesh : ClientClass::kPublic;
  }
  if (client->sa_family != AF_INET6) return ClientClass::kBogon;
  const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(client);
  if (IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr)) return ClientClass::kLoopback;
  if (v6.sin6_port == 0 || IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr) || IN6_IS_ADDR_MULTICAST(&v6.sin6_addr) ||
      IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    return ClientClass::kBogon;
  }
  // A link-local client is on our own link.
  if (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr)) return ClientClass::kMesh;
  return has6(load128(v6.sin6_addr.s6_addr)) ? ClientClass::kMesh : ClientClass::kPublic;
}

}  // namespace dotmesh
