// GenerationZones: the zones of a generation as the resolver's core sees them (resolver/local_zones.h):
// a server that is asked in process.
// Holds the generation. One thread.
#pragma once

#include <memory>
#include <utility>

#include "network/generation.h"
#include "resolver/local_zones.h"

namespace dotmesh {

class GenerationZones final : public LocalZones {
 public:
  explicit GenerationZones(std::shared_ptr<const Generation> generation) : generation_(std::move(generation)) {}

  std::optional<NameView> zone_of(NameView name) const override;
  std::size_t answer(std::span<const std::uint8_t> query, std::span<std::uint8_t> out) const override;

 private:
  std::shared_ptr<const Generation> generation_;  // never null
};

}  // namespace dotmesh
