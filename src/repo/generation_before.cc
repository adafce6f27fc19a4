#include "repo/generation_before.h"

#include <string>

#include "network/loader.h"

namespace dotmesh {

std::shared_ptr<const Generation> generation_before(Source& source, const std::shared_ptr<const Generation>& served) {
  std::string commit = served->commit.id;
  for (int i = 0; i < kMaxCommitsBack; i++) {
    const auto parent = source.parent(commit);
    if (!parent) return nullptr;
    auto revision = source.open(*parent);
    if (!revision) return nullptr;
    LoadResult loaded = load_generation(*revision->tree, revision->commit, served);
    if (loaded.generation) return loaded.generation;
    commit = *parent;
  }
  return nullptr;
}

}  // namespace dotmesh
