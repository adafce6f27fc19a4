// The watcher: a process beside the server that asks every service address and holds the
// announcement (docs/adr/0016-anycast-watcher.md). Two processes in truth: a keeper, which only
// waits, and the watcher itself, which the keeper starts again when it dies or falls silent.
//
// This program, started again by the server (link.h) as `dotmesh anycast-watch INTERFACE PID`, with
// the link to the server as descriptor kLinkDescriptor. The link carries whole messages
// (SOCK_SEQPACKET):
//   server -> watcher   an Intent with the workers' state files (worker_threads.h), or a beat:
//                       {"stuck": N} workers whose loop does not turn
//   watcher -> server   "hello" with the descriptor of the address interface, or a Status
// When the server is gone (its process has ended, or the link), the watcher withdraws everything
// and ends.
#pragma once

#include <string>

namespace dotmesh::anycast {

inline constexpr int kLinkDescriptor = 3;
inline constexpr const char* kWatchCommand = "anycast-watch";

// What the new process runs. Returns the exit status.
int watcher_main(const std::string& interface, const std::string& server_pid);

}  // namespace dotmesh::anycast
