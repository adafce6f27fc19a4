// Attacks that bring false data along, or keep true data alive too long. The attacker is a server that is
// rightly asked about its own zone.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "attacks/scripted.h"

namespace dotmesh::attacks {
namespace {

using namespace std::chrono_literals;

std::string text_of(const PlainMessage& query) { return query.questions.front().name.to_string(); }

std::string address_in(const std::optional<ResolvedAnswer>& answer) {
  if (!answer || answer->answer.empty() || answer->answer.back().rdata.empty()) return "none";
  auto rdata = answer->answer.back().rdata.front();
  return rdata.size() == 4 ? fmt::format("{}.{}.{}.{}", rdata[0], rdata[1], rdata[2], rdata[3]) : "no address";
}

class Poison : public testing::Test {
 protected:
  Poison() {
    attack.delegate("attacker.", kAttacker);
    attack.delegate("victim.", kVictim);
    attack.serve(kVictim, [this](const PlainMessage& query, PlainMessage& response) {
      response.section(Section::kAnswer).push_back(record(fmt::format("{} 60 A 203.0.113.1", text_of(query))));
      return victim_answers;
    });
  }
  // The attacker answers with `extra` beside its own address.
  void attacker_adds(Section section, std::vector<std::string> extra) {
    attack.serve(kAttacker, [section, extra](const PlainMessage& query, PlainMessage& response) {
      response.section(Section::kAnswer).push_back(record(fmt::format("{} 60 A 203.0.113.66", text_of(query))));
      for (const std::string& line : extra) response.section(section).push_back(record(line));
      return true;
    });
  }

  Attack attack;
  bool victim_answers = true;
};

TEST_F(Poison, AnswersForOthersBesideItsOwn) {
  attacker_adds(Section::kAnswer, {"www.victim. 86400 A 203.0.113.66"});
  EXPECT_EQ(address_in(attack.ask("a.attacker.")), "203.0.113.66");
  EXPECT_EQ(address_in(attack.ask("www.victim.")), "203.0.113.1");
}

TEST_F(Poison, AddressesInTheAdditionalSection) {
  attacker_adds(Section::kAdditional, {"www.victim. 86400 A 203.0.113.66", fmt::format("ns.victim. 86400 A {}", kAttacker)});
  attack.ask("a.attacker.");
  EXPECT_EQ(address_in(attack.ask("www.victim.")), "203.0.113.1");
}

// A forged second fragment: the victim's own response, whose head is genuine and whose tail somebody has written. (As a
// fragment it is not even read, src/server/upstream_test.cc.) Nothing of the tail is used or kept.
TEST_F(Poison, TailOfTheVictimsOwnResponse) {
  attack.serve(kVictim, [](const PlainMessage& query, PlainMessage& response) {
    const std::string name = text_of(query);
    if (name.starts_with("no") || query.questions.front().type != RRType::kA) {
      response.rcode = name.starts_with("no") ? 3 : 0;
      response.section(Section::kAuthority).push_back(record("victim. 60 SOA ns.victim. a.victim. 1 1 1 1 60"));
    } else {
      response.section(Section::kAnswer).push_back(record(fmt::format("{} 60 A 203.0.113.1", name)));
    }
    for (const char* forged : {"victim. 86400 NS ns.attacker.", "www.victim. 86400 CNAME www.attacker.", "sub.victim. 86400 NS ns.attacker."}) {
      response.section(Section::kAuthority).push_back(record(forged));
    }
    for (const char* owner : {"ns.victim.", "www.victim.", "ns.attacker.", "sub.victim."}) {
      response.section(Section::kAdditional).push_back(record(fmt::format("{} 86400 A {}", owner, kAttacker)));
    }
    return true;
  });
  EXPECT_EQ(address_in(attack.ask("a.victim.")), "203.0.113.1");
  EXPECT_EQ(address_in(attack.ask("no.victim.")), "none");
  for (const char* next : {"www.victim.", "ns.victim.", "x.sub.victim.", "b.victim."}) {
    EXPECT_EQ(address_in(attack.ask(next)), "203.0.113.1") << next;
  }
  attack.pass(120s);  // the genuine records are gone; forged ones would live for a day
  EXPECT_EQ(address_in(attack.ask("www.victim.")), "203.0.113.1");
  EXPECT_EQ(attack.queries_to(kAttacker), 0U);
}

// "Promiscuous NS" (CVE-2025-40778 and others): servers for a zone above or beside, in the authority section.
TEST_F(Poison, ServersOfOthersInTheAuthoritySection) {
  attacker_adds(Section::kAuthority, {"victim. 86400 NS ns.attacker.", ". 86400 NS ns.attacker."});
  attack.ask("a.attacker.");
  EXPECT_EQ(address_in(attack.ask("www.victim.")), "203.0.113.1");
  EXPECT_EQ(attack.queries_to(kVictim), 1U);
}

// The same for its own zone: what a child says about its servers moves nothing.
TEST_F(Poison, ServersOfItsOwnZoneInTheAuthoritySection) {
  attacker_adds(Section::kAuthority, {fmt::format("attacker. 86400 NS ns.victim.")});
  attack.ask("a.attacker.");
  const auto before = attack.queries_to(kVictim);
  attack.ask("b.attacker.");
  EXPECT_EQ(attack.queries_to(kVictim), before);
}

TEST_F(Poison, AliasWithTheTargetsAddressFromOutsideItsZone) {
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    response.section(Section::kAnswer).push_back(record(fmt::format("{} 60 CNAME www.victim.", text_of(query))));
    response.section(Section::kAnswer).push_back(record("www.victim. 86400 A 203.0.113.66"));
    return true;
  });
  EXPECT_EQ(address_in(attack.ask("a.attacker.")), "203.0.113.1");
  EXPECT_EQ(address_in(attack.ask("www.victim.")), "203.0.113.1");
}

