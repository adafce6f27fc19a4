// Attacks on validation, replayed against the resolver's core on a simulated network: cryptography without end
// (KeyTrap CVE-2023-50387, NSEC3 CVE-2023-50868, invalid keys CVE-2025-8677), and records that are put where they
// do not belong. Each must end with bounded work, SERVFAIL or the truth, and others' names unharmed.
//
// Three signed zones: the root, "p.", and "b.p.", whose server (and key, in some) is the attacker's.
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <functional>
#include <map>

#include "dns/rdata.h"
#include "dnssec/canonical.h"
#include "dnssec/nsec3.h"
#include "dnssec/testing.h"
#include "resolver/budget.h"
#include "simulation/resolver_under_test.h"
#include "simulation/simulated_network.h"
#include "simulation/world.h"
#include "simulation/zone_signer.h"
#include "zone/zone_builder.h"

namespace dotmesh::simulation {
namespace {

using testing::name;

constexpr std::uint32_t kNow = 1'700'000'000;
// CPU time of one question: 40 ms is the most that was seen, the rest is room for sanitizers. Without bounds
// ManyKeysOfOneTag takes more than a second even with these cheap keys.
constexpr double kMostCpuSeconds = 0.5;
constexpr std::uint64_t kMostQueries = 60;
// Checks of signatures that a question may cost beside those that fail: its chain of trust, and (Nsec3OfDeepNames) all
// records of a long proof.
constexpr std::uint64_t kMostHonestChecks = 80;
constexpr Duration kMostTime = std::chrono::milliseconds(4600);

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

struct SignedZone {
  SignedZone(const char* apex_text, std::uint64_t seed, const char* server_text, bool use_nsec3 = false)
      : apex(name(apex_text)), key(seed), server(SocketAddress::parse(server_text, 53).value()), nsec3(use_nsec3) {}

