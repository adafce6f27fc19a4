// AmplificationLimit: keeps the node from being an amplifier of spoofed queries. What is limited is what
// an attacker wants: the octets by which UDP responses exceed the queries that asked for them, for each
// prefix that they go to (IPv4 /24, IPv6 /56). Small answers cost next to nothing, so monitoring and busy
// households are never in the way; a flood of TXT or DNSKEY questions soon is. Over the limit, every
// second response is an empty one with TC (RFC 1035 section 4.1.1), which sends a real client to TCP, and
// the others are not sent. Clients with a valid DNS cookie (server_cookie.h) are not limited.
//
// Fixed memory: 64 Ki cells, no list of prefixes. A prefix has two cells in one cache line, chosen by a
// hash that is seeded at start, and is over the limit if both are: two prefixes seldom share both.
// One per worker; owning thread only.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/counter.h"
#include "query/client_classes.h"

namespace dotmesh {

class AmplificationLimit {
 public:
  enum class Verdict : std::uint8_t { kSend, kTruncate, kDrop };

  // The network's own clients have a reason to ask much, and come through fewer spoofers.
  static constexpr std::uint32_t kMeshFactor = 16;
  // What a prefix may save up: octets of this many seconds.
  static constexpr std::uint32_t kBurstSeconds = 4;
  static constexpr std::size_t kCells = 65'536;

  // `octets_per_second`: of the class public, for this worker; 0: no limit.
  explicit AmplificationLimit(std::uint32_t octets_per_second);

  bool enabled() const { return cost_ != 0; }
  // Responses not sent, or sent empty.
  const Counter& limited() const { return limited_; }
  void refresh(Clock::Monotonic now) {
    now_ = static_cast<std::uint32_t>(static_cast<std::uint64_t>(now.time_since_epoch().count()) / kNanosecondsPerTick);
  }

  // Where a client's prefix is counted.
  static std::uint64_t key_of(const sockaddr* client);
  void prefetch(std::uint64_t key) const { __builtin_prefetch(&line_of(key)); }
  // Counts a response of `response` octets to a query of `query`.
  Verdict judge(std::uint64_t key, ClientClass client, std::size_t query, std::size_t response) {
    if (response <= query) return Verdict::kSend;
    return judge_surplus(key, client, static_cast<std::uint32_t>(response - query));
  }

 private:
  // The time at which a cell's debt is paid, in ticks of about a microsecond; wraps after an hour, so a
  // debt that nobody can have is none.
  using Cell = std::uint32_t;
  static constexpr std::uint64_t kNanosecondsPerTick = 1000;
  static constexpr std::uint32_t kTicksPerSecond = 1'000'000;
  static constexpr std::size_t kCellsPerLine = 16;

  struct alignas(64) Line {
    std::array<Cell, kCellsPerLine> cells{};
  };
  Line& line_of(std::uint64_t key) const { return lines_[(key >> 16) % (kCells / kCellsPerLine)]; }
  Verdict judge_surplus(std::uint64_t key, ClientClass client, std::uint32_t surplus);

  std::uint32_t cost_ = 0;  // ticks for kMeshFactor octets of the class public, and as many of the mesh
  std::uint32_t now_ = 0;
  Counter limited_;
  std::unique_ptr<Line[]> lines_;
};

}  // namespace dotmesh
