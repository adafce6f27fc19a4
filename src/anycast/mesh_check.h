// MeshCheck: asks one service address names of the mesh that it resolves with the help of other
// nodes, and reports; it decides nothing (docs/adr/0030-names-of-the-mesh.md).
//
// Never blocks. One thread; time is given.
#pragma once

#include <poll.h>

#include <chrono>
#include <string>
#include <vector>

#include "anycast/probe.h"
#include "anycast/question.h"
#include "base/clock.h"
#include "base/socket_address.h"

namespace dotmesh::anycast {

class MeshCheck {
 public:
  // A resolver that has stale data gives it after 1.8 s (RFC 8767): that is an answer.
  static constexpr std::chrono::milliseconds kEvery{2000};
  // One lost query is no fault.
  static constexpr unsigned kFaultAfter = 2;

  explicit MeshCheck(const SocketAddress& target) : probe_(target) {}

  // Call each round: judges what was asked kEvery ago and asks the next of `questions` (none: there
  // is nothing to ask). True: it has sent queries, one over UDP and one over TCP.
  bool on_time(const std::vector<Question>& questions, Clock::Monotonic now);
  void add_to(std::vector<pollfd>& waits) const { probe_.add_to(waits); }
  void look() { probe_.look(); }
  // Empty: none.
  const std::string& fault() const { return fault_; }

 private:
  void judge();

  Probe probe_;
  bool asked_ = false;
  Clock::Monotonic asked_at_{};
  std::size_t turn_ = 0;
  unsigned failed_in_row_ = 0;
  std::string fault_;
};

}  // namespace dotmesh::anycast
