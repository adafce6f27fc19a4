// For the tests of src/repo: a folder that goes away, and real git repositories made with git itself.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace dotmesh {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    char name[] = "/tmp/dotmesh-repo-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string path(std::string_view name = {}) const {
    return name.empty() ? path_ : path_ + "/" + std::string(name);
  }

 private:
  std::string path_;
};

inline void write_file(const std::string& path, std::string_view text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// A repository with a work tree in which a test commits. Author, date and configuration are fixed.
class GitWorkTree {
 public:
  explicit GitWorkTree(std::string path) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
    git("init -q -b main .");
  }

  const std::string& path() const { return path_; }
  void write(const std::string& name, std::string_view text) const { write_file(path_ + "/" + name, text); }

  // Commits everything that was written; returns the commit's id.
  std::string commit(const std::string& subject, std::int64_t time = 1'767'268'800) const {
    git("add -A");
    git("commit -q --allow-empty -m '" + subject + "'", time);
    return git("rev-parse HEAD");
  }

  // Output of a git command, without the final line end.
  std::string git(const std::string& arguments, std::int64_t time = 1'767'268'800) const {
    const std::string date = "'@" + std::to_string(time) + " +0000'";
    const std::string command =
        "cd '" + path_ + "' && unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE; HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE=" + date +
        " GIT_COMMITTER_DATE=" + date +
        " git -c user.name=Ada -c user.email=ada@example.org -c protocol.file.allow=always " + arguments + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string out;
    std::array<char, 4096> chunk;
    for (std::size_t got; (got = std::fread(chunk.data(), 1, chunk.size(), pipe)) > 0;) {
      out.append(chunk.data(), got);
    }
    const int status = ::pclose(pipe);
    if (status != 0) ADD_FAILURE() << command << "\n" << out;
    while (!out.empty() && out.back() == '\n') out.pop_back();
    return out;
  }

 private:
  std::string path_;
};

// A zone file with that SOA serial.
inline std::string zone_text(std::uint32_t serial, std::string_view more = {}) {
  return "@ 3600 SOA ns hostmaster " + std::to_string(serial) + " 7200 3600 1209600 3600\n@ 3600 NS ns\n" +
         "ns 3600 A 192.0.2.1\n" + std::string(more);
}

}  // namespace dotmesh
