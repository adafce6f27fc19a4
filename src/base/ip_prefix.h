// IpPrefix: an address block, "10.0.0.0/8" or "2001:db8::/32". A value; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dotmesh {

class IpPrefix {
 public:
  // Without "/LENGTH" it is the one address. Bits behind the length must be zero.
  static Result<IpPrefix> parse(std::string_view text);

  // `address`: 4 or 16 octets in network order.
  bool contains(std::span<const std::uint8_t> address) const;
  // 4 or 16 octets in network order, zeros behind the length.
  std::span<const std::uint8_t> address() const { return {address_.data(), octets_}; }
  std::uint8_t length() const { return length_; }
  bool is_ipv6() const { return octets_ == 16; }
  std::string to_string() const;
  bool operator==(const IpPrefix&) const = default;

 private:
  std::array<std::uint8_t, 16> address_{};
  std::uint8_t octets_ = 4;
  std::uint8_t length_ = 0;
};

}  // namespace dotmesh
