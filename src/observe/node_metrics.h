// What the node tells to Prometheus, as text. Every figure is one that `dotmesh status` has too.
// The only labels that are not fixed words are the commit that is served, the network's service
// addresses and its nodes' names. A pure function; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "anycast/status.h"
#include "base/clock.h"
#include "observe/fleet.h"
#include "query/query_counters.h"
#include "repo/updater.h"
#include "server/counters.h"

namespace dotmesh::observe {

struct NodeFigures {
  std::string version;
  Clock::Wall started{};
  unsigned workers = 0;
  ServerStats server;
  QueryStats queries;
  std::vector<std::pair<std::string, std::uint64_t>>
      resolver;  // as RecursiveService::counts() names them
  UpdaterStatus updater;
  std::size_t zones = 0;
  anycast::Status anycast;
  std::vector<FleetNode> fleet;
};

std::string render_metrics(const NodeFigures& figures);

}  // namespace dotmesh::observe
