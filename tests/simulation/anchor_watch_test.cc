// A resolver that nobody asks follows the keys of its trust anchors all the same (RFC 5011
// section 2.3), and what fails on the way harms nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dnssec/testing.h"
#include "resolver/shared.h"
#include "simulation/dns_text.h"
#include "simulation/simulated_network.h"

namespace dotmesh::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::TestSigner;

constexpr std::int64_t kWall = 1'700'000'000;
constexpr std::uint32_t kDay = 86'400;

// A forwarder that knows a root of these keys, with an address at every name.
class Forwarder final : public Servers {
 public:
  std::vector<const TestSigner*> keys;
  const TestSigner* key_signer = nullptr;
  const TestSigner* data_signer = nullptr;
  bool silent = false;
  std::uint32_t key_ttl = 4 * kDay;
  std::uint32_t valid_for = 14 * kDay;
  std::vector<Duration> looks;  // at the keys: when

  // Whose clock it uses; must outlive it.
  void attach(const SimulatedNetwork& network) { network_ = &network; }

  void on_query(const SentQuery& sent, std::vector<Arrival>& arrivals) override {
    const PlainMessage query = read_message(sent.message).value();
    const PlainQuestion& question = query.questions.at(0);
    if (question.type == RRType::kDNSKEY) looks.push_back(sent.since_start);
    if (silent) return;
    PlainMessage reply = query;
    reply.flags |= kQr | kRa;
    for (const PlainRecord& record : answer(question))
      reply.section(Section::kAnswer).push_back(record);
    arrivals.push_back({std::chrono::milliseconds(20), reply.to_wire()});
  }

 private:
  std::vector<PlainRecord> answer(const PlainQuestion& question) const {
    RRset set{
        .owner = question.name, .type = question.type, .ttl = 300, .rdata = {}, .signatures = {}};
    const TestSigner* signer = data_signer;
    if (question.type == RRType::kDNSKEY) {
      set.ttl = key_ttl;
      for (const TestSigner* key : keys) set.rdata.add(key->dnskey());
      signer = key_signer;
    } else {
      set.rdata.add(std::vector<std::uint8_t>{192, 0, 2, 1});
    }
    const auto now = static_cast<std::uint32_t>(network_->now().wall);
    signer->sign(set, now - kDay, now + valid_for);
    std::vector<PlainRecord> records;
    for (auto rdata : set.rdata)
      records.push_back({set.owner, set.type, 1, set.ttl, {rdata.begin(), rdata.end()}});
    for (auto rdata : set.signatures)
      records.push_back({set.owner, RRType::kRRSIG, 1, set.ttl, {rdata.begin(), rdata.end()}});
    return records;
  }
  const SimulatedNetwork* network_ = nullptr;
};

class IdleResolver : public ::testing::Test, protected AnswerSink {
 protected:
  IdleResolver() : network_(forwarder_, 1, kWall) {
    forwarder_.attach(network_);
    forwarder_.keys = {&old_};
    forwarder_.key_signer = forwarder_.data_signer = &old_;
    TrustAnchor anchor;
    anchor.ds.add(old_.ds());
    settings_.trust_anchors.push_back(anchor);
    settings_.forwards.push_back(
        {Name(), {SocketAddress::ipv4(std::array<std::uint8_t, 4>{192, 0, 2, 53}, 53)}});
  }
  std::unique_ptr<Resolver> make_resolver() {
    auto made = std::make_unique<Resolver>(std::make_shared<const ResolverSettings>(settings_),
                                           shared_, network_, sink());
    network_.attach(*made);
    return made;
  }
  void start() {
    resolver_ = make_resolver();
    resolver_->watch_anchors(network_.now());
  }
  // A name that was not asked before.
  std::string ask() {
    answer_.reset();
    const Name name = Name::parse("host" + std::to_string(++token_) + ".").value();
    resolver_->resolve(token_, {name, RRType::kA, true, false}, network_.now());
    EXPECT_TRUE(network_.run(seconds(5), [&] { return answer_.has_value(); }));
    return std::string(answer_->rcode == Rcode::kNoError ? "NOERROR" : "SERVFAIL") +
           (answer_->authenticated ? " ad" : "");
  }
  std::vector<hours> look_hours() const {
    std::vector<hours> out;
    for (Duration at : forwarder_.looks) out.push_back(std::chrono::duration_cast<hours>(at));
    return out;
  }

