#include "config/node_config.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/units.h"
#include "config/forward_rows.h"

namespace dotmesh {
namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::int64_t kMebi = std::int64_t{1} << 20;

constexpr Setting kNodeRows[] = {
    setting<&NodeSection::name>("name", {},
                                "The node's name, told in NSID and CHAOS TXT id.server; without it the "
                                "host's name.",
                                {.least = 1, .most = 255}),  // one TXT string, RFC 1035 section 3.3.14
    setting<&NodeSection::state>("state", "\"/var/lib/dotmesh\"",
                                 "The folder for what must survive a restart: the clone, the last good "
                                 "generation, the cache.",
                                 {.least = 1}),
    setting<&NodeSection::workers>("workers", "0", "Threads that answer queries; 0: one per core.",
                                   {.most = 256}),
    setting<&NodeSection::user>("user", "\"\"",
                                "Who to become after the sockets are bound; \"\" stays who it is.",
                                {.most = 64}),
};

constexpr Setting kSourceRows[] = {
    setting<&SourceSection::repo>("repo", {},
                                  "The git repository that describes the network: https://, ssh://, "
                                  "file://, user@host:path or a local path.",
                                  {.least = 1}),
    setting<&SourceSection::path>("path", {},
                                  "Instead of repo: a plain folder of files, watched for changes.",
                                  {.least = 1}),
    setting<&SourceSection::branch>("branch", "\"\"",
                                    "The branch to follow; \"\" is the repository's default branch.",
                                    {.most = 255}),
    setting<&SourceSection::interval>("interval", "\"60s\"",
                                      "How often the repository is asked for news, give or take a tenth "
                                      "so that nodes do not move in step.",
                                      {.least = kSecond, .most = 7 * kDay}),
    setting<&SourceSection::timeout>("timeout", "\"60s\"",
                                     "After this long without progress a fetch is given up.",
                                     {.least = kSecond, .most = kDay}),
    setting<&SourceSection::ssh_key>("ssh_key", {}, "Private key file for ssh repositories.",
                                     {.least = 1}),
    setting<&SourceSection::ssh_known_hosts>("ssh_known_hosts", {},
                                             "Host keys that ssh repositories may show; without it "
                                             "~/.ssh/known_hosts of the user.",
                                             {.least = 1}),
};

constexpr Setting kListenRows[] = {
    required_setting<&ListenEntry::address>(
        "address", "Where queries are answered over UDP and TCP, ADDRESS[@PORT]; it need not be on the "
                   "machine yet."),
    setting<&ListenEntry::role>("role", "[\"authority\", \"resolver\"]",
                                "What is answered there: the network's zones, everything else, or both."),
};

constexpr Setting kFleetRows[] = {
    setting<&FleetSection::interval>("interval", "\"30s\"",
                                     "How often the others are asked how they are, give or take a fifth; \"0s\": never. "
                                     "At the least a second.",
                                     {.most = kDay}),
};

constexpr Setting kHttpRows[] = {
    setting<&HttpSection::address>("address", {},
                                   "Where metrics (/metrics) and the status page (/) are served; it need not be on the "
                                   "machine yet; without it they are not.",
                                   {.port = 8353}),
};

constexpr Setting kControlRows[] = {
    setting<&ControlSection::socket>("socket", {},
                                     "The Unix socket that the command line talks to; without it "
                                     "control.sock in the state folder.",
                                     {.least = 1, .most = 107}),  // sun_path
};

constexpr Setting kResolverRows[] = {
    setting<&ResolverSection::root_hints>("root_hints", {},
                                          "Names and addresses of the root servers; without it the "
                                          "built-in list.",
                                          {.least = 1}),
    setting<&ResolverSection::trust_anchors>(
        "trust_anchors", {},
        "DS or DNSKEY records of any owner names; without it the built-in root key; an empty file turns "
        "validation off.",
        {.least = 1}),
    setting<&ResolverSection::negative_trust_anchors>(
        "negative_trust_anchors", "[]", "Names at and below which nothing is validated (RFC 7646)."),
    setting<&ResolverSection::cache_size>("cache_size", "\"256MiB\"",
                                          "The most memory that cached answers take.",
                                          {.least = kMebi, .most = kMebi << 20}),
    setting<&ResolverSection::cache_min_ttl>("cache_min_ttl", "\"0s\"",
                                             "Answers are kept at least this long.", {.most = kDay}),
    setting<&ResolverSection::cache_max_ttl>("cache_max_ttl", "\"1d\"",
                                             "Answers are kept at most this long.", {.most = 365 * kDay}),
    setting<&ResolverSection::qname_minimisation>(
        "qname_minimisation", "true", "Tell each server only the labels that it needs (RFC 9156)."),
    setting<&ResolverSection::priming>("priming", "true",
                                       "Ask a root server for the current root servers (RFC 8109)."),
    setting<&ResolverSection::prefetch>("prefetch", "true",
                                        "Renew popular answers shortly before they expire."),
    setting<&ResolverSection::serve_stale>("serve_stale", "\"3d\"",
                                           "How long expired answers may be served while their servers do "
                                           "not answer (RFC 8767); \"0s\": never.",
                                           {.most = 365 * kDay}),
    setting<&ResolverSection::cookies>("cookies", "true", "Use DNS cookies toward servers (RFC 7873)."),
    setting<&ResolverSection::randomise_case>("randomise_case", "false",
                                              "Mix the case of names in questions to servers (0x20)."),
    setting<&ResolverSection::special_use_names>(
        "special_use_names", "true",
        "Answer the names of RFC 6303 and RFC 6761 here; false resolves them like others."),
    setting<&ResolverSection::ipv4>("ipv4", "true", "Ask servers over IPv4."),
    setting<&ResolverSection::ipv6>("ipv6", "true", "Ask servers over IPv6."),
    setting<&ResolverSection::edns_buffer_size>("edns_buffer_size", "1232",
                                                "The largest UDP response that servers are invited to send, in "
                                                "octets; if above 1232, also what clients may get.",
                                                {.least = 512, .most = 4096}),
    setting<&ResolverSection::allow_loopback_servers>(
        "allow_loopback_servers", "false",
        "Whether learnt server addresses in 127.0.0.0/8 and ::1 may be asked."),
    setting<&ResolverSection::persist_cache>(
        "persist_cache", {},
        "Keep the cache over a restart, in the state folder; without it: true, but false where the node resolves for "
        "everyone, since the file names what clients asked for."),
    setting<&ResolverSection::allow>(
        "allow", "[]",
        "Further prefixes whose holders are of the class mesh, beside the network's mesh_prefixes and this "
        "machine; where neither is given, the networks at the node's interfaces are."),
    setting<&ResolverSection::public_recursion>(
        "public", "false", "Resolve for everyone, not for the class mesh only; others are refused."),
};

constexpr Setting kLimitsRows[] = {
    setting<&LimitsSection::amplification>(
        "amplification", "\"16KiB\"",
        "How many octets a second UDP responses to one prefix (IPv4 /24, IPv6 /56) of the class public may have "
        "above the queries that asked for them, sixteen times as many for the class mesh; then they are sent "
        "to TCP. Loopback and clients with a DNS cookie of ours are not limited; \"0B\": nobody is.",
        {.most = kMebi}),
    setting<&LimitsSection::cookie_secrets>(
        "cookie_secrets", "[]",
        "Secrets of DNS cookies (RFC 9018), 32 hexadecimal digits each, the same on all nodes of a service "
        "address; the first makes cookies, all are accepted. Without one the node makes one for itself.",
        {.least = 32, .most = 32}),
};

constexpr Setting kAnycastRows[] = {
    setting<&AnycastSection::method>(
        "method", "\"\"",
        "How service addresses are announced: \"bird\" switches protocols of BIRD through its control socket, "
        "\"interface\" puts the address on an interface whose addresses the routing daemon exports; \"\": not at all.",
        {.most = 16}),
    setting<&AnycastSection::interface>(
        "interface", "\"dotmesh\"",
        "The interface that dotmesh makes for announced routes; NAME-last is for routes of last resort, NAME-addr "
        "leads the addresses to this machine.",
        {.least = 1, .most = 10}),  // IFNAMSIZ is 16, with "-last" and the final NUL
    setting<&AnycastSection::bird_socket>("bird_socket", "\"/run/bird/bird.ctl\"", "BIRD's control socket.",
                                          {.least = 1, .most = 107}),  // sun_path
    setting<&AnycastSection::bird_protocol>(
        "bird_protocol", "\"dotmesh_{address}\"",
        "Name of the protocol in BIRD's configuration that holds an address's route; {address} is the address with "
        "underscores for dots and colons. With _last behind it, the route of last resort.",
        {.least = 1, .most = 64}),
    setting<&AnycastSection::probe_interval>(
        "probe_interval", "\"75ms\"",
        "How often every service address is asked, over UDP and TCP; what is not answered in that time has failed, unless "
        "the server only waits for a processor.",
        {.least = 10, .most = 10 * kSecond}),
    setting<&AnycastSection::down_after>("down_after", "2", "Failures in a row after which a route is withdrawn.",
                                         {.least = 1, .most = 1000}),
    setting<&AnycastSection::up_after>("up_after", "3", "Good answers in a row before a route is announced.",
                                       {.least = 1, .most = 1000}),
    setting<&AnycastSection::hold_down>(
        "hold_down", "\"2s\"",
        "How long everything must be well before a withdrawn route is announced again; doubled each time it fails "
        "again soon.",
        {.most = kDay}),
    setting<&AnycastSection::hold_down_most>("hold_down_most", "\"2m\"", "What hold_down grows to at most.",
                                             {.most = kDay}),
    setting<&AnycastSection::last_resort>(
        "last_resort", "true",
        "While the service is sick but its process lives, announce a route of last resort, which counts only "
        "where no other node announces the address."),
    setting<&AnycastSection::linger>(
        "linger", "\"3s\"",
        "How long a drain goes on answering at least, for the routing to settle.", {.most = 10 * 60 * kSecond}),
    setting<&AnycastSection::drain_limit>(
        "drain_limit", "\"15s\"",
        "How long it goes on at most while queries still arrive; SIGTERM waits as long.", {.most = 10 * 60 * kSecond}),
};

constexpr TableSpec kResolverTables[] = {
    {"forward", true, "Names whose questions go to given servers.", kForwardRows, {},
     open_element<&ResolverSection::forward>},
};

constexpr TableSpec kNodeTables[] = {
    {"node", false, "The machine.", kNodeRows, {}, open_member<&NodeConfig::node>},
    {"source", false, "Where the network's zones and policy come from.", kSourceRows, {},
     open_member<&NodeConfig::source>},
    {"listen", true, "An address on which queries are answered; as many as wanted.", kListenRows, {},
     open_element<&NodeConfig::listen>},
    {"http", false, "Metrics and the status page.", kHttpRows, {}, open_member<&NodeConfig::http>},
    {"fleet", false, "The other nodes of the network ([[node]] in the network file).", kFleetRows, {},
     open_member<&NodeConfig::fleet>},
    {"control", false, "The command line's way to the daemon.", kControlRows, {},
     open_member<&NodeConfig::control>},
    {"resolver", false, "Recursive resolution.", kResolverRows, kResolverTables,
     open_member<&NodeConfig::resolver>},
    {"limits", false, "Against spoofed queries.", kLimitsRows, {}, open_member<&NodeConfig::limits>},
    {"anycast", false, "Announcing the network's service addresses ([[service]] in the network file).", kAnycastRows, {},
     open_member<&NodeConfig::anycast>},
};

constexpr TableSpec kNodeFile = {"node file", false,
                                 "The node file tells what one machine does; by default "
                                 "/etc/dotmesh/node.toml.",
                                 {}, kNodeTables, nullptr};

bool is_word(std::string_view text, std::string_view beside) {
  return std::ranges::all_of(text, [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || beside.find(c) != std::string_view::npos;
  });
}

bool is_interface_name(std::string_view text) {
  return !text.empty() && is_word(text, "-_");
}

// A symbol of BIRD. What stands before {address} is what all of our protocols have in common, and no other
// may: they are switched off by it.
bool is_protocol_pattern(std::string_view text) {
  constexpr std::string_view kPlace = "{address}";
  const std::size_t place = text.find(kPlace);
  const std::string_view before = text.substr(0, place);
  const std::string_view behind = place == std::string_view::npos ? "" : text.substr(place + kPlace.size());
  return !before.empty() && std::isdigit(static_cast<unsigned char>(before.front())) == 0 && is_word(before, "_") &&
         is_word(behind, "_");
}

// What no single row can say.
void check_together(const RawTable& raw, const SourceText& source, const NodeConfig& config,
                    Diagnostics& diagnostics) {
  const auto entry_of = [&](std::string_view table, std::string_view key) {
    const RawEntry* entry = raw.find(table);
    const auto* inner = entry != nullptr ? std::get_if<RawTable>(&entry->value.value) : nullptr;
    return inner != nullptr ? inner->find(key) : nullptr;
  };
  const auto place_of = [&](std::string_view table, std::string_view key) {
    const RawEntry* entry = entry_of(table, key);
    return entry != nullptr ? entry->place : Place{};
  };
  if (!config.source.repo.empty() && !config.source.path.empty()) {
    Diagnostic d = source.fault(Severity::kError, "source-twice", place_of("source", "path"),
                                "\"path\" beside \"repo\"", "keep one of the two");
    d.counterpart = "repo";
    d.counterpart_position = source.position(place_of("source", "repo"));
    diagnostics.add(std::move(d));
  }
  if (config.resolver.cache_min_ttl > config.resolver.cache_max_ttl) {
    diagnostics.add(source.fault(Severity::kError, "setting-value", place_of("resolver", "cache_min_ttl"),
                                 "\"cache_min_ttl\" is above \"cache_max_ttl\"",
                                 fmt::format("write at most \"{}\"",
                                             format_duration(config.resolver.cache_max_ttl))));
  }
  if (config.resolver.resolves_for_everyone() && config.resolver.keeps_cache()) {
    diagnostics.add(source.fault(Severity::kWarning, "public-cache-kept", place_of("resolver", "persist_cache"),
                                 "the node resolves for everyone, and names that strangers ask for will be in a file of "
                                 "the state folder",
                                 "leave \"persist_cache\" out, or write false"));
  }
  for (const Located<std::string>& secret : config.limits.cookie_secrets) {
    if (std::ranges::all_of(secret.value, [](unsigned char c) { return std::isxdigit(c) != 0; })) continue;
    diagnostics.add(source.fault(Severity::kError, "cookie-secret", secret.place,
                                 "a cookie secret has 32 hexadecimal digits, this has other octets",
                                 "make one with `openssl rand -hex 16`"));
  }
  if (!config.source.path.empty()) {  // a plain folder
    for (const char* key : {"branch", "timeout", "ssh_key", "ssh_known_hosts"}) {
      if (entry_of("source", key) == nullptr || !config.source.repo.empty()) continue;
      diagnostics.add(source.fault(Severity::kWarning, "setting-without-effect", place_of("source", key),
                                   fmt::format("\"{}\" says nothing about a plain folder", key),
                                   "leave it out, or name a git repository with \"repo\""));
    }
  }
  check_forwards(source, config.resolver.forward, diagnostics);
  const auto anycast_fault = [&](std::string_view key, std::string message, std::string way_out) {
    const RawEntry* entry = entry_of("anycast", key);
    diagnostics.add(source.fault(Severity::kError, "setting-value", entry != nullptr ? entry->value.place : Place{},
                                 std::move(message), std::move(way_out)));
  };
  const AnycastSection& anycast = config.anycast;
  if (!anycast.method.empty() && anycast.method != "interface" && anycast.method != "bird")
    anycast_fault("method", fmt::format("\"{}\" is no method", anycast.method), "write \"bird\" or \"interface\"");
  if (!is_interface_name(anycast.interface))
    anycast_fault("interface", fmt::format("\"{}\" cannot be an interface's name", anycast.interface),
                  "write letters, digits, \"-\" and \"_\"");
  if (!is_protocol_pattern(anycast.bird_protocol))
    anycast_fault("bird_protocol", fmt::format("\"{}\" cannot be the name of a protocol of dotmesh's", anycast.bird_protocol),
                  "write letters, digits and \"_\", beginning with a word that no other protocol's name begins with, such as "
                  "\"dotmesh_{address}\"");
  for (std::size_t i = 0; i < config.listen.size(); i++) {
    for (std::size_t j = 0; j < i; j++) {
      if (config.listen[i].address != config.listen[j].address || config.listen[i].address.port() == 0) {
        continue;
      }
      Diagnostic d = source.fault(Severity::kError, "listen-twice", config.listen[i].place,
                                  fmt::format("{} is listened on twice",
                                              config.listen[i].address.to_string()),
                                  "keep one [[listen]] and give it both roles");
      d.counterpart = "[[listen]]";
      d.counterpart_position = source.position(config.listen[j].place);
      diagnostics.add(std::move(d));
      break;
    }
  }
}

std::string folder_of(const std::string& file) {
  std::size_t slash = file.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : file.substr(0, slash);
}

}  // namespace

