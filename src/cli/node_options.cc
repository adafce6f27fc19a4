#include "cli/node_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "control/control_protocol.h"
#include "repo/git_source.h"

namespace dotmesh {
namespace {

namespace fs = std::filesystem;

std::string absolute(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::absolute(path, error).lexically_normal();
  return error ? path : whole.string();
}

NodeConfig base_config(const NodeOptions& options, bool described_by_options, Diagnostics& diagnostics) {
  if (!options.config.empty()) return load_node_config(options.config, diagnostics);
  std::error_code ignored;
  if (!described_by_options && options.state.empty() && fs::exists(kDefaultNodeFile, ignored)) {
    return load_node_config(kDefaultNodeFile, diagnostics);
  }
  NodeConfig config = default_node_config();
  config.node.state.path = default_state_folder();
  return config;
}

// A folder that git does not understand is followed as a plain one; everything else is git's matter.
void put_source(const std::string& repo, NodeConfig& config) {
  config.source.repo.location.clear();
  config.source.path.path.clear();
  std::error_code ignored;
  if (!fs::exists(repo, ignored)) {
    config.source.repo.location = repo;
  } else if (fs::is_directory(repo, ignored) && !is_git_repository(repo)) {
    config.source.path.path = absolute(repo);
  } else {
    config.source.repo.location = absolute(repo);
  }
}

void put_listen(const std::vector<std::string>& addresses, NodeConfig& config, Diagnostics& diagnostics) {
  if (!addresses.empty()) config.listen.clear();
  for (const std::string& text : addresses) {
    auto address = SocketAddress::parse(text, 53);
    if (!address) {
      diagnostics.error("listen", {"--listen", 0, 0}, address.error().message);
      continue;
    }
    ListenEntry entry;
    entry.address = *address;
    entry.role.bits = kRoleAuthority | kRoleResolver;
    config.listen.push_back(entry);
  }
}

}  // namespace

std::string default_state_folder() {
  if (::geteuid() == 0) return "/var/lib/dotmesh";
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && state[0] == '/') {
    return std::string(state) + "/dotmesh";
  }
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr && home[0] == '/' ? home : "/tmp") + "/.local/state/dotmesh";
}

NodeConfig resolve_node(const NodeOptions& options, Diagnostics& diagnostics) {
  NodeConfig config = base_config(options, false, diagnostics);
  if (!options.state.empty()) config.node.state = {absolute(options.state)};
  return config;
}

NodeConfig resolve_node(const ServeOptions& options, Diagnostics& diagnostics) {
  NodeConfig config = base_config(options, !options.repo.empty(), diagnostics);
  if (!options.state.empty()) config.node.state = {absolute(options.state)};
  if (!options.repo.empty()) put_source(options.repo, config);
  put_listen(options.listen, config, diagnostics);
  if (config.listen.empty()) put_listen({kDefaultListen}, config, diagnostics);
  if (!diagnostics.has_errors() && config.source.repo.empty() && config.source.path.empty()) {
    diagnostics.error("no-source", {options.config.empty() ? "dotmesh serve" : options.config, 0, 0},
                      "nothing to follow", "name the network's repository with --repo PATH|URL, or in the node "
                                           "file: [source] repo = \"...\"");
  }
  return config;
}

std::string control_socket_of(const NodeConfig& config) {
  if (!config.control.socket.empty()) return config.control.socket.path;
  return fmt::format("{}/{}", config.node.state.path, kControlSocketName);
}

}  // namespace dotmesh
