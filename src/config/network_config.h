// NetworkConfig: the network file (dotmesh.toml at the root of the repository), what all nodes share.
// Every key is a row in network_config.cc; docs/reference/network-file.md is written from the same
// rows. Keys that this version does not know are warnings: nodes of several versions read one file.
// A value; part of a Generation.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/ip_prefix.h"
#include "base/socket_address.h"
#include "config/forward.h"
#include "config/setting.h"
#include "config/values.h"
#include "dns/name.h"

namespace dotmesh {

// Each node asks all others now and then (observe/fleet.h), and each has metrics of its own.
inline constexpr std::size_t kMaxFleetNodes = 256;
inline constexpr std::string_view kNetworkFile = "dotmesh.toml";

struct NetworkSection {
  std::string name;
  std::vector<Located<IpPrefix>> mesh_prefixes;
  std::vector<Located<std::string>> acknowledge;  // "CODE:SUBJECT"
};

struct GenerateEntry {
  Place place;
  Located<std::string> range;
  Located<std::string> owner;
  Located<std::string> type;
  Located<std::string> rdata;
  std::chrono::milliseconds ttl{};
};

struct ZoneDeclaration {
  Place place;
  Located<Name> name;
  Located<std::string> file;  // empty: none
  std::vector<Located<Name>> twins;
  std::vector<Located<Name>> reverse_of;
  std::vector<GenerateEntry> generate;
};

struct ServiceEntry {
  Place place;
  Located<SocketAddress> address;
  RoleSet role;
};

// One of the network's nodes, and where its HTTP address ([http] of its node file) is.
struct NodeEntry {
  Place place;
  Located<std::string> name;
  Located<SocketAddress> address;
};

struct NetworkResolverSection {
  std::vector<ForwardEntry> forward;
};

struct NetworkConfig {
  NetworkSection network;
  std::vector<ZoneDeclaration> zone;
  NetworkResolverSection resolver;
  std::vector<ServiceEntry> service;
  std::vector<NodeEntry> node;

  // Whether the network file acknowledges the finding `code` about `subject` (a name, an address):
  // acknowledge = ["two-addresses:wiki.mesh."]. Case and a final dot do not matter.
  bool acknowledged(std::string_view code, std::string_view subject) const;
};

// Reads the text of a network file. Faults go to `diagnostics`; the result is good only if none of
// them is an error.
NetworkConfig parse_network_config(const SourceText& source, Diagnostics& diagnostics);

// The rows, for the reference page and its test.
const TableSpec& network_file_spec();

}  // namespace dotmesh
