// Intent: all that the server tells the watcher process about what is to be watched and announced.
// Sent whole whenever it changes, and to every new watcher. A value.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "anycast/question.h"
#include "anycast/verdict.h"
#include "base/result.h"

namespace dotmesh::anycast {

// Zones beyond this are not asked for: the rounds take turns, and all zones of a node come from one
// generation.
inline constexpr std::size_t kMaxQuestions = 16;
// A network has a handful of service addresses; each costs probes.
inline constexpr std::size_t kMaxServices = 32;
// One intent as a message: kMaxServices times kMaxQuestions names of 1,000 characters fit no
// datagram, so whoever writes one cuts the questions to this size.
inline constexpr std::size_t kMaxLinkMessage = 64 * 1024;

struct Settings {
  std::string method;  // "interface" or "bird"
  std::string interface;
  std::string bird_socket;
  std::string bird_protocol;
  std::chrono::milliseconds probe_interval{75};
  VerdictSettings verdict;
  bool last_resort = true;
};

struct Service {
  std::string address;              // "10.10.10.10@53"
  std::vector<Question> questions;  // asked in turn
  std::string obstacle;             // why it cannot be announced, known to the server; empty: none
  bool presented = true;  // false: this node has no socket there, which may well be meant so
  std::vector<Question> mesh_questions = {};  // asked now and then, and only reported (MeshCheck)
};

struct Intent {
  Settings settings;
  std::vector<Service> services;
  bool drained = false;
};

std::string write_intent(const Intent& intent);
Result<Intent> read_intent(std::string_view text);

}  // namespace dotmesh::anycast
