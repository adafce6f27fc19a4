#include "dns/rr_type.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

TEST(RRTypeTest, MnemonicsAndNumbersAgreeBothWays) {
  for (std::uint32_t n = 0; n <= 65535; n++) {
    auto type = static_cast<RRType>(n);
    EXPECT_EQ(parse_rr_type(to_string(type)), type);
  }
  EXPECT_EQ(to_string(RRType::kAAAA), "AAAA");
  EXPECT_EQ(to_string(static_cast<RRType>(65280)), "TYPE65280");
  EXPECT_EQ(parse_rr_type("cname"), RRType::kCNAME);
  EXPECT_EQ(parse_rr_type("type1"), RRType::kA);
  for (const char* bad : {"", "TYPE", "TYPE65536", "TYPE1x", "BOGUS", "TYPE-1"}) {
    EXPECT_FALSE(parse_rr_type(bad).has_value()) << bad;
  }
}

TEST(RRTypeTest, MetaTypes) {
  EXPECT_TRUE(is_meta_type(RRType::kOPT));
  EXPECT_TRUE(is_meta_type(RRType::kAXFR));
  EXPECT_TRUE(is_meta_type(RRType::kANY));
  EXPECT_FALSE(is_meta_type(RRType::kURI));
  EXPECT_FALSE(is_meta_type(RRType::kNSEC3));
}

}  // namespace
}  // namespace dotmesh
