// What the command line may ask the daemon (docs/OPERATIONS.md): status, reload, node, fleet, zones, zone NAME,
// flush NAME, trace NAME TYPE, drain, undrain. Each returns JSON text whose keys are stable; more
// may come.
//
// Commands run on the control server's threads and only read; reload waits for the follower, drain
// for traffic to move.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "anycast/status.h"
#include "base/clock.h"
#include "base/snapshot.h"
#include "control/control_server.h"
#include "control/query_trace.h"
#include "dns/name.h"
#include "network/generation.h"
#include "repo/follower.h"
#include "repo/updater.h"
#include "resolver/anchor_keeper.h"
#include "server/counters.h"

namespace dotmesh {

// The daemon's parts as the commands see them; all must outlive the commands.
struct ControlContext {
  std::string node_name;
  std::vector<std::string> listening;
  Clock::Wall started{};
  const Clock* clock = nullptr;
  const Snapshot<Generation>* published = nullptr;
  const Updater* updater = nullptr;
  Follower* follower = nullptr;
  std::function<ServerStats()> server_stats;
  // Named numbers of the resolver, as they stand in `status`.
  std::function<std::vector<std::pair<std::string, std::uint64_t>>()> resolver_counts;
  // The trust anchors that it follows; empty: no resolver here.
  std::function<std::vector<TrustPoint>()> trust_points;
  // Forgets what the cache holds at and below a name; how many entries went. Empty: no resolver here.
  std::function<std::size_t(NameView)> flush;
  // How this node arrives at an answer; JSON. One at a time.
  std::function<Result<std::string>(const TraceQuestion&)> trace;
  // The service addresses; empty: this node announces none.
  std::function<anycast::Status()> anycast;
  // The nodes of the network as this one sees them; JSON.
  std::function<std::string()> fleet;
  // Takes the routes back and waits until traffic has moved, or puts them back; JSON.
  std::function<Result<std::string>(bool)> drain;
};

CommandTable make_commands(ControlContext context);

// 2026-01-31T12:00:00Z; empty for the epoch, which stands for never.
std::string utc_time_text(Clock::Wall time);

}  // namespace dotmesh
