// How a World comes to be. Used by world.cc only.
#pragma once

#include <string>
#include <vector>

#include "simulation/world.h"
#include "simulation/zone_signer.h"

namespace dotmesh::simulation {

class World::Maker {
 public:
  Maker(World& world, std::uint64_t seed) : world_(world), random_(seed) {}
  void run();

 private:
  void add_zone(std::string name, std::size_t parent, std::size_t level);
  std::size_t add_server();
  void give_servers(std::size_t zone);
  void add_data(std::size_t zone);
  void add_aliases(std::size_t zone);
  void add_delegation(std::size_t zone);
  void settle_chains();
  void finish_zone(std::size_t zone);
  void put(std::size_t zone, const std::string& text);
  const SigningKey& key_of(std::size_t zone) const;
  std::string below(const std::string& label, std::size_t zone) const;

  World& world_;
  Random random_;
  RecordText text_;
};

}  // namespace dotmesh::simulation
