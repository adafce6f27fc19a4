#include "repo/serial.h"

#include "repo/git_handle.h"
#include "repo/testing.h"

namespace dotmesh {
namespace {

// 2026-01-01 12:00:00 UTC
constexpr std::int64_t kNoon = 1'767'268'800;
constexpr std::uint32_t kNoonSerial = 2026010150;

TEST(SerialFromTimeTest, DateAndHundredthOfTheDay) {
  EXPECT_EQ(serial_from_time(kNoon), kNoonSerial);
  EXPECT_EQ(serial_from_time(kNoon - 43200), 2026010100u);
  EXPECT_EQ(serial_from_time(kNoon - 43201), 2025123199u);
  EXPECT_EQ(serial_from_time(0), 1970010100u);
  EXPECT_EQ(serial_from_time(-1), 0u);
  EXPECT_EQ(serial_from_time(4'291'747'199), 2105123199u);
  EXPECT_EQ(serial_from_time(4'291'747'200), 0u);
  EXPECT_EQ(serial_from_time(INT64_MAX), 0u);
}

class SerialTest : public testing::Test {
 protected:
  std::uint32_t serial(const std::string& commit, SerialCalculator& calculator) {
    git_oid id;
    git_oid_fromstr(&id, commit.c_str());
    auto repository = git_open(work_.path());
    auto value = calculator.serial(repository->get(), id);
    EXPECT_TRUE(value) << value.error().message;
    return value.value_or(0);
  }
  // As a node computes it that has just started, and as one that has followed all along.
  std::uint32_t serial(const std::string& commit) {
    SerialCalculator fresh;
    const std::uint32_t value = serial(commit, fresh);
    EXPECT_EQ(value, serial(commit, following_));
    return value;
  }

  TemporaryFolder folder_;
  GitWorkTree work_{folder_.path("work")};
  SerialCalculator following_;
};

TEST_F(SerialTest, FollowsTheCommitTime) {
  work_.write("mesh.zone", zone_text(1));
  EXPECT_EQ(serial(work_.commit("first", kNoon)), kNoonSerial);
  EXPECT_EQ(serial(work_.commit("a day later", kNoon + 86400)), kNoonSerial + 100);
}

TEST_F(SerialTest, RisesWithinOneHundredthOfADay) {
  work_.write("mesh.zone", zone_text(1));
  EXPECT_EQ(serial(work_.commit("first", kNoon)), kNoonSerial);
  EXPECT_EQ(serial(work_.commit("second", kNoon + 1)), kNoonSerial + 1);
  EXPECT_EQ(serial(work_.commit("a clock behind", kNoon - 864000)), kNoonSerial + 2);
}

TEST_F(SerialTest, IsNeverBelowAnyFileOfTheCommit) {
  work_.write("mesh.zone", zone_text(1));
  work_.write("deep/er/other.zone", zone_text(2'100'000'000));
  work_.write("not-a-zone.txt", zone_text(3'000'000'000));
  EXPECT_EQ(serial(work_.commit("first", kNoon)), 2'100'000'000u);
  std::filesystem::remove_all(work_.path() + "/deep");
  EXPECT_EQ(serial(work_.commit("the file is gone, its serial was served", kNoon)), 2'100'000'001u);
}

TEST_F(SerialTest, AMergeIsAboveAllItsParents) {
  work_.write("mesh.zone", zone_text(1));
  work_.commit("base", kNoon);
  work_.git("checkout -q -b side");
  work_.write("side.zone", zone_text(2'050'000'000));
  const std::string side = work_.commit("side", kNoon + 1);
  work_.git("checkout -q main");
  work_.write("main.zone", zone_text(1));
  const std::string main = work_.commit("main", kNoon + 86400 * 400);
  EXPECT_EQ(serial(side), 2'050'000'000u);
  EXPECT_EQ(serial(main), 2027020550u);
  work_.git("merge -q --no-ff -m merge side", kNoon + 2);
  EXPECT_EQ(serial(work_.git("rev-parse HEAD")), 2'050'000'001u);
}

TEST_F(SerialTest, StaysAtTheHighestNumber) {
  work_.write("mesh.zone", zone_text(4294967295u));
  EXPECT_EQ(serial(work_.commit("first")), 4294967295u);
  EXPECT_EQ(serial(work_.commit("second")), 4294967295u);
}

TEST_F(SerialTest, ALargeFileDoesNotCount) {
  work_.write("big.zone", zone_text(3'000'000'000, std::string(kMaxSerialFileSize, ';')));
  EXPECT_EQ(serial(work_.commit("first", kNoon)), kNoonSerial);
}

TEST_F(SerialTest, AbsentParentsCountAsNone) {
  work_.write("mesh.zone", zone_text(1));
  const std::string first = work_.commit("first", kNoon);
  const std::string second = work_.commit("second", kNoon);
  std::filesystem::remove(work_.path() + "/.git/objects/" + first.substr(0, 2) + "/" + first.substr(2));
  EXPECT_EQ(serial(second), kNoonSerial);
}

TEST_F(SerialTest, AnAbsentCommitIsAFault) {
  work_.commit("first");
  git_oid id;
  git_oid_fromstr(&id, "0123456789012345678901234567890123456789");
  auto repository = git_open(work_.path());
  EXPECT_FALSE(following_.serial(repository->get(), id));
}

TEST_F(SerialTest, AHistoryOfDiamondsIsWalkedOnce) {
  work_.write("mesh.zone", zone_text(1));
  work_.commit("base", kNoon);
  // Forty merges of two branches: two to the power of forty paths to the root.
  for (int i = 0; i < 40; i++) {
    work_.git("checkout -q -b side");
    work_.git("commit -q --allow-empty -m side", kNoon);
    work_.git("checkout -q main");
    work_.git("commit -q --allow-empty -m main", kNoon);
    work_.git("merge -q --no-ff -m merge side", kNoon);
    work_.git("branch -q -d side");
  }
  EXPECT_EQ(serial(work_.git("rev-parse HEAD")), kNoonSerial + 80);
}

}  // namespace
}  // namespace dotmesh
