// The reference pages are what the rows say, and every default is a value that its own row accepts.
#include "config/reference.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/network_config.h"
#include "config/node_config.h"

namespace dotmesh {
namespace {

void expect_page(const std::string& page, const std::string& name) {
  std::string path = std::string(DOTMESH_SOURCE_DIR) + "/" + name;
  if (std::getenv("DOTMESH_WRITE_REFERENCE") != nullptr) std::ofstream(path) << page;
  std::stringstream kept;
  kept << std::ifstream(path).rdbuf();
  EXPECT_EQ(kept.str(), page) << "the rows have changed: write the pages again with "
                                 "DOTMESH_WRITE_REFERENCE=1 build/src/config/config_test";
}

TEST(ReferenceTest, NodeFile) {
  expect_page(settings_reference(node_file_spec()), "docs/reference/node-file.md");
}
TEST(ReferenceTest, NetworkFile) {
  expect_page(settings_reference(network_file_spec()), "docs/reference/network-file.md");
}
TEST(ReferenceTest, NodeManPage) {
  expect_page(settings_man_page(node_file_spec(), "dotmesh-node.toml"),
              "packaging/man/dotmesh-node.toml.5");
}
TEST(ReferenceTest, NetworkManPage) {
  expect_page(settings_man_page(network_file_spec(), "dotmesh-network.toml"),
              "packaging/man/dotmesh-network.toml.5");
}

// Reading an example with one element of every repeated table touches every default.
TEST(ReferenceTest, DefaultsAreGoodValues) {
  Diagnostics diagnostics;
  parse_node_config("[[listen]]\naddress = \"::1\"\n", "node.toml", diagnostics);
  parse_network_config(
      SourceText("dotmesh.toml",
                 "[[zone]]\nname = \"x\"\n[[zone.generate]]\nrange = \"1\"\nowner = \"a\"\ntype = "
                 "\"A\"\nrdata = \"x\"\n[[service]]\naddress = \"::1\"\n"),
      diagnostics);
  EXPECT_EQ(render_text(diagnostics), "0 errors, 0 warnings\n");
}

}  // namespace
}  // namespace dotmesh
