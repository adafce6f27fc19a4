// One test for each .rpl file of the folder DOTMESH_SCENARIOS and way to play it:
//   scenarios.iter_resolve             unmatched upstream queries get SERVFAIL, as Deckard does
//   scenarios_silent.iter_resolve      they get nothing
//   scenarios_all_features.…           cookies, 0x20 and prefetch on
// "/qmin_off": the file leaves QNAME minimisation open, so it is played without as well.
// Those of not_applicable.txt are skipped with their reason. DOTMESH_SCENARIO_TRACE=1 prints every trace.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "scenarios/player.h"

namespace dotmesh::scenarios {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// "name reason" a line; "#" begins a comment.
std::map<std::string, std::string> not_applicable() {
  std::map<std::string, std::string> out;
  std::istringstream lines(read_file(std::filesystem::path(DOTMESH_SCENARIO_TESTS) / "not_applicable.txt"));
  for (std::string line; std::getline(lines, line);) {
    std::size_t blank = line.find(' ');
    if (!line.empty() && line[0] != '#' && blank != std::string::npos) out[line.substr(0, blank)] = line.substr(blank + 1);
  }
  return out;
}

class ScenarioTest : public testing::Test {
 public:
  ScenarioTest(Result<Scenario> scenario, PlayOptions options, std::string not_applicable_why)
      : scenario_(std::move(scenario)), options_(options), skip_(std::move(not_applicable_why)) {}

  void TestBody() override {
    if (!skip_.empty()) GTEST_SKIP() << skip_;
    ASSERT_TRUE(scenario_) << scenario_.error().message;
    PlayResult result = play(*scenario_, options_);
    RecordProperty("upstream_queries", static_cast<int>(result.upstream_queries));
    RecordProperty("unmatched", static_cast<int>(result.unmatched));
    bool trace = std::getenv("DOTMESH_SCENARIO_TRACE") != nullptr;
    if (trace) fmt::print("{}", result.trace);
    EXPECT_TRUE(result.failure.empty()) << result.failure << (trace ? "" : result.trace);
  }

 private:
  Result<Scenario> scenario_;
  PlayOptions options_;
  std::string skip_;
};

void register_one(const Result<Scenario>& scenario, const std::string& name, const std::string& skip) {
  bool open = scenario && !scenario->qname_minimisation;
  for (bool minimise : open ? std::vector{true, false} : std::vector{!scenario || *scenario->qname_minimisation}) {
    std::string test = open && !minimise ? name + "/qmin_off" : name;
    const std::pair<const char*, PlayOptions> ways[] = {
        {"scenarios", {.qname_minimisation = minimise}},
        {"scenarios_silent", {.servfail_when_unmatched = false, .qname_minimisation = minimise}},
        {"scenarios_all_features", {.qname_minimisation = minimise, .all_features = true}}};
    for (const auto& [suite, options] : ways) {
      testing::RegisterTest(suite, test.c_str(), nullptr, nullptr, __FILE__, __LINE__, [=]() -> testing::Test* {
        return new ScenarioTest(scenario, options, skip);
      });
    }
  }
}

void register_all(const std::filesystem::path& folder) {
  auto skips = not_applicable();
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() == ".rpl") files.push_back(file.path());
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    std::string name = file.stem().string();
    register_one(read_scenario(name, read_file(file)), name, skips[name]);
  }
}

}  // namespace
}  // namespace dotmesh::scenarios

int main(int argc, char** argv) {
  const char* other = std::getenv("DOTMESH_SCENARIOS");
  std::filesystem::path folder = other != nullptr ? other : DOTMESH_SCENARIOS;
  if (std::filesystem::exists(folder)) {
    dotmesh::scenarios::register_all(folder);
  } else {
    testing::RegisterTest("scenarios", "folder_is_absent", nullptr, nullptr, __FILE__, __LINE__, [=]() -> testing::Test* {
      return new dotmesh::scenarios::ScenarioTest(dotmesh::fail(""), {}, fmt::format("no scenarios at {}", folder.string()));
    });
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
