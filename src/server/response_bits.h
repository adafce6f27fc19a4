// The two facts that transports count about a response, read from its header (RFC 1035 section 4.1.1).
#pragma once

#include <cstddef>
#include <cstdint>

namespace dotmesh {

inline bool is_truncated(const std::uint8_t* response, std::size_t size) {
  return size > 2 && (response[2] & 0x02) != 0;
}

inline bool is_format_error(const std::uint8_t* response, std::size_t size) {
  return size > 3 && (response[3] & 0x0f) == 1;
}

}  // namespace dotmesh
