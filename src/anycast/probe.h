// Probe: asks one service address one question over UDP and over TCP, as a client on this machine
// does, through the listening sockets of the server. Each begin() uses new sockets, so that all
// workers have their turn.
//
// Never blocks. begin() ends what was under way. One thread.
#pragma once

#include <poll.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "anycast/question.h"
#include "base/socket_address.h"
#include "server/descriptor.h"

namespace dotmesh::anycast {

class Probe {
 public:
  explicit Probe(SocketAddress target) : target_(target) {}

  void begin(const Question& question);
  // Looks what has arrived; call whenever one of fds() has events.
  void look();
  // The descriptors to wait for, appended.
  void add_to(std::vector<pollfd>& waits) const;
  // What is wrong so far, silence included: call when the time is over. nullopt: both answers came
  // and are right.
  std::optional<std::string> fault() const;
  // Both answers came and are right.
  bool answered() const { return !fault(); }
  // Something came that is wrong: no more patience is due.
  bool refuted() const { return udp_.fault.has_value() || tcp_.fault.has_value(); }

 private:
  struct Way {
    const char* transport;
    Descriptor socket;
    std::vector<std::uint8_t> sent;
    std::vector<std::uint8_t> received;
    bool done = false;
    std::optional<std::string> fault;
  };
  void open(Way& way, int type);
  void look_udp();
  void look_tcp();
  void end(Way& way, std::optional<std::string> fault);

  SocketAddress target_;
  Question question_;
  std::uint16_t id_ = 0;
  Way udp_{.transport = "UDP", .socket = {}, .sent = {}, .received = {}, .fault = {}};
  Way tcp_{.transport = "TCP", .socket = {}, .sent = {}, .received = {}, .fault = {}};
};

}  // namespace dotmesh::anycast
