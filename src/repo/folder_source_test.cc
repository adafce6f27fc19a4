#include "repo/folder_source.h"

#include <poll.h>

#include "repo/testing.h"

namespace dotmesh {
namespace {

namespace fs = std::filesystem;

class FolderSourceTest : public testing::Test {
 protected:
  FolderSourceTest() { write_file(root_ + "/mesh.zone", "one\n"); }
  bool told_of_change() {
    pollfd wait{source_.change_fd(), POLLIN, 0};
    return ::poll(&wait, 1, 5000) == 1;
  }

  TemporaryFolder folder_;
  std::string root_ = folder_.path("network");
  FolderSource source_{root_, folder_.path("folders")};
};

TEST_F(FolderSourceTest, TheIdFollowsTheFiles) {
  const std::string first = source_.fetch().value_or("");
  EXPECT_TRUE(first.starts_with("folder-")) << first;
  EXPECT_EQ(source_.fetch().value_or(""), first);
  write_file(root_ + "/mesh.zone", "two\n");  // same size
  const std::string second = source_.fetch().value_or("");
  EXPECT_NE(second, first);
  write_file(root_ + "/sub/other.zone", "x");
  const std::string third = source_.fetch().value_or("");
  EXPECT_NE(third, second);
  write_file(root_ + "/.mesh.zone.swp", "x");
  write_file(root_ + "/.git/config", "x");
  fs::create_symlink("/etc/passwd", root_ + "/link.zone");
  EXPECT_EQ(source_.fetch().value_or(""), third);
}

TEST_F(FolderSourceTest, TellsOfChanges) {
  ASSERT_TRUE(source_.fetch());
  write_file(root_ + "/mesh.zone", "two\n");
  EXPECT_TRUE(told_of_change());
  source_.drain_changes();
  ASSERT_TRUE(source_.fetch());
  write_file(root_ + "/new/other.zone", "x");
  EXPECT_TRUE(told_of_change());
  source_.drain_changes();
  ASSERT_TRUE(source_.fetch());
  source_.drain_changes();
  write_file(root_ + "/new/other.zone", "y");  // in a folder that is watched only since
  EXPECT_TRUE(told_of_change());
}

TEST_F(FolderSourceTest, SerialIsTheNewestFilesTime) {
  fs::last_write_time(root_ + "/mesh.zone",
                      std::chrono::file_clock::from_sys(std::chrono::sys_seconds(std::chrono::seconds(1'767'268'800))));
  auto revision = source_.open(*source_.fetch(), std::nullopt);
  ASSERT_TRUE(revision) << revision.error().message;
  EXPECT_EQ(revision->commit.serial, 2026010150u);
  EXPECT_EQ(revision->commit.time, 1'767'268'800);
}

TEST_F(FolderSourceTest, AKeptCommitCanBeReadWhenTheFolderHasChangedOrGone) {
  write_file(root_ + "/sub/a.zone", "a\n");
  const std::string first = *source_.fetch();
  ASSERT_TRUE(source_.keep(first));
  write_file(root_ + "/mesh.zone", "broken");
  auto revision = source_.open(first, 1);
  ASSERT_TRUE(revision) << revision.error().message;
  EXPECT_EQ(revision->tree->read("mesh.zone")->text(), "one\n");
  EXPECT_EQ(revision->tree->read("sub/a.zone")->text(), "a\n");
  fs::remove_all(root_);
  EXPECT_FALSE(source_.fetch());
  EXPECT_TRUE(source_.open(first, 1));
}

TEST_F(FolderSourceTest, OnlyTheLastKeptCopyStays) {
  ASSERT_TRUE(source_.keep(*source_.fetch()));
  write_file(root_ + "/mesh.zone", "two\n");
  const std::string second = *source_.fetch();
  ASSERT_TRUE(source_.keep(second));
  ASSERT_TRUE(source_.keep(second));
  std::vector<std::string> copies;
  for (const auto& entry : fs::directory_iterator(folder_.path("folders"))) {
    copies.push_back(entry.path().filename());
  }
  EXPECT_EQ(copies, std::vector<std::string>{second});
}

TEST_F(FolderSourceTest, AnOldIdThatWasNotKeptIsAFault) {
  const std::string first = *source_.fetch();
  write_file(root_ + "/mesh.zone", "two\n");
  auto revision = source_.open(first, std::nullopt);
  ASSERT_FALSE(revision);
  EXPECT_EQ(revision.error().message, root_ + ": changed while it was being read; trying again");
}

}  // namespace
}  // namespace dotmesh
