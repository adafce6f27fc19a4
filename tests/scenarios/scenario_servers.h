// The servers of a scenario: what the RANGEs (and one-shot REPLY steps) answer at the present step.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "simulation/simulated_network.h"

namespace dotmesh::scenarios {

class ScenarioServers final : public simulation::Servers {
 public:
  // Appends a line to `trace` for every query. Both must outlive it.
  ScenarioServers(const Scenario& scenario, bool servfail_when_unmatched, std::string& trace);

  void set_step(unsigned number) { step_ = number; }
  unsigned step() const { return step_; }
  unsigned unmatched() const { return unmatched_; }
  // In words, when an entry marked MANDATORY was never used.
  std::string unmet_mandatory() const;

  void on_query(const simulation::SentQuery& query, std::vector<simulation::Arrival>& arrivals) override;

 private:
  bool is_known(const SocketAddress& address) const;
  const Entry* find_entry(const SocketAddress& server, const PlainMessage& query, bool tcp);

  const Scenario& scenario_;
  bool servfail_;
  std::string& trace_;
  std::vector<SocketAddress> known_;
  std::set<const Entry*> used_;  // of REPLY steps; and mandatory ones
  unsigned step_ = 0;
  unsigned unmatched_ = 0;
};

}  // namespace dotmesh::scenarios
