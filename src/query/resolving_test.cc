// What a query gets at an address with the role resolver: from the node's zones, from the core at once,
// from the core later, or refused.
#include <gmock/gmock.h>

#include <numeric>

#include "authority/testing.h"
#include "query/handler.h"
#include "query/testing.h"

namespace dotmesh {
namespace {

using testing::make_query;
using testing::QueryOptions;
using testing::to_text;

class StillClock final : public Clock {
 public:
  Monotonic monotonic() const override { return Monotonic(std::chrono::hours(7)); }
  Wall wall() const override { return Wall(std::chrono::seconds(1'700'000'000)); }
};

// A transport that remembers what came later.
class Replies final : public LaterReplies {
 public:
  void reply(ReplyTicket ticket, std::span<const std::uint8_t> response) override {
    EXPECT_TRUE(got.emplace(ticket, std::vector<std::uint8_t>(response.begin(), response.end())).second);
  }
  std::map<ReplyTicket, std::vector<std::uint8_t>> got;
};

RRset rrset(std::string_view owner, RRType type, std::vector<std::vector<std::uint8_t>> rdata, std::uint32_t ttl = 60) {
  RRset out;
  out.owner = Name::parse(owner).value();
  out.type = type;
  out.ttl = ttl;
  for (const auto& one : rdata) out.rdata.add(one);
  return out;
}

ResolvedAnswer address_answer(std::string_view owner) {
  ResolvedAnswer answer;
  answer.rcode = Rcode::kNoError;
  answer.answer.push_back(rrset(owner, RRType::kA, {{192, 0, 2, 1}}));
  return answer;
}

const SocketAddress kLoopback = SocketAddress::parse("127.0.0.1", 4000).value();
const SocketAddress kOutside = SocketAddress::parse("198.51.100.1", 4000).value();

struct Ask {
  bool recursion_desired = true;
  bool authentic_data = false;
  bool checking_disabled = false;
  bool edns = true;
  bool dnssec_ok = false;
  std::uint16_t payload = 1232;
  std::uint16_t qclass = 1;
  std::uint8_t roles = kRoleAuthority | kRoleResolver;
  const SocketAddress* client = &kLoopback;
  Transport transport = Transport::kUdp;
};

class ResolvingTest : public ::testing::Test {
 protected:
  explicit ResolvingTest(NodePolicy node = {}, bool prepares = false)
      : prepares_(prepares), policies_(std::move(node)) {
    auto generation = std::make_shared<Generation>();
    generation->commit.id = "0123abcd";
    generation->zones = ZoneSet({testing::make_zone(
        "mesh.", "@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1\nout 60 CNAME www.example.\nin 60 CNAME ns\n"
                 "member 60 NS ns.member\nns.member 60 A 10.0.0.2")});
    generations_.publish(std::move(generation));
    handler_.refresh();
  }

  // The response octets; none when the message is dropped; "later" tells that one waits.
  std::string ask(std::string_view qname, RRType type = RRType::kA, Ask options = {}) {
    query_ = make_query(qname, type,
                        {.edns = options.edns, .dnssec_ok = options.dnssec_ok,
                         .recursion_desired = options.recursion_desired, .udp_payload = options.payload,
                         .qclass = options.qclass});
    query_[3] = static_cast<std::uint8_t>((options.authentic_data ? kFlagAd : 0) | (options.checking_disabled ? kFlagCd : 0));
    QueryHandler::Slot slot;
    response_.assign(options.transport == Transport::kUdp ? kMaxUdpResponse : kMaxMessage, 0);
    if (!handler_.begin(slot, query_, {options.transport, options.client->get(), options.roles})) return "silence";
    handler_.fetch(slot);
    std::size_t size = handler_.finish(slot, query_, response_);
    if (size == kAnswerLater) {
      if (no_room_) {
        size = handler_.refuse_to_wait(slot, query_, response_);
      } else {
        handler_.wait(slot, {&replies_, ++ticket_});
        return "later";
      }
    }
    response_.resize(size);
    return text(response_);
  }
  static std::string text(const std::vector<std::uint8_t>& response) {
    std::string out = to_text(response);
    std::string flags;
    if (response[3] & kFlagRa) flags += " ra";
    if (response[3] & kFlagAd) flags += " ad";
    if (response[3] & kFlagCd) flags += " cd";
    return out.insert(std::min(out.find('\n'), out.size()), flags);
  }
  std::uint64_t counted(AnswerSource source, Rcode rcode, Transport transport = Transport::kUdp,
                        ClientClass client = ClientClass::kLoopback) const {
    QueryStats stats;
    stats.add(handler_.counters());
    return stats.answers[answer_index(transport, source, client, static_cast<std::size_t>(rcode))];
  }
  std::uint64_t counted() const {
    QueryStats stats;
    stats.add(handler_.counters());
    return std::accumulate(stats.answers.begin(), stats.answers.end(), std::uint64_t{0});
  }
  std::string later(ReplyTicket ticket) {
    auto found = replies_.got.find(ticket);
    return found == replies_.got.end() ? "nothing" : text(found->second);
  }
  // The code of the extended error option, which stands last in a response that has one.
  static int extended_error(const std::vector<std::uint8_t>& response) {
    return load16(response.data() + response.size() - 6) == 15 ? load16(response.data() + response.size() - 2) : -1;
  }

  testing::ScriptedCore core_;
  testing::NoUpstream upstream_;
  ResolverShared shared_;
  StillClock clock_;
  ResolverClock resolver_clock_{clock_};
  NodeIdentity identity_{.name = "sn3", .version = "dotmesh 0.1"};
  Snapshot<Generation> generations_;
  bool prepares_;
  AnswerCache answers_{EntryRing::kMinCapacity};
  PolicySource policies_;
  QueryHandler handler_{generations_, identity_, policies_,
                        std::make_unique<Recursion>(std::make_shared<ResolverSettings>(), shared_, upstream_,
                                                    resolver_clock_, identity_.name,
                                                    prepares_ ? &answers_ : nullptr)};
  Replies replies_;
  ReplyTicket ticket_ = 0;
  bool no_room_ = false;
  std::vector<std::uint8_t> query_, response_;
};

TEST_F(ResolvingTest, OwnZonesAreAnsweredInProcess) {
  EXPECT_EQ(ask("ns.mesh."), "NOERROR aa ra\nAN ns.mesh. 60 A 10.0.0.1");
  EXPECT_EQ(ask("ns.mesh.", RRType::kA, {.recursion_desired = false}), "NOERROR aa ra\nAN ns.mesh. 60 A 10.0.0.1");
  EXPECT_EQ(ask("ns.mesh.", RRType::kA, {.roles = kRoleResolver}), "NOERROR aa ra\nAN ns.mesh. 60 A 10.0.0.1");
  EXPECT_EQ(ask("in.mesh."), "NOERROR aa ra\nAN in.mesh. 60 CNAME ns.mesh.\nAN ns.mesh. 60 A 10.0.0.1");
  EXPECT_TRUE(ask("no.mesh.").starts_with("NXDOMAIN aa ra\nNS mesh. 30 SOA"));
  EXPECT_TRUE(core_.open.empty());
}

TEST_F(ResolvingTest, AuthorityOnlyAddressNeverSetsRa) {
  EXPECT_EQ(ask("ns.mesh.", RRType::kA, {.roles = kRoleAuthority}), "NOERROR aa\nAN ns.mesh. 60 A 10.0.0.1");
  EXPECT_EQ(ask("www.example.", RRType::kA, {.roles = kRoleAuthority}), "REFUSED");
  EXPECT_EQ(extended_error(response_), 20);
  EXPECT_TRUE(ask("x.member.mesh.", RRType::kA, {.roles = kRoleAuthority}).starts_with("NOERROR\nNS member.mesh."));
}

TEST_F(ResolvingTest, WhatEndsOutsideOwnZonesIsResolved) {
  EXPECT_EQ(ask("out.mesh."), "later");
  EXPECT_EQ(ask("x.member.mesh."), "later");
  EXPECT_EQ(ask("mesh.", RRType::kDS), "later");
  ASSERT_EQ(core_.open.size(), 3u);
  EXPECT_EQ(core_.open[1].question.qname.to_string(), "x.member.mesh.");
  // Without RD as an authority would.
  EXPECT_TRUE(ask("x.member.mesh.", RRType::kA, {.recursion_desired = false}).starts_with("NOERROR ra\nNS member.mesh."));
}

TEST_F(ResolvingTest, AnswerAtOnce) {
  core_.known["www.example."] = address_answer("WWW.example.");
  EXPECT_EQ(ask("www.EXAMPLE."), "NOERROR ra\nAN www.EXAMPLE. 60 A 192.0.2.1");
  EXPECT_EQ(core_.now.wall, 1'700'000'000);
  EXPECT_EQ(replies_.got.size(), 0u);
}

TEST_F(ResolvingTest, EveryAnswerIsCountedOnce) {
  core_.known["www.example."] = address_answer("www.example.");
  ask("ns.mesh.");
  ask("no.mesh.", RRType::kA, {.transport = Transport::kTcp});
  ask("www.example.");
  ask("www.example.", RRType::kA, {.client = &kOutside});  // REFUSED
  EXPECT_EQ(counted(AnswerSource::kAuthority, Rcode::kNoError), 1U);
  EXPECT_EQ(counted(AnswerSource::kAuthority, Rcode::kNxDomain, Transport::kTcp), 1U);
  EXPECT_EQ(counted(AnswerSource::kResolver, Rcode::kNoError), 1U);
  EXPECT_EQ(counted(AnswerSource::kResolver, Rcode::kRefused, Transport::kUdp, ClientClass::kPublic), 1U);
  EXPECT_EQ(counted(), 4U);
}

TEST_F(ResolvingTest, AnswersLaterAreCountedWithTheirTime) {
  handler_.refresh(clock_.monotonic());
  EXPECT_EQ(ask("a.example.", RRType::kA, {.transport = Transport::kTcp}), "later");
  EXPECT_EQ(counted(), 0U);
  handler_.refresh(clock_.monotonic() + std::chrono::milliseconds(30));
  core_.answer({});
  EXPECT_EQ(counted(AnswerSource::kResolver, Rcode::kServFail, Transport::kTcp), 1U);
  EXPECT_EQ(counted(), 1U);
  QueryStats stats;
  stats.add(handler_.counters());
  EXPECT_EQ(stats.resolved_in.nanoseconds, 30'000'000U);
  no_room_ = true;
  EXPECT_TRUE(ask("b.example.").starts_with("SERVFAIL"));
  EXPECT_EQ(counted(AnswerSource::kResolver, Rcode::kServFail), 1U);
  EXPECT_EQ(counted(), 2U);
}

TEST_F(ResolvingTest, AnswersLaterGoToWhomTheyBelong) {
  EXPECT_EQ(ask("a.example."), "later");
  EXPECT_EQ(ask("B.example.", RRType::kA, {.checking_disabled = true, .edns = false}), "later");
  ASSERT_EQ(core_.open.size(), 2u);
  EXPECT_TRUE(core_.open[1].question.checking_disabled);
  std::swap(core_.open[0], core_.open[1]);
  core_.answer(address_answer("b.example."));
  EXPECT_EQ(later(2), "NOERROR ra cd\nAN B.example. 60 A 192.0.2.1");
  EXPECT_EQ(replies_.got[2][0], 0x12);
  EXPECT_EQ(replies_.got[2][1], 0x34);
  EXPECT_EQ(later(1), "nothing");
  core_.answer({});
  EXPECT_EQ(later(1), "SERVFAIL ra");
}

TEST_F(ResolvingTest, AdOnlyForThoseWhoUnderstandIt) {
  ResolvedAnswer secure = address_answer("www.example.");
  secure.authenticated = true;
  core_.known["www.example."] = secure;
  EXPECT_TRUE(ask("www.example.").starts_with("NOERROR ra\n"));
  EXPECT_TRUE(ask("www.example.", RRType::kA, {.authentic_data = true}).starts_with("NOERROR ra ad\n"));
  EXPECT_TRUE(ask("www.example.", RRType::kA, {.dnssec_ok = true}).starts_with("NOERROR ra ad\n"));
}

TEST_F(ResolvingTest, DnssecRecordsOnlyWithDo) {
  ResolvedAnswer answer;
  answer.rcode = Rcode::kNxDomain;
  answer.authority.push_back(rrset("example.", RRType::kSOA, {{0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1}}));
  answer.authority.push_back(rrset("example.", RRType::kNSEC, {{0, 0, 1, 0x40}}));
  for (RRset& one : answer.authority) {
    one.signatures.add(std::vector<std::uint8_t>{0, 6, 13, 1, 0, 0, 0, 60, 0, 0, 0, 2, 0, 0, 0, 1, 0, 9, 0, 1, 2, 3});
  }
  core_.known["no.example."] = answer;
  std::string plain = ask("no.example.");
  EXPECT_THAT(plain, ::testing::HasSubstr("SOA"));
  EXPECT_THAT(plain, ::testing::Not(::testing::AnyOf(::testing::HasSubstr("NSEC"), ::testing::HasSubstr("RRSIG"))));
  std::string dnssec = ask("no.example.", RRType::kA, {.dnssec_ok = true});
  EXPECT_THAT(dnssec, ::testing::HasSubstr("NS example. 60 NSEC"));
  EXPECT_THAT(dnssec, ::testing::HasSubstr("NS example. 60 RRSIG"));
}

TEST_F(ResolvingTest, WhatDoesNotFitIsTruncated) {
  ResolvedAnswer answer;
  answer.rcode = Rcode::kNoError;
  std::vector<std::vector<std::uint8_t>> many;
  for (std::uint8_t i = 0; i < 100; i++) many.push_back({10, 0, 0, i});
  answer.answer.push_back(rrset("big.example.", RRType::kA, many));
  core_.known["big.example."] = answer;
  EXPECT_EQ(ask("big.example."), "NOERROR tc ra");
  EXPECT_EQ(ask("big.example.", RRType::kA, {.edns = false}), "NOERROR tc ra");
  EXPECT_TRUE(ask("big.example.", RRType::kA, {.transport = Transport::kTcp}).starts_with("NOERROR ra\nAN big"));
}

TEST_F(ResolvingTest, ExtendedErrorsAndStale) {
  ResolvedAnswer bogus;
  bogus.error = ExtendedError::kSignatureExpired;
  core_.known["bogus.example."] = bogus;
  EXPECT_EQ(ask("bogus.example."), "SERVFAIL ra");
  EXPECT_EQ(extended_error(response_), 7);
  ResolvedAnswer stale = address_answer("old.example.");
  stale.stale = true;
  core_.known["old.example."] = stale;
  ask("old.example.");
  EXPECT_EQ(extended_error(response_), 3);
  stale.answer.clear();
  stale.rcode = Rcode::kNxDomain;
  core_.known["old.example."] = stale;
  ask("old.example.");
  EXPECT_EQ(extended_error(response_), 19);
}

TEST_F(ResolvingTest, StrangersGetOnlyTheZones) {
  EXPECT_EQ(ask("ns.mesh.", RRType::kA, {.client = &kOutside}), "NOERROR aa\nAN ns.mesh. 60 A 10.0.0.1");
  EXPECT_EQ(ask("www.example.", RRType::kA, {.client = &kOutside}), "REFUSED");
  EXPECT_EQ(extended_error(response_), 18);
  EXPECT_TRUE(ask("out.mesh.", RRType::kA, {.client = &kOutside}).starts_with("NOERROR aa\nAN out.mesh."));
  EXPECT_TRUE(core_.open.empty());
}

TEST_F(ResolvingTest, WithoutRdNothingIsLookedUp) {
  core_.known["www.example."] = address_answer("www.example.");
  EXPECT_EQ(ask("www.example.", RRType::kA, {.recursion_desired = false}), "REFUSED ra");
  EXPECT_EQ(ask("www.example.", RRType::kA, {.qclass = 255}), "REFUSED ra");
}

TEST_F(ResolvingTest, TypesThatAreNotLookedUp) {
  EXPECT_EQ(ask("www.example.", RRType::kANY), "NOERROR ra\nAN www.example. 3600 HINFO \"RFC8482\" \"\"");
  EXPECT_EQ(ask("www.example.", RRType::kAXFR), "REFUSED ra");
  EXPECT_EQ(ask("www.example.", RRType::kOPT), "FORMERR ra");
  EXPECT_EQ(ask("www.example.", static_cast<RRType>(0)), "REFUSED ra");
  EXPECT_EQ(ask("www.example.", static_cast<RRType>(200)), "REFUSED ra");
  EXPECT_TRUE(core_.open.empty());
}

TEST_F(ResolvingTest, BogonsGetSilence) {
  auto multicast = SocketAddress::parse("224.0.0.1", 4000).value();
  EXPECT_EQ(ask("ns.mesh.", RRType::kA, {.client = &multicast}), "silence");
}

TEST_F(ResolvingTest, NoPlaceToWaitIsAFailureNow) {
  no_room_ = true;
  EXPECT_EQ(ask("a.example."), "SERVFAIL ra");
  EXPECT_EQ(extended_error(response_), 0);
  core_.answer(address_answer("a.example."));  // nobody waits any more
  EXPECT_TRUE(replies_.got.empty());
  no_room_ = false;
  EXPECT_EQ(ask("a.example."), "later");
}

TEST_F(ResolvingTest, ClientsThatWaitAreBounded) {
  for (std::size_t i = 0; i < Recursion::kMaxWaitingMesh; i++) {
    ASSERT_EQ(ask("a" + std::to_string(i) + ".example."), "later");
  }
  EXPECT_EQ(ask("one-more.example."), "SERVFAIL ra");
  auto other = SocketAddress::parse("127.0.0.2", 4000).value();
  EXPECT_EQ(ask("one-more.example.", RRType::kA, {.client = &other}), "later");
  core_.answer(address_answer("a0.example."));
  EXPECT_EQ(ask("one-more.example."), "later");
}

TEST_F(ResolvingTest, TimersAndUpstreamReachTheCore) {
  EXPECT_FALSE(handler_.next_timer().has_value());
  core_.timer = core_.now.monotonic;
  handler_.refresh(clock_.monotonic());
  core_.timer = resolver_clock_.at(clock_.monotonic()).monotonic + std::chrono::seconds(2);
  EXPECT_EQ(handler_.next_timer(), clock_.monotonic() + std::chrono::seconds(2));
  handler_.on_time();
  EXPECT_EQ(core_.now.monotonic, resolver_clock_.at(clock_.monotonic()).monotonic);
  handler_.on_failure(7, UpstreamFailure::kClosed);
  handler_.on_response(8, std::vector<std::uint8_t>{'x'});
  EXPECT_THAT(core_.heard, ::testing::ElementsAre(std::pair(ExchangeId{7}, "failed"), std::pair(ExchangeId{8}, "x")));
}

TEST_F(ResolvingTest, GenerationBringsItsSettings) {
  ASSERT_EQ(core_.settings->private_zones.size(), 1u);
  generations_.publish(std::make_shared<Generation>());
  handler_.refresh();
  EXPECT_TRUE(core_.settings->private_zones.empty());
}

// A client that shows its cookie is not limited; others are, and are led to TCP.
TEST(ClientDefenceTest, LimitAndCookie) {
  auto generation = std::make_shared<Generation>();
  generation->zones = ZoneSet({testing::make_zone(
      "mesh.", "@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1\nbig 60 TXT \"" + std::string(250, 'a') + "\"")});
  Snapshot<Generation> generations;
  generations.publish(generation);
  NodeIdentity identity{.name = "a", .version = "b"};
  PolicySource policies{NodePolicy{}};
  ServerCookies cookies({ServerCookies::random_secret()});
  StillClock clock;
  QueryHandler handler(generations, identity, policies, nullptr, {&cookies, &clock, 16'384});
  handler.refresh(clock.monotonic());
  auto ask = [&](std::vector<std::uint8_t> cookie, Transport transport = Transport::kUdp) {
    std::vector<std::uint8_t> options;
    if (!cookie.empty()) {
      options = {0, 10, 0, static_cast<std::uint8_t>(cookie.size())};
      options.insert(options.end(), cookie.begin(), cookie.end());
    }
    auto query = make_query("big.mesh.", RRType::kTXT, {.edns = true, .edns_options = options});
    QueryHandler::Slot slot;
    std::vector<std::uint8_t> out(kMaxUdpResponse);
    EXPECT_TRUE(handler.begin(slot, query, {transport, kOutside.get(), kRoleAuthority}));
    handler.fetch(slot);
    out.resize(handler.finish(slot, query, out));
    return out;
  };
  std::vector<std::uint8_t> client_cookie{1, 2, 3, 4, 5, 6, 7, 8};
  auto first = ask(client_cookie);
  std::vector<std::uint8_t> full_cookie(first.end() - 24, first.end());
  EXPECT_EQ(std::vector<std::uint8_t>(full_cookie.begin(), full_cookie.begin() + 8), client_cookie);
  int sent = 0, truncated = 0, dropped = 0;
  for (int i = 0; i < 1000; i++) {
    auto response = ask({});
    if (response.empty()) {
      dropped++;
    } else if (to_text(response) == "NOERROR tc") {
      truncated++;
    } else {
      sent++;
    }
  }
  EXPECT_LT(sent, 300);
  EXPECT_EQ(truncated, dropped);
  EXPECT_TRUE(to_text(ask(full_cookie)).starts_with("NOERROR aa\nAN big"));
  EXPECT_TRUE(to_text(ask({}, Transport::kTcp)).starts_with("NOERROR aa\nAN big"));
  client_cookie.pop_back();
  EXPECT_EQ(to_text(ask(client_cookie)), "FORMERR");
}

class PublicResolvingTest : public ResolvingTest {
 protected:
  static NodePolicy open() {
    NodePolicy node;
    node.public_recursion = true;
    return node;
  }
  PublicResolvingTest() : ResolvingTest(open()) {}
};

TEST_F(PublicResolvingTest, EveryoneIsServedWhenTheNodeSaysSo) {
  core_.known["www.example."] = address_answer("www.example.");
  EXPECT_EQ(ask("www.example.", RRType::kA, {.client = &kOutside}), "NOERROR ra\nAN www.example. 60 A 192.0.2.1");
}

// DNSBomb: questions in a victim's name trickle in, their server holds every answer back and then lets all go at
// once. However many were asked, what leaves for the victim in that moment is no more than a prefix may save up.
TEST(ClientDefenceTest, AnswersHeldBackAndLetGoAtOnce) {
  constexpr std::uint32_t kOctetsPerSecond = 16'384;
  constexpr std::size_t kQuestions = 4000;
  testing::ScriptedCore core;
  testing::NoUpstream upstream;
  ResolverShared shared;
  StillClock clock;
  ResolverClock resolver_clock(clock);
  NodeIdentity identity{.name = "a", .version = "b"};
  Snapshot<Generation> generations;
  generations.publish(std::make_shared<Generation>());
  NodePolicy open;
  open.public_recursion = true;
  PolicySource policies{std::move(open)};
  ServerCookies cookies({ServerCookies::random_secret()});
  QueryHandler handler(generations, identity, policies,
                       std::make_unique<Recursion>(std::make_shared<ResolverSettings>(), shared, upstream, resolver_clock,
                                                   identity.name),
                       {&cookies, &clock, kOctetsPerSecond});
  handler.refresh(clock.monotonic());
  Replies replies;
  std::size_t waiting = 0;
  std::size_t octets_asked = 0;
  std::size_t octets_at_once = 0;
  for (std::size_t i = 0; i < kQuestions; ++i) {
    const auto query = make_query("q" + std::to_string(i) + ".example.", RRType::kTXT, {.edns = true, .recursion_desired = true});
    octets_asked += query.size();
    QueryHandler::Slot slot;
    std::vector<std::uint8_t> out(kMaxUdpResponse);
    ASSERT_TRUE(handler.begin(slot, query, {Transport::kUdp, kOutside.get(), kRoleResolver}));
    handler.fetch(slot);
    const std::size_t size = handler.finish(slot, query, out);
    if (size == kAnswerLater) {
      handler.wait(slot, {&replies, ++waiting});
    } else {
      octets_at_once += size;
    }
  }
  EXPECT_EQ(waiting, Recursion::kMaxWaitingPublic);
  EXPECT_LE(octets_at_once, 2 * octets_asked);  // failures, each hardly larger than its question
  ResolvedAnswer large;
  large.rcode = Rcode::kNoError;
  while (!core.open.empty()) {
    const std::string owner = core.open.front().question.qname.to_string();
    large.answer = {rrset(owner, RRType::kTXT, {std::vector<std::uint8_t>(1000, 'x')})};
    core.answer(large);
  }
  std::size_t octets = 0;
  for (const auto& [ticket, response] : replies.got) octets += response.size();
  EXPECT_EQ(replies.got.size(), waiting);
  EXPECT_GT(octets, 1000U);  // the first are answered
  // What the prefix may save up, one answer beyond it, and the empty ones that send a real client to TCP.
  EXPECT_LE(octets, kOctetsPerSecond * AmplificationLimit::kBurstSeconds + 1100 + waiting * 100);
}

class PreparedTest : public ResolvingTest {
 protected:
  PreparedTest() : ResolvingTest({}, true) { pass(0); }
  // `seconds` since the first answer.
  void pass(int seconds) { handler_.refresh(clock_.monotonic() + std::chrono::seconds(seconds)); }
  // As ask(), and whether the core had to be asked: "core: ..." or "cache: ...".
  std::string trace(std::string_view qname, RRType type = RRType::kA, Ask options = {}) {
    auto before = core_.asked;
    std::string out = ask(qname, type, options);
    return (core_.asked == before ? "cache: " : "core: ") + out;
  }
};

TEST_F(PreparedTest, TheSecondClientIsAnsweredWithoutTheCore) {
  EXPECT_EQ(trace("www.example."), "core: later");
  core_.answer(address_answer("www.example."));
  EXPECT_EQ(later(1), "NOERROR ra\nAN www.example. 60 A 192.0.2.1");
  pass(20);
  EXPECT_EQ(trace("WWW.example."), "cache: NOERROR ra\nAN WWW.example. 40 A 192.0.2.1");
  EXPECT_EQ(trace("www.example.", RRType::kA, {.edns = false}), "cache: NOERROR ra\nAN www.example. 40 A 192.0.2.1");
  EXPECT_EQ(trace("www.example.", RRType::kA, {.transport = Transport::kTcp}),
            "cache: NOERROR ra\nAN www.example. 40 A 192.0.2.1");
  pass(60);
  EXPECT_EQ(trace("www.example."), "core: later");
}

TEST_F(PreparedTest, WhatIsNotForTheResolverIsNotLookedUp) {
  core_.known["www.example."] = address_answer("www.example.");
  trace("www.example.");
  EXPECT_EQ(trace("www.example.", RRType::kA, {.recursion_desired = false}), "cache: REFUSED ra");
  EXPECT_EQ(trace("www.example.", RRType::kA, {.qclass = 3}), "cache: REFUSED ra");
  EXPECT_EQ(trace("www.example.", RRType::kA, {.roles = kRoleAuthority}), "cache: REFUSED");
  EXPECT_EQ(trace("www.example.", RRType::kA, {.client = &kOutside}), "cache: REFUSED");
  EXPECT_EQ(trace("www.example.", RRType::kA, {.dnssec_ok = true}).substr(0, 5), "core:");
  EXPECT_EQ(trace("www.example.", RRType::kA, {.checking_disabled = true}).substr(0, 5), "core:");
}

TEST_F(PreparedTest, KeepsRcodeAdAndExtendedError) {
  ResolvedAnswer& answer = core_.known["no.example."];
  answer.rcode = Rcode::kNxDomain;
  answer.authenticated = true;
  answer.error = ExtendedError::kForgedAnswer;
  std::vector<std::uint8_t> soa(22, 0);
  answer.authority.push_back(rrset("example.", RRType::kSOA, {soa}));
  EXPECT_TRUE(trace("no.example.").starts_with("core: NXDOMAIN ra\nNS example. 60 SOA"));
  for (bool wants : {false, true}) {
    std::string got = trace("no.example.", RRType::kA, {.authentic_data = wants});
    EXPECT_TRUE(got.starts_with(wants ? "cache: NXDOMAIN ra ad\nNS example. 60 SOA" : "cache: NXDOMAIN ra\nNS example. 60 SOA"));
    EXPECT_EQ(extended_error(response_), 4);
  }
}

TEST_F(PreparedTest, DoesNotKeepWhatFailedIsStaleOrOfOwnZones) {
  core_.known["failed.example."].rcode = Rcode::kServFail;
  ResolvedAnswer& stale = core_.known["stale.example."] = address_answer("stale.example.");
  stale.stale = true;
  ResolvedAnswer& alias = core_.known["alias.example."] = address_answer("ns.mesh.");
  Name target = Name::parse("ns.mesh.").value();
  alias.answer.insert(alias.answer.begin(),
                      rrset("alias.example.", RRType::kCNAME, {{target.data(), target.data() + target.size()}}));
  ResolvedAnswer& dangling = core_.known["dangling.example."] = alias;
  dangling.answer.resize(1);
  dangling.answer[0].owner = Name::parse("dangling.example.").value();
  for (const char* qname : {"failed.example.", "stale.example.", "alias.example.", "dangling.example."}) {
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(trace(qname).starts_with("core: ")) << qname;
  }
  EXPECT_EQ(answers_.stats().entries, 0);
}

TEST_F(PreparedTest, WhatDoesNotFitIsTruncated) {
  ResolvedAnswer& large = core_.known["large.example."] = address_answer("large.example.");
  for (std::uint8_t i = 2; i < 100; ++i) large.answer[0].rdata.add(std::vector<std::uint8_t>{192, 0, 2, i});
  EXPECT_EQ(trace("large.example."), "core: NOERROR tc ra");
  EXPECT_TRUE(trace("large.example.", RRType::kA, {.transport = Transport::kTcp}).starts_with("core: NOERROR ra\nAN"));
  EXPECT_EQ(trace("large.example."), "cache: NOERROR tc ra");
  EXPECT_EQ(response_.size(), query_.size()) << "question and OPT";
  EXPECT_TRUE(trace("large.example.", RRType::kA, {.transport = Transport::kTcp}).starts_with("cache: NOERROR ra\nAN"));
}

TEST_F(PreparedTest, APopularAnswerIsRefreshedNearItsEnd) {
  core_.known["www.example."] = address_answer("www.example.");
  trace("www.example.");
  trace("www.example.");
  pass(55);
  EXPECT_TRUE(core_.refreshed.empty());
  EXPECT_EQ(trace("www.example."), "core: NOERROR ra\nAN www.example. 60 A 192.0.2.1");
  EXPECT_THAT(core_.refreshed, ::testing::ElementsAre("www.example."));
  // The new one is not due.
  EXPECT_EQ(trace("www.example."), "cache: NOERROR ra\nAN www.example. 60 A 192.0.2.1");
}

}  // namespace
}  // namespace dotmesh
