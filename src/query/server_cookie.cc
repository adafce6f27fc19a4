#include "query/server_cookie.h"

#include <netinet/in.h>
#include <sys/random.h>

#include <bit>
#include <cstdlib>
#include <cstring>

#include "dns/wire.h"

namespace dotmesh {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kTimeAt = 12;
constexpr std::size_t kHashAt = 16;

std::uint64_t load_little(const std::uint8_t* p) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; i--) value = value << 8 | p[i];
  return value;
}

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void rounds(int count) {
    for (; count != 0; count--) {
      v0 += v1;
      v1 = std::rotl(v1, 13) ^ v0;
      v0 = std::rotl(v0, 32);
      v2 += v3;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1;
      v1 = std::rotl(v1, 17) ^ v2;
      v2 = std::rotl(v2, 32);
    }
  }
  void take(std::uint64_t word) {
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
};

// Client cookie, version, reserved, timestamp, address (RFC 9018 section 4.4). `cookie`: its first 16 octets.
std::uint64_t hash_of(const ServerCookies::Secret& secret, const std::uint8_t* cookie, const sockaddr* client) {
  std::array<std::uint8_t, 32> input;
  std::memcpy(input.data(), cookie, kHashAt);
  std::size_t size = 0;
  if (client != nullptr && client->sa_family == AF_INET6) {
    std::memcpy(input.data() + kHashAt, &reinterpret_cast<const sockaddr_in6*>(client)->sin6_addr, 16);
    size = 16;
  } else if (client != nullptr) {
    std::memcpy(input.data() + kHashAt, &reinterpret_cast<const sockaddr_in*>(client)->sin_addr, 4);
    size = 4;
  }
  return siphash24(secret, std::span(input).first(kHashAt + size));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

std::uint64_t siphash24(std::span<const std::uint8_t, 16> key, std::span<const std::uint8_t> octets) {
  std::uint64_t k0 = load_little(key.data());
  std::uint64_t k1 = load_little(key.data() + 8);
  SipState state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
  std::uint64_t last = std::uint64_t{octets.size()} << 56;
  for (; octets.size() >= 8; octets = octets.subspan(8)) state.take(load_little(octets.data()));
  for (std::size_t i = 0; i < octets.size(); i++) last |= std::uint64_t{octets[i]} << 8 * i;
  state.take(last);
  state.v2 ^= 0xff;
  state.rounds(4);
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

ServerCookies::Secret ServerCookies::random_secret() {
  Secret secret;
  // Only a kernel without the call fails for so few octets.
  if (::getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size())) std::abort();
  return secret;
}

Result<ServerCookies::Secret> ServerCookies::parse_secret(std::string_view text) {
  Secret secret{};
  if (text.size() != 2 * secret.size()) return fail("a cookie secret has 32 hexadecimal digits");
  for (std::size_t i = 0; i < text.size(); i++) {
    int digit = hex_digit(text[i]);
    if (digit < 0) return fail("a cookie secret has 32 hexadecimal digits");
    secret[i / 2] = static_cast<std::uint8_t>(secret[i / 2] << 4 | digit);
  }
  return secret;
}

ServerCookies::Checked ServerCookies::check(std::span<const std::uint8_t> cookie, const sockaddr* client,
                                            std::int64_t now) const {
  Checked out;
  auto time = static_cast<std::uint32_t>(now);
  bool renew = true;
  if (cookie.size() == kSize && cookie[kClientSize] == kVersion) {
    // RFC 9018 section 4.3: serial number arithmetic.
    auto age = static_cast<std::int32_t>(time - load32(&cookie[kTimeAt]));
    if (age <= static_cast<std::int32_t>(kValid) && age >= -static_cast<std::int32_t>(kAhead)) {
      std::uint64_t hash = load_little(&cookie[kHashAt]);
      for (const Secret& secret : secrets_) out.valid = out.valid || hash_of(secret, cookie.data(), client) == hash;
    }
    renew = !out.valid || age > static_cast<std::int32_t>(kRenew) ||
            hash_of(secrets_.front(), cookie.data(), client) != load_little(&cookie[kHashAt]);
  }
  if (!renew) {
    std::memcpy(out.reply.data(), cookie.data(), kSize);
    return out;
  }
  std::memcpy(out.reply.data(), cookie.data(), kClientSize);
  out.reply[kClientSize] = kVersion;
  out.reply[9] = out.reply[10] = out.reply[11] = 0;
  store32(&out.reply[kTimeAt], time);
  std::uint64_t hash = hash_of(secrets_.front(), out.reply.data(), client);
  for (std::size_t i = 0; i < 8; i++) out.reply[kHashAt + i] = static_cast<std::uint8_t>(hash >> 8 * i);
  return out;
}

}  // namespace dotmesh
