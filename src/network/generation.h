// Generation: everything loaded from one commit. Immutable, shared by all threads through
// Snapshot<Generation> (base/snapshot.h), identified by the commit id.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "config/network_config.h"
#include "dns/name.h"
#include "zone/zone.h"
#include "zone/zone_set.h"

namespace dotmesh {

// The commit that a generation comes from; for a plain folder, a digest of its files.
struct CommitInfo {
  std::string id;       // hexadecimal
  std::string author;   // name only
  std::string subject;  // first line of the message
  std::int64_t time = 0;       // commit time, Unix seconds
  std::uint32_t serial = 0;    // SOA serial derived from the history (docs/adr/0004-serial.md)
};

// What a zone was made of, to tell at the next load whether it must be made again.
struct ZoneInputs {
  struct File {
    std::string path;
    std::string identity;  // FileTree::identity; empty: not known
    bool operator==(const File&) const = default;
  };
  std::string settings;     // the network file's part in it, as text that differs when it differs
  std::vector<File> files;  // of this zone and those that it is computed from, $INCLUDE included
};

// A zone of the generation, for people and for the next load.
struct ZoneInfo {
  Name origin;
  std::string file;             // empty: computed only
  std::optional<Name> twin_of;  // the zone whose records these are
  std::size_t generated_rules = 0;
  std::vector<Name> reverse_of;
  std::uint32_t file_serial = 0;  // the SOA serial in the file, a floor; 0: none
  std::shared_ptr<const Zone> zone;
  std::vector<Diagnostic> warnings;  // found while loading it
  std::shared_ptr<const ZoneInputs> inputs;
};

struct Generation {
  CommitInfo commit;
  NetworkConfig network;         // defaults where there is no network file
  bool has_network_file = false;
  ZoneSet zones;
  std::vector<ZoneInfo> zone_infos;  // in the order of the plan: declared zones, then twins
  Diagnostics warnings;
};

}  // namespace dotmesh
