#include "base/socket_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace dotmesh {
namespace {

// The casts go through sockaddr_storage, which exists to be viewed as either.
const sockaddr_in& v4(const sockaddr_storage& s) { return reinterpret_cast<const sockaddr_in&>(s); }
sockaddr_in& v4(sockaddr_storage& s) { return reinterpret_cast<sockaddr_in&>(s); }
const sockaddr_in6& v6(const sockaddr_storage& s) { return reinterpret_cast<const sockaddr_in6&>(s); }
sockaddr_in6& v6(sockaddr_storage& s) { return reinterpret_cast<sockaddr_in6&>(s); }

template <typename T>
bool parse_number(std::string_view text, T& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

bool parse_scope(const std::string& text, std::uint32_t& scope) {
  if (parse_number(text, scope)) return true;
  scope = if_nametoindex(text.c_str());
  return scope != 0;
}

}  // namespace

Result<SocketAddress> SocketAddress::parse(std::string_view text, std::uint16_t default_port) {
  const auto bad = [&](std::string_view why) {
    return fail(fmt::format("\"{}\" is not an address: {}; write ADDRESS or ADDRESS@PORT, such as "
                            "\"192.0.2.53\" or \"2001:db8::53@5353\"",
                            text, why));
  };
  std::uint16_t port = default_port;
  std::string_view host = text.substr(0, text.find('@'));
  if (host.size() != text.size() && !parse_number(text.substr(host.size() + 1), port)) {
    return bad("the port is not a number from 0 to 65535");
  }
  if (host.starts_with('[')) return bad("brackets are not used here");
  std::string address(host.substr(0, host.find('%')));
  if (address.find('\0') != std::string::npos) return bad("it has a NUL octet");
  SocketAddress out;
  if (address.find(':') == std::string::npos) {
    if (inet_pton(AF_INET, address.c_str(), &v4(out.storage_).sin_addr) != 1 ||
        address.size() != host.size()) {
      return bad("neither IPv4 nor IPv6");
    }
    out.storage_.ss_family = AF_INET;
  } else {
    if (inet_pton(AF_INET6, address.c_str(), &v6(out.storage_).sin6_addr) != 1) {
      return bad(std::ranges::count(address, ':') == 1 ? "the port goes behind \"@\""
                                                       : "neither IPv4 nor IPv6");
    }
    out.storage_.ss_family = AF_INET6;
    if (address.size() != host.size() &&
        !parse_scope(std::string(host.substr(address.size() + 1)), v6(out.storage_).sin6_scope_id)) {
      return bad("there is no such interface");
    }
  }
  out.set_port(port);
  return out;
}

SocketAddress SocketAddress::from_sockaddr(const sockaddr* address) {
  SocketAddress out;
  if (address->sa_family == AF_INET) std::memcpy(&out.storage_, address, sizeof(sockaddr_in));
  if (address->sa_family == AF_INET6) std::memcpy(&out.storage_, address, sizeof(sockaddr_in6));
  return out;
}

SocketAddress SocketAddress::ipv4(std::span<const std::uint8_t, 4> address, std::uint16_t port) {
  SocketAddress out;
  out.storage_.ss_family = AF_INET;
  std::memcpy(&v4(out.storage_).sin_addr, address.data(), address.size());
  out.set_port(port);
  return out;
}

SocketAddress SocketAddress::ipv6(std::span<const std::uint8_t, 16> address, std::uint16_t port) {
  SocketAddress out;
  out.storage_.ss_family = AF_INET6;
  std::memcpy(&v6(out.storage_).sin6_addr, address.data(), address.size());
  out.set_port(port);
  return out;
}

std::uint16_t SocketAddress::port() const {
  if (is_ipv4()) return ntohs(v4(storage_).sin_port);
  return is_ipv6() ? ntohs(v6(storage_).sin6_port) : std::uint16_t{0};
}

void SocketAddress::set_port(std::uint16_t port) {
  if (is_ipv4()) v4(storage_).sin_port = htons(port);
  if (is_ipv6()) v6(storage_).sin6_port = htons(port);
}

std::span<const std::uint8_t> SocketAddress::address() const {
  if (is_ipv4()) return {reinterpret_cast<const std::uint8_t*>(&v4(storage_).sin_addr), 4};
  if (is_ipv6()) return {reinterpret_cast<const std::uint8_t*>(&v6(storage_).sin6_addr), 16};
  return {};
}

bool SocketAddress::is_wildcard() const {
  auto octets = address();
  return !octets.empty() && std::ranges::all_of(octets, [](std::uint8_t c) { return c == 0; });
}

bool SocketAddress::is_loopback() const {
  if (is_ipv4()) return address()[0] == 127;
  return is_ipv6() && IN6_IS_ADDR_LOOPBACK(&v6(storage_).sin6_addr);
}

socklen_t SocketAddress::size() const {
  if (is_ipv4()) return sizeof(sockaddr_in);
  return is_ipv6() ? sizeof(sockaddr_in6) : 0;
}

std::string SocketAddress::address_to_string() const {
  if (family() == AF_UNSPEC) return "unspecified";
  char text[INET6_ADDRSTRLEN];
  std::string out = inet_ntop(family(), address().data(), text, sizeof text);
  if (is_ipv6() && v6(storage_).sin6_scope_id != 0) {
    char name[IF_NAMESIZE];
    std::uint32_t scope = v6(storage_).sin6_scope_id;
    out += if_indextoname(scope, name) != nullptr ? fmt::format("%{}", name) : fmt::format("%{}", scope);
  }
  return out;
}

std::string SocketAddress::to_string() const {
  return fmt::format("{}@{}", address_to_string(), port());
}

bool SocketAddress::operator==(const SocketAddress& other) const {
  return family() == other.family() && port() == other.port() &&
         std::ranges::equal(address(), other.address()) &&
         (!is_ipv6() || v6(storage_).sin6_scope_id == v6(other.storage_).sin6_scope_id);
}

}  // namespace dotmesh
