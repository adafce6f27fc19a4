// Attacks that make a resolver work: each is replayed with the attacker doing its worst, and what it causes is
// counted: messages to servers, time, memory.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "attacks/scripted.h"
#include "resolver/budget.h"
#include "resolver/reach.h"

namespace dotmesh::attacks {
namespace {

using namespace std::chrono_literals;

std::string text_of(const PlainMessage& query) { return query.questions.front().name.to_string(); }

bool nxdomain(PlainMessage& response, const std::string& zone) {
  response.rcode = 3;
  response.section(Section::kAuthority).push_back(record(zone + " 60 SOA ns." + zone + " h." + zone + " 1 2 3 4 60"));
  return true;
}

// NXNSAttack (Afek, Bremler-Barr, Shafir 2020): one referral to a thousand servers that must be looked up at
// the victim.
TEST(Work, ReferralToManyServersOfAVictim) {
  Attack attack;
  attack.delegate("attacker.", kAttacker);
  attack.delegate("victim.", kVictim);
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    std::vector<std::string> ns;
    for (int i = 0; i < 1000; ++i) ns.push_back(fmt::format("{} 3600 NS n{}.victim.", text_of(query), i));
    refer(response, ns, {});
    return true;
  });
  attack.serve(kVictim, [](const PlainMessage&, PlainMessage& response) { return nxdomain(response, "victim."); });
  auto answer = attack.ask("a.attacker.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kServFail);
  // Each name costs the victim one query here (one address family).
  EXPECT_LE(attack.queries_to(kVictim), kMaxServerNamesPerDelegation);
  EXPECT_LE(attack.queries(), 20U);
}

// The same in depth: the looked up servers' names lead to further such referrals.
TEST(Work, ReferralsThatLeadToReferrals) {
  Attack attack;
  attack.delegate("attacker.", kAttacker);
  unsigned count = 0;
  attack.serve(kAttacker, [&](const PlainMessage& query, PlainMessage& response) {
    std::vector<std::string> ns;
    for (int i = 0; i < 20; ++i) ns.push_back(fmt::format("{} 3600 NS n{}.x{}.attacker.", text_of(query), i, ++count));
    refer(response, ns, {});
    return true;
  });
  auto answer = attack.ask("a.attacker.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kServFail);
  EXPECT_LE(attack.queries(), kMaxUpstreamQueries);
}

// NRDelegationAttack (Afek, Bremler-Barr, Stafford 2023): a referral to a thousand servers with addresses, none
// of which answers.
TEST(Work, ReferralToManySilentServers) {
  Attack attack;
  attack.delegate("attacker.", kAttacker);
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    std::vector<std::string> ns;
    std::vector<std::string> glue;
    for (int i = 0; i < 200; ++i) {
      ns.push_back(fmt::format("{} 3600 NS n{}.attacker.", text_of(query), i));
      glue.push_back(fmt::format("n{}.attacker. 3600 A 198.51.100.{}", i, 1 + i));
    }
    refer(response, ns, glue);
    return true;
  });
  auto answer = attack.ask("a.attacker.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kServFail);
  attack.pass(30s);
  EXPECT_LE(attack.queries(), 3 + kMaxTimeoutsPerZone);
}

// CAMP (Duan et al. 2024): every alias leads to a name below a new chain of delegations, so that bounds for
// each step multiply. One budget covers the whole question.
TEST(Work, AliasesTimesDelegations) {
  Attack attack;
  attack.delegate("attacker.", kAttacker);
  unsigned count = 0;
  attack.serve(kAttacker, [&](const PlainMessage& query, PlainMessage& response) {
    const Name& asked = query.questions.front().name;
    if (asked.view().label_count() < 8) {  // a delegation at every label, to itself under another name
      refer(response, {fmt::format("{} 3600 NS ns{}.attacker.", text_of(query), ++count)},
            {fmt::format("ns{}.attacker. 3600 A {}", count, kAttacker)});
      return true;
    }
    response.section(Section::kAnswer).push_back(
        record(fmt::format("{} 3600 CNAME a.b.c.d.e.f.g{}.attacker.", text_of(query), ++count)));
    return true;
  });
  auto answer = attack.ask("a.b.c.d.e.f.g.attacker.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kServFail);
  attack.pass(30s);
  EXPECT_LE(attack.queries(), kMaxUpstreamQueries);
}

TEST(Work, AliasesInACircle) {
  Attack attack;
  attack.delegate("attacker.", kAttacker);
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    const bool a = text_of(query) == "a.attacker.";
    response.section(Section::kAnswer).push_back(record(a ? "a.attacker. 60 CNAME b.attacker." : "b.attacker. 60 CNAME a.attacker."));
    return true;
  });
  auto answer = attack.ask("a.attacker.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kServFail);
  EXPECT_LE(attack.queries(), 6U);
}

TEST(Work, AliasToItself) {
  Attack attack;
  attack.delegate("attacker.", kAttacker);
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    response.section(Section::kAnswer).push_back(record(fmt::format("{0} 60 CNAME {0}", text_of(query))));
    return true;
  });
  auto answer = attack.ask("a.attacker.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kServFail);
  EXPECT_LE(attack.queries(), 4U);
}

