// SingleZoneTree: a folder of which only one zone file counts, for `dotmesh check FILE`. At its top stands
// nothing but that file, under the name that says its zone; the files beside it can be read, as $INCLUDE
// wants. There is no network file. One thread.
#pragma once

#include <memory>
#include <string>

#include "dns/name.h"
#include "zone/file_tree.h"

namespace dotmesh {

class SingleZoneTree : public FileTree {
 public:
  // `file` stands at the top of `folder` and holds the zone `origin`.
  SingleZoneTree(std::unique_ptr<FileTree> folder, std::string file, const Name& origin);

  Result<FileBytes> read(std::string_view path) const override;
  Result<std::vector<TreeEntry>> list(std::string_view path) const override;
  bool exists(std::string_view path) const override;

  // The name under which the file is listed, and so appears in diagnostics.
  const std::string& shown() const { return shown_; }

 private:
  std::unique_ptr<FileTree> folder_;
  std::string file_;
  std::string shown_;
};

}  // namespace dotmesh
