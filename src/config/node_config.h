// NodeConfig: the node file (/etc/dotmesh/node.toml), what one machine does. Secrets and everything
// local live here, never in git. Every key is a row in node_config.cc; docs/reference/node-file.md is
// written from the same rows. A value; read once at start.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/ip_prefix.h"
#include "base/result.h"
#include "base/socket_address.h"
#include "config/forward.h"
#include "config/setting.h"
#include "config/source_text.h"
#include "config/values.h"
#include "dns/name.h"

namespace dotmesh {

struct NodeSection {
  std::string name;       // empty: the host's name
  FilePath state;
  std::uint32_t workers{};  // 0: one per core
  Located<std::string> user;  // empty: stay
};

struct SourceSection {
  RepoLocation repo;
  FilePath path;
  std::string branch;  // empty: the remote's default branch
  std::chrono::milliseconds interval{};
  std::chrono::milliseconds timeout{};
  FilePath ssh_key;
  FilePath ssh_known_hosts;
};

struct ListenEntry {
  Place place;
  SocketAddress address;
  RoleSet role;
};

struct HttpSection {
  std::optional<Located<SocketAddress>> address;
};

struct ControlSection {
  FilePath socket;  // empty: control.sock in the state folder
};

struct ResolverSection {
  FilePath root_hints;                    // empty: built in
  std::optional<FilePath> trust_anchors;  // absent: built in
  std::vector<Name> negative_trust_anchors;
  ByteSize cache_size;
  std::chrono::milliseconds cache_min_ttl{};
  std::chrono::milliseconds cache_max_ttl{};
  bool qname_minimisation{};
  bool priming{};
  bool prefetch{};
  std::chrono::milliseconds serve_stale{};
  bool cookies{};
  bool randomise_case{};
  bool special_use_names{};
  bool ipv4{};
  bool ipv6{};
  std::uint32_t edns_buffer_size{};
  bool allow_loopback_servers{};
  std::optional<bool> persist_cache;  // absent: unless it resolves for everyone
  bool public_recursion{};
  std::vector<IpPrefix> allow;
  std::vector<ForwardEntry> forward;

  bool resolves_for_everyone() const;
  // Whether the cache is saved: it holds names that clients asked for (docs/adr/0027-what-is-written.md).
  bool keeps_cache() const { return persist_cache.value_or(!resolves_for_everyone()); }
};

struct LimitsSection {
  ByteSize amplification;                            // a second
  std::vector<Located<std::string>> cookie_secrets;  // 32 hexadecimal digits each
};

// How the network's service addresses are announced (docs/adr/0016-anycast-watcher.md).
struct AnycastSection {
  std::string method;  // "": nothing is announced; "interface", "bird"
  std::string interface;
  FilePath bird_socket;
  std::string bird_protocol;  // "{address}" stands for the address, dots and colons as underscores
  std::chrono::milliseconds probe_interval{};
  std::uint32_t down_after{};
  std::uint32_t up_after{};
  std::chrono::milliseconds hold_down{};
  std::chrono::milliseconds hold_down_most{};
  bool last_resort{};
  std::chrono::milliseconds linger{};
  std::chrono::milliseconds drain_limit{};
};

struct FleetSection {
  std::chrono::milliseconds interval{};  // 0: the other nodes are not asked
};

struct NodeConfig {
  NodeSection node;
  SourceSection source;
  std::vector<ListenEntry> listen;
  HttpSection http;
  FleetSection fleet;
  ControlSection control;
  ResolverSection resolver;
  LimitsSection limits;
  AnycastSection anycast;
  SourceText text;  // what it was read from, to point into

  // What turned out wrong with the setting at `place` when it was used; `error` may hold "fault; way out".
  Diagnostic fault(Severity severity, std::string code, const Place& place, const Error& error) const;
  // "node.toml:12:11: " for a line of the log; empty for what stands in no file.
  std::string at(const Place& place) const;
};

// Reads the text of a node file. `file` is its path: it stands in messages, and relative paths start
// at its folder. Faults go to `diagnostics`; the result is good only if none of them is an error.
NodeConfig parse_node_config(std::string_view text, const std::string& file, Diagnostics& diagnostics);
// The same from the file on disk; a file that cannot be read is a fault.
NodeConfig load_node_config(const std::string& file, Diagnostics& diagnostics);
// Every setting at its default.
NodeConfig default_node_config();

// The rows, for the reference page and its test.
const TableSpec& node_file_spec();

}  // namespace dotmesh
