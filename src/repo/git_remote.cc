#include "repo/git_remote.h"
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace dotmesh {
namespace {

constexpr std::string_view kBranchPrefix = "refs/heads/";
// A message names a few branches, not thousands.
constexpr std::size_t kMaxBranchesNamed = 8;
// known_hosts of a node lists a handful of servers.
constexpr std::size_t kMaxKnownHostsSize = std::size_t{1} << 20;

std::string read_small_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  text.resize(kMaxKnownHostsSize);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::vector<std::uint8_t> decode_base64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::vector<std::uint8_t> out;
  std::uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) break;  // '=' or the end
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    if ((count += 6) >= 8) out.push_back(static_cast<std::uint8_t>(bits >> (count -= 8)));
  }
  return out;
}

// Cuts the next word off `line`.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

// "host", "host,other" and "[host]:2222" name the host.
bool names_host(std::string_view names, std::string_view host) {
  while (!names.empty()) {
    const std::size_t comma = std::min(names.find(','), names.size());
    std::string_view name = names.substr(0, comma);
    names.remove_prefix(std::min(comma + 1, names.size()));
    if (name.starts_with('[')) name = name.substr(1, name.find(']') - 1);
    if (name == host) return true;
  }
  return false;
}

}  // namespace

bool known_hosts_has(std::string_view known_hosts, std::string_view host, std::string_view key) {
  if (host.empty() || key.empty()) return false;
  while (!known_hosts.empty()) {
    const std::size_t end = std::min(known_hosts.find('\n'), known_hosts.size());
    std::string_view line = known_hosts.substr(0, end);
    known_hosts.remove_prefix(std::min(end + 1, known_hosts.size()));
    const std::string_view names = take_word(line);
    if (names.empty() || names.starts_with('#') || names.starts_with('@')) continue;  // @revoked, @cert-authority
    take_word(line);  // the key's type is also in the key
    const std::vector<std::uint8_t> listed = decode_base64(take_word(line));
    if (names_host(names, host) && std::ranges::equal(listed, key, {}, {}, [](char c) {
          return static_cast<std::uint8_t>(c);
        })) {
      return true;
    }
  }
  return false;
}

// The functions that libgit2 calls back, with the Session as payload.
struct GitRemote::Callbacks {
  static int give_credentials(git_credential** out, const char* /*url*/, const char* user, unsigned allowed,
                       void* payload) {
    auto& session = *static_cast<Session*>(payload);
    const char* name = user != nullptr ? user : "git";
    if ((allowed & GIT_CREDENTIAL_USERNAME) != 0) return git_credential_username_new(out, name);
    if ((allowed & GIT_CREDENTIAL_SSH_KEY) == 0) {
      git_error_set_str(GIT_ERROR_CALLBACK,
                        "it asks for a password, which a node has not; use a public https URL or ssh with "
                        "[source] ssh_key");
      return GIT_EUSER;
    }
    if (session.options->ssh_key.empty()) {
      git_error_set_str(GIT_ERROR_CALLBACK, "no key to log in with; set [source] ssh_key to a private key file");
      return GIT_EUSER;
    }
    if (session.credentials_asked++ > 0) {
      git_error_set_str(GIT_ERROR_CALLBACK, "the server refused the key of [source] ssh_key");
      return GIT_EUSER;
    }
    return git_credential_ssh_key_new(out, name, nullptr, session.options->ssh_key.c_str(), nullptr);
  }

  static int check_certificate(git_cert* certificate, int valid, const char* host, void* payload) {
    const auto& options = *static_cast<Session*>(payload)->options;
    if (certificate->cert_type == GIT_CERT_HOSTKEY_LIBSSH2 && !options.ssh_known_hosts.empty()) {
      const auto* key = reinterpret_cast<const git_cert_hostkey*>(certificate);
      valid = (key->type & GIT_CERT_SSH_RAW) != 0 &&
              known_hosts_has(read_small_file(options.ssh_known_hosts), host, {key->hostkey, key->hostkey_len});
    }
    if (valid != 0) return 0;
    const std::string text =
        certificate->cert_type == GIT_CERT_HOSTKEY_LIBSSH2
            ? fmt::format("the host key of {} is not in {}; add it after checking its fingerprint "
                          "(ssh-keyscan {})",
                          host, options.ssh_known_hosts.empty() ? "~/.ssh/known_hosts" : options.ssh_known_hosts,
                          host)
            : fmt::format("the certificate of {} is not valid", host);
    git_error_set_str(GIT_ERROR_CALLBACK, text.c_str());
    return GIT_ECERTIFICATE;
  }

