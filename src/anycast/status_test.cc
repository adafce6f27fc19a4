#include "anycast/status.h"

#include <gtest/gtest.h>

namespace dotmesh::anycast {
namespace {

TEST(StatusTest, IsTheSameAfterWritingAndReading) {
  Status status;
  status.method = "bird";
  status.watched = status.alive = true;
  status.fault = "no \"BIRD\"";
  status.note = "n";
  status.services.push_back({.address = "10.10.10.10@53",
                             .ready = true,
                             .announced = Route::kLastResort,
                             .mesh_fault = "m",
                             .why = "w",
                             .since = 5,
                             .probes = 6,
                             .failures = 7,
                             .withdrawals = 8,
                             .hold_down_ms = 9});
  auto read = read_status(write_status(status));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(write_status(*read), write_status(status));
  EXPECT_EQ(read->note + read->services.at(0).mesh_fault, "nm");
  EXPECT_EQ(read->services.at(0).announced, Route::kLastResort);
}

TEST(StatusTest, OtherTextIsAFault) {
  EXPECT_FALSE(read_status(""));
  EXPECT_FALSE(read_status("[]"));
  EXPECT_FALSE(read_status("{\"method\": 1}"));
  EXPECT_FALSE(read_status("{\"services\": [1]}"));
}

}  // namespace
}  // namespace dotmesh::anycast
