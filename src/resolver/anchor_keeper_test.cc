#include "resolver/anchor_keeper.h"

#include <gtest/gtest.h>

#include "dnssec/keyset.h"
#include "dnssec/testing.h"

namespace dotmesh {
namespace {

using testing::TestSigner;

constexpr std::int64_t kStart = 1'700'000'000;
constexpr std::int64_t kDay = 86'400;

RRset keyset(std::initializer_list<const TestSigner*> keys, const TestSigner& signer, std::int64_t now) {
  RRset rrset{.owner = signer.zone(), .type = RRType::kDNSKEY, .ttl = 3600, .rdata = {}, .signatures = {}};
  for (const TestSigner* key : keys) rrset.rdata.add(key->dnskey());
  signer.sign(rrset, static_cast<std::uint32_t>(now - kDay), static_cast<std::uint32_t>(now + kDay));
  return rrset;
}

// As the validator does.
AnchorKeeper::Trusted see(AnchorKeeper& keeper, const TrustAnchor& anchor, const RRset& keys, std::int64_t now) {
  KeyCache cache;
  WorkBudget budget;
  const AnchorKeeper::Trusted trusted = keeper.trusted(anchor);
  const bool secure = verify_anchored_keyset(keys, trusted.ds, trusted.dnskey, now, cache, budget).secure();
  keeper.observe(anchor, {keys, secure, static_cast<CacheSeconds>(now - kStart), now}, cache,
                 budget);
  return keeper.trusted(anchor);
}

TrustAnchor anchor_of(const TestSigner& key) {
  TrustAnchor anchor{.owner = key.zone(), .ds = {}, .dnskey = {}};
  anchor.ds.add(key.ds());
  return anchor;
}

TEST(AnchorKeepers, ANewKeyOutlivesTheProcess) {
  const TestSigner old_key(".", 1);
  const TestSigner new_key(".", 2);
  const TrustAnchor anchor = anchor_of(old_key);
  std::string text;
  {
    AnchorKeeper keeper;
    EXPECT_FALSE(keeper.take_changed());
    auto trusted = see(keeper, anchor, keyset({&old_key, &new_key}, old_key, kStart), kStart);
    EXPECT_EQ(trusted.ds.count(), 1U);
    EXPECT_FALSE(trusted.dnskey.contains(new_key.dnskey()));
    text = keeper.take_changed().value();
    EXPECT_FALSE(keeper.take_changed()) << "written down";
  }
  AnchorKeeper keeper;
  keeper.restore(*parse_rollover_state(text));
  const std::int64_t later = kStart + 31 * kDay;
  auto trusted = see(keeper, anchor, keyset({&old_key, &new_key}, old_key, later), later);
  EXPECT_TRUE(trusted.dnskey.contains(new_key.dnskey()));
  EXPECT_TRUE(keeper.take_changed());
}

TEST(AnchorKeepers, ZonesThatWereNotSeenStayWrittenDown) {
  const TestSigner root(".", 1);
  const TestSigner other("other.", 2);
  AnchorKeeper first;
  see(first, anchor_of(root), keyset({&root}, root, kStart), kStart);
  see(first, anchor_of(other), keyset({&other}, other, kStart), kStart);
  AnchorKeeper second;
  second.restore(*parse_rollover_state(*first.take_changed()));
  const TestSigner next(".", 3);
  see(second, anchor_of(root), keyset({&root, &next}, root, kStart), kStart);
  EXPECT_EQ(parse_rollover_state(*second.take_changed())->size(), 2U);
}

TEST(AnchorKeepers, ARevokedKeyStaysOutUnderAnotherConfiguration) {
  const TestSigner key(".", 1);
  const TestSigner revoked(".", 1, 257 | Dnskey::kRevoked);
  AnchorKeeper keeper;
  auto trusted = see(keeper, anchor_of(key), keyset({&revoked}, revoked, kStart), kStart);
  EXPECT_TRUE(trusted.ds.empty());
  TrustAnchor other = anchor_of(key);
  other.dnskey.add(key.dnskey());
  trusted = see(keeper, other, keyset({&key}, key, kStart), kStart);
  EXPECT_TRUE(trusted.ds.empty());
  EXPECT_TRUE(trusted.dnskey.empty());
}

// RFC 5011 section 2.3.
class AnchorWatch : public ::testing::Test {
 protected:
  bool is_due(std::int64_t now) {
    return !keeper_.claim_due(anchors_, static_cast<CacheSeconds>(now)).empty();
  }