  static int on_transfer(const git_indexer_progress* progress, void* payload) {
    const auto& options = *static_cast<Session*>(payload)->options;
    if (options.on_progress) options.on_progress();
    if (progress->received_bytes <= kMaxFetchBytes) return 0;
    git_error_set_str(GIT_ERROR_CALLBACK, "the repository is larger than 4 GiB");
    return GIT_EUSER;
  }

  static int on_sideband(const char* /*text*/, int /*length*/, void* payload) {
    const auto& options = *static_cast<Session*>(payload)->options;
    if (options.on_progress) options.on_progress();
    return 0;
  }

  static git_remote_callbacks of(Session& session) {
    git_remote_callbacks callbacks = GIT_REMOTE_CALLBACKS_INIT;
    callbacks.credentials = give_credentials;
    callbacks.certificate_check = check_certificate;
    callbacks.transfer_progress = on_transfer;
    callbacks.sideband_progress = on_sideband;
    callbacks.payload = &session;
    return callbacks;
  }
};

Result<GitRemote> GitRemote::connect(git_repository* repository, const GitFetchOptions& options) {
  GitRemote remote(options);
  git_remote* created = nullptr;
  if (git_remote_create_anonymous(&created, repository, options.url.c_str()) != 0) {
    return git_fail(url_without_password(options.url));
  }
  remote.remote_.reset(created);
  const git_remote_callbacks callbacks = Callbacks::of(*remote.session_);
  git_proxy_options proxy = GIT_PROXY_OPTIONS_INIT;
  proxy.type = GIT_PROXY_AUTO;  // HTTPS_PROXY of the environment
  if (git_remote_connect(created, GIT_DIRECTION_FETCH, &callbacks, &proxy, nullptr) != 0) {
    // libgit2 takes a path that is not there for a URL that it does not know.
    const std::size_t colon = options.url.find(':');  // git's own rule: before the first slash it is host:path
    const bool path = colon == std::string::npos || options.url.find('/') < colon;
    std::error_code ignored;
    if (path && !std::filesystem::exists(options.url, ignored)) {
      return fail(fmt::format("{}: no such folder; give the path of a repository or of a folder of zone files",
                              options.url));
    }
    return git_fail(url_without_password(options.url));
  }
  return remote;
}

std::string GitRemote::reference() const {
  return options_->branch.empty() ? "HEAD" : std::string(kBranchPrefix) + options_->branch;
}

std::string GitRemote::shown_url() const { return url_without_password(options_->url); }

Result<git_oid> GitRemote::tip() const {
  const git_remote_head** heads = nullptr;
  std::size_t count = 0;
  if (git_remote_ls(&heads, &count, remote_.get()) != 0) return git_fail(shown_url());
  const std::string wanted = reference();
  std::vector<std::string_view> branches;
  for (std::size_t i = 0; i < count; i++) {
    const std::string_view name = heads[i]->name;
    if (name == wanted) return heads[i]->oid;
    if (name.starts_with(kBranchPrefix)) branches.push_back(name.substr(kBranchPrefix.size()));
  }
  if (branches.empty()) {
    return fail(fmt::format("{}: the repository has no commit yet; push one", shown_url()));
  }
  const std::size_t total = branches.size();
  branches.resize(std::min(total, kMaxBranchesNamed));
  const std::string list =
      fmt::format("{}{}", fmt::join(branches, ", "), total > branches.size() ? ", ..." : "");
  if (options_->branch.empty()) {
    return fail(fmt::format("{}: the default branch has no commit; set [source] branch to one of: {}",
                            shown_url(), list));
  }
  return fail(fmt::format("{}: no branch \"{}\"; it has: {}", shown_url(), options_->branch, list));
}

Result<void> GitRemote::download() {
  git_fetch_options fetch = GIT_FETCH_OPTIONS_INIT;
  fetch.callbacks = Callbacks::of(*session_);
  fetch.update_fetchhead = 0;
  fetch.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  fetch.proxy_opts.type = GIT_PROXY_AUTO;
  std::string refspec = fmt::format("+{}:{}", reference(), kTipReference);
  char* text = refspec.data();
  const git_strarray refspecs{&text, 1};
  if (git_remote_download(remote_.get(), &refspecs, &fetch) != 0) return git_fail(shown_url());
  return {};
}

}  // namespace dotmesh
