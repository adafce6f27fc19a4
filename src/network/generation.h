// Generation: everything loaded from one commit. Immutable, shared by all threads through
// Snapshot<Generation> (base/snapshot.h), identified by the commit id.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

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

struct Generation {
  CommitInfo commit;
  ZoneSet zones;
};

}  // namespace dotmesh
