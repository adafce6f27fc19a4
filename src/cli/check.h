// `dotmesh check`: tells what is wrong with the zones of a file, a folder, a repository or a commit,
// without a daemon.
#pragma once

#include <string>

namespace dotmesh {

struct CheckOptions {
  std::string target = ".";  // a path, or REPO@REVISION
  std::string revision;      // empty: the folder as it stands
  std::string origin;        // of a single file whose name does not say it
  std::string format = "text";
};

// Prints the findings; returns the exit status: 0 good (warnings allowed), 1 errors found, 2 could not
// check.
int check_main(const CheckOptions& options);

}  // namespace dotmesh
