// The manual page is what the table says; every command can be parsed and has words about its exit
// status.
#include "cli/command_table.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/command_line.h"

namespace dotmesh {
namespace {

TEST(CommandTable, ManualPage) {
  const std::string path = std::string(DOTMESH_SOURCE_DIR) + "/packaging/man/dotmesh.1";
  if (std::getenv("DOTMESH_WRITE_REFERENCE") != nullptr) std::ofstream(path) << commands_manual();
  std::stringstream kept;
  kept << std::ifstream(path).rdbuf();
  EXPECT_EQ(kept.str(), commands_manual()) << "the table has changed: write the page again with "
                                              "DOTMESH_WRITE_REFERENCE=1 build/src/cli/cli_test";
}

TEST(CommandTable, NamesAreTakenOnceAndEveryRowIsWhole) {
  std::set<std::string_view> names;
  for (const CommandRow& row : command_table()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.help.empty()) << row.name;
    EXPECT_TRUE(row.exit_status.starts_with("0")) << row.name;
  }
}

class CommandLine : public ::testing::Test {
 protected:
  int run(std::vector<std::string> words) {
    words.insert(words.begin(), "dotmesh");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    const int status = run_command_line(static_cast<int>(argv.size()), argv.data(),
                                        [](const ServeOptions&) { return 77; });
    told = ::testing::internal::GetCapturedStderr();
    printed = ::testing::internal::GetCapturedStdout();
    return status;
  }
  std::string told, printed;
};

TEST_F(CommandLine, SaysWhatWasMeant) {
  EXPECT_EQ(run({"stauts"}), 2);
  EXPECT_EQ(told, "dotmesh: no command \"stauts\"; did you mean \"status\"?\ndotmesh --help lists the commands\n");
  EXPECT_EQ(run({"cache", "flsh", "example."}), 2);
  EXPECT_NE(told.find("did you mean \"cache flush\"?"), std::string::npos) << told;
  EXPECT_EQ(run({"trace", "example.", "--frseh"}), 2);
  EXPECT_NE(told.find("no option \"--frseh\"; did you mean \"--fresh\"?"), std::string::npos)
      << told;
  EXPECT_EQ(run({"anycast", "example", "bird-ospf", "--cofnig"}), 2);
  EXPECT_NE(told.find("did you mean \"--config\"?"), std::string::npos) << told;
}

TEST_F(CommandLine, SaysWhatIsMissingOrTooMuch) {
  EXPECT_EQ(run({}), 2);
  EXPECT_EQ(told, "dotmesh: a command is missing\ndotmesh --help lists the commands\n");
  EXPECT_EQ(run({"--bogus"}), 2);
  EXPECT_EQ(told, "dotmesh: no option \"--bogus\" before the command\ndotmesh --help lists the commands\n");
  EXPECT_EQ(run({"cache"}), 2);
  EXPECT_EQ(told, "dotmesh cache: a command is missing\ndotmesh cache --help lists the commands\n");
  EXPECT_EQ(run({"trace"}), 2);
  EXPECT_EQ(told, "dotmesh trace: name is required; dotmesh trace --help says more\n");
  EXPECT_EQ(run({"trace", "a", "A", "b", "c"}), 2);
  EXPECT_EQ(told, "dotmesh trace: nothing takes \"b c\"\ndotmesh trace --help lists its options\n");
}

TEST_F(CommandLine, OldNamesWorkAndAreNotShown) {
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_NE(printed.find("\n  cache "), std::string::npos) << printed;
  EXPECT_EQ(printed.find("\n  flush "), std::string::npos) << printed;
  EXPECT_EQ(run({"flush"}), 2);  // known, and wants a name
  EXPECT_NE(told.find("name is required"), std::string::npos) << told;
}

TEST_F(CommandLine, RunsTheChosenCommand) {
  EXPECT_EQ(run({"serve"}), 77);
  EXPECT_EQ(run({"version"}), 0);
  EXPECT_TRUE(printed.starts_with("dotmesh ")) << printed;
}

}  // namespace
}  // namespace dotmesh
