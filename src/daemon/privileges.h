// Giving up root: the daemon binds its sockets, then becomes an ordinary user for good.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.h"

namespace dotmesh {

struct UserIds {
  uid_t uid;
  gid_t gid;
};

// The ids of `user`; nullopt when nothing is to change (empty name, or the process is that user).
Result<std::optional<UserIds>> ids_to_become(const std::string& user);

// Becomes that user with no capabilities, no other groups and no way back; also for what it starts.
// Call before any thread exists.
Result<void> become(const UserIds& ids);

}  // namespace dotmesh
