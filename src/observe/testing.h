// Helper of this folder's tests: a generation out of files, as the daemon loads it.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "network/loader.h"
#include "zone/file_tree.h"

namespace dotmesh::observe::testing {

inline std::shared_ptr<const Generation> load(
    const std::string& id, const std::map<std::string, std::string>& files, std::uint32_t serial,
    std::shared_ptr<const Generation> previous = nullptr) {
  CommitInfo commit;
  commit.id = id;
  commit.serial = serial;
  LoadResult loaded = load_generation(MemoryTree(files), commit, std::move(previous));
  EXPECT_NE(loaded.generation, nullptr) << render_text(loaded.diagnostics);
  return loaded.generation;
}

}  // namespace dotmesh::observe::testing
