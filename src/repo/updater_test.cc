#include "repo/updater.h"

#include <deque>
#include <map>

#include "repo/follower.h"
#include "repo/testing.h"

namespace dotmesh {
namespace {

using std::chrono::milliseconds;

// A source in memory. Commits are file contents by id.
class FakeSource : public Source {
 public:
  std::string description() const override { return "fake"; }
  bool has_history() const override { return history; }
  Result<std::string> fetch() override {
    fetches++;
    if (!fault.empty()) return fail(fault);
    return tip;
  }
  Result<Revision> open(const std::string& commit, std::optional<std::uint32_t> known) override {
    if (!commits.contains(commit)) return fail("no commit " + commit);
    Revision revision;
    revision.commit.id = commit;
    revision.commit.author = "Ada";
    revision.commit.subject = "subject of " + commit;
    revision.commit.serial = known.value_or(serials[commit]);
    revision.tree = std::make_unique<MemoryTree>(std::map<std::string, std::string>{{"mesh.zone", commits[commit]}});
    return revision;
  }
  Result<void> keep(const std::string& commit) override {
    if (disk_full) return fail("No space left on device");
    kept = commit;
    return {};
  }
  bool still_is(const std::string&) override { return changes_while_read-- <= 0; }
  bool note_failed(const Revision&) override { return damaged; }

  void push(const std::string& id, const std::string& text, std::uint32_t serial) {
    tip = id;
    commits[id] = text;
    serials[id] = serial;
  }

  std::map<std::string, std::string> commits;
  std::map<std::string, std::uint32_t> serials;
  std::string tip;
  std::string fault;
  std::string kept;
  bool history = true;
  bool disk_full = false;
  bool damaged = false;
  int changes_while_read = 0;
  std::atomic<int> fetches = 0;
};

class UpdaterTest : public testing::Test {
 protected:
  UpdaterTest() : state_(*StateFolder::open(folder_.path("state"))) { restart(); }

  // As a daemon that was stopped: only the state folder remains.
  void restart() {
    published_ = std::make_unique<Snapshot<Generation>>();
    updater_ = std::make_unique<Updater>(source_, state_, *published_, clock_);
    updater_->boot();
  }
  void push(const std::string& id, std::uint32_t serial, std::string_view more = {}) {
    source_.push(id, zone_text(1, more), serial);
  }
  RefreshOutcome refresh() {
    RefreshOutcome outcome = updater_->refresh(false);
    updater_->keep();
    return outcome;
  }
  std::uint32_t served_serial() { return published_->current()->zone_infos.at(0).zone->serial(); }

