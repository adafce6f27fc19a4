#include "dnssec/key_rollover.h"

#include <gtest/gtest.h>

#include "dnssec/testing.h"

namespace dotmesh {
namespace {

using testing::TestSigner;

constexpr std::int64_t kStart = 1'700'000'000;
constexpr std::int64_t kDay = 86'400;

class Rollover : public ::testing::Test {
 protected:
  // The zone's DNSKEY RRset, signed by `signers`.
  static RRset keyset(std::initializer_list<const TestSigner*> keys, std::initializer_list<const TestSigner*> signers,
                      std::int64_t now) {
    RRset rrset{.owner = testing::name("."), .type = RRType::kDNSKEY, .ttl = 172'800, .rdata = {}, .signatures = {}};
    for (const TestSigner* key : keys) rrset.rdata.add(key->dnskey());
    for (const TestSigner* key : signers) {
      key->sign(rrset, static_cast<std::uint32_t>(now - kDay), static_cast<std::uint32_t>(now + 14 * kDay));
    }
    return rrset;
  }
  KeyRollover::Observation see(std::initializer_list<const TestSigner*> keys, std::initializer_list<const TestSigner*> signers,
                               std::int64_t day) {
    now_ = kStart + day * kDay;
    WorkBudget budget;
    return zone_.observe(keyset(keys, signers, now_), now_, cache_, budget);
  }
  // "old valid, new add-pending" in the order of keys().
  std::string states() const {
    std::string out;
    for (const AnchorKey& key : zone_.keys()) {
      static constexpr const char* kWords[] = {"pending", "valid", "missing", "revoked", "removed"};
      if (!out.empty()) out += ", ";
      out += (key.rdata == old_.dnskey() ? "old " : key.rdata == new_.dnskey() ? "new " : "? ");
      out += kWords[static_cast<int>(key.state)];
    }
    return out;
  }
  static RdataList list(std::initializer_list<std::vector<std::uint8_t>> rdata) {
    RdataList out;
    for (const auto& r : rdata) out.add(r);
    return out;
  }

  TestSigner old_{".", 1};
  TestSigner new_{".", 2};
  TestSigner old_revoked_{".", 1, 257 | Dnskey::kRevoked};
  TestSigner zsk_{".", 3, 256};
  KeyRollover zone_{testing::name("."), list({old_.ds()}), {}};
  KeyCache cache_;
  std::int64_t now_ = kStart;
};

TEST_F(Rollover, AWholeRollover) {
  EXPECT_EQ(zone_.trusted_ds().count(), 1U);
  EXPECT_TRUE(see({&old_, &zsk_}, {&old_}, 0).changed);
  EXPECT_EQ(states(), "old valid");
  EXPECT_FALSE(see({&old_, &zsk_}, {&old_}, 1).changed);
  EXPECT_TRUE(see({&old_, &new_, &zsk_}, {&old_}, 2).changed);
  EXPECT_EQ(states(), "old valid, new pending");
  EXPECT_FALSE(see({&old_, &new_, &zsk_}, {&old_}, 31).changed) << "one day short of the hold-down";
  EXPECT_FALSE(zone_.trusted_keys().contains(new_.dnskey()));
  EXPECT_TRUE(see({&old_, &new_, &zsk_}, {&old_}, 32).changed);
  EXPECT_EQ(states(), "old valid, new valid");
  EXPECT_TRUE(see({&old_, &new_, &zsk_}, {&new_}, 40).trusted);
  EXPECT_TRUE(see({&old_revoked_, &new_, &zsk_}, {&old_revoked_, &new_}, 50).trusted);
  EXPECT_EQ(states(), "old revoked, new valid");
  EXPECT_TRUE(zone_.trusted_ds().empty()) << "the configured digest is of the revoked key";
  EXPECT_FALSE(see({&old_, &new_, &zsk_}, {&old_}, 51).trusted);
  EXPECT_TRUE(see({&new_, &zsk_}, {&new_}, 81).changed);
  EXPECT_EQ(states(), "old removed, new valid");
  EXPECT_FALSE(see({&old_, &new_, &zsk_}, {&new_}, 82).changed) << "never comes back";
  EXPECT_FALSE(zone_.is_deleted());
}

TEST_F(Rollover, AKeyThatDisappearsWhileItWaitsStartsAgain) {
  see({&old_, &new_}, {&old_}, 0);
  see({&old_}, {&old_}, 10);
  EXPECT_EQ(states(), "old valid");
  see({&old_, &new_}, {&old_}, 20);
  see({&old_, &new_}, {&old_}, 40);
  EXPECT_EQ(states(), "old valid, new pending");
  see({&old_, &new_}, {&old_}, 50);
  EXPECT_EQ(states(), "old valid, new valid");
}

TEST_F(Rollover, OnlyTrustedKeysIntroduceOthers) {
  EXPECT_FALSE(see({&old_, &new_}, {&new_}, 0).trusted);
  EXPECT_EQ(states(), "");
  EXPECT_FALSE(see({&old_, &new_}, {}, 0).trusted);
  see({&old_, &zsk_}, {&old_}, 1);
  EXPECT_FALSE(see({&old_, &zsk_, &new_}, {&zsk_}, 1).trusted) << "a zone signing key is no anchor";
}

TEST_F(Rollover, AMissingKeyStaysTrusted) {
  see({&old_, &new_}, {&old_}, 0);
  see({&old_, &new_}, {&old_}, 30);
  see({&new_}, {&new_}, 31);
  EXPECT_EQ(states(), "old missing, new valid");
  EXPECT_TRUE(see({&old_, &new_}, {&old_}, 60).trusted);
  EXPECT_EQ(states(), "old valid, new valid");
}

// RFC 5011 section 2.1: others cannot revoke it, and the bit alone does not.
TEST_F(Rollover, OnlyTheKeyItselfRevokes) {
  see({&old_, &new_}, {&old_}, 0);
  see({&old_, &new_}, {&old_}, 30);
  see({&old_revoked_, &new_}, {&new_}, 31);
  EXPECT_EQ(states(), "old missing, new valid");
  EXPECT_FALSE(see({&old_revoked_}, {&old_revoked_}, 32).trusted) << "nothing but the revocation is believed";
  EXPECT_EQ(states(), "old revoked, new valid");
}

TEST_F(Rollover, RevokedWhileItWaitsIsForgotten) {
  TestSigner new_revoked{".", 2, 257 | Dnskey::kRevoked};
  see({&old_, &new_}, {&old_}, 0);
  see({&old_, &new_revoked}, {&old_, &new_revoked}, 1);
  EXPECT_EQ(states(), "old valid");
}

TEST_F(Rollover, AllRevokedIsNoTrustPoint) {
  see({&old_revoked_}, {&old_revoked_}, 0);
  EXPECT_EQ(states(), "old revoked");
  EXPECT_TRUE(zone_.is_deleted());
}

TEST_F(Rollover, AConfiguredKeyDoesNotWait) {
  zone_ = KeyRollover(testing::name("."), list({old_.ds(), new_.ds()}), {});
  see({&old_, &new_}, {&old_}, 0);
  EXPECT_EQ(states(), "old valid, new valid");
  zone_ = KeyRollover(testing::name("."), {}, list({old_.dnskey(), new_.dnskey()}));
  EXPECT_EQ(zone_.trusted_keys().count(), 2U);
  see({&old_, &new_}, {&new_}, 0);
  EXPECT_EQ(states(), "old valid, new valid");
  EXPECT_EQ(zone_.trusted_keys().count(), 2U);
}

TEST_F(Rollover, KeysAreBounded) {
  std::vector<TestSigner> many;
  for (std::uint8_t i = 10; i < 50; ++i) many.emplace_back(".", i);
  RRset rrset{.owner = testing::name("."), .type = RRType::kDNSKEY, .ttl = 60, .rdata = {}, .signatures = {}};
  rrset.rdata.add(old_.dnskey());
  for (const TestSigner& key : many) rrset.rdata.add(key.dnskey());
  old_.sign(rrset, kStart, kStart + kDay);
  WorkBudget budget;
  EXPECT_TRUE(zone_.observe(rrset, kStart, cache_, budget).trusted);
  EXPECT_EQ(zone_.keys().size(), kMaxAnchorKeys);
}

TEST_F(Rollover, StateFile) {
  see({&old_, &new_}, {&old_}, 0);
  const std::string text = to_text({zone_, KeyRollover(testing::name("example."), {}, {}, {{.rdata = new_.dnskey(),
                                                       .state = AnchorKeyState::kRemoved, .since = 5}})});
  const auto stored = parse_rollover_state(text);
  ASSERT_TRUE(stored) << stored.error().message;
  ASSERT_EQ(stored->size(), 2U);
  EXPECT_EQ((*stored)[0].keys, zone_.keys());
  EXPECT_EQ((*stored)[1].zone.to_string(), "example.");
  EXPECT_EQ((*stored)[1].keys[0].since, 5);
  // It goes on where it was.
  zone_ = KeyRollover(testing::name("."), list({old_.ds()}), {}, (*stored)[0].keys);
  see({&old_, &new_}, {&old_}, 30);
  EXPECT_EQ(states(), "old valid, new valid");
  EXPECT_EQ(testing::parse_rrsets(text).size(), 2U) << "a zone file as well";
}

TEST_F(Rollover, AFaultyStateFileIsRefusedWithItsLine) {
  see({&old_, &new_}, {&old_}, 0);
  const std::string good = to_text({zone_});
  const auto line_start = good.find(". DNSKEY");
  for (std::size_t size = line_start + 1; size + 1 < good.size(); ++size) {
    auto parsed = parse_rollover_state(good.substr(0, size));
    if (parsed) continue;  // cut between lines, or within the last number
    EXPECT_TRUE(parsed.error().message.starts_with("line ")) << parsed.error().message;
  }
  EXPECT_EQ(parse_rollover_state("; c\n\n. DNSKEY 257 3 8 AAAA ; happy 5\n").error().message,
            "line 3: not as this program writes it");
  EXPECT_FALSE(parse_rollover_state(". DNSKEY 257 3 8 AA*A ; valid 5\n"));
  EXPECT_FALSE(parse_rollover_state(". DNSKEY 257 3 8 A ; valid 5\n"));
  EXPECT_FALSE(parse_rollover_state(". DNSKEY 70000 3 8 AAAA ; valid 5\n"));
  EXPECT_FALSE(parse_rollover_state(". DNSKEY 257 3 8 AAAA ; valid 5 6\n"));
  EXPECT_TRUE(parse_rollover_state("")->empty());
}

// RFC 5011 section 2.3.
TEST_F(Rollover, WhenToLookAgain) {
  const auto times = [](const RRset& keys, std::int64_t now) {
    const RolloverTimes found = rollover_times(keys, now);
    return std::pair(found.next, found.retry);
  };
  RRset keys = keyset({&old_}, {&old_}, kStart);
  EXPECT_EQ(times(keys, kStart), std::pair(kDay, kDay / 5)) << "half and a tenth of the TTL";
  EXPECT_EQ(times(keys, kStart + 13 * kDay), std::pair(kDay / 2, kDay / 10))
      << "of what is left of the signature";
  EXPECT_EQ(times(keys, kStart + 20 * kDay), std::pair(kMinRolloverTime, kMinRolloverTime));
  keys.ttl = 60;
  EXPECT_EQ(times(keys, kStart), std::pair(kDay, kDay / 5)) << "a cache's TTL does not count";
  old_.sign(keys, kStart, kStart + 14 * kDay);
  EXPECT_EQ(times(keys, kStart), std::pair(kMinRolloverTime, kMinRolloverTime))
      << "the least of two";
  keys.ttl = 60 * static_cast<std::uint32_t>(kDay);
  keys.signatures.clear();
  EXPECT_EQ(times(keys, kStart), std::pair(15 * kDay, kDay)) << "the most";
}

// Section 2.4.1: the TTL that a cache has cut does not shorten the hold-down.
TEST_F(Rollover, AZoneWhoseTtlIsLongerThanTheHoldDown) {
  const std::int64_t ttl = 40 * kDay;
  const auto see_cut = [&](std::int64_t day) {
    now_ = kStart + day * kDay;
    RRset keys = keyset({&old_, &new_}, {}, now_);
    keys.ttl = ttl;
    old_.sign(keys, static_cast<std::uint32_t>(now_ - kDay),
              static_cast<std::uint32_t>(now_ + kDay));
    keys.ttl = kDay;
    WorkBudget budget;
    zone_.observe(keys, now_, cache_, budget);
  };
  see_cut(0);
  see_cut(39);
  EXPECT_EQ(states(), "old valid, new pending");
  see_cut(40);
  EXPECT_EQ(states(), "old valid, new valid");
}

}  // namespace
}  // namespace dotmesh
