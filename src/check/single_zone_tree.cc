#include "check/single_zone_tree.h"

#include <fmt/format.h>

#include "config/network_config.h"
#include "network/zone_plan.h"

namespace dotmesh {
namespace {

// A file name that zone_name_of_file() takes for `origin`.
std::string file_name_of(const Name& origin) {
  std::string out;
  for (char c : origin.to_string()) {
    if (c == '/') {
      out += "\\047";  // RFC 2317 names zones such as 0/25.2.0.192.in-addr.arpa.
    } else {
      out += c;
    }
  }
  return out + ".zone";
}

}  // namespace

SingleZoneTree::SingleZoneTree(std::unique_ptr<FileTree> folder, std::string file, const Name& origin)
    : folder_(std::move(folder)), file_(std::move(file)) {
  auto said = zone_name_of_file(file_);
  shown_ = said && said->view().equals(origin) ? file_ : file_name_of(origin);
}

Result<FileBytes> SingleZoneTree::read(std::string_view path) const {
  if (path == shown_) return folder_->read(file_);
  if (path == kNetworkFile) return fail(fmt::format("{}: no such file", path));
  return folder_->read(path);
}

Result<std::vector<TreeEntry>> SingleZoneTree::list(std::string_view path) const {
  if (!path.empty()) return folder_->list(path);
  return std::vector<TreeEntry>{{.name = shown_, .is_folder = false}};
}

bool SingleZoneTree::exists(std::string_view path) const {
  return path == shown_ || (path != kNetworkFile && folder_->exists(path));
}

}  // namespace dotmesh
