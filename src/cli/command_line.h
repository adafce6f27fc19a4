// The command line: which subcommand, with which options. `serve` is handed in, because the daemon is
// above this folder.
#pragma once

#include <functional>

#include "cli/node_options.h"

namespace dotmesh {

// Runs what the arguments say; returns the exit status. Wrong arguments: 2.
int run_command_line(int argc, char** argv, const std::function<int(const ServeOptions&)>& serve);

}  // namespace dotmesh
