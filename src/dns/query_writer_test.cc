#include "dns/query_writer.h"

#include <gtest/gtest.h>

#include "dns/query_message.h"
#include "dns/response_codes.h"
#include "dns/wire.h"

namespace dotmesh {
namespace {

TEST(QueryWriter, IsReadAsItWasMeant) {
  const Name name = *Name::parse("www.example.mesh.");
  QueryMessage read;
  const auto plain = write_query({.name = name, .type = 28, .rclass = 3, .id = 0x1234});
  ASSERT_EQ(read.parse(plain), QueryVerdict::kAnswer);
  EXPECT_EQ(plain[0] << 8 | plain[1], 0x1234);
  EXPECT_EQ(read.qname.view(), name.view());
  EXPECT_EQ(read.qtype, RRType::kAAAA);
  EXPECT_EQ(read.qclass, 3);
  EXPECT_EQ(read.flags_high & kFlagRd, 0);
  EXPECT_FALSE(read.edns.present);
  const auto full = write_query({.name = name, .type = 1, .recursion_desired = true, .udp_payload = 1232});
  ASSERT_EQ(read.parse(full), QueryVerdict::kAnswer);
  EXPECT_EQ(read.flags_high & kFlagRd, kFlagRd);
  EXPECT_EQ(read.edns.udp_payload, 1232);
  EXPECT_TRUE(read.edns.dnssec_ok);
}

TEST(ResponseCodes, HaveTheirWordsOrTheirNumber) {
  EXPECT_EQ(rcode_text(3), "NXDOMAIN");
  EXPECT_EQ(rcode_text(16), "BADVERS");
  EXPECT_EQ(rcode_text(4000), "RCODE4000");
  EXPECT_EQ(extended_error_text(7), "EDE 7: signature expired");
  EXPECT_EQ(extended_error_text(60000), "EDE 60000: unknown");
}

}  // namespace
}  // namespace dotmesh