  TemporaryFolder folder_;
  StateFolder state_;
  FakeSource source_;
  Clock clock_;
  std::unique_ptr<Snapshot<Generation>> published_;
  std::unique_ptr<Updater> updater_;
};

TEST_F(UpdaterTest, ServesTheNewestCommit) {
  push("aaaaaaaa", 10);
  RefreshOutcome outcome = refresh();
  EXPECT_EQ(outcome.result, RefreshResult::kPublished);
  EXPECT_EQ(outcome.serving, "aaaaaaaa");
  EXPECT_EQ(served_serial(), 10u);
  EXPECT_EQ(updater_->status().served.subject, "subject of aaaaaaaa");
  EXPECT_EQ(source_.kept, "aaaaaaaa");

  EXPECT_EQ(refresh().result, RefreshResult::kUnchanged);
  push("bbbbbbbb", 11);
  EXPECT_EQ(refresh().result, RefreshResult::kPublished);
  EXPECT_EQ(served_serial(), 11u);
}

TEST_F(UpdaterTest, ABrokenCommitIsRefusedWithItsFaultsAndTheOneBeforeStays) {
  push("aaaaaaaa", 10);
  refresh();
  push("bbbbbbbb", 11, "wiki 10.0.0.1\n");
  RefreshOutcome outcome = refresh();
  EXPECT_EQ(outcome.result, RefreshResult::kRefused);
  EXPECT_EQ(outcome.commit, "bbbbbbbb");
  EXPECT_EQ(outcome.serving, "aaaaaaaa");
  EXPECT_NE(outcome.text.find("mesh.zone:4:"), std::string::npos) << outcome.text;
  EXPECT_NE(outcome.text.find("zones of commit aaaaaaa are still being served"), std::string::npos);
  EXPECT_EQ(published_->current()->commit.id, "aaaaaaaa");
  EXPECT_EQ(updater_->status().refused_commit, "bbbbbbbb");
  EXPECT_EQ(updater_->status().refused_errors, 1u);

  // Asked again, the same word; the next commit is tried.
  EXPECT_EQ(refresh().text, outcome.text);
  EXPECT_EQ(updater_->refresh(true).text, outcome.text);
  push("cccccccc", 12);
  EXPECT_EQ(refresh().result, RefreshResult::kPublished);
  EXPECT_EQ(updater_->status().refused_commit, "");
  EXPECT_EQ(updater_->status().refused_text, "");
}

TEST_F(UpdaterTest, AnUnreachableSourceChangesNothing) {
  push("aaaaaaaa", 10);
  refresh();
  source_.fault = "https://example.org: could not resolve host";
  RefreshOutcome outcome = refresh();
  EXPECT_EQ(outcome.result, RefreshResult::kUnreachable);
  EXPECT_EQ(outcome.serving, "aaaaaaaa");
  EXPECT_EQ(outcome.text, source_.fault);
  refresh();
  EXPECT_EQ(updater_->status().fetch_failures, 2u);
  EXPECT_EQ(updater_->status().fetch_fault, source_.fault);
  source_.fault.clear();
  EXPECT_EQ(refresh().result, RefreshResult::kUnchanged);
  EXPECT_EQ(updater_->status().fetch_failures, 0u);
  EXPECT_EQ(updater_->status().fetch_fault, "");
}

TEST_F(UpdaterTest, BootsFromTheLastGoodCommitWithTheSourceGone) {
  push("aaaaaaaa", 10);
  refresh();
  push("bbbbbbbb", 11, "broken\n");
  refresh();
  source_.fault = "gone";
  const int fetches = source_.fetches;
  restart();
  EXPECT_EQ(source_.fetches, fetches);  // without asking
  EXPECT_EQ(published_->current()->commit.id, "aaaaaaaa");
  EXPECT_EQ(served_serial(), 10u);
  EXPECT_TRUE(updater_->status().from_last_good);
  EXPECT_EQ(refresh().serving, "aaaaaaaa");
  source_.fault.clear();
  EXPECT_EQ(refresh().result, RefreshResult::kRefused);
  EXPECT_FALSE(updater_->status().from_last_good);
}

TEST_F(UpdaterTest, ALastGoodCommitThatIsGoneIsAFirstStart) {
  push("aaaaaaaa", 10);
  refresh();
  source_.commits.clear();
  restart();
  EXPECT_EQ(published_->current(), nullptr);
  push("bbbbbbbb", 9);
  EXPECT_EQ(refresh().result, RefreshResult::kPublished);
  EXPECT_EQ(served_serial(), 11u);  // it had served 10
}

TEST_F(UpdaterTest, TheSerialRisesAlsoWhenHistoryIsRewritten) {
  push("aaaaaaaa", 10);
  refresh();
  push("bbbbbbbb", 20);
  refresh();
  push("aaaaaaaa", 10);  // the branch is set back
  EXPECT_EQ(refresh().result, RefreshResult::kPublished);
  EXPECT_EQ(served_serial(), 21u);
  EXPECT_EQ(updater_->status().serial_note,
            "serial 21 instead of 10: this node has served 20 before, for commit bbbbbbb (rewritten history?); "
            "nodes agree again at the first commit whose own serial is above it");
  restart();
  EXPECT_EQ(served_serial(), 21u);
  EXPECT_EQ(refresh().result, RefreshResult::kUnchanged);
  push("cccccccc", 30);
  refresh();
  EXPECT_EQ(served_serial(), 30u);
  EXPECT_EQ(updater_->status().serial_note, "");
}

TEST_F(UpdaterTest, AFolderThatChangesTwiceAtOnceIsNoFault) {
  source_.history = false;
  push("aaaaaaaa", 10);
  refresh();
  push("bbbbbbbb", 10);
  EXPECT_EQ(refresh().result, RefreshResult::kPublished);
  EXPECT_EQ(served_serial(), 11u);
  EXPECT_EQ(updater_->status().serial_note, "");
}

TEST_F(UpdaterTest, ARefusedCommitCostsNoSerial) {
  push("aaaaaaaa", 10);
  refresh();
  push("bbbbbbbb", 5, "broken\n");
  refresh();
  push("cccccccc", 11);
  refresh();
  EXPECT_EQ(served_serial(), 11u);
  EXPECT_EQ(updater_->status().serial_note, "");
}

TEST_F(UpdaterTest, AFullDiskIsToldAndDoesNotStopServing) {
  source_.disk_full = true;
  push("aaaaaaaa", 10);
  EXPECT_EQ(refresh().result, RefreshResult::kPublished);
  EXPECT_EQ(updater_->status().state_fault,
            "commit aaaaaaa is served but not kept for a restart: No space left on device");
  source_.disk_full = false;
  EXPECT_EQ(refresh().result, RefreshResult::kUnchanged);
  EXPECT_EQ(updater_->status().state_fault, "");
  EXPECT_EQ(source_.kept, "aaaaaaaa");
}

TEST_F(UpdaterTest, DamageIsNotTheCommitsFault) {
  push("aaaaaaaa", 10);
  refresh();
  push("bbbbbbbb", 11, "broken\n");
  source_.damaged = true;
  EXPECT_EQ(refresh().result, RefreshResult::kUnreachable);
  EXPECT_EQ(updater_->status().refused_commit, "");
}

TEST_F(UpdaterTest, FilesOfTwoStatesAreNotServed) {
  push("aaaaaaaa", 10);
  source_.changes_while_read = 2;
  EXPECT_EQ(refresh().result, RefreshResult::kPublished);  // at the third look
  push("bbbbbbbb", 11);
  source_.changes_while_read = 100;
  RefreshOutcome outcome = refresh();
  EXPECT_EQ(outcome.result, RefreshResult::kUnreachable);
  EXPECT_EQ(outcome.text, "fake: changes while it is being read; trying again");
  EXPECT_EQ(published_->current()->commit.id, "aaaaaaaa");
}

TEST_F(UpdaterTest, AThrowingLoadIsARefusal) {
  push("aaaaaaaa", 10);
  updater_ = std::make_unique<Updater>(
      source_, state_, *published_, clock_,
      [](const FileTree&, const CommitInfo&, std::shared_ptr<const Generation>) -> LoadResult {
        throw std::bad_alloc();
      });
  RefreshOutcome outcome = refresh();
  EXPECT_EQ(outcome.result, RefreshResult::kRefused);
  EXPECT_NE(outcome.text.find("the commit could not be loaded: std::bad_alloc"), std::string::npos);
}

TEST(GuardedSerialTest, RisesOrSaturates) {
  EXPECT_EQ(guarded_serial(11, 10), 11u);
  EXPECT_EQ(guarded_serial(10, 10), 11u);
  EXPECT_EQ(guarded_serial(5, 10), 11u);
  EXPECT_EQ(guarded_serial(5, UINT32_MAX), 5u);
}

TEST(NextDelayTest, JitterAndBackOff) {
  const milliseconds minute(60'000);
  for (std::uint32_t random : {0u, 1u, 5999u, 6000u, 6001u, 12000u, 4294967295u}) {
    const auto delay = next_delay(minute, 0, random);
    EXPECT_GE(delay, milliseconds(54'000));
    EXPECT_LE(delay, milliseconds(66'000));
  }
  EXPECT_NE(next_delay(minute, 0, 1), next_delay(minute, 0, 2));
  const std::uint32_t middle = 100;  // of one second's tenth: no change
  EXPECT_EQ(next_delay(minute, 1, middle), milliseconds(1000));
  EXPECT_EQ(next_delay(minute, 2, 200), milliseconds(2000));
  EXPECT_EQ(next_delay(minute, 5, 1600), milliseconds(16000));
  EXPECT_EQ(next_delay(minute, 7, 6000), milliseconds(60000));
  EXPECT_LE(next_delay(minute, 4'000'000'000u, 12000), milliseconds(66'000));
}

class FollowerTest : public UpdaterTest {
 protected:
  std::unique_ptr<Follower> follow(milliseconds interval) {
    auto follower = std::make_unique<Follower>(source_, *updater_, *published_, interval, [this] { told_++; });
    follower->start();
    EXPECT_TRUE(follower->wait_until_settled(milliseconds(10'000)));
    return follower;
  }
  std::atomic<int> told_ = 0;
};

TEST_F(FollowerTest, RefreshAsksAtOnceAndGivesTheOutcome) {
  push("aaaaaaaa", 10);
  auto follower = follow(std::chrono::hours(1));
  EXPECT_EQ(told_, 1);
  EXPECT_EQ(follower->refresh().result, RefreshResult::kUnchanged);
  push("bbbbbbbb", 11, "broken\n");
  EXPECT_EQ(follower->refresh().result, RefreshResult::kRefused);
  push("cccccccc", 12);
  EXPECT_EQ(follower->refresh().serving, "cccccccc");
  EXPECT_EQ(told_, 2);
}

TEST_F(FollowerTest, PollsByItself) {
  push("aaaaaaaa", 10);
  auto follower = follow(milliseconds(1));
  const int seen = source_.fetches;
  while (source_.fetches < seen + 3) std::this_thread::yield();
}

TEST_F(FollowerTest, StopAnswersThoseWhoWait) {
  push("aaaaaaaa", 10);
  auto follower = follow(std::chrono::hours(1));
  follower->stop();
  EXPECT_EQ(follower->refresh().result, RefreshResult::kStopped);
}

TEST_F(FollowerTest, OldGenerationsAreFreedWhenNobodyReadsThem) {
  push("aaaaaaaa", 10);
  auto follower = follow(std::chrono::hours(1));
  Snapshot<Generation>::Reader worker(*published_);
  worker.get();
  std::weak_ptr<const Generation> first = published_->current();
  push("bbbbbbbb", 11);
  EXPECT_EQ(follower->refresh().result, RefreshResult::kPublished);
  EXPECT_FALSE(first.expired());
  worker.get();
  while (!first.expired()) std::this_thread::yield();
}

}  // namespace
}  // namespace dotmesh
