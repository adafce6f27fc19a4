#include "resolver/reach.h"

#include <algorithm>
#include <span>

#include "dns/lookup_name.h"

namespace dotmesh {

std::size_t Reach::Hash::operator()(const SocketAddress& server) const {
  std::array<std::uint8_t, 16> octets{};
  std::ranges::copy(server.address(), octets.begin());
  return hash_label(kHashSeed ^ server.port(), octets.data(), octets.size());
}

void Reach::end(const SocketAddress& server) {
  auto found = open_.find(server);
  if (found != open_.end() && --found->second == 0) open_.erase(found);
}

unsigned Reach::open_with(const SocketAddress& server) const {
  auto found = open_.find(server);
  return found != open_.end() ? found->second : 0;
}

void Reach::unreachable(const SocketAddress& server, std::chrono::nanoseconds now) {
  Family& f = family(server);
  const auto known = std::span(f.unreachable).first(f.failures);
  if (f.failures < f.unreachable.size() && std::ranges::find(known, server) == known.end()) {
    f.unreachable[f.failures++] = server;
  }
  if (f.failures == f.unreachable.size()) f.left_until = now + kLeaveFamilyFor;
}

bool Reach::family_works(const SocketAddress& server, std::chrono::nanoseconds now) const {
  return families_[server.is_ipv6() ? 1 : 0].left_until <= now;
}

}  // namespace dotmesh
