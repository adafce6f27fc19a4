// Interfaces and addresses of this machine, as the watcher needs them (netlink, TUN).
//
// A TUN interface that is not persistent lives exactly as long as a descriptor of it is open:
// whatever hangs on it (addresses, routes through it) goes with the last process that holds one,
// however that process ends (docs/adr/0016-anycast-watcher.md). Nobody reads what is sent to it.
// One thread.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/socket_address.h"
#include "server/descriptor.h"

namespace dotmesh::anycast {

// Makes the interface, and it is not up yet; sets it up; both. A fault names the capability and the
// way out.
Result<Descriptor> open_interface(const std::string& name);
Result<void> set_interface_up(const std::string& name);
Result<Descriptor> make_interface(const std::string& name);

// Puts the address (as /32 or /128) on the interface, or takes it off; what is so already is no
// fault.
Result<void> add_address(const std::string& interface, const SocketAddress& address);
Result<void> remove_address(const std::string& interface, const SocketAddress& address);

// Makes the machine answer for the address although no interface has it: a route of type local,
// which goes with the interface. Routing daemons that look at addresses do not see it. What is so
// already is no fault.
Result<void> add_local_route(const std::string& interface, const SocketAddress& address);
void remove_local_route(const std::string& interface, const SocketAddress& address);

// An interface other than those whose names begin with `ours` that has the address, lo included,
// which OSPF exports as willingly; for an address of loopback: none.
std::optional<std::string> foreign_holder(const SocketAddress& address, const std::string& ours);

}  // namespace dotmesh::anycast
