// Small types of settings that say more than a string or a number would. Values.
#pragma once

#include <cstdint>
#include <string>

#include "config/source_text.h"

namespace dotmesh {

struct ByteSize {
  std::uint64_t bytes = 0;
};

// A file of this machine; absolute once read from a configuration file.
struct FilePath {
  std::string path;
  Place place{};  // where it was written
  bool empty() const { return path.empty(); }
};

// A git repository: a path of this machine, or what git takes as a remote: https://, ssh://, file://,
// user@host:path. Only a relative path is changed: it starts at the folder of the node file.
struct RepoLocation {
  std::string location;
  bool empty() const { return location.empty(); }
};

// What a listening or service address does (design: role).
enum Role : std::uint8_t { kRoleAuthority = 1, kRoleResolver = 2 };

struct RoleSet {
  std::uint8_t bits = 0;
  bool authority() const { return (bits & kRoleAuthority) != 0; }
  bool resolver() const { return (bits & kRoleResolver) != 0; }
  bool operator==(const RoleSet&) const = default;
};

}  // namespace dotmesh
