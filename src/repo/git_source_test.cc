#include "repo/git_source.h"

#include "repo/generation_before.h"
#include "repo/open_target.h"
#include "repo/testing.h"

namespace dotmesh {
namespace {

class GitSourceTest : public testing::Test {
 protected:
  GitSource source() {
    GitFetchOptions options;
    options.copy = folder_.path("repo.git");
    options.url = work_.path();
    options.branch = "main";
    return GitSource(options);
  }
  TemporaryFolder folder_;
  GitWorkTree work_{folder_.path("work")};
};

TEST_F(GitSourceTest, APathThatIsNotThereIsToldAsThat) {
  for (const std::string& path : {folder_.path("absent"), std::string("./absent"), std::string("absent")}) {
    GitFetchOptions options;
    options.copy = folder_.path("repo.git");
    options.url = path;
    EXPECT_EQ(GitSource(options).fetch().error().message,
              path + ": no such folder; give the path of a repository or of a folder of zone files");
  }
}

TEST_F(GitSourceTest, OpensACommitWithItsDescription) {
  work_.write("mesh.zone", zone_text(1));
  const std::string id = work_.commit("zones: add a bell\x07");
  GitSource git = source();
  EXPECT_EQ(git.description(), work_.path() + ", branch main");
  ASSERT_EQ(git.fetch().value_or(""), id);
  auto revision = git.open(id, std::nullopt);
  ASSERT_TRUE(revision) << revision.error().message;
  EXPECT_EQ(revision->commit.id, id);
  EXPECT_EQ(revision->commit.author, "Ada");
  EXPECT_EQ(revision->commit.subject, "zones: add a bell ");
  EXPECT_EQ(revision->commit.time, 1'767'268'800);
  EXPECT_EQ(revision->commit.serial, 2026010150u);
  EXPECT_EQ(revision->tree->read("mesh.zone")->text(), zone_text(1));
  EXPECT_EQ(git.open(id, 7)->commit.serial, 7u);
}

TEST_F(GitSourceTest, KnowsTheGenerationBefore) {
  work_.write("mesh.zone", zone_text(1));
  const std::string first = work_.commit("first");
  work_.write("mesh.zone", zone_text(2));
  const std::string second = work_.commit("second");
  work_.write("mesh.zone", "broken\n");
  const std::string refused = work_.commit("refused");
  work_.write("mesh.zone", zone_text(3));
  const std::string served = work_.commit("served");
  GitSource git = source();
  ASSERT_TRUE(git.fetch());
  EXPECT_EQ(git.parent(served), refused);
  EXPECT_EQ(git.parent(second), first);
  EXPECT_EQ(git.parent(first), std::nullopt);
  EXPECT_EQ(git.parent("0123456789012345678901234567890123456789"), std::nullopt);
  const auto generation = std::make_shared<Generation>();
  generation->commit.id = served;
  const auto before = generation_before(git, generation);
  ASSERT_NE(before, nullptr);
  EXPECT_EQ(before->commit.id, second);
  EXPECT_EQ(before->zone_infos.size(), 1u);
  generation->commit.id = first;
  EXPECT_EQ(generation_before(git, generation), nullptr);
}

TEST_F(GitSourceTest, AKeptCommitOutlivesARewrittenBranch) {
  work_.write("mesh.zone", "kept\n");
  const std::string kept = work_.commit("kept");
  GitSource git = source();
  ASSERT_TRUE(git.fetch());
  ASSERT_TRUE(git.keep(kept));
  work_.git("checkout -q --orphan fresh");
  for (std::size_t i = 0; i < kMaxPacks + 3; i++) {
    work_.write("mesh.zone", std::to_string(i));
    work_.commit("unrelated");
    work_.git("branch -q -f main");
    ASSERT_TRUE(git.fetch());
  }
  auto revision = git.open(kept, 1);
  ASSERT_TRUE(revision) << revision.error().message;
  EXPECT_EQ(revision->tree->read("mesh.zone")->text(), "kept\n");
}

TEST_F(GitSourceTest, RepairsACopyThatLostObjects) {
  work_.write("mesh.zone", "x\n");
  const std::string id = work_.commit("first");
  GitSource git = source();
  ASSERT_TRUE(git.fetch());
  std::filesystem::remove_all(folder_.path("repo.git/objects/pack"));
  EXPECT_FALSE(git.open(id, std::nullopt));
  ASSERT_TRUE(git.fetch());
  EXPECT_TRUE(git.open(id, std::nullopt));
}

TEST_F(GitSourceTest, KnowsRepositoriesFromFolders) {
  EXPECT_TRUE(is_git_repository(work_.path()));
  EXPECT_TRUE(is_git_repository(work_.path() + "/.git"));
  std::filesystem::create_directories(work_.path() + "/inside");
  EXPECT_FALSE(is_git_repository(work_.path() + "/inside"));
  EXPECT_FALSE(is_git_repository(folder_.path("absent")));
}

TEST_F(GitSourceTest, OpensWhatPeopleName) {
  work_.write("mesh.zone", "committed\n");
  const std::string id = work_.commit("first");
  work_.write("mesh.zone", "edited\n");
  const auto text = [](const Result<OpenedTarget>& target) {
    return target ? std::string(target->tree->read("mesh.zone")->text()) : target.error().message;
  };
  EXPECT_EQ(text(open_target(work_.path())), "edited\n");
  EXPECT_EQ(text(open_target(work_.path(), "HEAD")), "committed\n");
  EXPECT_EQ(open_target(work_.path(), "main")->commit.id, id);
  work_.git("clone -q --bare . '" + folder_.path("bare.git") + "'");
  EXPECT_EQ(text(open_target(folder_.path("bare.git"))), "committed\n");
  EXPECT_FALSE(open_target(work_.path(), "no-such-branch"));
  EXPECT_FALSE(open_target(folder_.path("absent")));
}

}  // namespace
}  // namespace dotmesh
