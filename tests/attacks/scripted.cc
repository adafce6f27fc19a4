#include "attacks/scripted.h"

#include <algorithm>
#include <stdexcept>

namespace dotmesh::attacks {
namespace {

constexpr std::int64_t kWall = 1'790'000'000;

Name name(const std::string& text) { return *Name::parse(text); }

// With the question, QR and AA.
PlainMessage response_to(const PlainMessage& query) {
  PlainMessage response;
  response.id = query.id;
  response.flags = simulation::kQr | simulation::kAa;
  response.questions = query.questions;
  return response;
}

}  // namespace

PlainRecord record(const std::string& line) {
  static simulation::RecordText reader;
  auto parsed = reader.parse(line);
  if (!parsed) throw std::runtime_error(parsed.error().message);
  return *parsed;
}

void refer(PlainMessage& response, const std::vector<std::string>& ns, const std::vector<std::string>& glue) {
  response.flags &= static_cast<std::uint16_t>(~simulation::kAa);
  for (const std::string& line : ns) response.section(Section::kAuthority).push_back(record(line));
  for (const std::string& line : glue) response.section(Section::kAdditional).push_back(record(line));
}

Attack::Attack(std::size_t cache_octets)
    : cache_octets_(cache_octets), settings_(std::make_shared<ResolverSettings>()) {
  settings_->root_hints = {{name("root-server."), {*SocketAddress::parse(kRoot, 53)}}};
  settings_->ipv6 = false;
  settings_->special_use_names = false;
  serve(kRoot, [this](const PlainMessage& query, PlainMessage& response) { return root(query, response); });
}

void Attack::delegate(const std::string& zone, const std::string& address, std::uint32_t ttl) {
  delegations_[zone] = {address, ttl};
}

bool Attack::root(const PlainMessage& query, PlainMessage& response) {
  const Name& asked = query.questions.front().name;
  if (asked.view().is_root()) {
    response.section(Section::kAnswer).push_back(record(". 3600 NS root-server."));
    response.section(Section::kAdditional).push_back(record(std::string("root-server. 3600 A ") + kRoot));
    return true;
  }
  for (const auto& [zone, cut] : delegations_) {
    if (!asked.view().is_at_or_below(name(zone))) continue;
    const std::string ttl = std::to_string(cut.ttl);
    refer(response, {zone + " " + ttl + " NS ns." + zone}, {"ns." + zone + " " + ttl + " A " + cut.address});
    return true;
  }
  response.rcode = 3;
  response.section(Section::kAuthority).push_back(record(". 60 SOA root-server. h. 1 2 3 4 60"));
  return true;
}

void Attack::start() {
  if (under_test_) return;
  network_ = std::make_unique<simulation::SimulatedNetwork>(*this, 7, kWall);
  under_test_ = std::make_unique<simulation::ResolverUnderTest>(settings_, *network_, *this, cache_octets_);
  network_->attach(under_test_->resolver());
  if (!own_.scripts.empty()) under_test_->resolver().use(settings_, &own_);
}

void Attack::own(const std::string& zone, Script script) {
  own_.scripts[zone] = std::move(script);
  settings_->private_zones.push_back(name(zone));
}

std::optional<NameView> Attack::OwnZones::zone_of(NameView asked) const {
  for (const auto& [zone, script] : scripts) {
    zone_ = name(zone);
    if (asked.is_at_or_below(zone_)) return zone_.view();
  }
  return std::nullopt;
}

std::size_t Attack::OwnZones::answer(std::span<const std::uint8_t> octets,
                                     std::span<std::uint8_t> out) const {
  const PlainMessage query = *simulation::read_message(octets);
  PlainMessage response = response_to(query);
  scripts.at(zone_of(query.questions.front().name)->to_string())(query, response);
  const std::vector<std::uint8_t> wire = response.to_wire();
  std::ranges::copy(wire, out.begin());
  return wire.size();
}

void Attack::ask_later(const std::string& text, RRType type) {
  start();
  under_test_->resolver().resolve(++last_token_, {name(text), type, false, false}, network_->now());
}

std::optional<ResolvedAnswer> Attack::ask(const std::string& text, RRType type, Duration limit) {
  ask_later(text, type);
  const AnswerToken token = last_token_;
  network_->run(limit, [&] { return answers_.contains(token); });
  auto found = answers_.find(token);
  return found != answers_.end() ? std::optional(found->second) : std::nullopt;
}

std::uint64_t Attack::queries_to(const std::string& address) const {
  auto found = sent_to_.find(address);
  return found != sent_to_.end() ? found->second : 0;
}

void Attack::on_query(const simulation::SentQuery& sent, std::vector<simulation::Arrival>& arrivals) {
  const std::string address = sent.server.address_to_string();
  ++sent_to_[address];
  auto script = scripts_.find(address);
  auto query = simulation::read_message(sent.message);
  if (script == scripts_.end() || !query) return;
  PlainMessage response = response_to(*query);
  if (sent.transport == UpstreamTransport::kTcp) query->udp_payload = kOverTcp;
  if (script->second(*query, response)) arrivals.push_back({std::chrono::milliseconds(10), response.to_wire()});
}

void Attack::on_answer(AnswerToken token, const ClientQuestion&, const ResolvedAnswer& answer) {
  answers_.emplace(token, answer);
}

}  // namespace dotmesh::attacks
