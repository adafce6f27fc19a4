// SocketAddress: an IPv4 or IPv6 address and a port, as people write it in this project:
// ADDRESS[@PORT], IPv6 without brackets ("192.0.2.53", "2001:db8::53@5353", "fe80::1%eth0@53").
// A value; pure functions, any thread.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dotmesh {

class SocketAddress {
 public:
  // AF_UNSPEC, port 0.
  SocketAddress() = default;
  // Without "@PORT" the port is `default_port`. Port 0 is accepted: the kernel then picks one.
  static Result<SocketAddress> parse(std::string_view text, std::uint16_t default_port);
  // Copies AF_INET and AF_INET6 addresses; anything else gives AF_UNSPEC.
  static SocketAddress from_sockaddr(const sockaddr* address);
  static SocketAddress ipv4(std::span<const std::uint8_t, 4> address, std::uint16_t port);
  static SocketAddress ipv6(std::span<const std::uint8_t, 16> address, std::uint16_t port);

  int family() const { return storage_.ss_family; }
  bool is_ipv4() const { return family() == AF_INET; }
  bool is_ipv6() const { return family() == AF_INET6; }
  std::uint16_t port() const;
  void set_port(std::uint16_t port);
  // 4 or 16 octets in network order; empty for AF_UNSPEC.
  std::span<const std::uint8_t> address() const;
  bool is_wildcard() const;  // 0.0.0.0 or ::
  bool is_loopback() const;  // 127.0.0.0/8 or ::1

  // For bind(), connect(), sendto(): valid while this object lives.
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const;

  // "192.0.2.53@53": parse() of it gives the same value.
  std::string to_string() const;
  // "192.0.2.53", without the port.
  std::string address_to_string() const;

  // Same address, port and scope.
  bool operator==(const SocketAddress& other) const;

 private:
  sockaddr_storage storage_{};
};

}  // namespace dotmesh
