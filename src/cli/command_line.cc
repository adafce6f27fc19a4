#include "cli/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/nearest.h"
#include "base/version.h"
#include "cli/command_table.h"

namespace dotmesh {
namespace {

constexpr int kWrongArguments = 2;

// The command at the end of the words that were understood.
const CLI::App& innermost(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.front());
}

// The program itself, or the first word of commands of two.
bool is_group(const CLI::App& app) {
  return !app.get_subcommands([](const CLI::App*) { return true; }).empty();
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  if (parent == nullptr || parent->get_parent() == nullptr) return command.get_name();
  return fmt::format("{} {}", parent->get_name(), command.get_name());
}

// What no option or argument of the chosen command takes, and what was probably meant.
void print_unexpected(const CLI::App& command, const std::vector<std::string>& unexpected) {
  const std::string called = fmt::format("dotmesh {}", full_name(command));
  // A word behind an unknown option is most often its value.
  if (std::ranges::none_of(unexpected, [](const std::string& w) { return w.starts_with("-"); })) {
    fmt::print(stderr, "{}: nothing takes \"{}\"\n", called, fmt::join(unexpected, " "));
  }
  for (const std::string& word : unexpected) {
    if (!word.starts_with("-")) continue;
    std::vector<std::string> names;
    for (const CLI::Option* option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto meant = nearest_word(word, views);
    fmt::print(stderr, "{}: no option \"{}\"{}\n", called, word,
               meant ? fmt::format("; did you mean \"{}\"?", *meant) : std::string());
  }
  fmt::print(stderr, "{} --help lists its options\n", called);
}

// What was probably meant by a word that is no command, nor the second word of one.
std::string suggestion_for(int argc, char** argv) {
  const std::string_view first = argv[1];
  std::vector<std::string_view> words;
  for (const CommandRow& row : command_table()) {
    const auto space = row.name.find(' ');
    const std::string_view word = row.name.substr(0, space);
    if (word == first && argc > 2 && space != std::string_view::npos) {
      const std::vector<std::string_view> second{row.name.substr(space + 1)};
      return nearest_word(argv[2], second) ? fmt::format("; did you mean \"{}\"?", row.name) : std::string();
    }
    if (!row.old_name) words.push_back(word);
  }
  const auto meant = nearest_word(first, words);
  return meant && *meant != first ? fmt::format("; did you mean \"{}\"?", *meant) : std::string();
}

// The words so far are no command, or only the first word of one.
void print_no_command(const CLI::App& app, int argc, char** argv) {
  const std::string called = app.get_parent() == nullptr ? "dotmesh" : fmt::format("dotmesh {}", app.get_name());
  const int at = app.get_parent() == nullptr ? 1 : 2;
  if (argc > at && argv[at][0] != '-') {
    fmt::print(stderr, "dotmesh: no command \"{}\"{}\n", fmt::join(std::vector(argv + 1, argv + at + 1), " "),
               suggestion_for(argc, argv));
  } else if (argc > at) {
    fmt::print(stderr, "{}: no option \"{}\" before the command\n", called, argv[at]);
  } else {
    fmt::print(stderr, "{}: a command is missing\n", called);
  }
  fmt::print(stderr, "{} --help lists the commands\n", called);
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
    const CLI::App& command = innermost(app);
    if (is_group(command)) {
      print_no_command(command, argc, argv);
    } else {
      fmt::print(stderr, "dotmesh {0}: {1}; dotmesh {0} --help says more\n", full_name(command), error.what());
    }
    return kWrongArguments;
  } catch (const CLI::ExtrasError&) {
    const CLI::App& command = innermost(app);
    if (is_group(command)) {
      print_no_command(command, argc, argv);
    } else {
      print_unexpected(command, command.remaining());
    }
    return kWrongArguments;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongArguments;
  }
  return chosen->run(options);
}

}  // namespace dotmesh
