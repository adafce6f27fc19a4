// The resolver's core against servers that say what the input tells them to: honest answers of a small signed
// world, the same with octets changed, messages made of plausible records, raw octets, silence, failures.
// Holds for every input: each question is answered once, in bounded simulated time, with a bounded number of
// messages to servers, and nobody is told that forged data is authentic.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>

#include "simulation/resolver_under_test.h"
#include "simulation/simulated_network.h"
#include "simulation/world.h"

namespace {

using namespace dotmesh;
using namespace dotmesh::simulation;

constexpr std::size_t kMostQuestions = 4;
constexpr std::uint64_t kMostQueries = 120;
constexpr Duration kMostTime = std::chrono::seconds(5);

const World& world() {
  static const World made(3, {.top_level = 2, .most_children = 2, .levels = 2, .broken_share = 0.2});
  return made;
}

// The input, octet by octet; noughts behind its end.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> octets) : rest_(octets) {}
  bool at_end() const { return rest_.empty(); }
  std::uint8_t octet() {
    if (rest_.empty()) return 0;
    std::uint8_t value = rest_[0];
    rest_ = rest_.subspan(1);
    return value;
  }
  std::size_t below(std::size_t count) { return octet() % count; }
  std::span<const std::uint8_t> take(std::size_t size) {
    auto taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const std::uint8_t> rest_;
};

class HostileServers final : public Servers {
 public:
  explicit HostileServers(Input& input) : input_(input) {}

  void on_query(const SentQuery& sent, std::vector<Arrival>& arrivals) override {
    if (input_.at_end()) return;
    std::uint8_t what = input_.octet();
    Duration delay = std::chrono::milliseconds(1 + input_.octet());
    if (what < 16) return;
    if (what < 28) {
      arrivals.push_back({delay, {}, static_cast<UpstreamFailure>(what & 3)});
      return;
    }
    std::vector<std::uint8_t> message = what < 60 ? raw(sent) : what < 120 ? made(sent) : honest(sent);
    if (what >= 180) change(message, what & 7);
    if (message.size() >= 2) store16(message.data(), load16(sent.message.data()));
    arrivals.push_back({delay, std::move(message), {}});
  }

 private:
  std::vector<std::uint8_t> honest(const SentQuery& sent) {
    const WorldServer* server = world().server_at(sent.server);
    if (server == nullptr) return made(sent);
    return authoritative_answer(*server->zone_set, sent.message);
  }

  std::vector<std::uint8_t> raw(const SentQuery& sent) {
    // The query itself and then anything: most of it is then well-formed.
    std::vector<std::uint8_t> out = sent.message;
    out[2] |= kFlagQr;
    out[7] = input_.octet() & 7;
    auto octets = input_.take(input_.octet());
    out.insert(out.end(), octets.begin(), octets.end());
    return out;
  }

  void change(std::vector<std::uint8_t>& message, unsigned times) {
    for (; times > 0 && message.size() > 2; times--) {
      std::size_t at = (input_.octet() << 8 | input_.octet()) % message.size();
      message[at] = input_.octet();
    }
    if (input_.octet() < 16) message.resize(message.size() - message.size() / 8);
  }

  Name name(const PlainMessage& query) {
    const auto& zones = world().zones();
    NameView qname = query.questions[0].name;
    switch (input_.below(5)) {
      case 0: return qname;
      case 1: return qname.is_root() ? qname : qname.parent();
      case 2: return zones[input_.below(zones.size())].apex;
      case 3: return zones[0].records[input_.below(zones[0].records.size())].owner;
      default: {
        std::uint8_t label = static_cast<std::uint8_t>('a' + input_.below(26));
        return Name::join(std::span(&label, 1), qname).value_or(Name(qname));
      }
    }
  }

