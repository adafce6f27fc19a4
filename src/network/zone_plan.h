// ZonePlan: which zones a tree of files describes, and where the records of each come from.
//
// Without a network file, every NAME.zone at the root of the tree is the zone NAME. With one, exactly
// what it lists: declared zones first, in order, then the twins (docs/adr/0006-zones-of-a-network.md).
// A plan is good when making it reported no error. A value; one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "config/network_config.h"
#include "dns/name.h"
#include "network/generate.h"
#include "zone/file_tree.h"

namespace dotmesh {

// A network has hundreds of zones, a large hosting repository ten thousand; twins multiply them.
inline constexpr std::size_t kMaxZones = 200'000;
// Names under which one zone is served, beside its own. Real networks have one or two.
inline constexpr std::size_t kMaxTwins = 16;
// How often a twin's names may pass through further twins (twin of a child of a twin ...).
inline constexpr std::size_t kMaxTwinChain = 4;

// Names at or below `from` stand below `to` instead.
struct Rename {
  Name from;
  Name to;
};

struct PlannedZone {
  Name origin;                       // as written
  Place declared;                    // in the network file; line 0 without one
  std::string file;                  // path in the tree; empty: none
  Place file_place;
  std::vector<GenerateRule> generate;
  std::vector<std::size_t> reverse_of;  // indexes into ZonePlan::zones
  bool unreadable = false;  // reported already: part of what it is made of is missing

  // A twin has no file and no rules of its own: its records are those of the declared zone at this
  // index, renamed by each of `renames` in turn.
  std::optional<std::size_t> twin_of;
  std::vector<Rename> renames;
};

struct ZonePlan {
  bool has_network_file = false;
  NetworkConfig config;
  SourceText network_file;
  std::vector<PlannedZone> zones;

  // The index of the zone of exactly this origin.
  std::optional<std::size_t> find(NameView origin) const;
};

ZonePlan plan_zones(const FileTree& tree, Diagnostics& diagnostics);

// "mesh.zone" -> mesh. ; nullopt when the file is no zone file by its name or the name is no domain name.
std::optional<Name> zone_name_of_file(std::string_view file_name);

}  // namespace dotmesh
