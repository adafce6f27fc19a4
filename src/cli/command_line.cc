#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/nearest.h"
#include "base/version.h"
#include "cli/anycast_example.h"
#include "cli/check.h"
#include "cli/init.h"
#include "cli/remote_commands.h"

namespace dotmesh {
namespace {

constexpr int kWrongArguments = 2;

void add_node_options(CLI::App& command, NodeOptions& options) {
  command.add_option("--config", options.config,
                     fmt::format("the node file (without it {}, if there)", kDefaultNodeFile));
  command.add_option("--state", options.state, "the state folder, instead of the node file's");
}

void add_serve(CLI::App& app, ServeOptions& options) {
  CLI::App* command = app.add_subcommand("serve", "run the daemon in the foreground");
  add_node_options(*command, options);
  command->add_option("--repo", options.repo,
                      "the network's git repository (path or URL), or a plain folder of zone files");
  command->add_option("--listen", options.listen,
                      fmt::format("ADDRESS[@PORT] to answer on; may be repeated (without any: {})", kDefaultListen));
  command->add_flag("--verbose", options.verbose, "log more");
}

void add_check(CLI::App& app, CheckOptions& options) {
  CLI::App* command = app.add_subcommand("check", "say what is wrong with a network's zones; exit 0 good, 1 errors, 2 could not check");
  command->add_option("target", options.target,
                      "a zone file, a folder, a git repository, or REPO@COMMIT (without it: this folder)");
  command->add_option("--commit", options.revision, "the commit, branch or tag to check, instead of the files as they stand");
  command->add_option("--origin", options.origin, "the zone in a single file that is not named NAME.zone");
  command->add_option("--format", options.format, "text, json, or github (annotations of a workflow)");
}

void add_init(CLI::App& app, InitOptions& options) {
  CLI::App* command = app.add_subcommand("init", "write a commented node file; asks for what no option says");
  command->add_option("--config", options.config, fmt::format("where to write (without it {})", kDefaultNodeFile));
  command->add_option("--repo", options.repo, "the network's git repository, path or URL");
  command->add_option("--branch", options.branch, "the branch to follow (without it the default one)");
  command->add_option("--name", options.name, "the node's name (without it the host's)");
  command->add_option("--state", options.state, "the state folder");
  command->add_option("--user", options.user, "who the daemon becomes after binding");
  command->add_option("--listen", options.listen,
                      fmt::format("ADDRESS[@PORT] to answer on; may be repeated (without any: {})", kDefaultListen));
  command->add_option("--role", options.role, "authority or resolver; may be repeated (without any: both)");
  command->add_flag("--public", options.public_resolver, "resolve for everyone, not only for the mesh");
  command->add_flag("--force", options.force, "overwrite a file that is there");
}

// A subcommand that asks the daemon.
CLI::App* add_remote(CLI::App& app, const char* name, const char* help, NodeOptions& options, bool& as_json) {
  CLI::App* command = app.add_subcommand(name, help);
  add_node_options(*command, options);
  command->add_flag("--json", as_json, "print JSON");
  return command;
}

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

}  // namespace

int run_command_line(int argc, char** argv, const std::function<int(const ServeOptions&)>& serve) {
  CLI::App app("dotmesh: DNS for community mesh networks, out of a git repository");
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("dotmesh {}", kVersion));
  ServeOptions serve_options;
  NodeOptions node;
  bool as_json = false;
  std::string zone_name;
  add_serve(app, serve_options);
  CheckOptions check_options;
  add_check(app, check_options);
  InitOptions init_options;
  add_init(app, init_options);
  add_remote(app, "status", "what the node serves, and what is wrong", node, as_json);
  add_remote(app, "reload", "ask the source now, and say what came of it", node, as_json);
  add_remote(app, "zones", "the zones being served", node, as_json);
  CLI::App* zone = add_remote(app, "zone", "one zone in detail", node, as_json);
  zone->add_option("name", zone_name, "the zone's name")->required();
  CLI::App* flush = add_remote(app, "flush", "make the resolver forget a name and all below it", node, as_json);
  flush->add_option("name", zone_name, "the name; \".\" is everything")->required();
  add_remote(app, "drain", "withdraw the service addresses, go on answering until traffic has moved, and say when it is safe to stop", node, as_json);
  add_remote(app, "undrain", "announce the service addresses again", node, as_json);
  CLI::App* anycast = app.add_subcommand("anycast", "what helps to announce service addresses");
  anycast->require_subcommand(1);
  CLI::App* example = anycast->add_subcommand("example", "print the part of a routing daemon's configuration that announces them");
  add_node_options(*example, node);
  std::string example_kind;
  example->add_option("kind", example_kind, "bird-ospf, bird-ospf-stub, bird-bgp")->required();
  app.add_subcommand("version", "print the version");
  std::string suggestion;
  if (argc > 1) {
    static constexpr std::array<std::string_view, 12> kCommands{"serve", "check", "init", "status",  "reload",  "zones",  "zone",
                                                                "flush", "drain", "undrain", "anycast", "version"};
    auto meant = nearest_word(argv[1], kCommands);
    if (meant && *meant != argv[1]) suggestion = fmt::format("did you mean \"{}\"?\n", *meant);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    app.exit(error);
    fmt::print(stderr, "{}", suggestion);
    return kWrongArguments;
  } catch (const CLI::ExtrasError& error) {
    for (const CLI::App* command : app.get_subcommands()) print_unexpected(*command, command->remaining());
    app.exit(error);
    fmt::print(stderr, "{}", suggestion);
    return kWrongArguments;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongArguments;
  }

  const std::string chosen = app.get_subcommands().front()->get_name();
  if (chosen == "serve") return serve(serve_options);
  if (chosen == "check") return check_main(check_options);
  if (chosen == "init") return init_main(std::move(init_options));
  if (chosen == "status") return status_main(node, as_json);
  if (chosen == "reload") return reload_main(node, as_json);
  if (chosen == "zones") return zones_main(node, as_json);
  if (chosen == "drain" || chosen == "undrain") return drain_main(node, chosen == "drain", as_json);
  if (chosen == "anycast") return anycast_example_main(node, example_kind);
  if (chosen == "flush") return flush_main(node, zone_name, as_json);
  if (chosen == "zone") return zone_main(node, zone_name, as_json);
  fmt::print("dotmesh {}\n", kVersion);
  return 0;
}

}  // namespace dotmesh
