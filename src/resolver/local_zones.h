// The node's own zones as the resolver's core sees them: a server that is asked in process.
// Implemented above (query/), from the generation that a Resolver was given with use().
// One thread: that of the Resolver.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "dns/name.h"

namespace dotmesh {

class LocalZones {
 public:
  virtual ~LocalZones() = default;
  // The apex of the zone that `name` lies in; none: not ours. The view lives as long as this object.
  virtual std::optional<NameView> zone_of(NameView name) const = 0;
  // The authoritative response to `query` (a whole message, with DO), complete: as over TCP. Its size in `out`.
  virtual std::size_t answer(std::span<const std::uint8_t> query, std::span<std::uint8_t> out) const = 0;
};

}  // namespace dotmesh
