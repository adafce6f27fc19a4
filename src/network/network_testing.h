// Helpers of this folder's tests: a tree that counts what is read, and loads as text.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "dns/rdata.h"
#include "network/loader.h"
#include "zone/file_tree.h"

namespace dotmesh {

using TestFiles = std::map<std::string, std::string>;
using TestLines = std::multiset<std::string>;

// Knows its files by their content, as git does, and remembers which were read.
class TestTree : public MemoryTree {
 public:
  explicit TestTree(TestFiles files) : MemoryTree(files), files_(std::move(files)) {}
  std::optional<std::string> identity(std::string_view path) const override {
    auto found = files_.find(std::string(path));
    if (found == files_.end()) return std::nullopt;
    return std::to_string(std::hash<std::string>()(found->second));
  }
  Result<FileBytes> read(std::string_view path) const override {
    reads.insert(std::string(path));
    return MemoryTree::read(path);
  }
  mutable TestLines reads;

 private:
  TestFiles files_;
};

// Records as "owner TTL TYPE rdata".
class LineSink : public RecordSink {
 public:
  void on_record(const RecordView& r) override {
    lines.insert(r.owner.to_string() + " " + std::to_string(r.ttl) + " " + to_string(r.type) + " " +
                 rdata_to_string(r.type, r.rdata));
  }
  TestLines lines;
};

inline LoadResult test_load(const TestFiles& files, std::uint32_t serial = 7,
                            std::shared_ptr<const Generation> previous = nullptr) {
  TestTree tree(files);
  CommitInfo commit;
  commit.id = "c0ffee";
  commit.serial = serial;
  return load_generation(tree, commit, std::move(previous));
}

// All messages of a load.
inline std::string messages(const LoadResult& result) {
  std::string out;
  for (const Diagnostic& d : result.diagnostics.all()) out += render_text(d);
  return out;
}

// The records of one zone of a good load, SOA and NS at the apex left out; else what went wrong.
inline TestLines zone_lines(const LoadResult& result, const char* origin) {
  if (!result.generation) return {messages(result)};
  auto zone = result.generation->zones.find_origin(*Name::parse(origin));
  if (!zone) return {"no such zone"};
  LineSink sink;
  zone->for_each_record(sink);
  std::erase_if(sink.lines, [](const std::string& line) {
    return line.find(" SOA ") != std::string::npos;
  });
  return sink.lines;
}

}  // namespace dotmesh
