#include "repo/git_fetch.h"

#include "repo/commit_tree.h"
#include "repo/git_remote.h"
#include "repo/testing.h"

// libgit2 1.5 loses 20 KiB of match data for each line of configuration that a pattern does not match
// (url.*.insteadOf, at each connection). The daemon fetches in a process that ends; this one does not.
extern "C" const char* __lsan_default_suppressions();  // NOLINT
extern "C" const char* __lsan_default_suppressions() { return "leak:libpcre2"; }  // NOLINT

namespace dotmesh {
namespace {

namespace fs = std::filesystem;

class GitFetchTest : public testing::Test {
 protected:
  Result<std::string> fetch(const std::string& branch = "main") {
    GitFetchOptions options;
    options.copy = copy_;
    options.url = work_.path();
    options.branch = branch;
    return git_fetch(options);
  }
  void expect_tip(const std::string& commit) {
    auto tip = fetch();
    ASSERT_TRUE(tip) << tip.error().message;
    EXPECT_EQ(*tip, commit);
    EXPECT_TRUE(git_commit_is_complete(copy_, commit));
  }
  std::vector<fs::path> packs() {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(copy_ + "/objects/pack")) {
      if (entry.path().extension() == ".pack") found.push_back(entry.path());
    }
    return found;
  }
  void expect_nothing_beside() {
    EXPECT_FALSE(fs::exists(copy_ + ".new"));
    EXPECT_FALSE(fs::exists(copy_ + ".old"));
  }

