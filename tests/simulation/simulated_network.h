// SimulatedNetwork: the network under a Resolver in tests: simulated time, one queue of what will
// arrive when, and whatever servers a test puts behind it. Deterministic: all chance comes from a seed.
//
// It keeps the contract of resolver/upstream.h as the daemon's sockets do: an exchange gets one response or
// failure and no more; a message whose ID is not the query's never reaches the core.
// One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <span>
#include <vector>

#include "base/socket_address.h"
#include "resolver/resolver.h"
#include "resolver/time.h"
#include "resolver/upstream.h"

namespace dotmesh::simulation {

using Duration = std::chrono::nanoseconds;

struct SentQuery {
  ExchangeId id = 0;
  UpstreamTransport transport = UpstreamTransport::kUdp;
  SocketAddress server;
  std::vector<std::uint8_t> message;
  Duration since_start{};  // when it was sent
};

// What comes back, `delay` after the query was sent: a message, or a failure.
struct Arrival {
  Duration delay{};
  std::vector<std::uint8_t> message;
  std::optional<UpstreamFailure> failure = {};
};

class Servers {
 public:
  virtual ~Servers() = default;
  // Appends what will come back; nothing: silence. Several: only the first with the right ID counts.
  virtual void on_query(const SentQuery& query, std::vector<Arrival>& arrivals) = 0;
};

class SimulatedNetwork final : public Upstream {
 public:
  // `servers` must outlive it.
  SimulatedNetwork(Servers& servers, std::uint64_t seed, std::int64_t wall)
      : servers_(servers), random_(seed) {
    set_wall(wall);
  }

  // Who gets the responses; must outlive the network's use.
  void attach(Resolver& resolver) { resolver_ = &resolver; }

  void send(ExchangeId id, UpstreamTransport transport, const SocketAddress& server,
            std::span<const std::uint8_t> query) override;
  void forget(ExchangeId id) override;
  void random(std::span<std::uint8_t> octets) override;

  ResolverTime now() const;
  // Carries out what is due, step by step, until `done` says so (true) or `limit` has passed (false).
  bool run(Duration limit, const std::function<bool()>& done);
  void pass(Duration time) { run(time, [] { return false; }); }
  // The wall clock is set; nothing else moves.
  void set_wall(std::int64_t wall) { wall_ = wall - std::chrono::duration_cast<std::chrono::seconds>(monotonic_).count(); }

  std::uint64_t queries_sent() const { return queries_sent_; }
  std::uint64_t forged() const { return forged_; }  // arrivals with another ID, or for nobody
  std::size_t open_exchanges() const { return open_.size(); }

 private:
  static constexpr Duration kStart = std::chrono::seconds(1000);  // no clock starts at nought
  struct Event {
    Duration at;
    std::uint64_t order;  // equal times: first come, first served
    ExchangeId id;
    Arrival arrival;
    bool operator>(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  bool step(Duration end);
  void deliver(const Event& event);

  Servers& servers_;
  Resolver* resolver_ = nullptr;
  std::mt19937_64 random_;
  std::int64_t wall_ = 0;  // Unix seconds when monotonic_ was nought
  Duration monotonic_ = kStart;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::map<ExchangeId, std::uint16_t> open_;  // and the query's ID
  std::uint64_t order_ = 0;
  std::uint64_t queries_sent_ = 0;
  std::uint64_t forged_ = 0;
};

}  // namespace dotmesh::simulation
