#include "network/loader.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "dns/rdata.h"

namespace dotmesh {
namespace {

using Files = std::map<std::string, std::string>;

// Content is its own identity.
class TestTree : public MemoryTree {
 public:
  explicit TestTree(Files files) : MemoryTree(files), files_(std::move(files)) {}
  std::optional<std::string> identity(std::string_view path) const override {
    auto found = files_.find(std::string(path));
    if (found == files_.end()) return std::nullopt;
    return std::to_string(std::hash<std::string>()(found->second));
  }
  Result<FileBytes> read(std::string_view path) const override {
    reads.insert(std::string(path));
    return MemoryTree::read(path);
  }
  mutable std::multiset<std::string> reads;

 private:
  Files files_;
};

class Lines : public RecordSink {
 public:
  void on_record(const RecordView& r) override {
    lines.insert(r.owner.to_string() + " " + std::to_string(r.ttl) + " " + to_string(r.type) + " " +
                 rdata_to_string(r.type, r.rdata));
  }
  std::multiset<std::string> lines;
};

LoadResult load(const Files& files, std::uint32_t serial = 7,
                std::shared_ptr<const Generation> previous = nullptr) {
  TestTree tree(files);
  return load_generation(tree, CommitInfo{.id = "c", .author = {}, .subject = {}, .serial = serial},
                         std::move(previous));
}

// The records of one zone of a good load, "owner TTL TYPE rdata"; or the diagnostics.
std::multiset<std::string> records(const LoadResult& result, const char* origin) {
  if (!result.generation) return {render_text(result.diagnostics)};
  auto zone = result.generation->zones.find_origin(*Name::parse(origin));
  if (!zone) return {"no zone"};
  Lines lines;
  zone->for_each_record(lines);
  return lines.lines;
}

using Lines2 = std::multiset<std::string>;

constexpr const char* kMesh = "$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 10.0.0.1\nwww A 10.0.0.2\n";

TEST(LoaderTest, EveryZoneFileAtTheTop) {
  LoadResult result = load({{"mesh.zone", kMesh}, {"a.b.zone", kMesh}, {"x.zone.txt", "junk"}, {"sub/y.zone", "junk"}});
  EXPECT_EQ(render_text(result.diagnostics), "0 errors, 0 warnings\n");
  ASSERT_TRUE(result.generation);
  EXPECT_EQ(result.generation->zone_infos.size(), 2U);
  EXPECT_EQ(records(result, "mesh."),
            (Lines2{"mesh. 60 SOA ns.mesh. hostmaster.mesh. 7 2 3 4 5", "mesh. 60 NS ns.mesh.",
                    "ns.mesh. 60 A 10.0.0.1", "www.mesh. 60 A 10.0.0.2"}));
  EXPECT_EQ(records(result, "a.b.").size(), 4U);
}

}  // namespace
}  // namespace dotmesh
