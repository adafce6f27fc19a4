// The command line's side of the control socket.
#pragma once

#include <string>

#include "base/result.h"
#include "control/control_protocol.h"

namespace dotmesh {

// Asks the daemon behind `socket_path` and waits for its answer (a reload takes as long as the load):
// the result as JSON text.
Result<std::string> ask_daemon(const std::string& socket_path, const ControlRequest& request);

}  // namespace dotmesh
