#include "zone/file_tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace dotmesh {
namespace {

TEST(NormaliseTreePathTest, JoinsAndRefuses) {
  EXPECT_EQ(normalise_tree_path("./a//b.zone").value(), "a/b.zone");
  EXPECT_EQ(normalise_tree_path("a/x/../b.zone").value(), "a/b.zone");
  EXPECT_EQ(normalise_tree_path("").value(), "");
  EXPECT_EQ(normalise_tree_path("a/..").value(), "");
  EXPECT_EQ(normalise_tree_path("..a/...").value(), "..a/...");
  EXPECT_FALSE(normalise_tree_path("zones/../../etc"));
  EXPECT_FALSE(normalise_tree_path(".."));
  EXPECT_FALSE(normalise_tree_path("/etc/passwd"));
  EXPECT_FALSE(normalise_tree_path(std::string_view("a\0b", 3)));
}

TEST(MemoryTreeTest, ReadsAndLists) {
  MemoryTree tree({{"a.zone", "A"}, {"sub/b.zone", "B"}, {"sub/deep/c.zone", "C"}});
  EXPECT_EQ(tree.read("./a.zone")->text(), "A");
  EXPECT_FALSE(tree.read("sub"));
  EXPECT_FALSE(tree.read("none"));
  auto root = tree.list("").value();
  ASSERT_EQ(root.size(), 2U);
  EXPECT_EQ(root[0].name, "a.zone");
  EXPECT_TRUE(root[1].is_folder);
  EXPECT_EQ(tree.list("sub")->size(), 2U);
  EXPECT_FALSE(tree.list("none"));
  EXPECT_TRUE(tree.exists("sub/deep"));
  EXPECT_FALSE(tree.exists("su"));
}

// Both ways of resolving a path must refuse the same things.
class FolderTreeTest : public testing::TestWithParam<FolderTree::Resolve> {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/dotmesh-tree-XXXXXX";
    base_ = mkdtemp(pattern);
    std::filesystem::create_directories(base_ / "root/sub/deep");
    write("root/a.zone", "A");
    write("root/empty.zone", "");
    write("root/sub/b.zone", "B");
    write("root/sub/deep/c.zone", "C");
    write("secret", "S");
    std::filesystem::create_symlink("../secret", base_ / "root/link.zone");
    std::filesystem::create_symlink("a.zone", base_ / "root/inner.zone");
    std::filesystem::create_symlink("..", base_ / "root/up");
    mkfifo((base_ / "root/fifo.zone").c_str(), 0600);
    tree_ = std::move(FolderTree::open((base_ / "root").string(), GetParam()).value());
  }
  void TearDown() override { std::filesystem::remove_all(base_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(base_ / name) << text; }
  std::string error(const std::string& path) {
    auto bytes = tree_->read(path);
    return bytes ? "read: " + std::string(bytes->text()) : bytes.error().message;
  }

  std::filesystem::path base_;
  std::unique_ptr<FolderTree> tree_;
};

TEST_P(FolderTreeTest, ReadsFilesInFolders) {
  EXPECT_EQ(tree_->read("a.zone")->text(), "A");
  EXPECT_EQ(tree_->read("empty.zone")->text(), "");
  EXPECT_EQ(tree_->read("sub/deep/c.zone")->text(), "C");
  EXPECT_EQ(tree_->read("sub/deep/../b.zone")->text(), "B");
  EXPECT_TRUE(tree_->exists("sub/b.zone"));
  EXPECT_FALSE(tree_->exists("sub/none"));
}

TEST_P(FolderTreeTest, RefusesWhatIsNotAFileOfTheTree) {
  EXPECT_EQ(error("none.zone"), "none.zone: no such file");
  EXPECT_EQ(error("sub"), "sub: is a folder");
  EXPECT_EQ(error("../secret"), "the path leads outside the repository");
  EXPECT_EQ(error("fifo.zone"), "fifo.zone: is not a regular file");
  for (const char* link : {"link.zone", "inner.zone", "up/secret", "up/root/a.zone"}) {
    EXPECT_EQ(error(link), std::string(link) + ": is a symbolic link or lies behind one; links are not followed");
  }
  EXPECT_NE(error("a.zone/b"), "read: A");
}

TEST_P(FolderTreeTest, ListsFilesAndFoldersOnly) {
  auto entries = tree_->list("").value();
  std::vector<std::string> names;
  for (const TreeEntry& entry : entries) names.push_back(entry.name + (entry.is_folder ? "/" : ""));
  EXPECT_EQ(names, (std::vector<std::string>{"a.zone", "empty.zone", "sub/"}));
  EXPECT_FALSE(tree_->list("none"));
  EXPECT_FALSE(tree_->list("up"));
}

// A file that has just been written may be written again within the same tick of the clock.
TEST_P(FolderTreeTest, FreshFilesHaveNoIdentity) {
  EXPECT_FALSE(tree_->identity("a.zone"));
  EXPECT_FALSE(tree_->identity("none.zone"));
  EXPECT_FALSE(tree_->identity("link.zone"));
  EXPECT_FALSE(tree_->identity("sub"));
  auto source = std::move(FolderTree::open(DOTMESH_SOURCE_DIR, GetParam()).value());
  auto identity = source->identity("LICENSE");
  ASSERT_TRUE(identity);
  EXPECT_EQ(source->identity("./LICENSE"), identity);
  EXPECT_NE(source->identity("CMakeLists.txt"), identity);
}

INSTANTIATE_TEST_SUITE_P(Ways, FolderTreeTest,
                         testing::Values(FolderTree::Resolve::kAuto, FolderTree::Resolve::kWalk));

TEST(FolderTreeOpenTest, MissingFolderIsAnError) { EXPECT_FALSE(FolderTree::open("/nonexistent/folder")); }

}  // namespace
}  // namespace dotmesh
