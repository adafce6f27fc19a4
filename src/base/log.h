// The node's own log: one line an event to standard error (journald adds time and priority under
// systemd). It tells what the node does, never who asked for what (docs/PRIVACY: no query log exists).
// Thread-safe after log_open(); never called on the way of a query.
#pragma once

#include <spdlog/spdlog.h>

#include <string_view>

namespace dotmesh {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// Sets the process-wide logger; call once at start, before other threads exist.
void log_open(LogLevel level);

}  // namespace dotmesh
