// Authorities: the servers of a World on a SimulatedNetwork, honest or not, behind links that lose, delay,
// double and reorder. One thread.
#pragma once

#include <map>
#include <string>

#include "simulation/simulated_network.h"
#include "simulation/world.h"

namespace dotmesh::simulation {

// What a server does with queries, other than answer. The first group harms nobody who checks; a resolver
// must find the truth as long as one other server of the zone is honest.
enum class Manner : std::uint8_t {
  kHonest,
  kSilent,
  kUnreachable,
  kServfail,
  kRefused,
  kLame,        // NOERROR, no AA, nothing in it
  kUpward,      // refers to the root
  kGarbage,     // random octets under the right ID
  kOtherQuestion,
  kNoEdns,      // FORMERR to EDNS, right without
  kTcOnly,      // TC to everything over UDP
  kPoison,      // right answers with records for others' names added
  kWrongIds,    // a burst of forged IDs before the right answer
  // These change what the zone says: only a chain of trust shows it.
  kStripSignatures,
  kFlipAddress,
};
inline constexpr std::size_t kManners = 15;
inline constexpr std::size_t kHarmlessManners = 13;

struct Link {
  double loss = 0;
  double doubled = 0;
  Duration least = std::chrono::milliseconds(1);
  Duration most = std::chrono::milliseconds(45);  // below the least time-out of a resolver: silence is silence
};

// An address that stands in no zone: it must never reach a client.
inline constexpr std::uint8_t kPoisonAddress[4] = {203, 0, 113, 66};

class Authorities final : public Servers {
 public:
  // `world` must outlive it.
  Authorities(const World& world, std::uint64_t seed, const Link& link) : world_(world), random_(seed), link_(link) {}

  void set_manner(std::size_t server, Manner manner) { manners_[server] = manner; }
  Manner manner(std::size_t server) const;

  // A line for every query is appended there; must outlive the use.
  void set_trace(std::string* trace) { trace_ = trace; }

  void on_query(const SentQuery& query, std::vector<Arrival>& arrivals) override;

 private:
  void note(const SentQuery& sent, const WorldServer* server, const std::vector<Arrival>& arrivals) const;
  void answer(Manner manner, const WorldServer& server, const SentQuery& sent, std::vector<Arrival>& arrivals);
  PlainMessage truthful(const WorldServer& server, const SentQuery& sent, const PlainMessage& query) const;
  void poison(const WorldServer& server, PlainMessage& message);
  Duration delay();

  const World& world_;
  Random random_;
  Link link_;
  std::map<std::size_t, Manner> manners_;
  std::string* trace_ = nullptr;
};

}  // namespace dotmesh::simulation
