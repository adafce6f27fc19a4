// One message of the link between server and watcher (watcher.h): text, and descriptors with it.
// Any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "server/descriptor.h"

namespace dotmesh::anycast {

struct LinkMessage {
  bool nothing = false;  // there is none now
  bool closed = false;   // and will be none
  std::string text;
  std::vector<Descriptor> descriptors;
};

// False: it did not fit. Whoever is at the other end cannot be trusted to read; never blocks.
bool send_message(int link, const std::string& text, std::span<const int> descriptors = {});
// Never blocks.
LinkMessage receive_message(int link);

}  // namespace dotmesh::anycast
