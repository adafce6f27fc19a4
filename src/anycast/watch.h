// The watcher's loop; see watcher.h. The only process of the program that holds routes.
#pragma once

#include <sys/types.h>

#include <string>

namespace dotmesh::anycast {

struct WatchStart {
  pid_t server = -1;
  int address_interface = -1;  // descriptor; -1: could not be made
  std::string address_fault;   // why not
  std::string note;            // Status::note
  int pulse = -1;              // a byte each turn tells the keeper that the loop turns
  unsigned restarts = 0;
};

// What watch() returns.
inline constexpr int kServerGone = 0;  // everything is withdrawn
inline constexpr int kInterfaceFree =
    2;  // it was started without an address interface; one can be made now

int watch(const WatchStart& start);

}  // namespace dotmesh::anycast
