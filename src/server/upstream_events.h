// What the two ways to other servers (upstream_udp.h, upstream_tcp.h) share: the key of a server, the
// exchanges open on a socket, and failures that wait to be reported.
// Owning thread only.
#pragma once

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/socket_address.h"
#include "resolver/upstream.h"

namespace dotmesh {

inline constexpr ExchangeId kNoExchange = ~ExchangeId{0};

// An address with port, as a key of hash tables.
struct ServerKey {
  std::array<std::uint8_t, 24> octets{};

  explicit ServerKey(const SocketAddress& server) {
    auto address = server.address();
    std::memcpy(octets.data(), address.data(), address.size());
    octets[16] = static_cast<std::uint8_t>(server.port() >> 8);
    octets[17] = static_cast<std::uint8_t>(server.port());
    octets[18] = static_cast<std::uint8_t>(address.size());
    if (server.is_ipv6()) {
      std::uint32_t scope = reinterpret_cast<const sockaddr_in6*>(server.get())->sin6_scope_id;
      std::memcpy(octets.data() + 20, &scope, sizeof scope);
    }
  }
  bool operator==(const ServerKey&) const = default;
};

struct ServerKeyHash {
  // The tables are bounded by the sockets that may be open, so chosen collisions buy little.
  std::size_t operator()(const ServerKey& key) const {
    return std::hash<std::string_view>()(
        {reinterpret_cast<const char*>(key.octets.data()), key.octets.size()});
  }
};

// Failures found while the core was calling: reported once it has returned (resolver/upstream.h).
class UpstreamFailures {
 public:
  using Failure = std::pair<ExchangeId, UpstreamFailure>;

  void add(ExchangeId id, UpstreamFailure failure) { waiting_.emplace_back(id, failure); }
  // False when none of that exchange waited.
  bool forget(ExchangeId id) {
    return std::erase_if(waiting_, [id](const Failure& f) { return f.first == id; }) != 0;
  }
  bool empty() const { return waiting_.empty(); }
  // Precondition: not empty.
  Failure take() {
    Failure last = waiting_.back();
    waiting_.pop_back();
    return last;
  }

 private:
  std::vector<Failure> waiting_;
};

}  // namespace dotmesh
