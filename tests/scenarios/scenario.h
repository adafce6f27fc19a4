// Scenario: one .rpl file (Unbound's testbound format as Deckard extends it: its scenario guide),
// read into values: what the resolver is told (CONFIG), what the servers of a simulated network
// answer while which steps are carried out (RANGE, ENTRY), and what a client does (STEP).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/socket_address.h"
#include "resolver/settings.h"
#include "simulation/dns_text.h"

namespace dotmesh::scenarios {

using simulation::PlainMessage;
using simulation::PlainQuestion;
using simulation::PlainRecord;
using simulation::RecordText;
using simulation::kAa, simulation::kAd, simulation::kCd, simulation::kQr, simulation::kRa, simulation::kRd, simulation::kTc;
using simulation::parse_rcode, simulation::rcode_to_string, simulation::read_message, simulation::same_record;

// What of a message is compared: bits.
enum Match : std::uint32_t {
  kMatchOpcode = 1, kMatchQtype = 2, kMatchQname = 4, kMatchQcase = 8, kMatchSubdomain = 16, kMatchFlags = 32,
  kMatchRcode = 64, kMatchAnswer = 128, kMatchAuthority = 256, kMatchAdditional = 512, kMatchEdns = 1024,
  kMatchDo = 2048, kMatchUdp = 4096, kMatchTcp = 8192, kMatchTtl = 16384, kMatchAnswerTypes = 32768, kMatchEde = 65536,
};

// One message: to compare with, to answer with, or to send.
struct Entry {
  unsigned line = 0;
  std::uint32_t match = 0;
  bool copy_id = false;     // ID and, as Deckard does, the question's name
  bool copy_query = false;  // the whole question
  bool do_not_answer = false;
  bool raw_id = false;
  bool mandatory = false;   // some query must meet it
  std::optional<std::vector<std::uint8_t>> raw;
  PlainMessage message;
};

// What the server at these addresses answers during the steps `first` to `last`.
struct Range {
  unsigned first = 0;
  unsigned last = 0;
  std::vector<SocketAddress> addresses;  // port 53; none: any
  std::vector<Entry> entries;
};

struct Step {
  enum class Kind : std::uint8_t { kQuery, kCheckAnswer, kCheckOutQuery, kReply, kTimePasses, kTimeout, kNothing };
  unsigned number = 0;
  unsigned line = 0;
  Kind kind = Kind::kNothing;
  unsigned seconds = 0;  // kTimePasses
  bool tcp = false;
  std::optional<Entry> entry;
};

struct Scenario {
  std::string name;   // of the file, without ".rpl"
  std::string title;  // behind SCENARIO_BEGIN
  ResolverSettings settings;
  std::vector<SocketAddress> roots;      // stub-addr, port 53
  std::optional<bool> qname_minimisation;  // as the file says; none: either
  std::int64_t wall = 1'700'000'000;     // Unix seconds at the first step
  bool harden_glue = true;
  std::vector<Range> ranges;
  std::vector<Step> steps;               // as they stand in the file
  std::vector<std::string> not_understood;  // "line 12: ..."
};

// `name` for messages only. Fails when the text cannot be a scenario; what is merely not understood is
// listed in it.
Result<Scenario> read_scenario(std::string_view name, std::string_view text);

// What differs between an entry and a message, in words; empty: it matches.
std::string difference(const Entry& entry, const PlainMessage& got, bool tcp = false);

// The response to `query` that the entry describes; nullopt: none.
std::optional<std::vector<std::uint8_t>> make_reply(const Entry& entry, const PlainMessage& query);

}  // namespace dotmesh::scenarios
