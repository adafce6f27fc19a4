// DNS cookies, the server's side (RFC 7873, RFC 9018): a client that shows a server cookie of ours has
// received an answer at its address before, so it is no spoofed one. All nodes of a service share the
// secrets (node file); the first makes cookies, all are accepted, so that a secret can be rolled over.
// Immutable; any thread. No allocation in the calls.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dotmesh {

// SipHash-2-4 (RFC 9018 section 4.4).
std::uint64_t siphash24(std::span<const std::uint8_t, 16> key, std::span<const std::uint8_t> octets);

class ServerCookies {
 public:
  using Secret = std::array<std::uint8_t, 16>;
  static constexpr std::size_t kClientSize = 8;
  static constexpr std::size_t kSize = 24;
  // RFC 9018 section 4.3: accepted for an hour, from up to five minutes ahead of our clock; a new one is
  // given after half an hour.
  static constexpr std::uint32_t kValid = 3600;
  static constexpr std::uint32_t kAhead = 300;
  static constexpr std::uint32_t kRenew = 1800;

  // At least one secret.
  explicit ServerCookies(std::vector<Secret> secrets) : secrets_(std::move(secrets)) {}
  // A secret that nobody else knows, for a node without one in its file.
  static Secret random_secret();
  // 32 hexadecimal digits.
  static Result<Secret> parse_secret(std::string_view text);

  struct Checked {
    bool valid = false;
    std::array<std::uint8_t, kSize> reply;  // client and server cookie, for the response
  };
  // `cookie`: of the query, 8 or more octets; `now`: Unix seconds.
  Checked check(std::span<const std::uint8_t> cookie, const sockaddr* client, std::int64_t now) const;

 private:
  std::vector<Secret> secrets_;
};

}  // namespace dotmesh
