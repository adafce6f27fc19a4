#include "scenarios/scenario_servers.h"

#include <fmt/format.h>

#include <algorithm>

namespace dotmesh::scenarios {
namespace {

using simulation::Arrival;
using simulation::Duration;

constexpr Duration kRoundTrip = std::chrono::milliseconds(10);

bool contains(const std::vector<SocketAddress>& addresses, const SocketAddress& address) {
  return std::ranges::find(addresses, address) != addresses.end();
}

void add_addresses(const Entry& entry, std::vector<SocketAddress>& out) {
  for (const auto& section : entry.message.sections) {
    for (const PlainRecord& record : section) {
      std::span<const std::uint8_t> rdata = record.rdata;
      if (record.type == RRType::kA && rdata.size() == 4) out.push_back(SocketAddress::ipv4(rdata.first<4>(), 53));
      if (record.type == RRType::kAAAA && rdata.size() == 16) out.push_back(SocketAddress::ipv6(rdata.first<16>(), 53));
    }
  }
}

}  // namespace

ScenarioServers::ScenarioServers(const Scenario& scenario, bool servfail_when_unmatched, std::string& trace)
    : scenario_(scenario), servfail_(servfail_when_unmatched), trace_(trace), known_(scenario.roots) {
  for (const Range& range : scenario.ranges) known_.insert(known_.end(), range.addresses.begin(), range.addresses.end());
  for (const Step& step : scenario.steps) {
    if (step.kind == Step::Kind::kReply && step.entry) add_addresses(*step.entry, known_);
  }
}

bool ScenarioServers::is_known(const SocketAddress& address) const { return contains(known_, address); }

// As Deckard looks: the first range for the step and the address, in it the first entry that meets the
// query; REPLY steps still to come only when there is no range. An address that no range names takes any.
const Entry* ScenarioServers::find_entry(const SocketAddress& server, const PlainMessage& query, bool tcp) {
  bool named = std::ranges::any_of(scenario_.ranges, [&](const Range& r) { return contains(r.addresses, server); });
  for (const Range& range : scenario_.ranges) {
    if (step_ < range.first || step_ > range.last) continue;
    if (named && !range.addresses.empty() && !contains(range.addresses, server)) continue;
    auto entry = std::ranges::find_if(range.entries, [&](const Entry& e) { return difference(e, query, tcp).empty(); });
    return entry == range.entries.end() ? nullptr : &*entry;
  }
  for (const Step& step : scenario_.steps) {
    if (step.kind != Step::Kind::kReply || step.number < step_ || !step.entry || used_.contains(&*step.entry)) continue;
    if (difference(*step.entry, query, tcp).empty()) return &*step.entry;
  }
  return nullptr;
}

void ScenarioServers::on_query(const simulation::SentQuery& sent, std::vector<Arrival>& arrivals) {
  bool tcp = sent.transport == UpstreamTransport::kTcp;
  auto query = read_message(sent.message);
  std::string asked = query && !query->questions.empty()
                          ? fmt::format("{} {}", query->questions[0].name.to_string(), to_string(query->questions[0].type))
                          : std::string("something malformed");
  auto at = std::chrono::duration_cast<std::chrono::milliseconds>(sent.since_start);
  trace_ += fmt::format("  {:5} ms {}{} <- {}{}: ", at.count(), sent.server.address_to_string(), tcp ? " tcp" : "", asked,
                        query && query->dnssec_ok ? " DO" : "");
  if (!query || !is_known(sent.server)) {
    trace_ += "unreachable\n";
    if (servfail_) arrivals.push_back({kRoundTrip, {}, UpstreamFailure::kUnreachable});
    return;
  }
  const Entry* entry = find_entry(sent.server, *query, tcp);
  if (entry == nullptr) {
    unmatched_++;
    trace_ += servfail_ ? "no entry, SERVFAIL\n" : "no entry, silence\n";
    PlainMessage servfail{.id = query->id, .flags = static_cast<std::uint16_t>(kQr | (query->flags & kRd)), .rcode = 2,
                          .edns = query->edns, .questions = query->questions, .sections = {}};
    if (servfail_) arrivals.push_back({kRoundTrip, servfail.to_wire(), {}});
    return;
  }
  used_.insert(entry);
  auto reply = make_reply(*entry, *query);
  trace_ += fmt::format("entry of line {}: {}\n", entry->line,
                        entry->raw ? "raw octets" : reply ? entry->message.to_string() : "silence");
  if (reply) arrivals.push_back({kRoundTrip, std::move(*reply), {}});
}

std::string ScenarioServers::unmet_mandatory() const {
  for (const Range& range : scenario_.ranges) {
    for (const Entry& entry : range.entries) {
      if (entry.mandatory && !used_.contains(&entry)) {
        return fmt::format("{}.rpl:{}: this entry is MANDATORY and was never asked for", scenario_.name, entry.line);
      }
    }
  }
  return {};
}

}  // namespace dotmesh::scenarios