TEST(Work, DnameThatGrowsItsOwnSubtree) {
  Attack attack;
  attack.delegate("attacker.", kAttacker);
  attack.serve(kAttacker, [](const PlainMessage&, PlainMessage& response) {
    response.section(Section::kAnswer).push_back(record("attacker. 60 DNAME x.attacker."));
    return true;
  });
  auto answer = attack.ask("a.attacker.");
  ASSERT_TRUE(answer);
  EXPECT_NE(answer->rcode, Rcode::kNoError);
  EXPECT_LE(attack.queries(), 4U + kMaxAliasLinks);
}

// Two zones whose servers are named in each other: nobody waits in a circle.
TEST(Work, ServersNamedInEachOthersZones) {
  Attack attack;
  attack.delegate("attacker.", kAttacker);
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    const bool one = query.questions.front().name.view().is_at_or_below(*Name::parse("one.attacker."));
    refer(response, {one ? "one.attacker. 60 NS ns.two.attacker." : "two.attacker. 60 NS ns.one.attacker."}, {});
    return true;
  });
  const Duration before = std::chrono::seconds(0);
  auto answer = attack.ask("a.one.attacker.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kServFail);
  EXPECT_LE(attack.queries(), 8U);
  EXPECT_GE(attack.now(), before);
}

// A server that refers to itself or upwards for ever.
TEST(Work, ReferralUpwards) {
  Attack attack;
  attack.delegate("attacker.", kAttacker);
  attack.serve(kAttacker, [](const PlainMessage&, PlainMessage& response) {
    refer(response, {". 60 NS root-server."}, {fmt::format("root-server. 60 A {}", kAttacker)});
    return true;
  });
  auto answer = attack.ask("a.attacker.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kServFail);
  EXPECT_LE(attack.queries_to(kAttacker), 3U);
}

// Truncated over UDP, and over TCP nothing ever comes (a server of one octet a second does no better).
TEST(Work, TruncatedAndThenSilentOverTcp) {
  Attack attack;
  attack.delegate("attacker.", kAttacker);
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    if (query.udp_payload == kOverTcp) return false;
    response.flags |= simulation::kTc;
    return true;
  });
  auto answer = attack.ask("a.attacker.");
  ASSERT_TRUE(answer) << "no answer before the client gives up";
  EXPECT_EQ(answer->rcode, Rcode::kServFail);
  attack.pass(30s);
  EXPECT_LE(attack.queries_to(kAttacker), 2 * kMaxTriesPerZone);
}

