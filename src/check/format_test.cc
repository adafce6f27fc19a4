#include "check/format.h"

#include <gtest/gtest.h>

namespace dotmesh {
namespace {

CheckReport two_findings() {
  CheckReport report;
  report.zones = 2;
  report.records = 17;
  Diagnostic d;
  d.code = "cname-and-other-data";
  d.position = {"mesh.zone", 41, 1};
  d.message = "CNAME at \"wiki.mesh.\" beside other records";
  d.record = "wiki CNAME uisp";
  d.source_line = "wiki  CNAME  uisp";
  d.width = 4;
  d.counterpart = "A";
  d.counterpart_position = {"mesh.zone", 39, 1};
  d.way_out = "keep one of the two";
  report.diagnostics.add(d);
  report.diagnostics.warning("zone-without-entry", {"a,b:c.zone", 0, 0}, "100% lost\nhere");
  return report;
}

TEST(CheckFormatTest, JsonWhole) {
  EXPECT_EQ(render_json(two_findings()), R"({
  "errors": 1,
  "warnings": 1,
  "zones": 2,
  "records": 17,
  "diagnostics": [
    {
      "severity": "error",
      "code": "cname-and-other-data",
      "file": "mesh.zone",
      "line": 41,
      "column": 1,
      "message": "CNAME at \"wiki.mesh.\" beside other records",
      "record": "wiki CNAME uisp",
      "source_line": "wiki  CNAME  uisp",
      "counterpart": {
        "record": "A",
        "file": "mesh.zone",
        "line": 39,
        "column": 1
      },
      "way_out": "keep one of the two"
    },
    {
      "severity": "warning",
      "code": "zone-without-entry",
      "file": "a,b:c.zone",
      "line": 0,
      "column": 0,
      "message": "100% lost\nhere",
      "record": "",
      "source_line": "",
      "counterpart": null,
      "way_out": ""
    }
  ]
}
)");
}

TEST(CheckFormatTest, JsonOfNothing) {
  EXPECT_EQ(render_json(CheckReport{}), R"({
  "errors": 0,
  "warnings": 0,
  "zones": 0,
  "records": 0,
  "diagnostics": []
}
)");
}

TEST(CheckFormatTest, JsonTakesTextThatIsNoUtf8) {
  CheckReport report;
  report.diagnostics.error("x", {"a.zone", 1, 1}, "caf\xe9 TXT");
  EXPECT_NE(render_json(report).find("caf\xef\xbf\xbd TXT"), std::string::npos);
}

TEST(CheckFormatTest, GithubWhole) {
  EXPECT_EQ(render_github(two_findings()),
            "::error file=mesh.zone,line=41,col=1,title=cname-and-other-data::CNAME at \"wiki.mesh.\" "
            "beside other records (A at mesh.zone:39:1)%0Akeep one of the two\n"
            "::warning file=a%2Cb%3Ac.zone,title=zone-without-entry::100%25 lost%0Ahere\n"
            "1 error, 1 warning\n");
}

TEST(CheckFormatTest, GithubNamesFilesFromTheRootOfTheRepository) {
  CheckReport report;
  report.diagnostics.error("x", {"mesh.zone", 3, 0}, "m");
  EXPECT_EQ(render_github(report, "dns,net/"), "::error file=dns%2Cnet/mesh.zone,line=3,title=x::m\n1 error, 0 warnings\n");
}

}  // namespace
}  // namespace dotmesh
