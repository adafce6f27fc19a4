// A query message with one question, for who asks now and then: probes, traces. The resolver writes its own
// (resolver/server_query.cc), without an allocation. A pure function; any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"

namespace dotmesh {

struct QueryToWrite {
  NameView name;
  std::uint16_t type = 0;
  std::uint16_t rclass = static_cast<std::uint16_t>(RRClass::kIN);
  std::uint16_t id = 0;
  bool recursion_desired = false;
  std::uint16_t udp_payload = 0;  // octets; with EDNS and DO (RFC 6891, RFC 4035). 0: without
};

// RFC 1035 section 4.1.
std::vector<std::uint8_t> write_query(const QueryToWrite& query);

}  // namespace dotmesh
