#include "dns/rdata.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

std::vector<std::uint8_t> bytes(std::initializer_list<int> fixed, std::initializer_list<const char*> names) {
  std::vector<std::uint8_t> out(fixed.begin(), fixed.end());
  for (const char* text : names) {
    Name name = Name::parse(text).value();
    out.insert(out.end(), name.data(), name.data() + name.size());
  }
  return out;
}

TEST(RdataTest, TextOfCommonTypes) {
  EXPECT_EQ(rdata_to_string(RRType::kA, bytes({10, 0, 0, 1}, {})), "10.0.0.1");
  EXPECT_EQ(rdata_to_string(RRType::kMX, bytes({0, 10}, {"mail.mesh."})), "10 mail.mesh.");
  EXPECT_EQ(rdata_to_string(RRType::kSRV, bytes({0, 1, 0, 2, 0, 53}, {"a."})), "1 2 53 a.");
  EXPECT_EQ(rdata_to_string(RRType::kTXT, bytes({2, 'a', '"'}, {})), "\"a\\\"\"");
  EXPECT_EQ(rdata_to_string(static_cast<RRType>(65280), bytes({1, 255}, {})), "\\# 2 01FF");
  EXPECT_EQ(rdata_to_string(RRType::kA, bytes({1}, {})), "\\# 1 01");
}

TEST(RdataTest, TwinRewritesNamesBelowTheOrigin) {
  Name from = Name::parse("mesh.").value();
  Name to = Name::parse("mesh.example.net.").value();
  EXPECT_EQ(replace_rdata_suffix(RRType::kMX, bytes({0, 10}, {"mail.mesh."}), from, to),
            bytes({0, 10}, {"mail.mesh.example.net."}));
  EXPECT_EQ(replace_rdata_suffix(RRType::kCNAME, bytes({}, {"other.org."}), from, to),
            bytes({}, {"other.org."}));
  EXPECT_EQ(replace_rdata_suffix(RRType::kRP, bytes({}, {"x.mesh.", "y.mesh."}), from, to),
            bytes({}, {"x.mesh.example.net.", "y.mesh.example.net."}));
  EXPECT_EQ(replace_rdata_suffix(RRType::kA, bytes({10, 0, 0, 1}, {}), from, to), bytes({10, 0, 0, 1}, {}));
}

TEST(RdataTest, NamesOfMalformedRdataAreNone) {
  RdataName places[2];
  EXPECT_EQ(rdata_names(RRType::kMX, bytes({0}, {}), places), 0U);
  EXPECT_EQ(rdata_names(RRType::kCNAME, bytes({3, 'a'}, {}), places), 0U);
  EXPECT_EQ(rdata_names(RRType::kNAPTR, bytes({0, 1, 0, 2, 200}, {}), places), 0U);
  EXPECT_EQ(rdata_names(RRType::kNAPTR, bytes({0, 1, 0, 2, 1, 'u', 0, 0}, {"x."}), places), 1U);
  EXPECT_EQ(places[0].offset, 8);
}

}  // namespace
}  // namespace dotmesh
