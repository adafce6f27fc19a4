// Giving up power: the daemon binds its sockets, then becomes an ordinary user for good, without
// capabilities, with few system calls (system_calls.h), and on a node that serves others without
// core dumps. docs/adr/0024-giving-up-power.md. Call all of it before any thread exists.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.h"
#include "config/node_config.h"

namespace dotmesh {

struct UserIds {
  uid_t uid;
  gid_t gid;
};

// The ids of `user`; nullopt when nothing is to change (empty name, or the process is that user).
Result<std::optional<UserIds>> ids_to_become(const std::string& user);

// Puts to use what is permitted: an ordinary user gets capabilities from the program's file (the
// container image) as permitted, not as effective. None permitted: nothing.
void raise_permitted_capabilities();

// Becomes that user with no other groups and no way back. Without ids it stays who it is. Either
// way it ends with no capability in any set and no_new_privs; only a root that stays root keeps
// CAP_DAC_OVERRIDE and CAP_FOWNER, without which it could not use the folders of others as it
// always could. Also for what it starts.
Result<void> become(const std::optional<UserIds>& ids);

// Whether other people's questions are in this node's memory: it listens beyond loopback, or
// resolves for everyone.
bool serves_others(const NodeConfig& config);

// A core dump would be a log of what was asked: none is written, whatever the machine's
// core_pattern says.
Result<void> forbid_core_dumps();

}  // namespace dotmesh
