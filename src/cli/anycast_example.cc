#include "cli/anycast_example.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <vector>

#include "anycast/example.h"
#include "control/control_client.h"

namespace dotmesh {
namespace {

// Those of the running node; without one, an address to be replaced.
std::vector<SocketAddress> service_addresses(const NodeConfig& config) {
  std::vector<SocketAddress> out;
  if (auto answer = ask_daemon(control_socket_of(config), {"status", ""})) {
    const auto status = nlohmann::json::parse(*answer, nullptr, false);
    for (const auto& service : status.value("anycast", nlohmann::json::object())
                                   .value("services", nlohmann::json::array())) {
      if (auto address = SocketAddress::parse(service.value("address", ""), 53))
        out.push_back(*address);
    }
  }
  if (!out.empty()) return out;
  fmt::print(
      "# 10.10.10.10 stands for the network's service addresses: no node that knows them is "
      "running.\n");
  return {*SocketAddress::parse("10.10.10.10", 53)};
}

}  // namespace

int anycast_example_main(const NodeOptions& node, const std::string& kind) {
  Diagnostics diagnostics;
  const NodeConfig config = resolve_node(node, diagnostics);
  if (diagnostics.has_errors()) {
    fmt::print(stderr, "{}", render_text(diagnostics));
    return 2;
  }
  anycast::Settings settings;
  settings.interface = config.anycast.interface;
  settings.bird_protocol = config.anycast.bird_protocol;
  if (auto known = anycast::bird_example(kind, settings, {}); !known) {
    fmt::print(stderr, "dotmesh: {}\n", known.error().message);
    return 2;
  }
  fmt::print("{}", *anycast::bird_example(kind, settings, service_addresses(config)));
  return 0;
}

}  // namespace dotmesh
