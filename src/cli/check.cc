#include "cli/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "base/nearest.h"
#include "check/check.h"
#include "check/format.h"
#include "check/single_zone_tree.h"
#include "network/zone_plan.h"
#include "repo/git_source.h"
#include "repo/open_target.h"

namespace dotmesh {
namespace {

namespace fs = std::filesystem;

constexpr int kGood = 0;
constexpr int kErrorsFound = 1;
constexpr int kCouldNotCheck = 2;

constexpr std::array<std::string_view, 3> kFormats = {"text", "json", "github"};

// What is to be checked, and what its file names are to be called.
struct Target {
  std::unique_ptr<FileTree> tree;
  CommitInfo commit;
  std::string folder;     // that file names are relative to, as given: "net/"; empty: here, or a commit
  std::string shown;      // of a single file: its name in the tree
  std::string file;       // and the name by which people know it
};

std::string folder_prefix(const fs::path& folder) {
  std::string text = folder.lexically_normal().generic_string();
  if (text.empty() || text == "." || text == "./") return {};
  return text.ends_with('/') ? text : text + '/';
}

Result<Target> open_file(const CheckOptions& options) {
  const fs::path path(options.target);
  if (!options.revision.empty()) {
    return fail(fmt::format("{}: is a file, and --commit goes with a repository; write dotmesh check REPO --commit {}",
                            options.target, options.revision));
  }
  const std::string name = path.filename().string();
  auto origin = options.origin.empty() ? zone_name_of_file(name) : std::nullopt;
  if (!options.origin.empty()) {
    auto given = Name::parse(options.origin);
    if (!given) return fail(fmt::format("--origin {}: {}", options.origin, given.error().message));
    origin = *given;
  }
  if (!origin) {
    return fail(fmt::format("{}: the file's name does not say which zone it holds; add --origin NAME, or name it "
                            "NAME.zone; for a whole network, name its folder",
                            options.target));
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  auto opened = FolderTree::open(folder.string());
  if (!opened) return std::unexpected(opened.error());
  auto tree = std::make_unique<SingleZoneTree>(std::move(*opened), name, *origin);
  Target target;
  target.folder = folder_prefix(folder);
  target.shown = tree->shown();
  target.file = name;
  target.tree = std::move(tree);
  return target;
}

Result<Target> open_folder(const std::string& path, const std::string& revision) {
  auto opened = open_target(path, revision);
  if (!opened) {
    if (revision.empty()) return std::unexpected(opened.error());
    if (!is_git_repository(path)) {
      return fail(fmt::format("{}: is no git repository, so it has no commit \"{}\"; leave the commit out to check "
                              "the folder as it stands",
                              path, revision));
    }
    return fail(fmt::format("{}; name a commit, branch or tag that `git -C {} log --all` shows, or fetch it first",
                            opened.error().message, path));
  }
  Target target;
  target.tree = std::move(opened->tree);
  target.commit = std::move(opened->commit);
  if (target.commit.id.empty()) target.folder = folder_prefix(path);
  return target;
}

// "net@HEAD~1" when there is no file of that name: the folder before an "@" and the revision behind it,
// which may hold another "@" (main@{1}).
Result<Target> open_by_revision(const CheckOptions& options) {
  const std::string& text = options.target;
  for (std::size_t at = text.find('@'); at != std::string::npos; at = text.find('@', at + 1)) {
    std::error_code ignored;
    const std::string path = text.substr(0, at);
    if (path.empty() || at + 1 == text.size() || !fs::is_directory(path, ignored)) continue;
    if (!options.revision.empty()) return fail(fmt::format("{}: names a commit, and --commit another", text));
    return open_folder(path, text.substr(at + 1));
  }
  const bool url = text.find("://") != std::string::npos;
  return fail(fmt::format("{}: {}", text,
                          url ? "is a URL; clone it, and check the clone"
                              : "no such file or folder; name a zone file, a folder, a git repository, or REPO@COMMIT"));
}

Result<Target> open(const CheckOptions& options) {
  std::error_code error;
  const fs::file_status status = fs::status(options.target, error);
  if (fs::is_regular_file(status)) return open_file(options);
  if (!options.origin.empty()) {
    return fail("--origin goes with a single zone file; the zones of a folder are named by their files or in dotmesh.toml");
  }
  if (fs::is_directory(status)) return open_folder(options.target, options.revision);
  if (status.type() == fs::file_type::not_found) return open_by_revision(options);
  return fail(fmt::format("{}: {}", options.target, error ? error.message() : "is neither a file nor a folder"));
}

// A single file does not show which other zones its network serves.
Diagnostics of_one_zone(const Diagnostics& all) {
  if (all.error_count() + all.warning_count() > all.all().size()) return all;  // the counts would be lost
  Diagnostics out;
  for (const Diagnostic& d : all.all()) {
    if (d.code != "lame-delegation") out.add(d);
  }
  return out;
}

std::string render(const CheckReport& report, const CheckOptions& options, const Target& target) {
  if (options.format == "json") return render_json(report);
  if (options.format == "github") return render_github(report, target.folder);
  std::string out;
  if (!report.diagnostics.all().empty()) out = render_text(report.diagnostics);
  if (!report.diagnostics.has_errors()) {
    out += fmt::format("{} zone{}, {} record{}: good\n", report.zones, report.zones == 1 ? "" : "s", report.records,
                       report.records == 1 ? "" : "s");
  }
  return out;
}

int could_not(std::string_view why) {
  fmt::print(stderr, "dotmesh: {}\n", why);
  return kCouldNotCheck;
}

}  // namespace

int check_main(const CheckOptions& options) {
  if (std::find(kFormats.begin(), kFormats.end(), options.format) == kFormats.end()) {
    auto near = nearest_word(options.format, kFormats);
    return could_not(fmt::format("--format {}: is none of text, json, github{}", options.format,
                                 near ? fmt::format("; did you mean {}?", *near) : ""));
  }
  auto target = open(options);
  if (!target) return could_not(target.error().message);
  CheckReport report = check_network(*target->tree, target->commit);
  if (!target->file.empty()) report.diagnostics = of_one_zone(report.diagnostics);
  if (target->shown != target->file) report.diagnostics.rename_file(target->shown, target->file);
  const std::string text = render(report, options, *target);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    return could_not("the findings could not be written to the standard output");
  }
  return report.diagnostics.has_errors() ? kErrorsFound : kGood;
}

}  // namespace dotmesh
