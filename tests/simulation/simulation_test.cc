// The resolver's core in random worlds (world.h) with servers and links of every manner, in simulated time, while
// the wall clock is set back and forth.
// What must hold, whatever happens:
//   every question is answered, within kMostTime, with at most kMostQueries messages to servers
//   no record that no zone holds reaches a client
//   data of a bogus zone is never given out, nor called authentic, unless the client said CD
// and what must hold when each zone has an honest server that can be reached:
//   the answer is the truth, and authentic exactly where there is a chain of trust
// DOTMESH_SIMULATION_WORLDS=n tries more worlds; DOTMESH_SIMULATION_SEED=n begins with another;
// DOTMESH_SIMULATION_TRACE=1 prints every question and what servers were asked.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "resolver/resolver.h"
#include "simulation/authorities.h"
#include "simulation/resolver_under_test.h"
#include "simulation/simulated_network.h"
#include "simulation/world.h"

namespace dotmesh::simulation {
namespace {

constexpr Duration kMostTime = std::chrono::milliseconds(4600);
constexpr std::uint64_t kMostQueries = 120;
constexpr int kQuestionsPerWorld = 40;
// The wall clock is set by up to so much, back or forth: signatures stay good or bad, all else must not notice.
constexpr std::int64_t kMostClockStep = 25 * 86400;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct Conditions {
  Link link;
  double bad_servers = 0;      // share, of the first `manners`
  std::size_t manners = kHarmlessManners;
  bool keep_one_honest = true;  // of each zone's servers
  bool lossless() const { return link.loss == 0; }
};

std::vector<PlainRecord> plain_records(const std::vector<RRset>& rrsets) {
  std::vector<PlainRecord> out;
  for (const RRset& rrset : rrsets) {
    for (auto rdata : rrset.rdata) out.push_back({rrset.owner, rrset.type, 1, rrset.ttl, {rdata.begin(), rdata.end()}});
  }
  return out;
}

std::string text_of(const std::vector<PlainRecord>& records) {
  std::string out;
  for (const PlainRecord& r : records) out += fmt::format("\n      {}", r.to_string());
  return out;
}

bool same_records(const std::vector<PlainRecord>& a, const std::vector<PlainRecord>& b) {
  auto has = [](const std::vector<PlainRecord>& in, const PlainRecord& r) {
    return std::ranges::any_of(in, [&](const PlainRecord& other) { return same_record(r, other); });
  };
  auto all_in = [&](const std::vector<PlainRecord>& x, const std::vector<PlainRecord>& y) {
    return std::ranges::all_of(x, [&](const PlainRecord& r) { return has(y, r); });
  };
  return all_in(a, b) && all_in(b, a);  // a DNAME that is used twice may stand there twice
}

class Run final : AnswerSink {
 public:
  Run(std::uint64_t seed, const Conditions& conditions)
      : conditions_(conditions),
        random_(seed * 3 + 1),
        clock_random_(seed),
        world_(seed, {}),
        authorities_(world_, seed * 3 + 2, conditions.link),
        network_(authorities_, seed, WorldOptions{}.wall),
        under_test_(settings(), network_, *this) {
    network_.attach(under_test_.resolver());
    authorities_.set_trace(&trace_);
    give_manners();
  }

  // The first thing that is wrong; empty: nothing.
  std::string play() {
    for (int i = 0; i < kQuestionsPerWorld; i++) {
      std::string wrong = ask(world_.question(random_), random_.chance(0.2));
      if (!wrong.empty()) return wrong;
      if (random_.chance(0.05)) network_.pass(std::chrono::seconds(random_.between(1, 1000)));
      if (clock_random_.chance(0.1)) set_clock();
    }
    return {};
  }
  unsigned failed() const { return failed_; }
  unsigned asked() const { return asked_; }

 private:
  void set_clock() {
    const auto step = static_cast<std::int64_t>(clock_random_.below(2 * kMostClockStep + 1)) - kMostClockStep;
    network_.set_wall(WorldOptions{}.wall + step);
  }

  std::shared_ptr<const ResolverSettings> settings() {
    auto settings = std::make_shared<ResolverSettings>(world_.settings());
    settings->qname_minimisation = random_.chance(0.7);
    settings->randomise_case = random_.chance(0.3);
    settings->prefetch = random_.chance(0.5);
    return settings;
  }

  void give_manners() {
    for (std::size_t i = 0; i < world_.servers().size(); i++) {
      if (random_.chance(conditions_.bad_servers)) {
        authorities_.set_manner(i, static_cast<Manner>(1 + random_.below(conditions_.manners - 1)));
      }
    }
    if (!conditions_.keep_one_honest) return;
    for (const WorldZone& zone : world_.zones()) authorities_.set_manner(random_.pick(zone.servers), Manner::kHonest);
  }

  std::string ask(const PlainQuestion& q, bool checking_disabled) {
    answer_.reset();
    asked_++;
    std::uint64_t sent = network_.queries_sent();
    trace_.clear();
    Duration started = network_.now().monotonic;
    under_test_.resolver().resolve(asked_, {q.name, q.type, true, checking_disabled}, network_.now());
    network_.run(kMostTime, [&] { return answer_.has_value(); });
    sent = network_.queries_sent() - sent;
    std::string wrong = answer_ ? check(q, checking_disabled) : fmt::format("no answer");
    if (std::getenv("DOTMESH_SIMULATION_TRACE") != nullptr) {
      fmt::print("{} {}{}: {}\n{}", q.name.to_string(), to_string(q.type), checking_disabled ? " CD" : "",
                 answer_ ? static_cast<int>(answer_->rcode) : -1, trace_);
    }
    if (wrong.empty() && sent > kMostQueries) wrong = fmt::format("{} queries to servers", sent);
    if (wrong.empty()) return {};
    auto took = std::chrono::duration_cast<std::chrono::milliseconds>(network_.now().monotonic - started);
    return fmt::format("{} {}{}: {}\n    after {} ms and {} queries; zone {} is {}\n{}", q.name.to_string(), to_string(q.type),
                       checking_disabled ? " CD" : "", wrong, took.count(), sent, world_.zone_of(q.name, q.type).apex.to_string(),
                       std::array{"insecure", "secure", "bogus"}[static_cast<int>(world_.zone_of(q.name, q.type).chain)],
                       trace_);
  }