  std::vector<std::uint8_t> made(const SentQuery& sent) {
    auto query = read_message(sent.message);
    if (!query || query->questions.empty()) std::abort();  // the core sends well-formed queries
    static constexpr RRType kTypes[] = {RRType::kA, RRType::kNS, RRType::kCNAME, RRType::kSOA, RRType::kAAAA,
                                        RRType::kDNAME, RRType::kDS, RRType::kRRSIG, RRType::kNSEC, RRType::kDNSKEY,
                                        RRType::kNSEC3, RRType::kTXT};
    PlainMessage reply{.id = query->id, .edns = query->edns, .questions = query->questions, .sections = {}};
    std::uint8_t flags = input_.octet();
    reply.flags = static_cast<std::uint16_t>(kQr | (flags & 1 ? kAa : 0) | (flags & 2 ? kTc : 0));
    reply.rcode = flags & 0x80 ? flags >> 2 & 0x0f : flags & 0x40 ? 3 : 0;
    for (std::size_t count = input_.below(24); count > 0; count--) {
      PlainRecord record{.owner = name(*query), .rdata = {}};
      record.type = input_.octet() < 64 ? query->questions[0].type : kTypes[input_.below(std::size(kTypes))];
      record.ttl = std::uint32_t{input_.octet()} << (input_.octet() & 31);
      fill(record, *query);
      reply.sections[input_.below(3)].push_back(std::move(record));
    }
    return reply.to_wire();
  }

  void fill(PlainRecord& record, const PlainMessage& query) {
    auto put_name = [&] {
      Name n = name(query);
      record.rdata.insert(record.rdata.end(), n.data(), n.data() + n.size());
    };
    auto put_octets = [&](std::size_t size) {
      auto octets = input_.take(size);
      record.rdata.insert(record.rdata.end(), octets.begin(), octets.end());
      record.rdata.resize(record.rdata.size() + size - octets.size());
    };
    switch (record.type) {
      case RRType::kA: {
        const auto& servers = world().servers();
        auto octets = servers[input_.below(servers.size())].addresses[0].address();
        record.rdata.assign(octets.begin(), octets.end());
        break;
      }
      case RRType::kAAAA: put_octets(16); break;
      case RRType::kNS: case RRType::kCNAME: case RRType::kDNAME: put_name(); break;
      case RRType::kSOA: put_name(); put_name(); put_octets(20); break;
      case RRType::kNSEC: put_name(); record.rdata.insert(record.rdata.end(), {0, 1, input_.octet()}); break;
      case RRType::kRRSIG: put_octets(18); put_name(); put_octets(64); break;
      case RRType::kDS: put_octets(36); break;
      case RRType::kDNSKEY: record.rdata = {1, 1, 3, 15}; put_octets(32); break;
      case RRType::kNSEC3: record.rdata = {1, input_.octet(), 0, input_.octet(), 0, 20}; put_octets(22); break;
      default: put_octets(input_.octet());
    }
  }

  Input& input_;
};

class Client final : public AnswerSink {
 public:
  void on_answer(AnswerToken token, const ClientQuestion&, const ResolvedAnswer& answer) override {
    if (token != asked || answer_) std::abort();  // answered twice, or nobody asked
    answer_ = answer;
  }
  AnswerToken asked = 0;
  std::optional<ResolvedAnswer> answer_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({data, size});
  std::uint8_t bits = input.octet();
  auto settings = std::make_shared<ResolverSettings>(world().settings());
  if (bits & 1) settings->trust_anchors.clear();
  settings->qname_minimisation = bits & 2;
  settings->randomise_case = bits & 4;
  settings->priming = bits & 8;
  HostileServers servers(input);
  SimulatedNetwork network(servers, 1, WorldOptions{}.wall);
  Client client;
  ResolverUnderTest under_test(settings, network, client, std::size_t{1} << 20);
  network.attach(under_test.resolver());
  for (std::size_t i = 0; i < kMostQuestions && !input.at_end(); i++) {
    Random random(input.octet());
    PlainQuestion question = world().question(random);
    std::uint64_t sent = network.queries_sent();
    client.asked++;
    client.answer_.reset();
    std::uint8_t flags = input.octet();
    under_test.resolver().resolve(client.asked, {question.name, question.type, (flags & 1) != 0, (flags & 2) != 0},
                                  network.now());
    if (!network.run(kMostTime, [&] { return client.answer_.has_value(); })) std::abort();
    if (network.queries_sent() - sent > kMostQueries) std::abort();
    if (flags & 4) network.pass(std::chrono::seconds(flags));
  }
  network.pass(std::chrono::seconds(20));  // whatever still runs comes to its end
  if (network.open_exchanges() != 0) std::abort();
  return 0;
}
