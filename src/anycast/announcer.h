// Announcer: puts routes of service addresses into the routing and takes them back, by one of the
// methods.
//
// want() says what should be; it takes effect at once or as soon as the routing daemon listens, is
// repeated until it is so, and confirmed() says what is. Whatever was announced goes when the
// process ends, however it ends. Never blocks for longer than a system call. One thread.
#pragma once

#include <poll.h>

#include <memory>
#include <string>
#include <vector>

#include "anycast/intent.h"
#include "anycast/status.h"
#include "base/clock.h"
#include "base/socket_address.h"

namespace dotmesh::anycast {

class Announcer {
 public:
  virtual ~Announcer() = default;
  virtual void want(const SocketAddress& address, Route route, Clock::Monotonic now) = 0;
  virtual Route confirmed(const SocketAddress& address) const = 0;
  // What keeps the routing from being as wanted; empty: nothing.
  virtual std::string fault(const SocketAddress& address) const = 0;
  // Time passes: repeats what must be repeated. Call each round.
  virtual void on_time(Clock::Monotonic now) = 0;
  virtual void add_to(std::vector<pollfd>& waits) const = 0;
  virtual void look(Clock::Monotonic now) = 0;
};

// method = "interface": the address stands on interface NAME (or NAME-last), which the routing
// daemon exports.
std::unique_ptr<Announcer> make_interface_announcer(const Settings& settings);
// method = "bird": protocols of BIRD, switched through its control socket.
std::unique_ptr<Announcer> make_bird_announcer(const Settings& settings);

// "dotmesh_10_10_10_10" of "dotmesh_{address}".
std::string protocol_name(std::string_view pattern, const SocketAddress& address, Route route);
// The pattern that fits all of them, for BIRD: "dotmesh_*".
std::string protocol_pattern(std::string_view pattern);

}  // namespace dotmesh::anycast
