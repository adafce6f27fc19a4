#include "server/tcp_connection.h"

#include <netinet/in.h>

#include <cstring>

namespace dotmesh {

ClientKey client_key(const sockaddr_storage& address) {
  ClientKey key;
  if (address.ss_family == AF_INET6) {
    const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(&key.high, &ipv6.sin6_addr, sizeof key.high);
    if (key.high == 0) std::memcpy(&key.low, &ipv6.sin6_addr.s6_addr[8], sizeof key.low);
  } else if (address.ss_family == AF_INET) {
    key.low = reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr;
  }
  return key;
}

}  // namespace dotmesh
