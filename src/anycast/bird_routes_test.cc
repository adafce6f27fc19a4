#include "anycast/bird_routes.h"

#include <gtest/gtest.h>

namespace dotmesh::anycast {
namespace {

std::string misled(std::string_view lines) {
  return misled_routes("dotmesh_a", lines, "dotmesh");
}

// As BIRD 2.0.12 says them.
TEST(BirdRoutes, ThroughTheInterfaceIsRight) {
  EXPECT_EQ(misled("10.10.10.10/32\n\tdev dotmesh\n"), "");
  EXPECT_EQ(misled("10.10.10.10/32\n\tdev dotmesh (dormant)\n"), "");
  EXPECT_EQ(
      misled("10.10.10.10/32\n\tvia 192.0.2.1%dotmesh (dormant)\n10.10.10.11/32\n\tdev dotmesh\n"),
      "");
}

TEST(BirdRoutes, ElsewhereIsSaid) {
  EXPECT_EQ(misled("10.10.10.10/32\tblackhole\n"),
            "a route of BIRD's dotmesh_a leads elsewhere (blackhole) than through interface "
            "dotmesh, and would outlive this "
            "node; `dotmesh anycast example` shows what its configuration needs");
  EXPECT_NE(misled("10.10.10.10/32\n\tdev dotmesh2\n"), "");
  EXPECT_NE(misled("10.10.10.10/32\n\tvia 192.0.2.1\n"), "");
  EXPECT_NE(misled("10.10.10.10/32\n\tdev dotmesh\n10.10.10.11/32\n\tdev eth0\n"), "");
}

TEST(BirdRoutes, NoneIsSaid) {
  EXPECT_EQ(misled(""),
            "BIRD's dotmesh_a has no route; `dotmesh anycast example` shows what its configuration "
            "needs");
}

TEST(BirdRoutes, OneWhoseInterfaceIsDownIsAsleep) {
  EXPECT_TRUE(asleep("10.10.10.10/32\n\tdev dotmesh (dormant)\n"));
  EXPECT_FALSE(asleep("10.10.10.10/32\n\tdev dotmesh\n"));
}

}  // namespace
}  // namespace dotmesh::anycast
