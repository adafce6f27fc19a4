#include "dns/query_writer.h"

#include "dns/wire.h"

namespace dotmesh {

std::vector<std::uint8_t> write_query(const QueryToWrite& query) {
  constexpr std::uint16_t kDnssecOk = 0x8000;
  std::vector<std::uint8_t> out;
  const auto put16 = [&out](std::uint16_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
  };
  const bool edns = query.udp_payload != 0;
  out.reserve(kHeaderSize + kMaxNameLength + 4 + 11);
  put16(query.id);
  out.push_back(query.recursion_desired ? kFlagRd : 0);
  out.push_back(0);
  for (const int count : {1, 0, 0, edns ? 1 : 0}) put16(static_cast<std::uint16_t>(count));
  for (const std::uint8_t octet : query.name.wire()) out.push_back(octet);
  put16(query.type);
  put16(query.rclass);
  if (!edns) return out;
  out.push_back(0);  // the root
  put16(static_cast<std::uint16_t>(RRType::kOPT));
  put16(query.udp_payload);
  put16(0);
  put16(kDnssecOk);
  put16(0);
  return out;
}

}  // namespace dotmesh
