#include "base/ip_prefix.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace dotmesh {
namespace {

// Clears the bits of `address` behind `length`.
void mask(std::span<std::uint8_t> address, unsigned length) {
  for (std::size_t i = 0; i < address.size(); i++, length -= length < 8 ? length : 8) {
    if (length < 8) address[i] &= static_cast<std::uint8_t>(0xff00U >> length);
  }
}

}  // namespace

Result<IpPrefix> IpPrefix::parse(std::string_view text) {
  const auto bad = [&](std::string_view why) {
    return fail(fmt::format("\"{}\" is not an address prefix: {}; write one such as \"10.0.0.0/8\" or "
                            "\"2001:db8::/32\"",
                            text, why));
  };
  IpPrefix out;
  std::string address(text.substr(0, text.find('/')));
  if (address.find('\0') != std::string::npos) return bad("it has a NUL octet");
  if (address.find(':') != std::string::npos) out.octets_ = 16;
  if (inet_pton(out.is_ipv6() ? AF_INET6 : AF_INET, address.c_str(), out.address_.data()) != 1) {
    return bad("the address is neither IPv4 nor IPv6");
  }
  unsigned bits = out.octets_ * 8U;
  out.length_ = static_cast<std::uint8_t>(bits);
  if (address.size() != text.size()) {
    std::string_view length = text.substr(address.size() + 1);
    auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), out.length_);
    if (error != std::errc{} || end != length.data() + length.size() || out.length_ > bits) {
      return bad(fmt::format("the length is not a number from 0 to {}", bits));
    }
  }
  IpPrefix masked = out;
  mask({masked.address_.data(), masked.octets_}, masked.length_);
  if (masked != out) {
    return fail(fmt::format("\"{}\" has address bits behind its length; write \"{}\"", text,
                            masked.to_string()));
  }
  return out;
}

bool IpPrefix::contains(std::span<const std::uint8_t> address) const {
  if (address.size() != octets_) return false;
  std::array<std::uint8_t, 16> masked{};
  std::memcpy(masked.data(), address.data(), address.size());
  mask({masked.data(), octets_}, length_);
  return masked == address_;
}

std::string IpPrefix::to_string() const {
  char text[INET6_ADDRSTRLEN];
  return fmt::format("{}/{}",
                     inet_ntop(is_ipv6() ? AF_INET6 : AF_INET, address_.data(), text, sizeof text),
                     length_);
}

}  // namespace dotmesh
