#include "cli/command_table.h"

#include <fmt/format.h>

#include <array>

#include "base/version.h"
#include "cli/anycast_example.h"
#include "cli/remote_commands.h"

namespace dotmesh {
namespace {

void add_node(CLI::App& command, NodeOptions& options) {
  command.add_option("--config", options.config,
                     fmt::format("the node file (without it {}, if there)", kDefaultNodeFile));
  command.add_option("--state", options.state, "the state folder, instead of the node file's");
}

void add_listen(CLI::App& command, std::vector<std::string>& listen) {
  command.add_option("--listen", listen,
                     fmt::format("ADDRESS[@PORT] to answer on; may be repeated (without any: {})",
                                 kDefaultListen));
}

void add_serve(CLI::App& command, CommandOptions& options) {
  add_node(command, options.serve);
  command.add_option("--repo", options.serve.repo,
                     "the network's git repository (path or URL), or a plain folder of zone files");
  add_listen(command, options.serve.listen);
  command.add_flag("--verbose", options.serve.verbose, "log more");
}

void add_check(CLI::App& command, CommandOptions& options) {
  CheckOptions& check = options.check;
  command.add_option(
      "target", check.target,
      "a zone file, a folder, a git repository, or REPO@COMMIT (without it: this folder)");
  command.add_option("--commit", check.revision,
                     "the commit, branch or tag to check, instead of the files as they stand");
  command.add_option("--origin", check.origin,
                     "the zone in a single file that is not named NAME.zone");
  command.add_option("--format", check.format, "text, json, or github (annotations of a workflow)");
}

void add_init(CLI::App& command, CommandOptions& options) {
  InitOptions& init = options.init;
  command.add_option("--config", init.config,
                     fmt::format("where to write (without it {})", kDefaultNodeFile));
  command.add_option("--repo", init.repo, "the network's git repository, path or URL");
  command.add_option("--branch", init.branch, "the branch to follow (without it the default one)");
  command.add_option("--name", init.name, "the node's name (without it the host's)");
  command.add_option("--state", init.state, "the state folder");
  command.add_option("--user", init.user, "who the daemon becomes after binding");
  add_listen(command, init.listen);
  command.add_option("--role", init.role,
                     "authority or resolver; may be repeated (without any: both)");
  command.add_flag("--public", init.public_resolver, "resolve for everyone, not only for the mesh");
  command.add_flag("--force", init.force, "overwrite a file that is there");
}

// A command that asks the daemon.
void add_remote(CLI::App& command, CommandOptions& options) {
  add_node(command, options.node);
  command.add_flag("--json", options.as_json, "print JSON");
}

void add_named(CLI::App& command, CommandOptions& options, const char* what) {
  add_remote(command, options);
  command.add_option("name", options.name, what)->required();
}

void add_zone(CLI::App& command, CommandOptions& options) {
  add_named(command, options, "the zone's name");
}
void add_flush(CLI::App& command, CommandOptions& options) {
  add_named(command, options, "the name; \".\" is everything");
}

void add_trace(CLI::App& command, CommandOptions& options) {
  add_named(command, options, "the name to ask for");
  command.add_option("type", options.type, "the type of records (without it A)");
  command.add_flag("--fresh", options.fresh,
                   "as a node that has just been started, with empty caches");
}

void add_example(CLI::App& command, CommandOptions& options) {
  add_node(command, options.node);
  command.add_option("kind", options.example, "bird-ospf, bird-ospf-stub, bird-bgp")->required();
}

void add_nothing(CLI::App& /*command*/, CommandOptions& /*options*/) {}

int print_version(CommandOptions& /*options*/) {
  fmt::print("dotmesh {}\n", kVersion);
  return 0;
}

constexpr std::string_view kAnswered = "0: answered";

const std::array kCommands{
    CommandRow{"serve", "run the daemon in the foreground", "0: ended as told; 1: could not start",
               add_serve, [](CommandOptions& o) { return o.run_serve(o.serve); }},
    CommandRow{"check", "say what is wrong with a network's zones", "0: good; 1: errors", add_check,
               [](CommandOptions& o) { return check_main(o.check); }},
    CommandRow{"init", "write a commented node file; asks for what no option says",
               "0: written; 1: could not be written", add_init,
               [](CommandOptions& o) { return init_main(std::move(o.init)); }},
    CommandRow{"status", "what the node serves, and what is wrong",
               "0: serves; 1: nothing is served", add_remote,
               [](CommandOptions& o) { return status_main(o.node, o.as_json); }},
    CommandRow{"fleet", "the nodes of the network, as this one sees them",
               "0: all are well; 1: one is not", add_remote,
               [](CommandOptions& o) { return fleet_main(o.node, o.as_json); }},
    CommandRow{"reload", "ask the source now, and say what came of it",
               "0: the newest commit is served; 1: it is not", add_remote,
               [](CommandOptions& o) { return reload_main(o.node, o.as_json); }},
    CommandRow{"zones", "the zones being served", kAnswered, add_remote,
               [](CommandOptions& o) { return zones_main(o.node, o.as_json); }},
    CommandRow{"zone", "one zone: its commit, its serial, what is in it", kAnswered, add_zone,
               [](CommandOptions& o) { return zone_main(o.node, o.name, o.as_json); }},
    CommandRow{
        "trace", "how the node arrives at an answer, step by step",
        "0: NOERROR or NXDOMAIN; 1: another RCODE, or none", add_trace,
        [](CommandOptions& o) { return trace_main(o.node, o.name, o.type, o.fresh, o.as_json); }},
    CommandRow{"cache flush", "make the resolver forget a name and all below it", kAnswered,
               add_flush, [](CommandOptions& o) { return flush_main(o.node, o.name, o.as_json); }},
    CommandRow{"flush", "the same as cache flush", kAnswered, add_flush,
               [](CommandOptions& o) { return flush_main(o.node, o.name, o.as_json); }, true},
    CommandRow{"drain",
               "withdraw the service addresses, go on answering until traffic has moved, and say "
               "when it is safe to stop",
               "0: withdrawn; 1: not", add_remote,
               [](CommandOptions& o) { return drain_main(o.node, true, o.as_json); }},
    CommandRow{"undrain", "announce the service addresses again", kAnswered, add_remote,
               [](CommandOptions& o) { return drain_main(o.node, false, o.as_json); }},
    CommandRow{
        "anycast example",
        "print the part of a routing daemon's configuration that announces the service addresses",
        "0: printed; 1: the network file has faults", add_example,
        [](CommandOptions& o) { return anycast_example_main(o.node, o.example); }},
    CommandRow{"version", "print the version", "0", add_nothing, print_version},
};

struct Group {
  std::string_view name;
  std::string_view help;
};
constexpr std::array kGroups{Group{"cache", "the resolver's cache"},
                             Group{"anycast", "what helps to announce service addresses"}};

CLI::App* group_of(CLI::App& app, std::string_view name) {
  const auto there =
      app.get_subcommands([name](const CLI::App* command) { return command->get_name() == name; });
  if (!there.empty()) return there.front();
  std::string help;
  for (const Group& group : kGroups) {
    if (group.name == name) help = group.help;
  }
  CLI::App* made = app.add_subcommand(std::string(name), help);
  made->require_subcommand(1);
  return made;
}

// Hyphens as they are typed, and no line that roff takes for its own.
std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '-' || c == '\\') out += '\\';
    if (c == '\\') {
      out += 'e';
    } else {
      out += c;
    }
  }
  return out;
}

