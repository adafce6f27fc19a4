// Zone files that the network file does not know.
#include <fmt/format.h>

#include <algorithm>

#include "check/lint_report.h"

namespace dotmesh {
namespace {

// Folders below folders of a repository; deeper ones are not looked into.
constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxFilesSeen = 100'000;

class FileLint {
 public:
  FileLint(const FileTree& tree, const NetworkRecords& network, LintReport& report)
      : tree_(tree), network_(network), report_(report) {}

  void walk(const std::string& folder, std::size_t depth) {
    auto entries = tree_.list(folder);
    if (!entries) return;
    for (const TreeEntry& entry : *entries) {
      std::string path = folder.empty() ? entry.name : folder + "/" + entry.name;
      if (++seen_ > kMaxFilesSeen) return;
      if (entry.is_folder) {
        if (depth < kMaxDepth && !entry.name.starts_with(".")) walk(path, depth + 1);
      } else if (zone_name_of_file(entry.name)) {
        check(path, entry.name);
      }
    }
  }

 private:
  void check(const std::string& path, const std::string& name) {
    // A file that another one includes was opened as well.
    if (std::ranges::find(network_.files(), path) != network_.files().end()) return;
    report_.warn({path, 0, 0}, {.code = "zone-file-without-entry",
                                .subject = path,
                                .message = "zone file without an entry in dotmesh.toml: it is not served",
                                .way_out = fmt::format("add [[zone]] name = \"{}\" file = \"{}\", or remove the file",
                                                       zone_name_of_file(name)->to_string(), path)});
  }

  const FileTree& tree_;
  const NetworkRecords& network_;
  LintReport& report_;
  std::size_t seen_ = 0;
};

}  // namespace

void lint_files(const FileTree& tree, const NetworkRecords& network, LintReport& report) {
  if (network.plan().has_network_file) FileLint(tree, network, report).walk("", 0);
}

}  // namespace dotmesh
