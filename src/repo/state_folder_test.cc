#include "repo/state_folder.h"

#include "repo/testing.h"

namespace dotmesh {
namespace {

TEST(StateFolderTest, RemembersTheLastGoodCommit) {
  TemporaryFolder folder;
  auto state = StateFolder::open(folder.path("a/b"));
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_FALSE(state->read_last_good());
  ASSERT_TRUE(state->write_last_good({"https://example.org/net.git, branch main", "abc", 4294967295u}));
  auto again = StateFolder::open(folder.path("a/b"));
  auto last_good = again->read_last_good();
  ASSERT_TRUE(last_good);
  EXPECT_EQ(last_good->commit, "abc");
  EXPECT_EQ(last_good->serial, 4294967295u);
  EXPECT_EQ(last_good->source, "https://example.org/net.git, branch main");
  EXPECT_FALSE(std::filesystem::exists(again->file("last-good.new")));
}

TEST(StateFolderTest, ADamagedRecordIsAsNone) {
  TemporaryFolder folder;
  auto state = StateFolder::open(folder.path());
  for (const char* text : {"", "{", "[]", "{\"commit\": 1, \"serial\": 1}", "{\"commit\": \"a\"}",
                           "{\"commit\": \"a\", \"serial\": -1}"}) {
    write_file(state->file("last-good"), text);
    EXPECT_FALSE(state->read_last_good()) << text;
  }
}

TEST(StateFolderTest, OneDaemonAtATime) {
  TemporaryFolder folder;
  {
    auto first = StateFolder::open(folder.path());
    ASSERT_TRUE(first->lock());
    auto second = StateFolder::open(folder.path());
    auto locked = second->lock();
    ASSERT_FALSE(locked);
    EXPECT_EQ(locked.error().message,
              folder.path() + ": another dotmesh uses this state folder; stop it, or give this one its own "
                              "with --state or [node] state");
  }
  auto third = StateFolder::open(folder.path());
  EXPECT_TRUE(third->lock());
}

TEST(StateFolderTest, AFailedWriteLeavesTheOldContent) {
  TemporaryFolder folder;
  const std::string path = folder.path("file");
  ASSERT_TRUE(write_file_atomically(path, "old"));
  std::filesystem::create_directory(path + ".new");  // the temporary file cannot be made
  EXPECT_FALSE(write_file_atomically(path, "new"));
  std::ifstream file(path);
  std::string content;
  file >> content;
  EXPECT_EQ(content, "old");
}

TEST(StateFolderTest, AFileInItsPlaceIsAFault) {
  TemporaryFolder folder;
  write_file(folder.path("state"), "");
  EXPECT_FALSE(StateFolder::open(folder.path("state")));
}

}  // namespace
}  // namespace dotmesh
