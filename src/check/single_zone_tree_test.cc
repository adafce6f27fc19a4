#include "check/single_zone_tree.h"

#include <gtest/gtest.h>

#include "check/check.h"

namespace dotmesh {
namespace {

constexpr const char* kZone = "$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 10.0.0.1\n";

CheckReport check(std::map<std::string, std::string> files, std::string file, const char* origin) {
  SingleZoneTree tree(std::make_unique<MemoryTree>(std::move(files)), std::move(file), *Name::parse(origin));
  return check_network(tree, {});
}

TEST(SingleZoneTreeTest, OnlyTheOneZoneCounts) {
  CheckReport report = check({{"mesh.zone", kZone}, {"bad.zone", "nonsense"}, {"dotmesh.toml", "nonsense"}},
                             "mesh.zone", "mesh.");
  EXPECT_EQ(report.zones, 1u);
  EXPECT_EQ(report.records, 3u);
  EXPECT_EQ(report.diagnostics.error_count(), 0u);
}

TEST(SingleZoneTreeTest, IncludesWhatLiesBesideIt) {
  CheckReport report = check({{"mesh.zone", std::string(kZone) + "$INCLUDE more/hosts\n"}, {"more/hosts", "a A 10.0.0.2\n"}},
                             "mesh.zone", "mesh.");
  EXPECT_EQ(report.records, 4u);
}

TEST(SingleZoneTreeTest, AnyFileNameWithAnOrigin) {
  EXPECT_EQ(check({{"db.mesh", kZone}}, "db.mesh", "mesh.").zones, 1u);
  EXPECT_EQ(check({{"db", kZone}}, "db", "0/25.2.0.192.in-addr.arpa.").zones, 1u);
  EXPECT_EQ(check({{"root", kZone}}, "root", ".").zones, 1u);
  EXPECT_EQ(check({{"mesh.zone", kZone}}, "mesh.zone", "other.").zones, 1u);
}

}  // namespace
}  // namespace dotmesh