  void add(std::string_view text) {
    for (const RRset& rrset : testing::parse_rrsets(text)) {
      for (auto rdata : rrset.rdata) records.push_back({rrset.owner, rrset.type, 1, rrset.ttl, {rdata.begin(), rdata.end()}});
    }
  }
  void delegate(const SignedZone& child, std::string_view text) {
    add(text);
    records.push_back({child.apex, RRType::kDS, 1, 300, child.key.ds_rdata(child.apex)});
  }
  void publish() {
    const SigningOptions options{.nsec3 = nsec3, .opt_out = false, .iterations = iterations, .salt_size = salt_size, .inception = kNow - 86'400, .expiration = kNow + 86'400};
    ZoneBuilder builder(apex);
    for (const PlainRecord& r : sign_zone(apex, records, key, options)) builder.on_record({r.owner, r.type, 1, r.ttl, r.rdata});
    zones = std::make_unique<ZoneSet>(std::vector<std::shared_ptr<const Zone>>{*builder.build(1)});
  }
  // RRSIG RDATA by the zone's key.
  std::vector<std::uint8_t> sign(const RRset& rrset) const {
    std::vector<std::uint8_t> rdata(18);
    store16(rdata.data(), static_cast<std::uint16_t>(rrset.type));
    rdata[2] = 15;
    rdata[3] = static_cast<std::uint8_t>(rrset.owner.view().label_count());
    store32(&rdata[4], rrset.ttl);
    store32(&rdata[8], kNow + 86'400);
    store32(&rdata[12], kNow - 86'400);
    store16(&rdata[16], key.tag());
    rdata.insert(rdata.end(), apex.data(), apex.data() + apex.size());
    rdata.push_back(0);
    const std::vector<std::uint8_t> octets = signed_octets(rrset, *Rrsig::from_rdata(rdata));
    rdata.pop_back();
    const std::vector<std::uint8_t> signature = key.sign(octets);
    rdata.insert(rdata.end(), signature.begin(), signature.end());
    return rdata;
  }

  Name apex;
  SigningKey key;
  SocketAddress server;
  bool nsec3;
  std::uint8_t iterations = 0;
  std::uint8_t salt_size = 0;
  std::vector<PlainRecord> records;
  std::unique_ptr<ZoneSet> zones;
};

class Attacks : public ::testing::Test, public Servers, public AnswerSink {
 protected:
  using Edit = std::function<void(const PlainQuestion&, PlainMessage&)>;

  void start(bool nsec3 = false) {
    child_.nsec3 = nsec3;
    child_.add("b.p. 300 SOA ns.b.p. host.b.p. 1 2 3 4 300\nb.p. 300 NS ns.b.p.\nns.b.p. 300 A 192.0.2.3\nwww.b.p. 300 A 192.0.2.99");
    child_.publish();
    parent_.add("p. 300 SOA ns.p. host.p. 1 2 3 4 300\np. 300 NS ns.p.\nns.p. 300 A 192.0.2.2\nc.p. 300 A 192.0.2.7\n"
                "x.p. 300 A 192.0.2.8\n*.w.p. 300 A 192.0.2.9\nreal.w.p. 300 A 192.0.2.10");
    parent_.delegate(child_, "b.p. 300 NS ns.b.p.\nns.b.p. 300 A 192.0.2.3");
    parent_.publish();
    root_.add(". 300 SOA ns. host. 1 2 3 4 300\n. 300 NS ns.\nns. 300 A 192.0.2.1");
    root_.delegate(parent_, "p. 300 NS ns.p.\nns.p. 300 A 192.0.2.2");
    root_.publish();
    begin_anew();
  }
  // With an empty cache, at time 0.
  void begin_anew() {
    ResolverSettings settings;
    settings.root_hints.push_back({name("ns."), {root_.server}});
    settings.trust_anchors.push_back({.owner = Name(), .ds = {}, .dnskey = {}});
    settings.trust_anchors[0].ds.add(root_.key.ds_rdata(Name()));
    settings.special_use_names = false;
    settings.forwards = forwards_;
    settings.cache_max_ttl = cache_max_ttl_;
    resolver_.reset();
    network_.emplace(*this, 1, kNow);
    resolver_.emplace(std::make_shared<ResolverSettings>(settings), *network_, *this);
    network_->attach(resolver_->resolver());
  }

  void on_query(const SentQuery& sent, std::vector<Arrival>& arrivals) override {
    for (const SignedZone* zone : {&root_, &parent_, &child_}) {
      if (!(zone->server == sent.server)) continue;
      auto answer = read_message(authoritative_answer(*zone->zones, sent.message));
      auto query = read_message(sent.message);
      if (!answer || !query) return;
      if (auto edit = edits_.find(zone->apex.to_string()); edit != edits_.end()) edit->second(query->questions[0], *answer);
      const std::vector<std::uint8_t> message = answer->to_wire();
      ASSERT_LE(message.size(), kMaxMessage) << "no message at all";
      arrivals.push_back({std::chrono::milliseconds(5), message, {}});
    }
  }
  void on_answer(AnswerToken, const ClientQuestion&, const ResolvedAnswer& answer) override { answer_ = answer; }

  // Steps of validation, whatever they cost.
  struct Work {
    std::uint64_t checks;
    std::uint64_t failed;
    std::uint64_t nsec3_rounds;
  };
  Work work() {
    const ResolverCounters& counters = resolver_->resolver().counters();
    return {counters.signature_checks.value(), counters.failed_signature_checks.value(), counters.nsec3_rounds.value()};
  }

  // "SERVFAIL", "NXDOMAIN ad", "192.0.2.7 ad". Checks that the work was bounded.
  std::string ask(std::string_view qname, RRType qtype = RRType::kA) {
    answer_.reset();
    const std::uint64_t sent = network_->queries_sent();
    const double cpu = cpu_seconds();
    const Work before = work();
    resolver_->resolver().resolve(1, {.qname = name(qname), .qtype = qtype, .dnssec_ok = true}, network_->now());
    network_->run(kMostTime, [&] { return answer_.has_value(); });
    EXPECT_LT(cpu_seconds() - cpu, kMostCpuSeconds);
    EXPECT_LT(network_->queries_sent() - sent, kMostQueries);
    if (!answer_) return "no answer";
    const Work after = work();
    failed_checks_ = after.failed - before.failed;
    EXPECT_LE(failed_checks_, kMaxFailedChecks);
    EXPECT_LE(after.checks - before.checks, failed_checks_ + kMostHonestChecks);
    EXPECT_LE(after.nsec3_rounds - before.nsec3_rounds, kMaxNsec3Rounds);
    std::string out = rcode_to_string(static_cast<unsigned>(answer_->rcode));
    if (!answer_->answer.empty() && answer_->answer.back().type == RRType::kA) {
      out = rdata_to_string(RRType::kA, answer_->answer.back().rdata.front());
    }
    return out + (answer_->authenticated ? " ad" : "");
  }

  // Names of the honest zone, after all.
  void expect_others_unharmed() {
    EXPECT_EQ(ask("c.p."), "192.0.2.7 ad");
    EXPECT_EQ(ask("x.p."), "192.0.2.8 ad");
    EXPECT_EQ(ask("any.w.p."), "192.0.2.9 ad");
  }

  // `count` keys with the tag of the zone's key: swapping octets two places apart keeps it.
  static std::vector<std::vector<std::uint8_t>> keys_of_one_tag(const SignedZone& zone, std::size_t count) {
    std::vector<std::vector<std::uint8_t>> keys;
    for (std::size_t i = 0; keys.size() < count; ++i) {
      std::vector<std::uint8_t> key = zone.key.dnskey_rdata();
      std::swap(key[4 + i % 28], key[6 + i % 28]);
      std::swap(key[5 + i / 28 % 28], key[7 + i / 28 % 28]);
      keys.push_back(key);
    }
    return keys;
  }
  // Every RRSIG of the section, `times` more with other octets at the end.
  static void multiply_signatures(PlainMessage& message, Section section, std::size_t times) {
    std::vector<PlainRecord> made;
    for (const PlainRecord& r : message.section(section)) {
      if (r.type != RRType::kRRSIG) continue;
      for (std::size_t i = 0; i < times; ++i) {
        made.push_back(r);
        store16(made.back().rdata.data() + made.back().rdata.size() - 2, static_cast<std::uint16_t>(i + 1));
      }
    }
    auto& records = message.section(section);
    std::erase_if(records, [](const PlainRecord& r) { return r.type == RRType::kRRSIG; });
    records.insert(records.end(), made.begin(), made.end());
  }

  SignedZone root_{".", 1, "192.0.2.1"};
  SignedZone parent_{"p.", 2, "192.0.2.2"};
  SignedZone child_{"b.p.", 3, "192.0.2.3"};
  std::vector<ForwardZone> forwards_;
  std::chrono::seconds cache_max_ttl_{86'400};
  std::map<std::string, Edit> edits_;  // by apex of the zone whose server answers
  std::optional<SimulatedNetwork> network_;
  std::optional<ResolverUnderTest> resolver_;
  std::optional<ResolvedAnswer> answer_;
  std::uint64_t failed_checks_ = 0;  // by the last question
};

TEST_F(Attacks, NobodyAttacks) {
  start();
  EXPECT_EQ(ask("www.b.p."), "192.0.2.99 ad");
  EXPECT_EQ(ask("nope.b.p."), "NXDOMAIN ad");
  EXPECT_EQ(failed_checks_, 0U);
  EXPECT_GE(work().checks, 5U) << "two DNSKEY RRsets, a DS RRset, an answer, a proof at least";
  expect_others_unharmed();
}

// A record with a second to live may expire while its keys are looked for. It is no stale data for that.
TEST_F(Attacks, ARecordExpiresWhileItIsValidated) {
  child_.add("short.b.p. 1 A 192.0.2.50");
  start();
  for (auto passed = std::chrono::milliseconds(940); passed < std::chrono::milliseconds(1005); passed += std::chrono::milliseconds(5)) {
    begin_anew();
    network_->pass(passed);
    EXPECT_EQ(ask("short.b.p."), "192.0.2.50 ad") << passed.count();
    EXPECT_FALSE(answer_->stale);
  }
}

// KeyTrap: one key, many signatures.
TEST_F(Attacks, ManySignatures) {
  start();
  edits_["b.p."] = [](const PlainQuestion& q, PlainMessage& m) {
    if (q.type != RRType::kDNSKEY) multiply_signatures(m, Section::kAnswer, 500);
  };
  EXPECT_EQ(ask("www.b.p."), "SERVFAIL");
  EXPECT_GE(failed_checks_, kMaxKeysPerTag) << "the attack took place";
  expect_others_unharmed();
}

// KeyTrap: many keys of one tag, which the zone owns to, and many signatures.
TEST_F(Attacks, ManyKeysOfOneTag) {
  start();
  RRset keys{.owner = child_.apex, .type = RRType::kDNSKEY, .ttl = 300, .rdata = {}, .signatures = {}};
  for (const auto& key : keys_of_one_tag(child_, 250)) keys.rdata.add(key);
  keys.rdata.add(child_.key.dnskey_rdata());
  const std::vector<std::uint8_t> signature = child_.sign(keys);
  edits_["b.p."] = [&](const PlainQuestion& q, PlainMessage& m) {
    if (q.type != RRType::kDNSKEY) return multiply_signatures(m, Section::kAnswer, 250);
    auto& records = m.section(Section::kAnswer);
    records.clear();
    for (auto rdata : keys.rdata) records.push_back({keys.owner, keys.type, 1, 300, {rdata.begin(), rdata.end()}});
    records.push_back({keys.owner, RRType::kRRSIG, 1, 300, signature});
  };
  EXPECT_EQ(ask("www.b.p."), "SERVFAIL");
  EXPECT_GE(failed_checks_, kMaxKeysPerTag) << "the attack took place";
  expect_others_unharmed();
}

// KeyTrap: each of many DS records must be compared with each of many keys.
TEST_F(Attacks, ManyDelegationSigners) {
  start();
  const auto keys = keys_of_one_tag(child_, 300);
  RRset ds{.owner = child_.apex, .type = RRType::kDS, .ttl = 300, .rdata = {}, .signatures = {}};
  for (std::size_t i = 0; i < 300; ++i) {
    std::vector<std::uint8_t> rdata = child_.key.ds_rdata(child_.apex);
    store16(&rdata[10], static_cast<std::uint16_t>(i));
    ds.rdata.add(rdata);
  }
  const std::vector<std::uint8_t> signature = parent_.sign(ds);
  edits_["p."] = [&](const PlainQuestion&, PlainMessage& m) {
    for (Section section : {Section::kAnswer, Section::kAuthority}) {
      auto& records = m.section(section);
      const auto is_ds = [](const PlainRecord& r) { return r.type == RRType::kDS; };
      if (std::ranges::none_of(records, is_ds)) continue;
      std::erase_if(records, [&](const PlainRecord& r) { return is_ds(r) || (r.type == RRType::kRRSIG && load16(r.rdata.data()) == 43); });
      for (auto rdata : ds.rdata) records.push_back({ds.owner, ds.type, 1, 300, {rdata.begin(), rdata.end()}});
      records.push_back({ds.owner, RRType::kRRSIG, 1, 300, signature});
    }
  };
  edits_["b.p."] = [&](const PlainQuestion& q, PlainMessage& m) {
    if (q.type != RRType::kDNSKEY) return;
    for (const auto& key : keys) m.section(Section::kAnswer).push_back({child_.apex, RRType::kDNSKEY, 1, 300, key});
    multiply_signatures(m, Section::kAnswer, 300);
  };
  EXPECT_EQ(ask("www.b.p."), "SERVFAIL");
  expect_others_unharmed();
}

// CVE-2025-8677: keys that cannot be read, each a failure of its own.
TEST_F(Attacks, InvalidKeys) {
  start();
  edits_["b.p."] = [&](const PlainQuestion& q, PlainMessage& m) {
    auto& records = m.section(Section::kAnswer);
    if (q.type == RRType::kDNSKEY) {
      RRset keys{.owner = child_.apex, .type = RRType::kDNSKEY, .ttl = 300, .rdata = {}, .signatures = {}};
      keys.rdata.add(child_.key.dnskey_rdata());
      for (std::uint16_t i = 0; i < 500; ++i) {
        std::vector<std::uint8_t> key{1, 1, 3, 13};
        key.resize(4 + 64, 7);  // not on the curve
        store16(&key[10], i);
        store16(&key[12], static_cast<std::uint16_t>(65535 - i));  // the sum, and so the tag, stays
        keys.rdata.add(key);
      }
      records.clear();
      for (auto rdata : keys.rdata) records.push_back({keys.owner, keys.type, 1, 300, {rdata.begin(), rdata.end()}});
      records.push_back({keys.owner, RRType::kRRSIG, 1, 300, child_.sign(keys)});
      return;
    }
    std::vector<std::uint8_t> any{1, 1, 3, 13};
    any.resize(4 + 64, 7);
    store16(&any[10], 0);
    store16(&any[12], 65535);
    for (PlainRecord& r : records) {
      if (r.type != RRType::kRRSIG) continue;
      r.rdata[2] = 13;
      store16(&r.rdata[16], Dnskey::from_rdata(any)->key_tag());
    }
    multiply_signatures(m, Section::kAnswer, 100);
  };
  EXPECT_EQ(ask("www.b.p."), "SERVFAIL");
  EXPECT_GE(failed_checks_, kMaxKeysPerTag) << "the attack took place";
  expect_others_unharmed();
}

// Somebody has a false record put into the cache by a question with CD, and takes all the
// resolver's places.
TEST_F(Attacks, NoPlaceForItsKeysIsNoReasonToBelieve) {
  constexpr std::size_t kSilent = 5;  // servers, so that none has too much open
  for (std::size_t i = 0; i < kSilent; ++i) {
    const auto last = static_cast<std::uint8_t>(100 + i);
    forwards_.push_back({name("d" + std::to_string(i) + "."),
                         {SocketAddress::ipv4(std::array<std::uint8_t, 4>{192, 0, 2, last}, 53)}});
  }
  start();
  edits_["p."] = [](const PlainQuestion&, PlainMessage& m) {
    for (PlainRecord& r : m.section(Section::kAnswer)) {
      if (r.type == RRType::kA) r.rdata = {192, 0, 2, 66};
    }
  };
  Resolver& resolver = resolver_->resolver();
  const auto resolve = [&](const std::string& qname, bool cd) {
    resolver.resolve(1, {name(qname), RRType::kA, true, cd}, network_->now());
  };
  resolve("c.p.", true);
  ASSERT_TRUE(network_->run(kMostTime, [&] { return answer_.has_value(); }));
  ASSERT_EQ(answer_->rcode, Rcode::kNoError);
  answer_.reset();
  for (std::size_t i = 0; i + 1 < kMaxOpenJobs; ++i) {
    resolve("n" + std::to_string(i) + ".d" + std::to_string(i % kSilent) + ".", true);
  }
  ASSERT_FALSE(answer_) << "all wait";
  resolve("c.p.", false);
  ASSERT_TRUE(network_->run(std::chrono::seconds(1), [&] { return answer_.has_value(); }));
  EXPECT_EQ(answer_->rcode, Rcode::kServFail);
}

// CVE-2023-50868: a name with as many labels as can be, and a proof that must be looked for at each.
TEST_F(Attacks, Nsec3OfDeepNames) {
  start(true);
  std::string deep;
  for (int i = 0; i < 118; ++i) deep += "a.";
  edits_["b.p."] = [&](const PlainQuestion& q, PlainMessage& m) {
    if (q.type == RRType::kDNSKEY || m.rcode != 3) return;
    auto& records = m.section(Section::kAuthority);
    std::erase_if(records, [](const PlainRecord& r) { return r.type == RRType::kNSEC3 || r.type == RRType::kRRSIG; });
    for (int i = 0; i < 60; ++i) {
      RRset nsec3 = testing::parse_rrset("0p9mhaveqvm6t7vbl5lop2u3t2rp3t" + std::to_string(10 + i) +
                                         ".b.p. 300 NSEC3 1 0 50 " + std::string(500, 'a') +
                                         " 2t7b4g4vsa5smi47k61mv5bv1a22bojr A");
      records.push_back({nsec3.owner, nsec3.type, 1, 300, {nsec3.rdata.front().begin(), nsec3.rdata.front().end()}});
      records.push_back({nsec3.owner, RRType::kRRSIG, 1, 300, child_.sign(nsec3)});
    }
    for (PlainRecord& r : std::vector<PlainRecord>(records)) {
      if (r.type != RRType::kSOA) continue;
      RRset soa{.owner = r.owner, .type = r.type, .ttl = r.ttl, .rdata = {}, .signatures = {}};
      soa.rdata.add(r.rdata);
      records.push_back({r.owner, RRType::kRRSIG, 1, r.ttl, child_.sign(soa)});
    }
  };
  EXPECT_EQ(ask(deep + "b.p."), "SERVFAIL");
  EXPECT_EQ(ask("b." + deep + "b.p."), "SERVFAIL");
  expect_others_unharmed();
}

// The same with a proof that holds, in a zone as dear as can be: it is the budget, and nothing else, that ends it.
TEST_F(Attacks, Nsec3BudgetEndsATrueProof) {
  child_.iterations = kMaxTrustedNsec3Iterations;
  child_.salt_size = 250;  // five blocks a round
  start(true);
  const auto labels = [](int count) {
    std::string name;
    for (int i = 0; i < count; ++i) name += "a.";
    return name + "b.p.";
  };
  EXPECT_EQ(ask(labels(100)), "SERVFAIL");
  EXPECT_EQ(ask(labels(5)), "NXDOMAIN ad");
  expect_others_unharmed();
}

// RFC 9276: more iterations than are trusted make the zone insecure; nothing is hashed.
TEST_F(Attacks, Nsec3Iterations) {
  start(true);
  edits_["b.p."] = [&](const PlainQuestion& q, PlainMessage& m) {
    if (q.type == RRType::kDNSKEY || m.rcode != 3) return;
    auto& records = m.section(Section::kAuthority);
    std::erase_if(records, [](const PlainRecord& r) { return r.type == RRType::kNSEC3 || (r.type == RRType::kRRSIG && load16(r.rdata.data()) == 50); });
    RRset nsec3 = testing::parse_rrset("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.b.p. 300 NSEC3 1 0 65535 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A");
    records.push_back({nsec3.owner, nsec3.type, 1, 300, {nsec3.rdata.front().begin(), nsec3.rdata.front().end()}});
    records.push_back({nsec3.owner, RRType::kRRSIG, 1, 300, child_.sign(nsec3)});
  };
  EXPECT_EQ(ask("nope.b.p."), "NXDOMAIN");
  expect_others_unharmed();
}

// A child zone signs an NSEC record that reaches beyond it, and a signature that nobody made names the parent as
// its signer: it must not become a part of the parent's chain (RFC 8198).
TEST_F(Attacks, AChildDeniesItsSiblings) {
  start();
  EXPECT_EQ(ask("a.p."), "NXDOMAIN ad");  // p. NSEC b.p. and the SOA are held now
  RRset wide = testing::parse_rrset("zz.b.p. 300 NSEC zz.p. A RRSIG NSEC");
  edits_["b.p."] = [&](const PlainQuestion& q, PlainMessage& m) {
    if (q.type == RRType::kDNSKEY || m.rcode != 3) return;
    std::vector<std::uint8_t> good = child_.sign(wide);
    std::vector<std::uint8_t> by_parent(good.begin(), good.begin() + 18);
    by_parent.insert(by_parent.end(), parent_.apex.data(), parent_.apex.data() + parent_.apex.size());
    by_parent.resize(by_parent.size() + 64);
    auto& records = m.section(Section::kAuthority);
    records.push_back({wide.owner, RRType::kNSEC, 1, 300, {wide.rdata.front().begin(), wide.rdata.front().end()}});
    records.push_back({wide.owner, RRType::kRRSIG, 1, 300, by_parent});
    records.push_back({wide.owner, RRType::kRRSIG, 1, 300, good});
  };
  EXPECT_EQ(ask("nope.b.p."), "NXDOMAIN ad") << "the rest of the proof is good";
  expect_others_unharmed();
}

// A signature that nobody made says that a name's data came from a wildcard: other names must not get it.
TEST_F(Attacks, ANameBecomesAWildcard) {
  start();
  EXPECT_EQ(ask("any.w.p."), "192.0.2.9 ad");  // *.w.p. and what covers it are held now
  edits_["p."] = [&](const PlainQuestion& q, PlainMessage& m) {
    auto& records = m.section(Section::kAnswer);
    if (!(q.name.view() == name("real.w.p.").view())) return;
    for (const PlainRecord& r : std::vector<PlainRecord>(records)) {
      if (r.type != RRType::kRRSIG) continue;
      PlainRecord forged = r;
      forged.rdata[3] = 2;
      records.insert(records.begin(), forged);
    }
  };
  EXPECT_EQ(ask("real.w.p."), "192.0.2.10 ad");
  edits_["p."] = [&](const PlainQuestion&, PlainMessage& m) { m = {}; };  // only the cache can answer
  EXPECT_EQ(ask("any2.w.p."), "192.0.2.9 ad");
}

// RFC 4035 section 5.3.4: what a wildcard gives, replayed for a name that exists.
TEST_F(Attacks, WildcardReplay) {
  start();
  edits_["p."] = [&](const PlainQuestion& q, PlainMessage& m) {
    if (!(q.name.view() == name("real.w.p.").view())) return;
    PlainMessage query{.id = 1, .dnssec_ok = true, .questions = {{name("fake.w.p."), RRType::kA, 1}}, .sections = {}};
    auto other = read_message(authoritative_answer(*parent_.zones, query.to_wire()));
    m.sections = other->sections;
    for (PlainRecord& r : m.section(Section::kAnswer)) r.owner = q.name;
  };
  EXPECT_EQ(ask("real.w.p."), "SERVFAIL");
  edits_.clear();
}

// What shows that a wildcard applies is held for other names as well, and for as long as
// cache_max_ttl allows.
TEST_F(Attacks, AWildcardsProofIsNotHeldForLonger) {
  cache_max_ttl_ = std::chrono::seconds(10);
  start();
  EXPECT_EQ(ask("any.w.p."), "192.0.2.9 ad");
  const std::uint64_t sent = network_->queries_sent();
  EXPECT_EQ(ask("more.w.p."), "192.0.2.9 ad");
  EXPECT_EQ(network_->queries_sent(), sent) << "made from what is held";
  parent_.add("new.w.p. 300 A 192.0.2.77");
  parent_.publish();
  network_->pass(std::chrono::seconds(60));
  EXPECT_EQ(ask("zz.w.p."), "192.0.2.9 ad") << "the wildcard is there again, with another proof";
  EXPECT_EQ(ask("new.w.p."), "192.0.2.77 ad");
}

// Records that nobody vouches for, beside a good proof: not believed now, nor when the proof comes out of the cache.
TEST_F(Attacks, ForgedDenialBesideAProof) {
  start();
  edits_["p."] = [&](const PlainQuestion& q, PlainMessage& m) {
    if (!(q.name.view() == name("any.w.p.").view())) return;
    if (q.type == RRType::kDS) {
      // Its signature is of a key that is not there: not bad, just of no use.
      RRset forged = testing::parse_rrset("any.w.p. 300 NSEC anz.w.p. NS RRSIG NSEC");
      std::vector<std::uint8_t> signature = parent_.sign(forged);
      signature[16] ^= 1;
      auto& records = m.section(Section::kAuthority);
      records.insert(records.begin(), {forged.owner, RRType::kRRSIG, 1, 300, signature});
      records.insert(records.begin(), {forged.owner, forged.type, 1, 300, {forged.rdata.front().begin(), forged.rdata.front().end()}});
    } else {
      auto& records = m.section(Section::kAnswer);
      std::erase_if(records, [](const PlainRecord& r) { return r.type == RRType::kRRSIG; });
      for (PlainRecord& r : records) {
        if (r.type == RRType::kA) r.rdata = {203, 0, 113, 66};
      }
    }
  };
  EXPECT_EQ(ask("any.w.p.", RRType::kDS), "NOERROR ad");
  EXPECT_EQ(ask("any.w.p."), "SERVFAIL");
}

}  // namespace
}  // namespace dotmesh::simulation
