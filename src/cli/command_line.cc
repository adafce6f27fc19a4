#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/nearest.h"
#include "base/version.h"
#include "cli/command_table.h"

namespace dotmesh {
namespace {

constexpr int kWrongArguments = 2;

// What no option or argument of the chosen command takes, and what was probably meant.
void print_unexpected(const CLI::App& command, const std::vector<std::string>& unexpected) {
  for (const std::string& word : unexpected) {
    if (!word.starts_with("-")) continue;
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto meant = nearest_word(word, views);
    fmt::print(stderr, "dotmesh {}: no option \"{}\"{}\n", command.get_name(), word,
               meant ? fmt::format("; did you mean \"{}\"?", *meant) : std::string());
  }
}

// What was probably meant by a word that is no command, nor the second word of one.
std::string suggestion_for(int argc, char** argv) {
  if (argc < 2) return {};
  const std::string_view first = argv[1];
  std::vector<std::string_view> words;
  for (const CommandRow& row : command_table()) {
    const auto space = row.name.find(' ');
    const std::string_view word = row.name.substr(0, space);
    if (word == first && argc > 2 && space != std::string_view::npos) {
      const std::vector<std::string_view> second{row.name.substr(space + 1)};
      const auto meant = nearest_word(argv[2], second);
      return meant && *meant != argv[2] ? fmt::format("did you mean \"{}\"?\n", row.name) : std::string();
    }
    if (!row.old_name) words.push_back(word);
  }
  const auto meant = nearest_word(first, words);
  return meant && *meant != first ? fmt::format("did you mean \"{}\"?\n", *meant) : std::string();
}

// The command at the end of the words that were understood.
const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.front());
}

}  // namespace

int run_command_line(int argc, char** argv, const std::function<int(const ServeOptions&)>& serve) {
  CLI::App app("dotmesh: DNS for community mesh networks, out of a git repository");
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("dotmesh {}", kVersion));
  CommandOptions options;
  options.run_serve = serve;
  const CommandRow* chosen = nullptr;
  add_commands(app, options, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    app.exit(error);
    fmt::print(stderr, "{}", suggestion_for(argc, argv));
    return kWrongArguments;
  } catch (const CLI::ExtrasError& error) {
    const CLI::App& command = innermost(app);
    print_unexpected(command, command.remaining());
    app.exit(error);
    fmt::print(stderr, "{}", suggestion_for(argc, argv));
    return kWrongArguments;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongArguments;
  }
  return chosen->run(options);
}

}  // namespace dotmesh