  std::string check(const PlainQuestion& q, bool checking_disabled) {
    Truth truth = world_.truth(q.name, q.type);
    std::vector<PlainRecord> got = plain_records(answer_->answer);
    std::vector<PlainRecord> all = got;
    std::ranges::copy(plain_records(answer_->authority), std::back_inserter(all));
    for (const PlainRecord& r : all) {
      if (r.type == RRType::kA && std::ranges::equal(r.rdata, kPoisonAddress)) return "poison: " + r.to_string();
    }
    bool bogus = truth.chain == Chain::kBogus && !checking_disabled;
    if (answer_->authenticated && truth.chain != Chain::kSecure) return "AD without a chain of trust";
    if (answer_->rcode == Rcode::kServFail) return check_failure(truth, bogus);
    // Who lies in an unsigned zone can hide the alias that would have led to bogus data.
    const bool may_be_hidden =
        !conditions_.keep_one_honest && world_.zone_of(q.name, q.type).chain == Chain::kInsecure;
    if (bogus && !may_be_hidden) return fmt::format("bogus data was given out:{}", text_of(all));
    if (!conditions_.keep_one_honest && (truth.chain != Chain::kSecure || checking_disabled)) return {};
    return check_truth(truth, got, checking_disabled);
  }

  std::string check_failure(const Truth& truth, bool bogus) {
    failed_++;
    bool may_fail = bogus || !truth.answerable || !conditions_.lossless() || !conditions_.keep_one_honest;
    return may_fail ? "" : fmt::format("SERVFAIL, EDE {}, for {}", static_cast<int>(answer_->error), truth.message.to_string());
  }

  std::string check_truth(const Truth& truth, const std::vector<PlainRecord>& got, bool checking_disabled) const {
    std::vector<PlainRecord> expected = truth.message.section(Section::kAnswer);
    std::erase_if(expected, [](const PlainRecord& r) { return r.type == RRType::kRRSIG; });
    if (truth.message.rcode != static_cast<unsigned>(answer_->rcode) || !same_records(expected, got)) {
      if (!truth.answerable) return {};
      return fmt::format("{}{}\n    truth: {}", static_cast<int>(answer_->rcode), text_of(got), truth.message.to_string());
    }
    bool secure = truth.chain == Chain::kSecure && !truth.opt_out && !checking_disabled;
    if (secure && !answer_->authenticated) return fmt::format("no AD for {}", truth.message.to_string());
    return {};
  }

  void on_answer(AnswerToken token, const ClientQuestion&, const ResolvedAnswer& answer) override {
    if (token == asked_) answer_ = answer;
  }

  Conditions conditions_;
  Random random_;
  Random clock_random_;
  World world_;
  Authorities authorities_;
  SimulatedNetwork network_;
  ResolverUnderTest under_test_;
  std::string trace_;  // of the present question
  std::optional<ResolvedAnswer> answer_;
  unsigned asked_ = 0;
  unsigned failed_ = 0;
};

// Share of SERVFAIL, over all worlds.
double play_worlds(const Conditions& conditions) {
  std::uint64_t first = number_from("DOTMESH_SIMULATION_SEED", 1);
  std::uint64_t worlds = number_from("DOTMESH_SIMULATION_WORLDS", 30);
  unsigned asked = 0;
  unsigned failed = 0;
  unsigned wrong = 0;
  for (std::uint64_t seed = first; seed < first + worlds; seed++) {
    Run run(seed, conditions);
    std::string why = run.play();
    asked += run.asked();
    failed += run.failed();
    if (why.empty()) continue;
    ADD_FAILURE() << "seed " << seed << ": " << why;
    if (++wrong == 5) break;
  }
  return failed / std::max(1.0, static_cast<double>(asked));
}

TEST(Simulation, QuietNetwork) { play_worlds({}); }

TEST(Simulation, BadServersBesideHonestOnes) { play_worlds({.link = {}, .bad_servers = 0.5}); }

// Two unreachable hosts that took all of IPv4 with them (174), a silent server asked twice in a row (179),
// servers without EDNS and silent ones asked for better than bogus data before the good one (643, 1350, 2643), a silent one tried twice in one question
// to see whether it is back (10667).
TEST(Simulation, SeedsThatFailedOnce) {
  for (std::uint64_t seed : {174, 179, 643, 1350, 2643, 10667}) {
    simulation::Run run(seed, {.link = {}, .bad_servers = 0.5});
    EXPECT_EQ(run.play(), "") << "seed " << seed;
  }
}

TEST(Simulation, LossDoublesAndReordering) {
  Conditions conditions{.link = {.loss = 0.1, .doubled = 0.1, .most = std::chrono::milliseconds(300)}};
  double failures = play_worlds(conditions);
  double quiet = play_worlds({});
  EXPECT_LT(failures, quiet + 0.03) << "a tenth lost must hardly be felt";
}

TEST(Simulation, NoZoneSafe) {
  play_worlds({.link = {.loss = 0.05}, .bad_servers = 0.5, .manners = kManners, .keep_one_honest = false});
}

}  // namespace
}  // namespace dotmesh::simulation