  TemporaryFolder folder_;
  GitWorkTree work_{folder_.path("work")};
  std::string copy_ = folder_.path("repo.git");
};

TEST_F(GitFetchTest, FollowsABranch) {
  work_.write("mesh.zone", "one\n");
  expect_tip(work_.commit("first"));
  work_.write("mesh.zone", "two\n");
  expect_tip(work_.commit("second"));
  EXPECT_EQ((*CommitTree::open(copy_, kTipReference))->read("mesh.zone")->text(), "two\n");
  expect_nothing_beside();
}

TEST_F(GitFetchTest, FollowsABareRepositoryByUrl) {
  work_.write("mesh.zone", "one\n");
  const std::string commit = work_.commit("first");
  work_.git("clone -q --bare . '" + folder_.path("bare.git") + "'");
  GitFetchOptions options;
  options.copy = copy_;
  options.url = "file://" + folder_.path("bare.git");
  EXPECT_EQ(git_fetch(options).value_or(""), commit);
}

TEST_F(GitFetchTest, TakesTheDefaultBranchWhenNoneIsNamed) {
  work_.write("mesh.zone", "one\n");
  const std::string main = work_.commit("first");
  work_.git("checkout -q -b other");
  const std::string other = work_.commit("second");
  EXPECT_EQ(fetch("").value_or(""), other);
  work_.git("checkout -q main");
  EXPECT_EQ(fetch("").value_or(""), main);
}

TEST_F(GitFetchTest, SurvivesARewrittenBranch) {
  const std::string first = work_.commit("first");
  work_.write("mesh.zone", "two\n");
  expect_tip(work_.commit("second"));
  work_.git("reset -q --hard " + first);
  work_.write("mesh.zone", "other\n");
  expect_tip(work_.commit("rewritten"));
  work_.git("reset -q --hard " + first);
  expect_tip(first);
  work_.git("checkout -q --orphan fresh");
  const std::string unrelated = work_.commit("unrelated history");
  work_.git("branch -q -f main");
  expect_tip(unrelated);
}

TEST_F(GitFetchTest, SaysThatABranchIsMissingAndWhichThereAre) {
  work_.commit("first");
  work_.git("branch -q stable");
  auto tip = fetch("maim");
  ASSERT_FALSE(tip);
  EXPECT_EQ(tip.error().message, work_.path() + ": no branch \"maim\"; it has: main, stable");
}

TEST_F(GitFetchTest, SaysThatARepositoryIsEmpty) {
  auto tip = fetch();
  ASSERT_FALSE(tip);
  EXPECT_EQ(tip.error().message, work_.path() + ": the repository has no commit yet; push one");
  expect_nothing_beside();
}

TEST_F(GitFetchTest, AnAbsentRemoteLeavesTheCopyAsItWas) {
  const std::string first = work_.commit("first");
  expect_tip(first);
  fs::rename(work_.path(), work_.path() + ".away");
  auto tip = fetch();
  ASSERT_FALSE(tip);
  EXPECT_NE(tip.error().message.find(work_.path()), std::string::npos);
  EXPECT_TRUE(git_commit_is_complete(copy_, first));
}

TEST_F(GitFetchTest, AHalfWrittenCopyIsClonedAfresh) {
  work_.write("mesh.zone", "one\n");
  const std::string first = work_.commit("first");
  fs::create_directories(copy_ + "/objects/pack");
  write_file(copy_ + "/HEAD", "ref: refs/he");
  write_file(copy_ + ".new/objects/pack/tmp_pack_1", "PACK");
  expect_tip(first);
  expect_nothing_beside();
}

TEST_F(GitFetchTest, LeftoversOfAKilledFetchDoNotMatter) {
  expect_tip(work_.commit("first"));
  write_file(copy_ + "/refs/dotmesh/tip.lock", "");
  write_file(copy_ + "/objects/pack/tmp_pack_x", "PACK");
  write_file(copy_ + "/objects/pack/pack-0123.pack", "PACK, but no index");
  work_.write("mesh.zone", "two\n");
  expect_tip(work_.commit("second"));
  EXPECT_FALSE(fs::exists(copy_ + "/objects/pack/tmp_pack_x"));
  EXPECT_FALSE(fs::exists(copy_ + "/objects/pack/pack-0123.pack"));
}

TEST_F(GitFetchTest, ACopyKilledBetweenTheTwoRenamesComesBack) {
  const std::string first = work_.commit("first");
  expect_tip(first);
  fs::rename(copy_, copy_ + ".old");
  fs::rename(work_.path(), work_.path() + ".away");
  EXPECT_FALSE(fetch());
  EXPECT_TRUE(git_commit_is_complete(copy_, first));
}

TEST_F(GitFetchTest, ADamagedCopyIsReplaced) {
  work_.write("mesh.zone", std::string(5000, 'x'));
  work_.write("other.zone", "y\n");
  expect_tip(work_.commit("first"));
  for (const fs::path& pack : packs()) {
    fs::permissions(pack, fs::perms::owner_all);
    fs::resize_file(pack, fs::file_size(pack) / 2);
  }
  work_.write("other.zone", "z\n");
  expect_tip(work_.commit("second"));
  EXPECT_EQ((*CommitTree::open(copy_, kTipReference))->read("mesh.zone")->size(), 5000u);
  expect_nothing_beside();
}

TEST_F(GitFetchTest, ClonesAfreshWhenTold) {
  work_.write("mesh.zone", "one\n");
  const std::string first = work_.commit("first");
  expect_tip(first);
  write_file(copy_ + "/marker", "");
  GitFetchOptions options;
  options.copy = copy_;
  options.url = work_.path();
  options.clone_afresh = true;
  EXPECT_EQ(git_fetch(options).value_or(""), first);
  EXPECT_FALSE(fs::exists(copy_ + "/marker"));
  expect_nothing_beside();
}

TEST_F(GitFetchTest, DiskUseIsBounded) {
  work_.write("mesh.zone", "0\n");
  const std::string first = work_.commit("first");
  for (std::size_t i = 0; i < 2 * kMaxPacks + 3; i++) {
    work_.write("mesh.zone", std::to_string(i) + "\n");
    expect_tip(work_.commit("change"));
    EXPECT_LE(packs().size(), kMaxPacks + 1);
  }
  EXPECT_TRUE(git_commit_is_complete(copy_, first));
}

TEST_F(GitFetchTest, AnAbandonedHistoryIsDroppedInTime) {
  work_.write("mesh.zone", "0\n");
  const std::string first = work_.commit("first");
  std::string abandoned;
  for (std::size_t i = 0; i < 2 * kMaxPacks + 3; i++) {
    work_.git("reset -q --hard " + first);
    work_.write("mesh.zone", std::to_string(i) + "\n");
    const std::string tip = work_.commit("rewritten");
    if (i == 0) abandoned = tip;
    expect_tip(tip);
  }
  EXPECT_LE(packs().size(), kMaxPacks + 1);
  EXPECT_FALSE(git_commit_is_complete(copy_, abandoned));
}

TEST(UrlTest, PasswordsAreNotShown) {
  EXPECT_EQ(url_without_password("https://ada:secret@example.org/net.git"), "https://ada:***@example.org/net.git");
  EXPECT_EQ(url_without_password("https://ada:se@cret@example.org:8443/n"), "https://ada:***@example.org:8443/n");
  for (const char* plain : {"https://example.org:8443/net.git", "https://ada@example.org/net.git",
                            "ssh://git@example.org:22/a:b@c", "git@example.org:net.git", "/srv/a:b@c/net.git", ""}) {
    EXPECT_EQ(url_without_password(plain), plain);
  }
}

TEST(KnownHostsTest, FindsTheKeyOfAHost) {
  const std::string key = "\x01\x02\x03host";
  const std::string text =
      "# comment\n"
      "example.org ssh-ed25519 AAAA\n"
      "git.example.org,192.0.2.1 ssh-ed25519 AQIDaG9zdA== a comment\r\n"
      "[other.example.org]:2222 ssh-ed25519 AQIDaG9zdA==\n"
      "@revoked bad.example.org ssh-ed25519 AQIDaG9zdA==\n"
      "|1|salt|hash ssh-ed25519 AQIDaG9zdA==\n";
  EXPECT_TRUE(known_hosts_has(text, "git.example.org", key));
  EXPECT_TRUE(known_hosts_has(text, "192.0.2.1", key));
  EXPECT_TRUE(known_hosts_has(text, "other.example.org", key));
  EXPECT_FALSE(known_hosts_has(text, "example.org", key));
  EXPECT_FALSE(known_hosts_has(text, "bad.example.org", key));
  EXPECT_FALSE(known_hosts_has(text, "git.example.org", "\x01\x02\x03hos"));
  EXPECT_FALSE(known_hosts_has("", "git.example.org", key));
  EXPECT_FALSE(known_hosts_has("[", "", ""));
}

}  // namespace
}  // namespace dotmesh
