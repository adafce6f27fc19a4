#include "dns/rrset.h"

#include <algorithm>

namespace dotmesh {

void RdataList::add(std::span<const std::uint8_t> rdata) {
  std::uint8_t length[2];
  store16(length, static_cast<std::uint16_t>(rdata.size()));
  octets_.reserve(octets_.size() + sizeof length + rdata.size());
  octets_.append(length);
  octets_.append(rdata);
  ++count_;
}

bool RdataList::contains(std::span<const std::uint8_t> rdata) const {
  for (auto held : *this) {
    if (std::ranges::equal(held, rdata)) return true;
  }
  return false;
}

NameView rdata_name(std::span<const std::uint8_t> rdata, std::size_t offset) {
  const std::uint8_t* start = rdata.data() + offset;
  const std::uint8_t* end = rdata.data() + rdata.size();
  const std::uint8_t* at = start;
  while (at < end && *at != 0) at += 1 + *at;
  return at < end ? NameView(start, static_cast<std::size_t>(at - start) + 1) : NameView();
}

}  // namespace dotmesh
