// dotmesh: the daemon and its command-line tool.
#include <cstring>

#include "anycast/watcher.h"
#include "cli/command_line.h"
#include "daemon/serve.h"
#include "repo/git_process.h"

int main(int argc, char** argv) {
  // The daemon starts itself so for each fetch (repo/git_process.h); not for people.
  if (argc == 2 && std::strcmp(argv[1], "git-fetch") == 0) return dotmesh::git_fetch_main();
  // And so for the process that holds its routes (anycast/watcher.h).
  if (argc == 4 && std::strcmp(argv[1], dotmesh::anycast::kWatchCommand) == 0) {
    return dotmesh::anycast::watcher_main(argv[2], argv[3]);
  }
  return dotmesh::run_command_line(argc, argv, dotmesh::serve_main);
}
