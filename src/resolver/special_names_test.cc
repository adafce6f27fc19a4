#include "resolver/special_names.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

std::optional<ResolvedAnswer> answer(const char* name, RRType type, const char* served = nullptr) {
  Name zone;
  if (served != nullptr) zone = *Name::parse(served);
  return special_answer(*Name::parse(name), type, served != nullptr ? std::optional<NameView>(zone) : std::nullopt);
}

TEST(SpecialNames, LocalhostIsLoopbackAndBelowToo) {
  auto a = answer("x.LocalHost.", RRType::kA);
  ASSERT_TRUE(a);
  ASSERT_EQ(a->answer.size(), 1U);
  EXPECT_EQ(a->answer[0].rdata.front()[0], 127);
  EXPECT_EQ(answer("localhost.", RRType::kAAAA)->answer[0].rdata.front().size(), 16U);
  EXPECT_EQ(answer("localhost.", RRType::kMX)->rcode, Rcode::kNoError);
  EXPECT_TRUE(answer("localhost.", RRType::kMX)->answer.empty());
}

TEST(SpecialNames, NamesThatNeverLeaveAreDeniedWithASoa) {
  for (const char* name : {"a.invalid.", "test.", "b.onion.", "printer.local.", "x.alt.", "wiki.mesh."}) {
    auto a = answer(name, RRType::kA);
    ASSERT_TRUE(a) << name;
    EXPECT_EQ(a->rcode, Rcode::kNxDomain) << name;
    ASSERT_EQ(a->authority.size(), 1U) << name;
    EXPECT_EQ(a->authority[0].type, RRType::kSOA) << name;
  }
}

TEST(SpecialNames, EmptyReverseZones) {
  EXPECT_EQ(answer("1.1.1.10.in-addr.arpa.", RRType::kPTR)->rcode, Rcode::kNxDomain);
  EXPECT_EQ(answer("10.in-addr.arpa.", RRType::kNS)->rcode, Rcode::kNoError);
  EXPECT_EQ(answer("10.in-addr.arpa.", RRType::kSOA)->answer.size(), 1U);
  EXPECT_EQ(answer("1.31.172.in-addr.arpa.", RRType::kPTR)->rcode, Rcode::kNxDomain);
  EXPECT_FALSE(answer("1.32.172.in-addr.arpa.", RRType::kPTR));
  EXPECT_EQ(answer("1.127.100.in-addr.arpa.", RRType::kPTR)->rcode, Rcode::kNxDomain);
  EXPECT_FALSE(answer("1.128.100.in-addr.arpa.", RRType::kPTR));
  EXPECT_EQ(answer("1.0.0.127.in-addr.arpa.", RRType::kPTR)->answer.size(), 1U);
  EXPECT_EQ(answer("2.0.0.127.in-addr.arpa.", RRType::kPTR)->rcode, Rcode::kNxDomain);
}

TEST(SpecialNames, GiveWayToWhatTheNodeServes) {
  EXPECT_FALSE(answer("1.1.1.10.in-addr.arpa.", RRType::kPTR, "10.in-addr.arpa."));
  EXPECT_FALSE(answer("1.1.1.10.in-addr.arpa.", RRType::kPTR, "1.10.in-addr.arpa."));
  EXPECT_TRUE(answer("1.1.1.10.in-addr.arpa.", RRType::kPTR, "in-addr.arpa."));
  EXPECT_FALSE(answer("wiki.mesh.", RRType::kA, "mesh."));
}

TEST(SpecialNames, ResolverArpaHasNoData) {
  for (const char* name : {"resolver.arpa.", "_dns.resolver.arpa."}) {
    auto a = answer(name, static_cast<RRType>(64));
    ASSERT_TRUE(a) << name;
    EXPECT_EQ(a->rcode, Rcode::kNoError) << name;
    EXPECT_TRUE(a->answer.empty()) << name;
  }
}

TEST(SpecialNames, OthersAreNone) {
  EXPECT_FALSE(answer("example.", RRType::kA));
  EXPECT_FALSE(answer(".", RRType::kNS));
  EXPECT_FALSE(answer("tests.", RRType::kA));
  EXPECT_FALSE(answer("10.in-addr.arpa.", RRType::kDS));
}

}  // namespace
}  // namespace dotmesh