TEST_F(Poison, ReferralWithGlueForOthers) {
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    refer(response, {fmt::format("{} 86400 NS www.victim.", text_of(query))}, {"www.victim. 86400 A 203.0.113.66"});
    return true;
  });
  attack.ask("a.attacker.");
  EXPECT_EQ(address_in(attack.ask("www.victim.")), "203.0.113.1");
}

TEST_F(Poison, NxdomainForAZoneAboveIts) {
  attack.serve(kAttacker, [](const PlainMessage&, PlainMessage& response) {
    response.rcode = 3;
    response.section(Section::kAuthority).push_back(record(". 86400 SOA a. b. 1 2 3 4 86400"));
    return true;
  });
  attack.ask("a.attacker.");
  EXPECT_EQ(address_in(attack.ask("www.victim.")), "203.0.113.1");
}

// Ghost domains (Jiang et al. 2012): the parent takes the zone away; its servers go on answering, and say that
// their NS RRset lives for a day.
TEST_F(Poison, ADomainThatItsParentTookAway) {
  attack.delegate("ghost.", kAttacker, 300);
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    if (query.questions.front().type == RRType::kNS) {
      response.section(Section::kAnswer).push_back(record("ghost. 86400 NS ns.ghost."));
    } else {
      response.section(Section::kAnswer).push_back(record(fmt::format("{} 60 A 203.0.113.66", text_of(query))));
    }
    response.section(Section::kAuthority).push_back(record("ghost. 86400 NS ns.ghost."));
    response.section(Section::kAdditional).push_back(record(fmt::format("ns.ghost. 86400 A {}", kAttacker)));
    return true;
  });
  EXPECT_EQ(address_in(attack.ask("www.ghost.")), "203.0.113.66");
  attack.withdraw("ghost.");
  for (int i = 0; i < 10; ++i) {  // kept warm in every way that a client has
    attack.pass(60s);
    attack.ask("ghost.", RRType::kNS);
    attack.ask("ns.ghost.");
    attack.ask(fmt::format("n{}.ghost.", i));
  }
  auto answer = attack.ask("www.ghost.");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->rcode, Rcode::kNxDomain);
}

// TTLs of years, and of the sign bit (RFC 2181 section 8), end at the cache's limit.
TEST_F(Poison, TtlsBeyondTheLimit) {
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    response.section(Section::kAnswer).push_back(record(fmt::format("{} 2147483647 A 203.0.113.66", text_of(query))));
    return true;
  });
  auto answer = attack.ask("a.attacker.");
  ASSERT_TRUE(answer);
  EXPECT_LE(answer->answer.front().ttl, 86400U);
}

// What a forwarder says about the names that it has does not reach those that are iterated (MaginotDNS).
TEST_F(Poison, AForwarderThatAnswersForMore) {
  attack.settings().forwards.push_back({.zone = *Name::parse("corp."), .servers = {*SocketAddress::parse(kAttacker, 53)}});
  attack.serve(kAttacker, [](const PlainMessage& query, PlainMessage& response) {
    response.section(Section::kAnswer).push_back(record(fmt::format("{} 60 CNAME www.victim.", text_of(query))));
    response.section(Section::kAnswer).push_back(record("www.victim. 86400 A 203.0.113.66"));
    response.section(Section::kAuthority).push_back(record("victim. 86400 NS ns.attacker."));
    return true;
  });
  EXPECT_EQ(address_in(attack.ask("a.corp.")), "203.0.113.1");
  EXPECT_EQ(address_in(attack.ask("www.victim.")), "203.0.113.1");
}

}  // namespace
}  // namespace dotmesh::attacks
