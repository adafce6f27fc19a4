// `dotmesh serve`: the daemon, from its configuration to its orderly end.
#pragma once

#include "cli/node_options.h"

namespace dotmesh {

// Runs until SIGTERM or SIGINT. Returns the exit status: 0 ended in order, 1 could not start, 2 a fault
// in the node file or the arguments.
int serve_main(const ServeOptions& options);

}  // namespace dotmesh
