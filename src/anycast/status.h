// What the node knows about its service addresses: alive, ready and announced, kept apart. Written
// by the watcher process (watcher.h), read by `dotmesh status` and the status page. Values; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dotmesh::anycast {

// What of a service address stands in the routing.
enum class Route : std::uint8_t {
  kNone,
  kLastResort,  // a route so bad that it counts only where nobody else announces the address
  kNormal,
};
std::string_view route_word(Route route);  // "no", "last resort", "yes"

struct ServiceStatus {
  std::string address;    // "10.10.10.10@53"
  bool presented = true;  // false: this node does not listen there, and leaves it to others
  bool ready = false;     // it answers rightly, has done so for long enough, and no drain is on
  Route announced = Route::kNone;  // as the routing daemon or the kernel has confirmed
  std::string
      mesh_fault;   // names of the mesh that need other nodes are not resolved; decides nothing
  std::string why;  // why not ready, or not announced as it should be; empty: all is well
  std::int64_t since = 0;          // of `announced`, Unix seconds
  std::uint64_t probes = 0;        // rounds; each asks over UDP and TCP
  std::uint64_t failures = 0;      // rounds that failed
  std::uint64_t withdrawals = 0;   // times the route was taken back because of health
  std::uint64_t hold_down_ms = 0;  // how long it must be well before it is announced again
};

struct Status {
  std::string method;    // empty: this node announces nothing
  bool watched = false;  // the watcher process is there and reports
  bool alive = false;    // the server process lives and its workers turn
  bool drained = false;  // an operator or a stop wants no traffic here
  bool moved = false;    // during a drain: withdrawn, and traffic has moved or the limit has come:
                         // safe to stop
  std::string fault;     // what concerns all addresses: no privilege, no BIRD
  std::string note;      // what is worth knowing and keeps nothing from being announced
  std::uint64_t restarts = 0;      // of the watcher
  std::uint64_t queries_sent = 0;  // by the watcher, for whoever counts the node's queries
  std::vector<ServiceStatus> services;
};

// One line of JSON and back. The keys are those of `dotmesh status --json`.
std::string write_status(const Status& status);
Result<Status> read_status(std::string_view text);

}  // namespace dotmesh::anycast
