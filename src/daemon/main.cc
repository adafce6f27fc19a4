// dotmesh: the daemon and its command-line tool.
#include <cstring>

#include "cli/command_line.h"
#include "daemon/serve.h"
#include "repo/git_process.h"

int main(int argc, char** argv) {
  // The daemon starts itself so for each fetch (repo/git_process.h); not for people.
  if (argc == 2 && std::strcmp(argv[1], "git-fetch") == 0) return dotmesh::git_fetch_main();
  return dotmesh::run_command_line(argc, argv, dotmesh::serve_main);
}
