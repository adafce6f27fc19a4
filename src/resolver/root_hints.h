// Root hints (RFC 1034 section 5.3.2): where iteration begins. The built-in ones, and files of the root's NS
// records and their servers' addresses in zone file syntax, as InterNIC publishes them (named.root).
// Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "resolver/settings.h"

namespace dotmesh {

// a to m.root-servers.net, IPv4 and IPv6, port 53.
std::vector<RootHint> built_in_root_hints();

// In the order of the NS records; `port` is that of every address. Errors: no NS record of the root, a server
// without an address, a record that does not belong here.
std::vector<RootHint> parse_root_hints(const std::string& path, std::string_view text, Diagnostics& diagnostics,
                                       std::uint16_t port = 53);

}  // namespace dotmesh
