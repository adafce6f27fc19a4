// The commands of the program, in one table: help, exit statuses, "did you mean" and the manual
// page dotmesh(1) all come from it.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "cli/check.h"
#include "cli/init.h"
#include "cli/node_options.h"

namespace dotmesh {

// What stands on the command line, of whatever command; each uses its own.
struct CommandOptions {
  ServeOptions serve;
  CheckOptions check;
  InitOptions init;
  NodeOptions node;
  bool as_json = false;
  bool fresh = false;
  std::string name;
  std::string type = "A";
  std::string example;
  std::function<int(const ServeOptions&)> run_serve;
};

struct CommandRow {
  std::string_view name;  // one or two words: "cache flush"
  std::string_view help;
  std::string_view
      exit_status;  // what 0 and 1 mean; 2 is always: could not be done, the words say why
  void (*add)(CLI::App& command, CommandOptions& options);
  int (*run)(CommandOptions& options);
  bool old_name = false;  // still works, and is not shown
};

std::span<const CommandRow> command_table();

// Adds all of them to `app`, first words as groups. The chosen one's run() is put into `chosen`.
void add_commands(CLI::App& app, CommandOptions& options, const CommandRow*& chosen);

// dotmesh(1), in roff.
std::string commands_manual();

}  // namespace dotmesh
