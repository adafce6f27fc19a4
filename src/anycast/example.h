// Configuration of BIRD 2 for the methods of announcing (docs/anycast.md). Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "anycast/intent.h"
#include "base/result.h"
#include "base/socket_address.h"

namespace dotmesh::anycast {

// `kind`: "bird-ospf", "bird-ospf-stub" or "bird-bgp".
Result<std::string> bird_example(const std::string& kind, const Settings& settings,
                                 const std::vector<SocketAddress>& addresses);

}  // namespace dotmesh::anycast