  static constexpr std::int64_t kHour = 3600;
  const TestSigner key_{".", 1};
  const std::vector<TrustAnchor> anchors_{anchor_of(key_)};
  AnchorKeeper keeper_;
};

TEST_F(AnchorWatch, OneCallerIsToldAndLaterAnother) {
  EXPECT_TRUE(is_due(0));
  EXPECT_FALSE(is_due(0));
  EXPECT_FALSE(is_due(kHour - 1)) << "nothing was seen, but it was tried";
  EXPECT_TRUE(is_due(kHour));
}

TEST_F(AnchorWatch, WhatWasSeenForClientsNeedNoLook) {
  see(keeper_, anchors_[0], keyset({&key_}, key_, kStart), kStart);
  EXPECT_FALSE(is_due(kHour - 1)) << "half the TTL, but an hour at the least";
  EXPECT_TRUE(is_due(kHour));
}

TEST_F(AnchorWatch, WhatPeopleAreTold) {
  const auto points = [&](std::int64_t now) {
    return keeper_.points({std::chrono::seconds(now), kStart + now});
  };
  EXPECT_TRUE(points(0).empty());
  EXPECT_TRUE(is_due(kHour));
  ASSERT_EQ(points(kHour).size(), 1U);
  EXPECT_EQ(points(kHour)[0].seen, 0) << "not yet";
  EXPECT_EQ(points(kHour)[0].next, kStart + 2 * kHour);
  see(keeper_, anchors_[0], keyset({&key_}, key_, kStart + 2 * kHour), kStart + 2 * kHour);
  const TrustPoint point = points(3 * kHour).at(0);
  EXPECT_EQ(point.seen, kStart + 2 * kHour);
  EXPECT_EQ(point.next, kStart + 3 * kHour);
  ASSERT_EQ(point.keys.size(), 1U);
  EXPECT_EQ(to_string(point.keys[0].state), "valid");
}

TEST_F(AnchorWatch, KeysThatAreBogusAreNoSight) {
  const TestSigner stranger(".", 9);
  const TestSigner revoked(".", 9, 257 | Dnskey::kRevoked);
  EXPECT_TRUE(is_due(0));
  see(keeper_, anchors_[0], keyset({&key_}, key_, kStart + 2 * kHour), kStart + 2 * kHour);
  see(keeper_, anchors_[0], keyset({&stranger, &revoked}, stranger, kStart + 3 * kHour),
      kStart + 3 * kHour);
  EXPECT_TRUE(is_due(3 * kHour));
}

TEST_F(AnchorWatch, AZoneThatRevokedItsAnchorsIsLeftAlone) {
  const TestSigner revoked(".", 1, 257 | Dnskey::kRevoked);
  see(keeper_, anchors_[0], keyset({&revoked}, revoked, kStart), kStart);
  EXPECT_FALSE(is_due(0));
  EXPECT_FALSE(is_due(100 * kDay));
}

TEST_F(AnchorWatch, WhatWasInTheCacheAllTheWhileTakesNoKeyBack) {
  const TestSigner fresh(".", 2);
  const RRset before = keyset({&key_}, key_, kStart);
  see(keeper_, anchors_[0], keyset({&key_, &fresh}, key_, kStart + kHour), kStart + kHour);
  EXPECT_TRUE(keeper_.take_changed());
  see(keeper_, anchors_[0], before, kStart);
  EXPECT_FALSE(keeper_.take_changed());
}

}  // namespace
}  // namespace dotmesh