  AnswerSink& sink() { return *this; }
  void on_answer(AnswerToken, const ClientQuestion&, const ResolvedAnswer& answer) override {
    answer_ = answer;
  }

  const TestSigner old_{".", 1};
  const TestSigner new_{".", 2};
  const TestSigner revoked_{".", 1, 257 | Dnskey::kRevoked};
  Forwarder forwarder_;
  SimulatedNetwork network_;
  ResolverSettings settings_;
  ResolverShared shared_{4 << 20};
  std::unique_ptr<Resolver> resolver_;

 private:
  AnswerToken token_ = 0;
  std::optional<ResolvedAnswer> answer_;
};

TEST_F(IdleResolver, LooksAMinuteAfterItsStartAndAtHalfTheTtl) {
  start();
  network_.pass(seconds(59));
  EXPECT_TRUE(forwarder_.looks.empty());
  network_.pass(hours(24 * 7));
  ASSERT_EQ(forwarder_.looks.size(), 4U);
  EXPECT_EQ(forwarder_.looks[0], minutes(1));
  for (std::size_t i = 1; i < forwarder_.looks.size(); ++i) {
    const Duration between = forwarder_.looks[i] - forwarder_.looks[i - 1];
    EXPECT_GE(between, hours(48)) << i;
    EXPECT_LE(between, hours(48) + minutes(2)) << i;
  }
}

TEST_F(IdleResolver, LooksAtMostOnceAnHourAndBeforeTheSignatureEnds) {
  forwarder_.valid_for = kDay;
  start();
  network_.pass(hours(48));
  EXPECT_EQ(look_hours(), (std::vector<hours>{hours(0), hours(12), hours(24), hours(36)}));
  forwarder_.looks.clear();
  forwarder_.key_ttl = 0;
  network_.pass(hours(24));
  EXPECT_GE(forwarder_.looks.size(), 11U);
  EXPECT_LE(forwarder_.looks.size(), 24U);
}

TEST_F(IdleResolver, ANewKeyIsTrustedAfterThirtyDaysWithoutAQuestion) {
  start();
  forwarder_.keys = {&old_, &new_};
  network_.pass(hours(24 * 29));
  const std::string early = *shared_.anchors.take_changed();
  EXPECT_NE(early.find("; add-pending "), std::string::npos) << early;
  network_.pass(hours(24 * 4));
  const std::string text = *shared_.anchors.take_changed();
  EXPECT_EQ(text.find("; add-pending "), std::string::npos) << text;
  forwarder_.keys = {&new_};
  forwarder_.key_signer = forwarder_.data_signer = &new_;
  network_.pass(hours(24 * 3));
  EXPECT_EQ(ask(), "NOERROR ad");
  forwarder_.looks.clear();
  EXPECT_EQ(ask(), "NOERROR ad");
  EXPECT_TRUE(forwarder_.looks.empty()) << "the keys are known";
}

TEST_F(IdleResolver, WithoutANetworkItTriesOnceAnHour) {
  forwarder_.silent = true;
  start();
  network_.pass(hours(5));
  std::vector<hours> tries = look_hours();
  EXPECT_LE(tries.size(), 5U * 6) << "kMaxTimeoutsPerZone a time";
  tries.erase(std::unique(tries.begin(), tries.end()), tries.end());
  EXPECT_EQ(tries, (std::vector<hours>{hours(0), hours(1), hours(2), hours(3), hours(4)}));
  EXPECT_EQ(network_.open_exchanges(), 0U);
  forwarder_.silent = false;
  forwarder_.looks.clear();
  network_.pass(hours(1) + minutes(1));
  EXPECT_EQ(forwarder_.looks.size(), 1U);
  EXPECT_TRUE(shared_.anchors.take_changed()) << "seen";
}

