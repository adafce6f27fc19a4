#include "repo/commit_tree.h"

#include "repo/testing.h"

namespace dotmesh {
namespace {

class CommitTreeTest : public testing::Test {
 protected:
  std::unique_ptr<CommitTree> open(const std::string& revision = "HEAD") {
    auto tree = CommitTree::open(work_.path(), revision);
    EXPECT_TRUE(tree) << tree.error().message;
    return tree ? std::move(*tree) : nullptr;
  }
  static std::string fault(const CommitTree& tree, const std::string& path) {
    auto bytes = tree.read(path);
    return bytes ? "(no fault)" : bytes.error().message;
  }

  TemporaryFolder folder_;
  GitWorkTree work_{folder_.path("work")};
};

TEST_F(CommitTreeTest, ReadsAndListsTheFilesOfOneCommit) {
  work_.write("mesh.zone", "one\n");
  work_.write("zones/a.zone", "a\n");
  const std::string first = work_.commit("first");
  work_.write("mesh.zone", "two\n");
  work_.commit("second");

  auto now = open();
  EXPECT_EQ(now->read("mesh.zone")->text(), "two\n");
  EXPECT_EQ(now->read("./zones//a.zone")->text(), "a\n");
  auto entries = now->list("");
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].name, "mesh.zone");
  EXPECT_FALSE((*entries)[0].is_folder);
  EXPECT_EQ((*entries)[1].name, "zones");
  EXPECT_TRUE((*entries)[1].is_folder);
  EXPECT_EQ(now->list("zones")->size(), 1u);

  auto before = open(first);
  EXPECT_EQ(before->read("mesh.zone")->text(), "one\n");
  EXPECT_EQ(before->commit_id(), first);
  EXPECT_EQ(open("HEAD~1")->commit_id(), first);
}

TEST_F(CommitTreeTest, BytesOutliveTheTree) {
  work_.write("mesh.zone", "kept\n");
  work_.commit("first");
  auto tree = open();
  FileBytes bytes = *tree->read("mesh.zone");
  tree.reset();
  EXPECT_EQ(bytes.text(), "kept\n");
}

TEST_F(CommitTreeTest, RefusesWhatLeadsOutOfTheTree) {
  work_.write("mesh.zone", "x\n");
  std::filesystem::create_symlink("/etc/passwd", work_.path() + "/link.zone");
  std::filesystem::create_directory_symlink("/etc", work_.path() + "/etc");
  GitWorkTree other(folder_.path("other"));
  other.write("f", "x");
  other.commit("x");
  work_.git("submodule add -q '" + other.path() + "' module");
  work_.commit("first");
  auto tree = open();
  EXPECT_EQ(fault(*tree, "link.zone"),
            "link.zone: is a symbolic link, which is never followed; put the file itself there");
  EXPECT_EQ(fault(*tree, "etc/passwd"),
            "etc: is a symbolic link, which is never followed; put the file itself there");
  EXPECT_EQ(fault(*tree, "module/f"),
            "module: is a submodule, which is never fetched; put the files themselves there");
  EXPECT_FALSE(tree->read("../other/f"));
  EXPECT_FALSE(tree->read("/etc/passwd"));
  EXPECT_FALSE(tree->exists("link.zone"));
  EXPECT_FALSE(tree->exists("etc/passwd"));
  EXPECT_TRUE(tree->exists("mesh.zone"));
  const auto entries = tree->list("");
  for (const TreeEntry& entry : *entries) {
    EXPECT_NE(entry.name, "link.zone");
    EXPECT_NE(entry.name, "module");
  }
  EXPECT_FALSE(tree->damaged());
}

TEST_F(CommitTreeTest, SaysWhatIsThereInstead) {
  work_.write("zones/a.zone", "x\n");
  work_.commit("first");
  auto tree = open();
  EXPECT_EQ(fault(*tree, "b.zone"), "b.zone: no such file in the repository");
  EXPECT_EQ(fault(*tree, "zones"), "zones: is a folder, not a file");
  EXPECT_EQ(fault(*tree, "zones/a.zone/x"), "zones/a.zone: is a file, not a folder");
  EXPECT_FALSE(tree->list("zones/a.zone"));
  EXPECT_FALSE(tree->damaged());
}

TEST_F(CommitTreeTest, IdentityFollowsContent) {
  work_.write("a.zone", "x\n");
  work_.write("b.zone", "x\n");
  work_.commit("first");
  auto first = open();
  work_.write("b.zone", "y\n");
  work_.commit("second");
  auto second = open();
  EXPECT_EQ(first->identity("a.zone"), second->identity("a.zone"));
  EXPECT_NE(first->identity("b.zone"), second->identity("b.zone"));
  EXPECT_FALSE(first->identity("c.zone").has_value());
}

TEST_F(CommitTreeTest, MissingObjectIsDamageNotContent) {
  work_.write("a.zone", "x\n");
  work_.commit("first");
  const std::string blob = work_.git("rev-parse HEAD:a.zone");
  std::filesystem::remove(work_.path() + "/.git/objects/" + blob.substr(0, 2) + "/" + blob.substr(2));
  auto tree = open();
  EXPECT_FALSE(tree->read("a.zone"));
  EXPECT_TRUE(tree->damaged());
}

TEST_F(CommitTreeTest, AttributesAndFiltersDoNotApply) {
  work_.write(".gitattributes", "*.zone text eol=crlf filter=evil ident\n");
  work_.write("a.zone", "$Id$\nx\n");
  work_.git("config filter.evil.smudge 'touch " + folder_.path("executed") + "'");
  work_.commit("first");
  auto tree = open();
  EXPECT_EQ(tree->read("a.zone")->text(), "$Id$\nx\n");
  EXPECT_FALSE(std::filesystem::exists(folder_.path("executed")));
}

TEST_F(CommitTreeTest, UnknownCommitAndFolderAreFaults) {
  work_.commit("first");
  EXPECT_FALSE(CommitTree::open(work_.path(), "no-such-branch"));
  EXPECT_FALSE(CommitTree::open(folder_.path(), "HEAD"));
  EXPECT_FALSE(CommitTree::open(folder_.path("absent"), "HEAD"));
}

}  // namespace
}  // namespace dotmesh
