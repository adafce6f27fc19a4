#include "simulation/simulated_network.h"

#include <algorithm>
#include <cstdlib>

#include "dns/wire.h"

namespace dotmesh::simulation {

void SimulatedNetwork::send(ExchangeId id, UpstreamTransport transport, const SocketAddress& server,
                            std::span<const std::uint8_t> query) {
  queries_sent_++;
  // A query without a header, or a number used twice: a fault of the core, not of the network.
  if (query.size() < kHeaderSize || !open_.emplace(id, load16(query.data())).second) std::abort();
  std::vector<Arrival> arrivals;
  servers_.on_query({id, transport, server, {query.begin(), query.end()}, monotonic_ - kStart}, arrivals);
  for (Arrival& arrival : arrivals) {
    Duration at = monotonic_ + std::max(arrival.delay, Duration(1));  // never while send() runs
    events_.push({at, order_++, id, std::move(arrival)});
  }
}

void SimulatedNetwork::forget(ExchangeId id) { open_.erase(id); }

void SimulatedNetwork::random(std::span<std::uint8_t> octets) {
  for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(random_());
}

ResolverTime SimulatedNetwork::now() const {
  return {monotonic_, wall_ + std::chrono::duration_cast<std::chrono::seconds>(monotonic_).count()};
}

bool SimulatedNetwork::run(Duration limit, const std::function<bool()>& done) {
  Duration end = monotonic_ + limit;
  while (!done()) {
    if (!step(end)) {
      monotonic_ = end;
      return done();
    }
  }
  return true;
}

// The next thing that happens; false when that is not before `end`.
bool SimulatedNetwork::step(Duration end) {
  std::optional<Duration> timer = resolver_->next_timer();
  bool by_timer = timer && (events_.empty() || *timer <= events_.top().at);
  if (!by_timer && events_.empty()) return false;
  Duration at = by_timer ? *timer : events_.top().at;
  if (at > end) return false;
  monotonic_ = std::max(monotonic_, at);
  if (by_timer) {
    resolver_->on_time(now());
    return true;
  }
  Event event = events_.top();
  events_.pop();
  deliver(event);
  return true;
}

void SimulatedNetwork::deliver(const Event& event) {
  auto open = open_.find(event.id);
  if (open == open_.end()) return;
  const Arrival& arrival = event.arrival;
  if (arrival.failure) {
    open_.erase(open);
    resolver_->on_failure(event.id, *arrival.failure, now());
    return;
  }
  if (arrival.message.size() < 2 || load16(arrival.message.data()) != open->second) {
    forged_++;
    return;
  }
  open_.erase(open);
  resolver_->on_response(event.id, arrival.message, now());
}

}  // namespace dotmesh::simulation
