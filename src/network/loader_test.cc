// Loading: what becomes a generation, what is taken over, what is refused and how it is said.
#include "network/loader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "network/network_testing.h"

namespace dotmesh {
namespace {

constexpr const char* kMesh =
    "$TTL 60\n@ SOA ns hostmaster 5 2 3 4 5\n@ NS ns\nns A 10.0.0.1\nwww A 10.0.0.2\n";

std::size_t zone_count(const LoadResult& result) {
  return result.generation ? result.generation->zones.zones().size() : 0;
}

TEST(LoaderTest, EveryZoneFileAtTheTop) {
  LoadResult result = test_load({{"mesh.zone", kMesh},
                                 {"A.b.zone", kMesh},
                                 {"c..zone", kMesh},
                                 {"x.zone.txt", "junk"},
                                 {"sub/y.zone", "junk"},
                                 {"folder.zone/file", "junk"}});
  EXPECT_EQ(messages(result), "");
  EXPECT_EQ(zone_count(result), 3U);
  EXPECT_EQ(zone_lines(result, "mesh."),
            (TestLines{"mesh. 60 NS ns.mesh.", "ns.mesh. 60 A 10.0.0.1", "www.mesh. 60 A 10.0.0.2"}));
  EXPECT_EQ(zone_lines(result, "a.b."),
            (TestLines{"a.b. 60 NS ns.A.b.", "ns.a.b. 60 A 10.0.0.1", "www.a.b. 60 A 10.0.0.2"}));
  EXPECT_EQ(zone_lines(result, "c.").size(), 3U);
  EXPECT_EQ(result.zones_built, 3U);
  EXPECT_FALSE(result.generation->has_network_file);
}

TEST(LoaderTest, NamesOfZoneFiles) {
  EXPECT_EQ(messages(test_load({{"mesh.zone", kMesh}, {"Mesh.zone", kMesh}, {"a..b.zone", kMesh}, {".zone", kMesh}})),
            ".zone: error: the file's name is not a domain name and .zone\n"
            "      name it as the zone, such as example.mesh.zone, or list it in dotmesh.toml\n"
            "a..b.zone: error: the file's name is not a domain name and .zone\n"
            "      name it as the zone, such as example.mesh.zone, or list it in dotmesh.toml\n"
            "mesh.zone: error: two files for zone \"mesh.\" (first at Mesh.zone)\n"
            "      keep one of the two\n");
  EXPECT_EQ(messages(test_load({{"readme.txt", "hello"}})),
            ".: error: there is no zone file and no dotmesh.toml here\n"
            "      name zone files NAME.zone, such as mesh.zone\n");
}

TEST(LoaderTest, OnlyWhatTheNetworkFileLists) {
  LoadResult result = test_load({{"dotmesh.toml", "[[zone]]\nname = \"mesh\"\nfile = \"./zones//mesh.zone\"\n"},
                                 {"zones/mesh.zone", kMesh},
                                 {"other.zone", "junk"}});
  EXPECT_EQ(messages(result), "");
  EXPECT_EQ(zone_count(result), 1U);
  EXPECT_EQ(result.generation->zone_infos[0].file, "zones/mesh.zone");
}

TEST(LoaderTest, FaultsOfTheNetworkFileAndOfZonesInOneRun) {
  LoadResult result = test_load({{"dotmesh.toml", R"([[zone]]
name = "mesh."
file = "mesh.zone"
[[zone]]
name = "MESH"
file = "mesh.zone"
[[zone]]
name = "a."
file = "../../etc/passwd"
[[zone]]
name = "b."
[[zone]]
name = "c."
file = "none.zone"
)"},
                                 {"mesh.zone", "@ 60 SOA ns hostmaster 5 2 3 4 5\n@ 60 NS ns\nns A 10.0.0.1 x\n"}});
  EXPECT_FALSE(result.generation);
  std::string text = messages(result);
  EXPECT_NE(text.find(R"(dotmesh.toml:5:8: error: zone "MESH." is declared twice (first at dotmesh.toml:2:8)
    5 | name = "MESH"
      |        ^~~~~~  keep one of the two
dotmesh.toml:9:8: error: the path leads outside the repository
    9 | file = "../../etc/passwd"
      |        ^~~~~~~~~~~~~~~~~~  name a file of the repository, from its root
dotmesh.toml:11:8: error: zone "b." has no file
   11 | name = "b."
      |        ^~~~  add file = "..." with at least its SOA and NS records
dotmesh.toml:14:8: error: there is no file "none.zone" for zone "c."
   14 | file = "none.zone"
      |        ^~~~~~~~~~~  add the file or remove the zone
mesh.zone:3:)"),
            std::string::npos)
      << text;
}

TEST(LoaderTest, WhatIsMissingIsToldOnceAndAtItsPlace) {
  EXPECT_EQ(messages(test_load({{"dotmesh.toml", R"([[zone]]
file = "mesh.zone"
[[zone]]
name = 3
[[zone]]
name = "mesh."
file = "mesh.zone"
[[zone.generate]]
range = 5
owner = "{n}"
type = "A"
)"},
                               {"mesh.zone", kMesh}})),
            R"(dotmesh.toml:1:1: error: [[zone]] has no "name"
    1 | [[zone]]
      | ^~~~~~~~  The zone's name; absolute with or without final dot.
dotmesh.toml:4:8: error: "name" must be a string such as "example.mesh.", this is an integer
    4 | name = 3
      |        ^  The zone's name; absolute with or without final dot.
dotmesh.toml:8:1: error: [[zone.generate]] has no "rdata"
    8 | [[zone.generate]]
      | ^~~~~~~~~~~~~~~~~  Template of the RDATA as in a zone file. {n} is the number; {n/100}, {n%100+1}, {(n-1)*4} count with + - * / % in integers; {n:03} pads with zeros, {n:x} and {n:04x} are hexadecimal.
dotmesh.toml:9:9: error: "range" must be a string, this is an integer
    9 | range = 5
      |         ^  The numbers n takes, "FIRST-LAST" or "FIRST-LAST/STEP".
)");
}

TEST(LoaderTest, NetworkFileThatIsALinkIsNotOverlooked) {
  namespace fs = std::filesystem;
  fs::path folder = fs::temp_directory_path() / ("dotmesh-loader-test-" + std::to_string(getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "mesh.zone") << kMesh;
  fs::create_symlink("mesh.zone", folder / "dotmesh.toml");
  {
    auto tree = FolderTree::open(folder.string());
    ASSERT_TRUE(tree);
    LoadResult result = load_generation(**tree, {}, nullptr);
    EXPECT_EQ(messages(result),
              "dotmesh.toml: error: cannot read the network file: dotmesh.toml: is a symbolic link or lies "
              "behind one; links are not followed\n      put the file itself there\n");
  }
  fs::remove_all(folder);
}

TEST(LoaderTest, SerialIsTheCommitsButNeverBelowTheFiles) {
  const auto serial = [](std::uint32_t commit) {
    return test_load({{"mesh.zone", kMesh}}, commit).generation->zones.zones()[0]->serial();
  };
  EXPECT_EQ(serial(7), 7U);
  EXPECT_EQ(serial(5), 5U);
  EXPECT_EQ(serial(3), 5U);
  EXPECT_EQ(serial(4'000'000'000U), 4'000'000'000U);
}

TEST(LoaderTest, UnchangedZonesAreTakenOverUnread) {
  TestFiles files{{"mesh.zone", kMesh},
                  {"a.zone", std::string(kMesh) + "$INCLUDE inc/one\n"},
                  {"inc/one", "one A 10.0.0.3\n"}};
  LoadResult first = test_load(files, 7);
  ASSERT_TRUE(first.generation) << messages(first);

  TestTree same(files);
  LoadResult second = load_generation(same, CommitInfo{.id = "d", .author = {}, .subject = {}, .serial = 8},
                                      first.generation);
  EXPECT_EQ(second.zones_reused, 2U);
  EXPECT_EQ(same.reads, TestLines{"dotmesh.toml"});
  auto mesh = second.generation->zones.find_origin(*Name::parse("mesh."));
  EXPECT_EQ(mesh->serial(), 8U);
  EXPECT_EQ(mesh->shared_data(), first.generation->zones.find_origin(*Name::parse("mesh."))->shared_data());

  files["inc/one"] = "one A 10.0.0.4\n";
  TestTree changed(files);
  LoadResult third = load_generation(changed, CommitInfo{.id = "e", .author = {}, .subject = {}, .serial = 9},
                                     second.generation);
  EXPECT_EQ(third.zones_reused, 1U);
  EXPECT_EQ(third.zones_built, 1U);
  EXPECT_EQ(third.records_added, 1U);
  EXPECT_EQ(third.records_removed, 1U);
  EXPECT_EQ(changed.reads, (TestLines{"a.zone", "dotmesh.toml", "inc/one"}));
  EXPECT_EQ(zone_lines(third, "a.").count("one.a. 60 A 10.0.0.4"), 1U);
}

TEST(LoaderTest, SettingsOfAZoneDecideToo) {
  const auto toml = [](const char* rdata) {
    return std::string("[[zone]]\nname = \"mesh.\"\nfile = \"mesh.zone\"\n[[zone.generate]]\nrange = \"1-2\"\nowner "
                       "= \"n{n}\"\ntype = \"A\"\nrdata = \"") + rdata + "\"\n";
  };
  LoadResult first = test_load({{"dotmesh.toml", toml("10.1.0.{n}")}, {"mesh.zone", kMesh}});
  LoadResult second =
      test_load({{"dotmesh.toml", toml("10.2.0.{n}")}, {"mesh.zone", kMesh}}, 8, first.generation);
  EXPECT_EQ(second.zones_reused, 0U);
  EXPECT_EQ(second.records_added, 2U);
  EXPECT_EQ(zone_lines(second, "mesh.").count("n2.mesh. 3600 A 10.2.0.2"), 1U);
}

TEST(LoaderTest, RefusedLoadLeavesThePreviousAlone) {
  LoadResult first = test_load({{"mesh.zone", kMesh}});
  LoadResult second = test_load({{"mesh.zone", "junk\n"}}, 8, first.generation);
  EXPECT_FALSE(second.generation);
  EXPECT_TRUE(second.diagnostics.has_errors());
  EXPECT_EQ(zone_lines(first, "mesh.").size(), 3U);
  // And the next good commit compares with the last good one.
  LoadResult third = test_load({{"mesh.zone", kMesh}}, 9, first.generation);
  EXPECT_EQ(third.zones_reused, 1U);
}

// A small file must not multiply without end through twins.
TEST(LoaderTest, RecordsOfAllZonesAreBounded) {
  TestTree tree({{"dotmesh.toml", "[[zone]]\nname = \"mesh.\"\nfile = \"mesh.zone\"\ntwins = [\"t.\", \"u.\"]\n"},
                 {"mesh.zone", kMesh}});
  EXPECT_TRUE(load_generation_within(12, tree, {}, nullptr).generation);
  EXPECT_EQ(messages(load_generation_within(11, tree, {}, nullptr)),
            "dotmesh.toml: error: the zones have more than 11 records, those of twins and reverse zones counted "
            "each\n      make fewer zones or twins\n");
}

TEST(LoaderTest, EachFileIsReadOnce) {
  TestTree tree({{"dotmesh.toml",
                  "[[zone]]\nname = \"mesh.\"\nfile = \"mesh.zone\"\ntwins = [\"mesh.example.net.\", "
                  "\"b.\"]\n[[zone]]\nname = \"10.in-addr.arpa\"\nreverse_of = [\"mesh.\"]\n"},
                 {"mesh.zone", kMesh}});
  LoadResult result = load_generation(tree, {}, nullptr);
  EXPECT_EQ(messages(result), "");
  EXPECT_EQ(zone_count(result), 4U);
  EXPECT_EQ(tree.reads, (TestLines{"dotmesh.toml", "mesh.zone"}));
}

}  // namespace
}  // namespace dotmesh
