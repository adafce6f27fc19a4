// The subcommands that ask a running daemon: status, fleet, reload, zones, zone, trace, cache flush,
// drain, undrain. Each prints for people, or the daemon's JSON, and returns the exit status: 0
// good, 1 something is wrong, 2 the daemon could not be asked.
#pragma once

#include <string>

#include "cli/node_options.h"

namespace dotmesh {

int status_main(const NodeOptions& node, bool as_json);
int reload_main(const NodeOptions& node, bool as_json);
int zones_main(const NodeOptions& node, bool as_json);
int drain_main(const NodeOptions& node, bool on, bool as_json);
int flush_main(const NodeOptions& node, const std::string& name, bool as_json);
int trace_main(const NodeOptions& node, const std::string& name, const std::string& type,
               bool fresh, bool as_json);
int fleet_main(const NodeOptions& node, bool as_json);
int zone_main(const NodeOptions& node, const std::string& name, bool as_json);

// What `status` and `reload` print of the daemon's JSON.
std::string status_text(const std::string& json);
std::string reload_text(const std::string& json);

}  // namespace dotmesh
