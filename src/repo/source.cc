#include "repo/source.h"

namespace dotmesh {

std::string short_commit_id(std::string_view id) {
  constexpr std::string_view kFolder = "folder-";
  const std::size_t length = (id.starts_with(kFolder) ? kFolder.size() : 0) + 7;
  return std::string(id.substr(0, length));
}

}  // namespace dotmesh