bool ResolverSection::resolves_for_everyone() const {
  return public_recursion || std::ranges::any_of(allow, [](const IpPrefix& prefix) { return prefix.length() == 0; });
}

Diagnostic NodeConfig::fault(Severity severity, std::string code, const Place& place, const Error& error) const {
  const std::string_view message = error.message;
  const std::size_t split = message.find("; ");
  return text.fault(severity, std::move(code), place, message.substr(0, split),
                    split == std::string_view::npos ? std::string_view() : message.substr(split + 2));
}

std::string NodeConfig::at(const Place& place) const {
  return place.line == 0 ? std::string() : text.position(place).to_string() + ": ";
}

NodeConfig parse_node_config(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  NodeConfig config;
  config.text = SourceText(file, text);
  const SourceText& source = config.text;
  bool complete = false;
  RawTable raw = parse_toml(source, diagnostics, complete);
  SettingReader reader(source, folder_of(file), Severity::kError, diagnostics);
  reader.read_table(kNodeFile, {}, raw, {}, &config, complete);
  check_together(raw, source, config, diagnostics);
  diagnostics.sort();
  return config;
}

NodeConfig load_node_config(const std::string& file, Diagnostics& diagnostics) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxConfigFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (!in.eof() || in.bad()) {
    bool too_large = in.good();
    diagnostics.error("unreadable-file", {file, 0, 0},
                      too_large ? std::string("the node file is above 16 MiB")
                                : fmt::format("cannot read the node file: {}", std::strerror(errno)),
                      !too_large && errno == EACCES
                          ? fmt::format("give it to the user {} whom the daemon runs as, or to the user's group", ::geteuid())
                          : "give the right file with --config");
    return default_node_config();
  }
  return parse_node_config(text, file, diagnostics);
}

NodeConfig default_node_config() {
  Diagnostics none;
  return parse_node_config({}, "dotmesh serve", none);
}

const TableSpec& node_file_spec() { return kNodeFile; }

}  // namespace dotmesh
