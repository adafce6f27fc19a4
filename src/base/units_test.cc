#include "base/units.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

using std::chrono::milliseconds;

TEST(UnitsTest, Durations) {
  EXPECT_EQ(parse_duration("60s").value(), milliseconds(60'000));
  EXPECT_EQ(parse_duration("1h30m").value(), milliseconds(5'400'000));
  EXPECT_EQ(parse_duration("200ms").value(), milliseconds(200));
  EXPECT_EQ(parse_duration("0s").value(), milliseconds(0));
  EXPECT_EQ(parse_duration("3d").value(), milliseconds(259'200'000));
  for (const char* bad : {"", "60", "s", "1m1h", "1x", "-1s", "1s ", "99999999999999999999s", "1.5s",
                          "999999999999999w"}) {
    EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
  }
  EXPECT_EQ(format_duration(milliseconds(5'400'000)), "1h30m");
  EXPECT_EQ(format_duration(milliseconds(0)), "0s");
}

TEST(UnitsTest, Sizes) {
  EXPECT_EQ(parse_size("512MiB").value(), 512ULL << 20);
  EXPECT_EQ(parse_size("1232B").value(), 1232U);
  EXPECT_EQ(parse_size("10kB").value(), 10'000U);
  for (const char* bad : {"", "5", "5 MiB", "MiB", "5mib", "-5B", "99999999999GiB"}) {
    EXPECT_FALSE(parse_size(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace dotmesh
