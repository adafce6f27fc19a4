#include "base/nearest.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace dotmesh {
namespace {

constexpr std::array<std::string_view, 4> kWords{"interval", "branch", "mesh_prefixes", "ttl"};

TEST(NearestTest, FindsSlips) {
  EXPECT_EQ(nearest_word("intervall", kWords), "interval");
  EXPECT_EQ(nearest_word("barnch", kWords), "branch");
  EXPECT_EQ(nearest_word("Mesh-Prefixes", kWords), "mesh_prefixes");
  EXPECT_EQ(nearest_word("tll", kWords), "ttl");
}

TEST(NearestTest, LeavesOtherWordsAlone) {
  EXPECT_EQ(nearest_word("listen", kWords), std::nullopt);
  EXPECT_EQ(nearest_word("x", kWords), std::nullopt);
  EXPECT_EQ(nearest_word("", kWords), std::nullopt);
  EXPECT_EQ(nearest_word(std::string(100'000, 'b'), kWords), std::nullopt);
}

}  // namespace
}  // namespace dotmesh
