// Rules of the data model that a zone breaks, as they are told.
#include "network/explain.h"

#include <gtest/gtest.h>

#include "network/network_testing.h"

namespace dotmesh {
namespace {

std::string faults_of(const std::string& records) {
  return messages(test_load({{"mesh.zone", "$TTL 60\n@ SOA ns hm 1 2 3 4 5\n@ NS ns\nns A 10.0.0.1\n" + records}}));
}

TEST(ExplainTest, CnameBesideOtherRecords) {
  EXPECT_EQ(faults_of("wiki A 10.0.0.2\n\nwiki  CNAME  uisp\n"),
            "mesh.zone:7:1: error: CNAME at \"wiki.mesh.\" beside other records (A at mesh.zone:5:1)\n"
            "    7 | wiki  CNAME  uisp\n"
            "      | ^~~~  keep one of the two\n");
  // The owner left blank: the type is what there is to point at.
  EXPECT_EQ(faults_of("wiki CNAME uisp\n     TXT hello\n"),
            "mesh.zone:5:1: error: CNAME at \"wiki.mesh.\" beside other records (TXT at mesh.zone:6:6)\n"
            "    5 | wiki CNAME uisp\n"
            "      | ^~~~  keep one of the two\n");
}

TEST(ExplainTest, EveryKind) {
  EXPECT_EQ(faults_of("c CNAME a\nc CNAME b\n"),
            "mesh.zone:6:1: error: a second CNAME at \"c.mesh.\" (CNAME at mesh.zone:5:1)\n"
            "    6 | c CNAME b\n"
            "      | ^  keep one of the two\n");
  EXPECT_EQ(faults_of("d DNAME a\nd DNAME b\n"),
            "mesh.zone:6:1: error: a second DNAME at \"d.mesh.\" (DNAME at mesh.zone:5:1)\n"
            "    6 | d DNAME b\n"
            "      | ^  keep one of the two\n");
  EXPECT_EQ(faults_of("d DNAME a.\nx.d A 10.0.0.2\n"),
            "mesh.zone:6:1: error: \"x.d.mesh.\" lies below a DNAME (DNAME at mesh.zone:5:1)\n"
            "    6 | x.d A 10.0.0.2\n"
            "      | ^~~  remove one of the two: a DNAME redirects every name below it\n");
  EXPECT_EQ(faults_of("@ SOA other hm 1 2 3 4 5\n"),
            "mesh.zone:5:1: error: a second SOA record at \"mesh.\" (SOA at mesh.zone:2:1)\n"
            "    5 | @ SOA other hm 1 2 3 4 5\n"
            "      | ^  keep one of the two\n");
  EXPECT_EQ(faults_of("sub SOA other hm 1 2 3 4 5\n"),
            "mesh.zone:5:1: error: SOA at \"sub.mesh.\", below the zone \"mesh.\"\n"
            "    5 | sub SOA other hm 1 2 3 4 5\n"
            "      | ^~~  a child zone is a file of its own\n");
  EXPECT_EQ(faults_of("www.example.net. A 10.0.0.3\n"),
            "mesh.zone:5:1: error: A at \"www.example.net.\" lies outside the zone \"mesh.\"\n"
            "    5 | www.example.net. A 10.0.0.3\n"
            "      | ^~~~~~~~~~~~~~~~  move it to its own zone, or correct the name\n");
  EXPECT_EQ(faults_of("@ DS 1 13 2 0123456789012345678901234567890123456789012345678901234567890123\n")
                .substr(0, 53),
            "mesh.zone:5:1: error: DS at the apex \"mesh.\"\n    5 | ");
}

TEST(ExplainTest, WholeZone) {
  EXPECT_EQ(messages(test_load({{"mesh.zone", "www 60 A 10.0.0.1\n"}})),
            "mesh.zone: error: zone \"mesh.\" has no SOA record\n"
            "      begin the file with \"@ SOA ...\"; is \"mesh.\" the right name for it?\n"
            "mesh.zone: error: zone \"mesh.\" has no NS record\n"
            "      add \"@ NS\" and the name of its server\n");
}

// What could not be read may have been the SOA: it is not called missing.
TEST(ExplainTest, SyntaxFaultsHideMissingApexRecords) {
  std::string text = messages(test_load({{"mesh.zone", "@ 60 SOA ns hm 1 2 3 4\nc 60 CNAME a\nc 60 CNAME b\n"}}));
  EXPECT_NE(text.find("a second CNAME"), std::string::npos) << text;
  EXPECT_EQ(text.find("has no SOA"), std::string::npos) << text;
}

TEST(ExplainTest, IncludedAndGeneratedRecordsHavePlacesToo) {
  EXPECT_EQ(messages(test_load({{"dotmesh.toml",
                                 "[[zone]]\nname = \"mesh.\"\nfile = \"z/mesh.zone\"\n[[zone.generate]]\nrange = "
                                 "\"7\"\nowner = \"n{n}\"\ntype = \"A\"\nrdata = \"10.0.0.{n}\"\n"},
                                {"z/mesh.zone",
                                 "@ 60 SOA ns hm 1 2 3 4 5\n@ 60 NS ns.example.\n$INCLUDE more\n"},
                                {"z/more", ";\nn7 60 CNAME x\n"}})),
            "z/more:2:1: error: CNAME at \"n7.mesh.\" beside other records (A at dotmesh.toml:4:1)\n"
            "    2 | n7 60 CNAME x\n"
            "      | ^~  keep one of the two\n");
}

// The twin's faults are its zone's and told once; those of the twin alone are told.
TEST(ExplainTest, Twins) {
  EXPECT_EQ(messages(test_load({{"dotmesh.toml",
                                 "[[zone]]\nname = \"mesh.\"\nfile = \"m\"\ntwins = [\"b.\"]\n"},
                                {"m", "@ 60 SOA ns hm 1 2 3 4 5\n@ 60 NS ns\nc 60 CNAME a\nc 60 CNAME b\n"}})),
            "m:4:1: error: a second CNAME at \"c.mesh.\" (CNAME at m:3:1)\n"
            "    4 | c 60 CNAME b\n"
            "      | ^  keep one of the two\n");
}

}  // namespace
}  // namespace dotmesh
