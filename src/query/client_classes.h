// ClientClasses: who is asking (design: client class). Prepared once per generation; asking it costs a
// binary search in the network's own prefixes, joined to intervals.
// Immutable once prepared; any thread.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/ip_prefix.h"

namespace dotmesh {

enum class ClientClass : std::uint8_t {
  kBogon,     // an address that nobody can have: gets nothing, or we would be a reflector's tool
  kLoopback,  // this machine; like kMesh, and no limit of rates
  kMesh,      // the network's own
  kPublic,    // everyone else
};

class ClientClasses {
 public:
  ClientClasses() = default;
  // `mesh`: the prefixes of the class mesh.
  explicit ClientClasses(std::span<const IpPrefix> mesh);

  // AF_INET or AF_INET6; anything else is a bogon; null stands for the process itself.
  ClientClass of(const sockaddr* client) const;

 private:
  using Address6 = unsigned __int128;
  bool has4(std::uint32_t address) const;
  bool has6(Address6 address) const;

  // First and last address; ascending and apart.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> intervals4_;
  std::vector<std::pair<Address6, Address6>> intervals6_;
};

}  // namespace dotmesh
