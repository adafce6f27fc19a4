#include "anycast/question.h"

#include <gtest/gtest.h>

#include "dns/wire.h"

namespace dotmesh::anycast {
namespace {

constexpr std::uint16_t kId = 0x1234;

// The reply of a server that gives `serial` for mesh. SOA.
std::vector<std::uint8_t> soa_reply(std::uint32_t serial, const std::string& name = "mesh.") {
  std::vector<std::uint8_t> out = query_message({.name = name}, kId);
  out[2] |= kFlagQr | kFlagAa;
  out[7] = 1;
  const std::uint8_t fixed[] = {
      0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 60, 0, 22, 0, 0};  // owner, SOA, IN, TTL, size, two root names
  out.insert(out.end(), std::begin(fixed), std::end(fixed));
  std::uint8_t numbers[20] = {};
  store32(numbers, serial);
  out.insert(out.end(), std::begin(numbers), std::end(numbers));
  return out;
}

const Question kMesh{.name = "mesh.", .serials = {7, 8}};

TEST(QuestionTest, OneOfTheExpectedSerialsIsRight) {
  EXPECT_EQ(reply_fault(kMesh, kId, soa_reply(7)), std::nullopt);
  EXPECT_EQ(reply_fault(kMesh, kId, soa_reply(8)), std::nullopt);
  EXPECT_EQ(reply_fault(kMesh, kId, soa_reply(9)), "mesh. is answered with serial 9, not 7");
}

TEST(QuestionTest, FaultsOfAReply) {
  auto servfail = soa_reply(7);
  servfail[3] |= 2;
  EXPECT_EQ(reply_fault(kMesh, kId, servfail), "mesh. is answered with SERVFAIL");
  EXPECT_EQ(reply_fault(kMesh, kId, soa_reply(7, "other.")),
            "mesh. is answered with something else");
  EXPECT_EQ(reply_fault(kMesh, kId + 1, soa_reply(7)), "mesh. is answered with something else");
  auto query = query_message(kMesh, kId);
  EXPECT_EQ(reply_fault(kMesh, kId, query), "mesh. is answered with something else");
  query[2] |= kFlagQr;
  EXPECT_EQ(reply_fault(kMesh, kId, query), "mesh. is answered without a record");
}

TEST(QuestionTest, CutRepliesAreFaults) {
  const auto whole = soa_reply(7);
  for (std::size_t size = 0; size < whole.size(); size++) {
    EXPECT_NE(reply_fault(kMesh, kId, std::span(whole).first(size)), std::nullopt) << size;
  }
}

}  // namespace
}  // namespace dotmesh::anycast
