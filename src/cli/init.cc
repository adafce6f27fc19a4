#include "cli/init.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "base/diagnostic.h"
#include "cli/node_options.h"
#include "config/node_config.h"

namespace dotmesh {
namespace {

namespace fs = std::filesystem;

constexpr int kWritten = 0;
constexpr int kNotWritten = 1;
constexpr int kWrongValues = 2;
constexpr const char* kServiceUser = "dotmesh";  // that the Debian package makes
// The service's group reads it; the world does not, for secrets may be added.
constexpr mode_t kFileMode = 0640;

// A TOML basic string.
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (octet < 0x20 || octet == 0x7f) {
      out += fmt::format("\\u{:04X}", octet);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data()
                                                                             : "dotmesh";
}

std::string absolute(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::absolute(path, error).lexically_normal();
  return error ? path : whole.string();
}

// One line; an empty one takes what stands in brackets.
std::string ask(const char* question, const std::string& fallback) {
  fmt::print("{}{}: ", question, fallback.empty() ? std::string() : fmt::format(" [{}]", fallback));
  std::fflush(stdout);
  std::string line;
  if (!std::getline(std::cin, line) || line.empty()) return fallback;
  return line;
}

void ask_for_what_is_missing(InitOptions& options) {
  if (options.repo.empty()) options.repo = ask("The network's git repository (URL or path)", {});
  if (options.name.empty()) options.name = ask("This node's name", host_name());
  if (options.listen.empty())
    options.listen = {ask("Address to answer on, ADDRESS[@PORT]", kDefaultListen)};
}

void put_defaults(InitOptions& options) {
  if (options.config.empty()) options.config = kDefaultNodeFile;
  if (options.name.empty()) options.name = host_name();
  if (options.state.empty()) options.state = default_state_folder();
  options.state = absolute(options.state);
  if (options.listen.empty()) options.listen = {kDefaultListen};
  if (options.role.empty()) options.role = {"authority", "resolver"};
  if (options.user.empty() && ::geteuid() == 0 && ::getpwnam(kServiceUser) != nullptr)
    options.user = kServiceUser;
  std::error_code ignored;  // a relative path would start at the file's folder, not here
  if (fs::exists(options.repo, ignored)) options.repo = absolute(options.repo);
}

Result<void> write(const InitOptions& options, const std::string& text) {
  const auto fault = [&](const char* what) {
    return fail(fmt::format("{}: {}: {}", options.config, what, std::strerror(errno)));
  };
  std::error_code error;
  const fs::path folder = fs::path(options.config).parent_path();
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) return fail(fmt::format("{}: {}", folder.string(), error.message()));
  const int fd =
      ::open(options.config.c_str(),
             O_WRONLY | O_CREAT | O_CLOEXEC | (options.force ? O_TRUNC : O_EXCL), kFileMode);
  if (fd < 0 && errno == EEXIST) {
    return fail(fmt::format("{} is there already and stays as it is; --force overwrites it",
                            options.config));
  }
  if (fd < 0) return fault("cannot be made");
  const passwd* user = options.user.empty() ? nullptr : ::getpwnam(options.user.c_str());
  if (user != nullptr && ::geteuid() == 0 &&
      ::fchown(fd, static_cast<uid_t>(-1), user->pw_gid) != 0) {
    const auto failed = fault("cannot be given to the service's group");
    ::close(fd);
    return failed;
  }
  const bool whole = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (::close(fd) != 0 || !whole) return fault("cannot be written");
  return {};
}

}  // namespace

std::string node_file_text(const InitOptions& options) {
  std::vector<std::string> roles;
  for (const std::string& role : options.role) roles.push_back(toml_string(role));
  std::string out = fmt::format(
      "# What this machine does for the network. Every setting: dotmesh-node.toml(5).\n"
      "# Secrets belong here, and never into the repository. After a change: systemctl restart "
      "dotmesh\n\n"
      "[node]\n"
      "name  = {}  # told in NSID and CHAOS TXT id.server\n"
      "state = {}  # the clone, the last good generation, the cache\n"
      "user  = {}  # who to become after binding; \"\" stays\n\n"
      "[source]\n"
      "repo = {}\n"
      "{}branch = {}  # without it the repository's default branch\n"
      "# interval = \"60s\"\n"
      "# ssh_key = \"/etc/dotmesh/deploy-key\"\n\n"
      "# One [[listen]] for each address; it need not be on the machine yet.\n",
      toml_string(options.name), toml_string(options.state), toml_string(options.user),
      toml_string(options.repo), options.branch.empty() ? "# " : "", toml_string(options.branch));
  for (const std::string& address : options.listen) {
    out += fmt::format("[[listen]]\naddress = {}\nrole = [{}]\n\n", toml_string(address),
                       fmt::join(roles, ", "));
  }
  out += fmt::format(
      "[resolver]\n"
      "public = {}  # true: resolves for everyone, not only for the mesh\n"
      "# cache_size = \"256MiB\"\n\n"
      "# [http]\n"
      "# address = \"127.0.0.1@8353\"  # metrics and the status page\n\n"
      "# Announce the network's service addresses while they really answer; see: dotmesh anycast "
      "example bird-ospf\n"
      "# [anycast]\n"
      "# method = \"bird\"\n",
      options.public_resolver);
  return out;
}

int init_main(InitOptions options) {
  if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) ask_for_what_is_missing(options);
  put_defaults(options);
  if (options.repo.empty()) {
    fmt::print(
        stderr,
        "dotmesh init: nothing to follow; name the network's repository with --repo PATH|URL\n");
    return kWrongValues;
  }
  const std::string text = node_file_text(options);
  Diagnostics diagnostics;
  parse_node_config(text, options.config, diagnostics);
  if (diagnostics.has_errors()) {
    fmt::print(stderr, "{}", render_text(diagnostics));
    return kWrongValues;
  }
  if (auto written = write(options, text); !written) {
    fmt::print(stderr, "dotmesh init: {}\n", written.error().message);
    return kNotWritten;
  }
  fmt::print("{} is written; start with: dotmesh serve --config {}\n", options.config,
             options.config);
  return kWritten;
}

}  // namespace dotmesh
