// [[resolver.forward]]: names whose questions go to given servers. Stands in the node file and, for the
// whole network, in the network file. A value.
#pragma once

#include <vector>

#include "base/socket_address.h"
#include "config/source_text.h"
#include "dns/name.h"

namespace dotmesh {

struct ForwardEntry {
  Place place;
  Located<Name> zone;  // this name and all below it; the root forwards everything
  std::vector<Located<SocketAddress>> to;
};

}  // namespace dotmesh
