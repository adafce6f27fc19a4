// AnycastService: the daemon's part in announcing service addresses: which of the network's this
// node presents, what they must answer, draining. The watching and announcing are another process's
// (anycast/watcher.h).
//
// open() before privileges are given up; take_generation() in the follower's thread; on_time(),
// begin_stop() and may_stop() in the main thread; status() and drain() in any. A node without
// [anycast] method does nothing here.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "anycast/link.h"
#include "config/node_config.h"
#include "network/generation.h"
#include "server/server.h"

namespace dotmesh {

// What the watcher shall ask at the service addresses of `generation`, given what the node listens
// on. `before`: the generation that workers may still be answering from; may be null.
std::vector<anycast::Service> services_to_watch(const NodeConfig& config,
                                                const std::vector<ListenAddress>& listening,
                                                const Generation& generation,
                                                const Generation* before);

class AnycastService {
 public:
  // `config` and `server` must outlive this. `drained_file`: exists while an operator wants no
  // traffic here.
  AnycastService(const NodeConfig& config, const Server& server, std::string drained_file);

  bool enabled() const { return link_ != nullptr; }
  void open();
  // After open(), before there are connections, pipes or threads (see anycast/link.h). Until the
  // workers run, they count as hanging.
  void start();
  void take_generation(std::shared_ptr<const Generation> generation);
  void on_time();

  anycast::Status status() const;
  // Drains, and returns when traffic has moved or [anycast] drain_limit has passed; or undrains at
  // once. JSON.
  Result<std::string> drain(bool on);
  // Ends the waits of drain().
  void end_waits() { stopping_.store(true); }

  // A drain that no restart remembers, before the end of the process.
  void begin_stop();
  bool may_stop();

 private:
  using Time = std::chrono::steady_clock::time_point;

  // Watches traffic go, from the beginning of a drain.
  class Departure {
   public:
    explicit Departure(const AnycastSection& settings)
        : settings_(settings), began_(std::chrono::steady_clock::now()) {}
    // Whether it is safe to stop, given the queries received so far.
    bool over(bool withdrawn, std::uint64_t received);
    std::uint64_t last_second() const { return last_second_; }

   private:
    const AnycastSection& settings_;
    Time began_;
    Time withdrawn_{};
    Time sampled_{};
    std::uint64_t sample_ = 0;
    std::uint64_t last_second_ = 0;
    bool quiet_ = false;
  };

  void remember_drain(bool on) const;
  bool withdrawn() const;
  std::uint64_t received() const;
  std::vector<std::uint64_t> turns();
  void watch(const Generation* before);

  const NodeConfig& config_;
  const Server& server_;
  const std::string drained_file_;
  std::unique_ptr<anycast::Link> link_;
  std::mutex mutex_;
  std::shared_ptr<const Generation> generation_;
  std::shared_ptr<const Generation> before_;
  Time published_{};
  std::unique_ptr<Departure> departure_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> moved_{false};
};

}  // namespace dotmesh
