// The life of one query. Every transport ends here: message bytes and client in, response bytes out.
//
// In two steps, so that a batch of queries overlaps its memory accesses: begin() parses and starts
// fetching what the answer will need, finish() writes the response. A transport calls begin() for
// every message of a batch, then finish() for each in order. begin() and finish() of one Slot must
// see the same Generation; QueryHandler::refresh() between batches moves on to a newer one.
//
// A QueryHandler belongs to one worker thread; no locks, no allocation.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace dotmesh {

enum class Transport : std::uint8_t { kUdp, kTcp };

// Who asks and over what. Addresses are borrowed for the duration of begin().
struct ClientInfo {
  Transport transport = Transport::kUdp;
  const sockaddr* address = nullptr;
  std::uint8_t roles = 0;  // of the listening address, as the transport was told
};

inline constexpr std::size_t kMaxMessage = 65535;    // RFC 1035 section 4.2.2
inline constexpr std::size_t kMaxUdpResponse = 4096; // an upper bound for buffers; policy sends less

}  // namespace dotmesh
