// Fleet: the other nodes of the network, as this one sees them. It asks each [[node]] of the network file for /api/node
// of its HTTP address now and then, and keeps the last answer.
//
// Bounded: kMaxFleetNodes (config/network_config.h), kAtOnce of them at a time, each for kPatience and kMaxAnswer octets
// at the most; what an answer says is cut to kMaxWord printable characters, because a node may be anyone's.
// Rounds begin an interval apart, give or take a fifth, so that nodes do not ask in step. A thread of its own with
// kAtOnce helpers while it asks; start(), stop(): one thread; the rest: any. Errors stand in FleetNode::error.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "config/network_config.h"

namespace dotmesh::observe {

struct FleetNode {
  std::string name;
  std::string address;
  std::string state;  // "well", "faults", "drained", "empty"; empty: it did not say
  std::string commit;
  std::string version;
  std::optional<double> latency_ms;  // of one request, connecting included; none: the node itself, or no answer
  std::string error;                 // why there is no answer; empty: there is

  bool operator==(const FleetNode&) const = default;
};

class Fleet {
 public:
  static constexpr std::size_t kAtOnce = 8;
  static constexpr std::chrono::seconds kPatience{3};
  static constexpr std::chrono::seconds kConnectPatience{1};
  // Of a mistyped setting.
  static constexpr std::chrono::milliseconds kMinInterval{1000};
  static constexpr std::size_t kMaxAnswer = 16 << 10;
  static constexpr std::size_t kMaxWord = 80;

  struct Options {
    std::string own_name;  // its entry is answered by own_answer()
    std::function<std::string()> own_answer;  // what /api/node says
    std::function<std::vector<NodeEntry>()> members;  // of the generation that is served
    std::chrono::milliseconds interval{};  // 0: nobody is asked
  };

  Fleet(Options options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}
  ~Fleet() { stop(); }
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  void start();
  // At the latest after kConnectPatience.
  void stop();
  // The members may have changed: the next round begins now.
  void wake();
  // In the order of the network file.
  std::vector<FleetNode> nodes() const;

 private:
  struct Asking;

  void run();
  void round();
  FleetNode ask(const NodeEntry& member, Asking& asking) const;
  void end_overdue(std::vector<Asking>& all) const;
  bool stopping() const { return stop_.load(); }

  const Options options_;
  const Clock& clock_;
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool wake_ = false;             // guarded by mutex_
  std::vector<FleetNode> nodes_;  // guarded by mutex_
  std::thread thread_;
};

// What a node's /api/node says, into `node`; its error is set when the answer is none.
void read_fleet_answer(std::string_view answer, FleetNode& node);
// A JSON array of objects with the keys of FleetNode.
std::string fleet_json(const std::vector<FleetNode>& nodes);

}  // namespace dotmesh::observe