// Ten thousand names wait for a dead server; others are served as ever.
TEST(Work, ManyNamesOfADeadServer) {
  Attack attack;
  attack.delegate("dead.", "198.51.100.7");
  attack.delegate("good.", kVictim);
  attack.serve(kVictim, [](const PlainMessage& query, PlainMessage& response) {
    response.section(Section::kAnswer).push_back(record(fmt::format("{} 60 A 203.0.113.1", text_of(query))));
    return true;
  });
  ASSERT_TRUE(attack.ask("warm.good."));
  for (int i = 0; i < 10'000; ++i) attack.ask_later(fmt::format("n{}.dead.", i));
  const Duration asked = attack.now();
  auto answer = attack.ask("www.good.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kNoError);
  EXPECT_LE(attack.now() - asked, 50ms);
  attack.pass(30s);
  EXPECT_EQ(attack.answered(), 10'002U);
  EXPECT_LE(attack.queries_to("198.51.100.7"), 3 * Reach::kMaxOpenWithServer);
}

// A zone with a silent server and a good one, both named elsewhere: who found out leaves the silent one alone.
TEST(Work, ASilentServerBesideAGoodOne) {
  constexpr const char* kSilent = "198.51.100.1";
  constexpr const char* kGood = "198.51.100.2";
  Attack attack;
  attack.delegate("mid.", kVictim);
  attack.delegate("host.", kVictim);
  attack.serve(kVictim, [&](const PlainMessage& query, PlainMessage& response) {
    const std::string name = text_of(query);
    if (name.ends_with("mid.")) {
      refer(response, {"a.mid. 3600 NS n1.host.", "a.mid. 3600 NS n2.host."}, {});
    } else if (name == "n1.host." || name == "n2.host.") {
      response.section(Section::kAnswer).push_back(record(name + " 3600 A " + (name[1] == '1' ? kSilent : kGood)));
    }
    return true;
  });
  attack.serve(kSilent, [](const PlainMessage&, PlainMessage&) { return false; });
  attack.serve(kGood, [](const PlainMessage& query, PlainMessage& response) {
    response.section(Section::kAnswer).push_back(record(text_of(query) + " 300 A 192.0.2.7"));
    return true;
  });
  constexpr unsigned kQuestions = 40;
  for (unsigned i = 0; i < kQuestions; ++i) {
    auto answer = attack.ask(fmt::format("n{}.a.mid.", i));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->rcode, Rcode::kNoError) << i;
  }
  // Now and then it is tried again, as it may be back.
  EXPECT_LE(attack.queries_to(kSilent), kQuestions / 4);
}

// A server that answers in no time, stalls for a moment and goes on: its clients wait longer than that.
TEST(Work, AMomentOfSilence) {
  Attack attack;
  attack.delegate("victim.", kVictim);
  Duration stalled_until{};
  attack.serve(kVictim, [&](const PlainMessage& query, PlainMessage& response) {
    response.section(Section::kAnswer).push_back(record(fmt::format("{} 60 A 203.0.113.1", text_of(query))));
    return attack.now() >= stalled_until;
  });
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(attack.ask(fmt::format("warm{}.victim.", i)));
  stalled_until = attack.now() + 600ms;
  auto answer = attack.ask("www.victim.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kNoError);
}

// RebirthDay and its kin need many queries for one name at once: there is one.
TEST(Work, OneQueryForManyAskers) {
  Attack attack;
  attack.delegate("victim.", kVictim);
  attack.serve(kVictim, [](const PlainMessage& query, PlainMessage& response) {
    response.section(Section::kAnswer).push_back(record(fmt::format("{} 60 A 203.0.113.1", text_of(query))));
    return true;
  });
  for (int i = 0; i < 1000; ++i) attack.ask_later("www.victim.");
  attack.pass(5s);
  EXPECT_EQ(attack.answered(), 1000U);
  EXPECT_EQ(attack.queries_to(kVictim), 1U);
}

// CacheFlush (Duan et al. 2024) fills the cache with large RRsets: its memory stays what was given.
TEST(Work, LargeAnswersDoNotOutgrowTheCache) {
  constexpr std::size_t kOctets = 4 << 20;
  Attack attack(kOctets);
  attack.delegate("attacker.", kAttacker);
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    for (int i = 0; i < 200; ++i) {
      response.section(Section::kAnswer).push_back(
          record(fmt::format("{} 86400 TXT \"{}\"", text_of(query), std::string(200, static_cast<char>('a' + i % 26)) + std::to_string(i))));
    }
    return true;
  });
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(attack.ask(fmt::format("n{}.attacker.", i), RRType::kTXT));
  EXPECT_LE(attack.shared().cache.stats().octets, kOctets);
  EXPECT_GT(attack.shared().cache.stats().evicted, 0U);
}

}  // namespace
}  // namespace dotmesh::attacks
