// Reach: how many exchanges one Resolver has open with each server, so that a silent one does not take
// everything; and whether IPv4 and IPv6 work here at all, so that a node without one of them does not learn
// it from every server anew.
// One thread: that of the Resolver.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <unordered_map>

#include "base/socket_address.h"

namespace dotmesh {

class Reach {
 public:
  // Open at once with a server: a forwarder gets everything.
  static constexpr unsigned kMaxOpenWithServer = 4096;
  // The same with one that did not answer the last time: ten thousand names of a dead zone wait for it in
  // vain, and others find room.
  static constexpr unsigned kMaxOpenWithSilent = 256;
  // Different servers in a row that the network calls unreachable before a family is left alone, and for how
  // long: one host that is down says nothing about the family.
  static constexpr unsigned kUnreachableInARow = 3;
  static constexpr std::chrono::seconds kLeaveFamilyFor{5};

  void begin(const SocketAddress& server) { ++open_[server]; }
  void end(const SocketAddress& server);
  unsigned open_with(const SocketAddress& server) const;

  void unreachable(const SocketAddress& server, std::chrono::nanoseconds now);
  void reached(const SocketAddress& server) { family(server) = {}; }
  // False: better not; it may still be asked where there is nobody else.
  bool family_works(const SocketAddress& server, std::chrono::nanoseconds now) const;

 private:
  struct Hash {
    std::size_t operator()(const SocketAddress& server) const;
  };
  struct Family {
    std::array<SocketAddress, kUnreachableInARow> unreachable;
    std::size_t failures = 0;  // how many of these
    std::chrono::nanoseconds left_until{};
  };
  Family& family(const SocketAddress& server) { return families_[server.is_ipv6() ? 1 : 0]; }

  std::unordered_map<SocketAddress, unsigned, Hash> open_;
  std::array<Family, 2> families_;
};

}  // namespace dotmesh
