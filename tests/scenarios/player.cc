#include "scenarios/player.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/scenario_servers.h"
#include "simulation/resolver_under_test.h"
#include "simulation/simulated_network.h"

namespace dotmesh::scenarios {
namespace {

using simulation::SimulatedNetwork;

class Player final : AnswerSink {
 public:
  Player(const Scenario& scenario, const PlayOptions& options)
      : scenario_(scenario),
        options_(options),
        servers_(scenario, options.servfail_when_unmatched, trace_),
        network_(servers_, kSeed, scenario.wall),
        under_test_(settings(), network_, *this) {
    network_.attach(under_test_.resolver());
  }

  PlayResult play() {
    PlayResult result;
    for (const Step& step : scenario_.steps) {
      servers_.set_step(step.number);
      std::string failure = carry_out(step);
      if (failure.empty()) continue;
      result.failure = fmt::format("{}.rpl:{}: STEP {}: {}", scenario_.name, step.line, step.number, failure);
      break;
    }
    if (result.failure.empty()) result.failure = servers_.unmet_mandatory();
    result.trace = std::move(trace_);
    result.unmatched = servers_.unmatched();
    result.upstream_queries = static_cast<unsigned>(network_.queries_sent());
    return result;
  }

 private:
  static constexpr std::uint64_t kSeed = 1;

  std::shared_ptr<const ResolverSettings> settings() const {
    auto settings = std::make_shared<ResolverSettings>(scenario_.settings);
    settings->qname_minimisation = options_.qname_minimisation;
    settings->special_use_names = false;  // scenarios use ".test" and RFC 1918 zones as others
    settings->prefetch = settings->cookies = settings->randomise_case = options_.all_features;
    return settings;
  }

  std::string carry_out(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kQuery: return ask(*step.entry);
      case Step::Kind::kCheckAnswer: return check(*step.entry);
      case Step::Kind::kTimePasses:
        trace_ += fmt::format("STEP {} {} s pass\n", step.number, step.seconds);
        network_.pass(std::chrono::seconds(step.seconds));
        return {};
      case Step::Kind::kReply:
      case Step::Kind::kCheckOutQuery:  // Deckard ignores it: who asks what first is the resolver's affair
      case Step::Kind::kTimeout:
      case Step::Kind::kNothing: return {};
    }
    return {};
  }

  std::string ask(const Entry& entry) {
    query_ = entry.message;
    answer_.reset();
    const PlainQuestion& q = query_.questions.at(0);
    trace_ += fmt::format("STEP {} client asks {}\n", servers_.step(), query_.to_string());
    auto started = network_.now().monotonic;
    ClientQuestion question{q.name, q.type, query_.dnssec_ok, (query_.flags & kCd) != 0};
    under_test_.resolver().resolve(++token_, question, network_.now());
    network_.run(std::chrono::seconds(options_.patience_seconds), [&] { return answer_.has_value(); });
    if (!answer_) return fmt::format("no answer within {} s", options_.patience_seconds);
    auto took = std::chrono::duration_cast<std::chrono::milliseconds>(network_.now().monotonic - started);
    trace_ += fmt::format("  answered after {} ms: {}\n", took.count(), answer_->to_string());
    return {};
  }

  std::string check(const Entry& entry) {
    if (!answer_) return "there is no answer to check";
    std::string wrong = difference(entry, *answer_);
    if (wrong.empty()) return {};
    return fmt::format("{}    expected: {}\n    got: {}\n", wrong, entry.message.to_string(), answer_->to_string());
  }

  void on_answer(AnswerToken token, const ClientQuestion&, const ResolvedAnswer& answer) override {
    if (token == token_) answer_ = client_message(query_, answer);
  }

  const Scenario& scenario_;
  const PlayOptions& options_;
  std::string trace_;
  ScenarioServers servers_;
  SimulatedNetwork network_;
  simulation::ResolverUnderTest under_test_;
  AnswerToken token_ = 0;
  PlainMessage query_;
  std::optional<PlainMessage> answer_;
};

bool is_dnssec_type(RRType type) {
  return type == RRType::kRRSIG || type == RRType::kNSEC || type == RRType::kNSEC3;
}

void put_rrset(const RRset& rrset, bool with_signatures, std::vector<PlainRecord>& out) {
  auto put = [&](RRType type, const RdataList& list) {
    for (auto rdata : list) out.push_back({rrset.owner, type, 1, rrset.ttl, {rdata.begin(), rdata.end()}});
  };
  put(rrset.type, rrset.rdata);
  if (with_signatures) put(RRType::kRRSIG, rrset.signatures);
}

}  // namespace

PlainMessage client_message(const PlainMessage& query, const ResolvedAnswer& answer) {
  PlainMessage out;
  out.id = query.id;
  out.flags = kQr | kRa | (query.flags & (kRd | kCd));
  bool asks_for_ad = query.dnssec_ok || query.flags & kAd;
  if (answer.authenticated && asks_for_ad && !(query.flags & kCd)) out.flags |= kAd;
  out.rcode = static_cast<unsigned>(answer.rcode);
  out.edns = query.edns;
  out.dnssec_ok = query.dnssec_ok;
  out.questions = query.questions;
  if (answer.error != ExtendedError::kNone) out.extended_error = static_cast<unsigned>(answer.error);
  for (const RRset& rrset : answer.answer) put_rrset(rrset, query.dnssec_ok, out.section(Section::kAnswer));
  for (const RRset& rrset : answer.authority) {
    if (query.dnssec_ok || !is_dnssec_type(rrset.type)) {
      put_rrset(rrset, query.dnssec_ok, out.section(Section::kAuthority));
    }
  }
  return out;
}

PlayResult play(const Scenario& scenario, const PlayOptions& options) { return Player(scenario, options).play(); }

}  // namespace dotmesh::scenarios