TEST_F(IdleResolver, AfterALookThatFailedItTriesAtATenthOfTheTtl) {
  start();
  network_.pass(minutes(2));
  forwarder_.silent = true;
  forwarder_.looks.clear();
  network_.pass(hours(24 * 4));
  std::vector<hours> tries = look_hours();
  tries.erase(std::unique(tries.begin(), tries.end()), tries.end());
  EXPECT_EQ(tries,
            (std::vector<hours>{hours(48), hours(57), hours(67), hours(76), hours(86), hours(96)}));
}

TEST_F(IdleResolver, TheKeysInTheCacheOutliveALookAtBogusOnes) {
  settings_.cache_max_ttl = hours(24 * 30);
  start();
  network_.pass(minutes(2));
  EXPECT_EQ(ask(), "NOERROR ad");
  forwarder_.keys = {&new_};
  forwarder_.key_signer = &new_;
  forwarder_.looks.clear();
  network_.pass(hours(49));
  EXPECT_FALSE(forwarder_.looks.empty());
  EXPECT_EQ(ask(), "NOERROR ad");
}

TEST_F(IdleResolver, ARevokedKeyIsDroppedAtOnce) {
  settings_.cache_max_ttl = hours(24 * 30);
  start();
  network_.pass(minutes(2));
  EXPECT_EQ(ask(), "NOERROR ad");
  forwarder_.keys = {&revoked_};
  forwarder_.key_signer = &revoked_;
  network_.pass(hours(49));
  EXPECT_EQ(ask(), "SERVFAIL");
  forwarder_.looks.clear();
  network_.pass(hours(24 * 30));
  EXPECT_TRUE(forwarder_.looks.empty()) << "nothing can come of it";
}

TEST_F(IdleResolver, OfTwoWorkersOneLooks) {
  SimulatedNetwork other_network(forwarder_, 2, kWall);
  start();
  Resolver other(std::make_shared<const ResolverSettings>(settings_), shared_, other_network,
                 sink());
  other_network.attach(other);
  other.watch_anchors(other_network.now());
  for (int i = 0; i < 24 * 5; ++i) {
    network_.pass(hours(1));
    other_network.pass(hours(1));
  }
  EXPECT_EQ(forwarder_.looks.size(), 3U);
  resolver_.reset();
  forwarder_.looks.clear();
  other_network.pass(hours(24 * 4));
  EXPECT_EQ(forwarder_.looks.size(), 2U) << "the other one does it alone";
}

// What the cache has all the while is not what another worker is fetching.
TEST_F(IdleResolver, AFetchOfAnotherWorkerThatBringsNothingIsNotALook) {
  settings_.cache_max_ttl = hours(24 * 30);
  start();
  network_.pass(hours(47));
  Fetches::Claim claim;
  EXPECT_TRUE(shared_.fetches.try_claim(Fetches::hash_of(Name(), RRType::kDNSKEY), claim));
  forwarder_.looks.clear();
  network_.pass(hours(2));
  EXPECT_EQ(forwarder_.looks.size(), 1U);
}

TEST_F(IdleResolver, NothingIsAskedForNegativeTrustAnchorsAndWithoutAnchors) {
  settings_.negative_trust_anchors.emplace_back();
  start();
  network_.pass(hours(24 * 3));
  settings_.trust_anchors.clear();
  start();
  network_.pass(hours(24 * 3));
  EXPECT_EQ(network_.queries_sent(), 0U);
}

TEST_F(IdleResolver, MayEndInTheMiddleOfALook) {
  start();
  network_.pass(minutes(1) + std::chrono::milliseconds(5));
  EXPECT_EQ(network_.open_exchanges(), 1U);
  resolver_.reset();
  EXPECT_EQ(network_.open_exchanges(), 0U);
}

}  // namespace
}  // namespace dotmesh::simulation
