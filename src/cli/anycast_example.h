// `dotmesh anycast example KIND`: configuration for the routing daemon, for the node's own service
// addresses.
#pragma once

#include <string>

#include "cli/node_options.h"

namespace dotmesh {

// Prints it. Exit status: 0; 2 for an unknown kind or a node file with faults.
int anycast_example_main(const NodeOptions& node, const std::string& kind);

}  // namespace dotmesh
