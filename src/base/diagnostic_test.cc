#include "base/diagnostic.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

TEST(DiagnosticTest, RendersPlaceFaultCounterpartAndWayOut) {
  Diagnostic d;
  d.position = {"mesh.zone", 41, 1};
  d.message = "CNAME at \"wiki.mesh.\" beside other records";
  d.source_line = "wiki  CNAME  uisp";
  d.width = 4;
  d.counterpart = "A";
  d.counterpart_position = {"mesh.zone", 39, 1};
  d.way_out = "keep one of the two";
  EXPECT_EQ(render_text(d, "zones of commit 3f2a91c are still being served"),
            "mesh.zone:41:1: error: CNAME at \"wiki.mesh.\" beside other records (A at "
            "mesh.zone:39:1)\n"
            "   41 | wiki  CNAME  uisp\n"
            "      | ^~~~  keep one of the two; zones of commit 3f2a91c are still being served\n");
}

TEST(DiagnosticTest, UnderlineKeepsTabs) {
  Diagnostic d;
  d.position = {"a.zone", 2, 6};
  d.message = "bad";
  d.source_line = "www\tA\t10.0.0.256";
  d.position.column = 7;
  d.width = 10;
  EXPECT_EQ(render_text(d),
            "a.zone:2:7: error: bad\n"
            "    2 | www\tA\t10.0.0.256\n"
            "      |    \t \t^~~~~~~~~~\n");
}

TEST(DiagnosticTest, CountsBeyondTheBound) {
  Diagnostics all;
  for (std::size_t i = 0; i < Diagnostics::kMaxKept + 5; i++) all.error("x", {"f", 1, 1}, "m");
  EXPECT_EQ(all.error_count(), Diagnostics::kMaxKept + 5);
  EXPECT_EQ(all.all().size(), Diagnostics::kMaxKept);
  EXPECT_NE(render_text(all).find("... and 5 more"), std::string::npos);
}

TEST(DiagnosticTest, RenamesAFile) {
  Diagnostics all;
  Diagnostic d;
  d.position = {"a", 1, 2};
  d.counterpart_position = {"a", 3, 4};
  all.add(d);
  all.error("x", {"b", 1, 1}, "m");
  all.rename_file("a", "c");
  EXPECT_EQ(all.all()[0].position.to_string(), "c:1:2");
  EXPECT_EQ(all.all()[0].counterpart_position.to_string(), "c:3:4");
  EXPECT_EQ(all.all()[1].position.to_string(), "b:1:1");
}

}  // namespace
}  // namespace dotmesh
