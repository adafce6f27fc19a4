#include "anycast/example.h"

#include <fmt/format.h>

#include <algorithm>

#include "anycast/announcer.h"

namespace dotmesh::anycast {
namespace {

// Routes that dotmesh switches. They lead through its interface, so they die with the watcher
// process.
std::string static_routes(const Settings& settings, const std::vector<SocketAddress>& addresses) {
  std::string out;
  for (const SocketAddress& address : addresses) {
    const std::string prefix =
        fmt::format("{}/{}", address.address_to_string(), address.address().size() * 8);
    for (const Route route : {Route::kNormal, Route::kLastResort}) {
      out += fmt::format(
          "protocol static {} {{\n  disabled;  # dotmesh enables it\n  {};\n  route {} via "
          "\"{}\";\n}}\n",
          protocol_name(settings.bird_protocol, address, route),
          address.is_ipv6() ? "ipv6" : "ipv4", prefix, settings.interface);
    }
  }
  return out;
}

std::string device(const Settings& settings) {
  return fmt::format(
      "# Interfaces made by dotmesh: {0} carries announced routes; {0}-addr leads the addresses to "
      "this machine and has none.\nprotocol device {{ }}\n",
      settings.interface);
}

std::string ospf_export(const Settings& settings) {
  const std::string ours = protocol_pattern(settings.bird_protocol);
  return fmt::format(
      "filter dotmesh_to_ospf {{\n"
      "  if proto ~ \"{0}_last\" then {{ ospf_metric1 = 60000; accept; }}  # type 1, so the "
      "nearest of the worst\n"
      "  if proto ~ \"{0}\" then {{ ospf_metric1 = 10; accept; }}\n"
      "  reject;\n}}\n",
      ours);
}

// One instance for each address family (RFC 2328, RFC 5340).
std::string ospf_instance(bool ipv6) {
  return fmt::format(
      "protocol ospf {} {{\n"
      "  {} {{ import all; export filter dotmesh_to_ospf; }};\n"
      "  area 0 {{\n"
      "    interface \"eth0\" {{                    # the link into the mesh\n"
      "      type ptmp; neighbors {{ {}; }};  # PtMP asks by unicast: name the routers\n"
      "      hello 10; dead 40; retransmit 5;      # the network's timers; all neighbours must "
      "agree\n"
      "    }};\n  }};\n}}\n",
      ipv6 ? "v3 mesh6" : "v2 mesh", ipv6 ? "ipv6" : "ipv4", ipv6 ? "fe80::1" : "192.0.2.1");
}

std::string ospf(const Settings& settings, const std::vector<SocketAddress>& addresses) {
  const bool ipv6 =
      std::ranges::any_of(addresses, [](const SocketAddress& a) { return a.is_ipv6(); });
  return device(settings) + static_routes(settings, addresses) + ospf_export(settings) +
         ospf_instance(false) + (ipv6 ? ospf_instance(true) : std::string());
}

std::string ospf_stub(const Settings& settings) {
  return fmt::format(
      "# [anycast] method = \"interface\". An intra-area route beats every external one, whatever "
      "its cost: for as long as\n"
      "# one node of the area announces the address from an interface, all must "
      "(docs/anycast.md).\n"
      "# For the same reason an external route is one of last resort.\n"
      "protocol device {{ }}\n"
      "protocol direct dotmesh_last {{ ipv4; interface \"{0}-last\"; }}\n"
      "filter dotmesh_to_ospf {{\n"
      "  if proto = \"dotmesh_last\" then {{ ospf_metric2 = 60000; accept; }}\n"
      "  reject;\n}}\n"
      "protocol ospf v2 mesh {{\n"
      "  ipv4 {{ import all; export filter dotmesh_to_ospf; }};\n"
      "  area 0 {{\n"
      "    interface \"{0}\" {{ stub; }};  # addresses that dotmesh announces\n"
      "    interface \"eth0\" {{            # the link into the mesh\n"
      "      type ptmp; neighbors {{ 192.0.2.1; }};  # PtMP asks by unicast: name the routers\n"
      "      hello 10; dead 40; retransmit 5;      # the network's timers; all neighbours must "
      "agree\n"
      "    }};\n  }};\n}}\n",
      settings.interface);
}

std::string bgp(const Settings& settings, const std::vector<SocketAddress>& addresses) {
  const std::string ours = protocol_pattern(settings.bird_protocol);
  return device(settings) + static_routes(settings, addresses) +
         fmt::format(
             "filter dotmesh_to_bgp {{\n"
             "  if proto ~ \"{0}_last\" then {{  # a longer path: counts only where nobody else "
             "announces it\n"
             "    bgp_path.prepend(65001); bgp_path.prepend(65001); bgp_path.prepend(65001); "
             "accept;\n  }}\n"
             "  if proto ~ \"{0}\" then accept;\n  reject;\n}}\n"
             "protocol bfd {{ interface \"eth0\" {{ min rx interval 100 ms; min tx interval 100 "
             "ms; multiplier 3; }}; }}\n"
             "protocol bgp uplink {{\n"
             "  local as 65001;                 # this node\n"
             "  neighbor 192.0.2.1 as 65000;    # its router\n"
             "  bfd on;\n"
             "  ipv4 {{ import all; export filter dotmesh_to_bgp; next hop self; }};\n"
             "  ipv6 {{ import all; export filter dotmesh_to_bgp; next hop self; }};\n}}\n",
             ours);
}

}  // namespace

Result<std::string> bird_example(const std::string& kind, const Settings& settings,
                                 const std::vector<SocketAddress>& addresses) {
  if (kind == "bird-ospf") return ospf(settings, addresses);
  if (kind == "bird-ospf-stub") return ospf_stub(settings);
  if (kind == "bird-bgp") return bgp(settings, addresses);
  return fail(fmt::format(
      "there is no example \"{}\"; there are bird-bgp, bird-ospf and bird-ospf-stub", kind));
}

}  // namespace dotmesh::anycast
