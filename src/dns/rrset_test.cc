#include "dns/rrset.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace dotmesh {
namespace {

std::vector<std::vector<std::uint8_t>> records(const RdataList& list) {
  std::vector<std::vector<std::uint8_t>> out;
  for (auto rdata : list) out.emplace_back(rdata.begin(), rdata.end());
  return out;
}

// From nothing over what stands in the object to what has memory of its own.
TEST(RdataList, HoldsWhatWasAddedCopiedMovedOrAssigned) {
  RdataList list;
  std::vector<std::vector<std::uint8_t>> expected;
  for (std::uint8_t i = 0; i < 12; ++i) {
    RdataList copy = list;
    RdataList assigned;
    assigned.add(std::vector<std::uint8_t>(40, 0xee));
    assigned = list;
    EXPECT_EQ(records(copy), expected);
    EXPECT_EQ(records(assigned), expected);
    RdataList moved = std::move(copy);
    EXPECT_EQ(records(moved), expected);
    assigned = std::move(moved);
    EXPECT_EQ(records(assigned), expected);
    expected.emplace_back(i, i);  // i octets
    list.add(expected.back());
    EXPECT_EQ(list.count(), expected.size());
    EXPECT_TRUE(list.contains(expected.back()));
  }
  list.clear();
  EXPECT_TRUE(list.empty());
  EXPECT_FALSE(list.contains(expected.back()));
}

}  // namespace
}  // namespace dotmesh
