// Where a command finds its node: the node file or, without one, what stands on the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "config/node_config.h"

namespace dotmesh {

inline constexpr const char* kDefaultNodeFile = "/etc/dotmesh/node.toml";
inline constexpr const char* kDefaultListen = "127.0.0.1@5353";

// Of every command that concerns a node; empty: not given.
struct NodeOptions {
  std::string config;
  std::string state;
};

struct ServeOptions : NodeOptions {
  std::string repo;  // a URL, a path of a git repository, or a plain folder
  std::vector<std::string> listen;
  bool verbose = false;
};

// The node's configuration with the options put over it. Good only if `diagnostics` has no errors
// afterwards.
NodeConfig resolve_node(const NodeOptions& options, Diagnostics& diagnostics);
NodeConfig resolve_node(const ServeOptions& options, Diagnostics& diagnostics);

// The control socket of a running node.
std::string control_socket_of(const NodeConfig& config);

// Where state is kept without a node file: /var/lib/dotmesh for root, else below the user's
// XDG_STATE_HOME or ~/.local/state.
std::string default_state_folder();

}  // namespace dotmesh
