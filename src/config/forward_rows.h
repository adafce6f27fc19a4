// The rows of [[resolver.forward]], shared by both files. Only for node_config.cc and network_config.cc.
#pragma once

#include "config/forward.h"
#include "config/setting.h"

namespace dotmesh {

inline constexpr Setting kForwardRows[] = {
    required_setting<&ForwardEntry::zone>(
        "zone", "Questions for this name and all below it are forwarded; \".\" forwards everything."),
    required_setting<&ForwardEntry::to>("to", "The servers to ask, ADDRESS[@PORT]."),
};

}  // namespace dotmesh
