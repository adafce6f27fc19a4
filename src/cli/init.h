// `dotmesh init`: writes a commented node file that `dotmesh serve` starts with as it stands. What
// the options leave out is asked when a person is at the terminal; else it is a fault, or has the
// default that the file then shows.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace dotmesh {

struct InitOptions {
  std::string config;  // where to write; empty: /etc/dotmesh/node.toml
  std::string repo;    // URL or path; required in the end
  std::string branch;  // empty: the repository's default branch
  std::string name;    // empty: the host's name
  std::string state;   // empty: default_state_folder()
  std::string user;    // empty: "dotmesh" where that user exists and root asks, else nobody
  std::vector<std::string> listen;  // empty: kDefaultListen
  std::vector<std::string> role;    // "authority", "resolver"; empty: both
  bool public_resolver = false;
  bool force = false;  // overwrite
};

// The file's text. Pure; it is good for parse_node_config() if the values are.
std::string node_file_text(const InitOptions& options);

// Writes the file; returns the exit status: 0 written, 1 refused or could not write, 2 wrong or
// missing values.
int init_main(InitOptions options);

}  // namespace dotmesh