std::string manual_of(const CommandRow& row) {
  CommandOptions options;
  CLI::App command;
  command.set_help_flag();
  row.add(command, options);
  std::string arguments;
  std::string list;
  for (const CLI::Option* option : command.get_options()) {
    const bool positional = option->get_positional();
    std::string name = positional ? option->get_name(true) : "--" + option->get_lnames().front();
    if (positional) arguments += option->get_required() ? " " + name : fmt::format(" [{}]", name);
    if (!positional && option->get_type_size() != 0) name += " VALUE";
    list += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(name), roff(option->get_description()));
  }
  return fmt::format(".SS dotmesh {}{}\n{}.\n.br\nExit status: {}.\n{}", roff(row.name),
                     roff(arguments), roff(row.help), roff(row.exit_status), list);
}

}  // namespace

std::span<const CommandRow> command_table() {
  return kCommands;
}

void add_commands(CLI::App& app, CommandOptions& options, const CommandRow*& chosen) {
  for (const CommandRow& row : kCommands) {
    const auto space = row.name.find(' ');
    CLI::App* parent =
        space == std::string_view::npos ? &app : group_of(app, row.name.substr(0, space));
    const std::string word(space == std::string_view::npos ? row.name : row.name.substr(space + 1));
    CLI::App* command = parent->add_subcommand(word, std::string(row.help));
    if (row.old_name) command->group("");
    row.add(*command, options);
    command->callback([&chosen, &row] { chosen = &row; });
  }
}

std::string commands_manual() {
  std::string out =
      ".\\\" Written from the table in src/cli/command_table.cc; do not edit.\n"
      ".TH DOTMESH 1 \"\" \"dotmesh\" \"User Commands\"\n"
      ".SH NAME\ndotmesh \\- DNS for community mesh networks, out of a git repository\n"
      ".SH SYNOPSIS\n.B dotmesh\n.I COMMAND\n[\\fIOPTION\\fR ...]\n"
      ".SH DESCRIPTION\n"
      "One program is the daemon (\\fBdotmesh serve\\fR) and the commands that ask it. These find "
      "its control socket by the\n"
      "same \\fB\\-\\-config\\fR and \\fB\\-\\-state\\fR as the daemon; its permissions say who "
      "may ask.\n"
      ".SH COMMANDS\n";
  for (const CommandRow& row : kCommands) {
    if (!row.old_name) out += manual_of(row);
  }
  out +=
      ".SH EXIT STATUS\n"
      "0: good. 1: done, and the answer is bad news, as each command says above. 2: could not be "
      "done: wrong\n"
      "arguments, faults in the node file, or no daemon that answers; the words on standard error "
      "say which.\n"
      ".SH FILES\n.I /etc/dotmesh/node.toml\n"
      ".SH SEE ALSO\n.BR dotmesh\\-node.toml (5),\n.BR dotmesh\\-network.toml (5)\n";
  return out;
}

}  // namespace dotmesh
