#include "daemon/serve.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/snapshot.h"
#include "base/version.h"
#include "control/commands.h"
#include "control/control_server.h"
#include "daemon/anycast_service.h"
#include "daemon/privileges.h"
#include "daemon/recursive_service.h"
#include "daemon/supervisor.h"
#include "daemon/system_calls.h"
#include "observe/fleet.h"
#include "observe/http_service.h"
#include "observe/last_change.h"
#include "observe/node_metrics.h"
#include "observe/status_page.h"
#include "observe/zone_search.h"
#include "query/handler.h"
#include "repo/folder_source.h"
#include "repo/follower.h"
#include "repo/generation_before.h"
#include "repo/git_process.h"
#include "repo/git_source.h"
#include "repo/state_folder.h"
#include "repo/updater.h"
#include "server/server.h"
#include "server/sockets.h"

namespace dotmesh {
namespace {

constexpr int kCouldNotStart = 1;
constexpr int kBadConfiguration = 2;

// Queries wait in the kernel while the last good generation is read from disk; after this long they are
// answered all the same (SERVFAIL until there is something to serve).
constexpr std::chrono::seconds kWaitForFirstGeneration{3};
constexpr std::chrono::milliseconds kLookForSignals{50};
// A worker whose loop has not turned for so long hangs: the watchdog is told no more.
constexpr std::chrono::seconds kWorkerHangs{10};

std::string node_name(const NodeConfig& config) {
  if (!config.node.name.empty()) return config.node.name;
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "dotmesh";
  return name.data();
}

// Every thread inherits the mask; the main thread takes the signals one by one.
sigset_t block_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (int number : {SIGHUP, SIGTERM, SIGINT}) ::sigaddset(&set, number);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return set;
}

std::unique_ptr<Source> make_source(const NodeConfig& config, const StateFolder& state,
                                    std::shared_ptr<GitProcess> fetcher) {
  if (!config.source.path.empty()) {
    return std::make_unique<FolderSource>(config.source.path.path, state.file("folders"));
  }
  GitFetchOptions options;
  options.copy = state.file("repo.git");
  options.url = config.source.repo.location;
  options.branch = config.source.branch;
  options.ssh_key = config.source.ssh_key.path;
  options.ssh_known_hosts = config.source.ssh_known_hosts.path;
  options.stall_seconds =
      static_cast<unsigned>(std::chrono::ceil<std::chrono::seconds>(config.source.timeout).count());
  GitFetcher fetch;
  fetch.fetch = [fetcher](const GitFetchOptions& o) { return fetcher->fetch(o); };
  fetch.interrupt = [fetcher] { fetcher->interrupt(); };
  return std::make_unique<GitSource>(std::move(options), std::move(fetch));
}

// What keeps `error` from being told at a line of the node file is that no address is to blame, or all are free by now.
void tell_addresses(const NodeConfig& config, const Error& error, Diagnostics& diagnostics) {
  bool told = false;
  for (const ListenEntry& entry : config.listen) {
    auto free = check_address_free(entry.address);
    if (free) continue;
    diagnostics.add(config.fault(Severity::kError, "listen", entry.place, free.error()));
    told = true;
  }
  if (!told) diagnostics.add(config.fault(Severity::kError, "listen", {}, error));
}

std::unique_ptr<Server> open_server(const NodeConfig& config, const Clock& clock, Diagnostics& diagnostics) {
  std::vector<ListenAddress> addresses;
  for (const ListenEntry& entry : config.listen) addresses.push_back({entry.address, entry.role.bits});
  ServerOptions options;
  bool resolves = std::ranges::any_of(config.listen, [](const ListenEntry& e) { return e.role.resolver(); });
  if (!resolves) options.upstream = {.max_udp_sockets = 0, .max_tcp_connections = 0};
  options.workers = config.node.workers != 0 ? config.node.workers
                                             : std::max(1u, std::thread::hardware_concurrency());
  auto opened = Server::open(addresses, options, clock);
  if (opened) return std::move(*opened);
  tell_addresses(config, opened.error(), diagnostics);
  return nullptr;
}

std::unique_ptr<StateFolder> open_state(const NodeConfig& config, const std::optional<UserIds>& ids, Diagnostics& diagnostics) {
  const uid_t uid = ids ? ids->uid : static_cast<uid_t>(-1);
  const gid_t gid = ids ? ids->gid : static_cast<gid_t>(-1);
  auto folder = StateFolder::open(config.node.state.path, uid, gid);
  auto locked = folder ? folder->lock() : std::unexpected(folder.error());
  if (locked) return std::make_unique<StateFolder>(std::move(*folder));
  diagnostics.add(config.fault(Severity::kError, "state-folder", config.node.state.place, locked.error()));
  return nullptr;
}

// Each fetch says it again, in the words of the SSH library.
void warn_of_unreadable_keys(const NodeConfig& config) {
  for (const FilePath* file : {&config.source.ssh_key, &config.source.ssh_known_hosts}) {
    if (file->empty() || ::access(file->path.c_str(), R_OK) == 0) continue;
    spdlog::warn("{}{}: {}; the daemon, which is no longer root, must be able to read it", config.at(file->place), file->path,
                 std::strerror(errno));
  }
}

// The daemon's parts, in the order in which they come to life; they end in the opposite one.
struct Daemon {
  explicit Daemon(NodeConfig node_config) : config(std::move(node_config)) {}

  void open(const std::optional<UserIds>& ids, Diagnostics& diagnostics);
  void open_control();
  Result<void> limit_power();
  void start();
  void make_fleet(const CommandTable& commands);
  void start_http(const CommandTable& commands);
  void tell_change();
  void run(const sigset_t& signals);
  void stop();
  void wait_for_first_generation();
  bool workers_turn();
  void take_reload(bool wanted);
  void drain(const sigset_t& signals);
  observe::NodeFigures figures() const;

  NodeConfig config;
  Clock clock;
  Supervisor supervisor;
  NodeIdentity identity;
  std::unique_ptr<RecursiveService> recursion;
  std::unique_ptr<StateFolder> state;
  Snapshot<Generation> published;
  std::unique_ptr<Server> server;
  std::unique_ptr<AnycastService> anycast;
  std::unique_ptr<ControlServer> control;
  observe::LastChange last_change;
  observe::ZoneSearch search{published};
  std::unique_ptr<observe::HttpService> http;
  std::unique_ptr<observe::Fleet> fleet;
  std::unique_ptr<Source> source;
  std::unique_ptr<Updater> updater;
  std::unique_ptr<Follower> follower;

  struct Heartbeat {
    std::uint64_t turns = 0;
    Clock::Monotonic seen{};
  };
  std::vector<Heartbeat> heartbeats;
  std::future<RefreshOutcome> reload;  // asked by SIGHUP
  Clock::Wall started{};
};

observe::NodeFigures Daemon::figures() const {
  observe::NodeFigures figures;
  figures.version = kVersion;
  figures.started = started;
  figures.workers = server->workers();
  figures.server = server->stats();
  figures.queries = recursion->query_stats();
  figures.resolver = recursion->counts();
  figures.updater = updater->status();
  if (const auto generation = published.current()) figures.zones = generation->zone_infos.size();
  if (anycast->enabled()) figures.anycast = anycast->status();
  figures.fleet = fleet->nodes();
  return figures;
}

// Everything that may fail, and everything that needs root. Good only if `diagnostics` has no errors afterwards.
void Daemon::open(const std::optional<UserIds>& ids, Diagnostics& diagnostics) {
  raise_permitted_capabilities();
  state = open_state(config, ids, diagnostics);
  server = open_server(config, clock, diagnostics);
  if (diagnostics.has_errors()) return;
  anycast = std::make_unique<AnycastService>(config, *server, state->file("drained"));
  anycast->open();  // keeps privileges that are given up here
  if (config.http.address) {
    auto listening = observe::HttpService::open(config.http.address->value);
    if (listening) {
      http = std::move(*listening);
    } else {  // answering comes first
      spdlog::error("{}{}; the node serves, without metrics", config.at(config.http.address->place), listening.error().message);
    }
  }
  auto limited = become(ids);
  if (limited) {
    warn_of_unreadable_keys(config);
    open_control();
    limited = limit_power();
  }
  if (!limited) diagnostics.add(config.fault(Severity::kError, "privileges", config.node.user.place, limited.error()));
}

void Daemon::open_control() {
  auto bound = ControlServer::bind(control_socket_of(config), static_cast<uid_t>(-1), static_cast<gid_t>(-1));
  if (bound) {
    control = std::move(*bound);
  } else {  // a full or read-only disk: answering comes first
    spdlog::error("{}{}; the node serves, but status, reload and the like cannot ask it", config.at(config.control.socket.place),
                  bound.error().message);
  }
}

Result<void> Daemon::limit_power() {
  if (!system_calls_can_be_limited()) return {};
  if (serves_others(config)) {
    if (auto done = forbid_core_dumps(); !done) return done;
  }
  if (auto limited = limit_system_calls(); !limited) spdlog::warn("{}; the node serves without", limited.error().message);
  return {};
}

void Daemon::start() {
  anycast->start();  // first: its thread keeps copies of the descriptors that are open now
  identity.name = node_name(config);
  identity.version = fmt::format("dotmesh {}", kVersion);
  source = make_source(config, *state, std::make_shared<GitProcess>("/proc/self/exe"));
  updater = std::make_unique<Updater>(*source, *state, published, clock);
  follower = std::make_unique<Follower>(*source, *updater, published, config.source.interval,
                                        [this] {
                                          server->wake();
                                          recursion->take_generation(published.current());
                                          anycast->take_generation(published.current());
                                          fleet->wake();
                                        },
                                        [this] { tell_change(); });
  ControlContext context;
  context.node_name = identity.name;
  for (const ListenAddress& address : server->addresses()) {
    context.listening.push_back(address.address.to_string());
    spdlog::info("listening on {}", context.listening.back());
  }
  context.started = started = clock.wall();
  context.clock = &clock;
  context.published = &published;
  context.updater = updater.get();
  context.follower = follower.get();
  context.resolver_counts = [this] { return recursion->counts(); };
  if (recursion->enabled()) context.trust_points = [this] { return recursion->trust_points(); };
  if (recursion->enabled()) context.flush = [this](NameView name) { return recursion->forget(name); };
  context.trace = [this](const TraceQuestion& question) {
    return recursion->trace(published, identity, question);
  };
  context.server_stats = [this] { return server->stats(); };
  if (anycast->enabled()) {
    context.anycast = [this] { return anycast->status(); };
    context.drain = [this](bool on) { return anycast->drain(on); };
  }
  spdlog::info("following {}", source->description());

  context.fleet = [this] { return observe::fleet_json(fleet->nodes()); };
  const CommandTable commands = make_commands(std::move(context));
  make_fleet(commands);
  follower->start();
  if (control) control->start(commands);
  recursion->restore_anchors(state->file("trust-anchors"));
  recursion->start_cache(state->file("cache"));
  wait_for_first_generation();
  server->start([this](unsigned, Upstream& upstream) { return recursion->handler(published, identity, upstream); });
  heartbeats.assign(server->workers(), {0, clock.monotonic()});
  if (http) start_http(commands);
  fleet->start();
}

void Daemon::make_fleet(const CommandTable& commands) {
  observe::Fleet::Options options;
  options.own_name = identity.name;
  options.own_answer = [command = commands.at("node")] { return command({}).value_or("null"); };
  options.members = [this] {
    const auto generation = published.current();
    return generation != nullptr ? generation->network.node : std::vector<NodeEntry>();
  };
  options.interval = config.fleet.interval;
  fleet = std::make_unique<observe::Fleet>(std::move(options), clock);
}

// For people only: whatever goes wrong here, the follower goes on.
void Daemon::tell_change() {
  if (!http) return;
  try {
    last_change.take(published.current(), [this](const auto& served) { return generation_before(*source, served); });
  } catch (const std::exception& e) {
    spdlog::warn("what the commit changed is not known: {}", e.what());
  }
}

// What the page shows of commands is what `dotmesh COMMAND --json` prints.
void Daemon::start_http(const CommandTable& commands) {
  std::map<std::string, observe::Page> pages = observe::status_page();
  // The format's own name for itself: Prometheus asks for it.
  pages["/metrics"] = {"text/plain; version=0.0.4; charset=utf-8", [this] { return observe::render_metrics(figures()); }};
  const std::string json = "application/json";
  for (const char* name : {"status", "zones", "node", "fleet"}) {
    pages[fmt::format("/api/{}", name)] = {json, [command = commands.at(name)] { return command({}).value_or("null"); }};
  }
  pages["/api/changes"] = {json, [this] { return last_change.json(); }};
  pages["/api/search"] = {json, {}, [this](const std::string& q) { return search.find(q); }};
  http->start(std::move(pages));
  const SocketAddress& listening = config.http.address->value;
  const std::string address = listening.address_to_string();
  spdlog::info("status page at http://{}:{}/, metrics at /metrics", listening.is_ipv4() ? address : fmt::format("[{}]", address),
               listening.port());
}

void Daemon::wait_for_first_generation() {
  const auto until = clock.monotonic() + kWaitForFirstGeneration;
  sigset_t pending;
  while (!follower->wait_until_settled(kLookForSignals) && clock.monotonic() < until) {
    if (::sigpending(&pending) == 0 && (::sigismember(&pending, SIGTERM) || ::sigismember(&pending, SIGINT))) return;
  }
}

bool Daemon::workers_turn() {
  const auto now = clock.monotonic();
  bool all = true;
  for (unsigned worker = 0; worker < heartbeats.size(); worker++) {
    const std::uint64_t turns = server->heartbeat(worker);
    if (turns != heartbeats[worker].turns) heartbeats[worker] = {turns, now};
    all = all && now - heartbeats[worker].seen < kWorkerHangs;
  }
  return all;
}

// A reload runs beside, so that signals and the watchdog are served meanwhile.
void Daemon::take_reload(bool wanted) {
  if (reload.valid() && reload.wait_for(std::chrono::seconds(0)) == std::future_status::ready) {
    reload.get();
    supervisor.ready("serving");
  }
  if (!wanted || reload.valid()) return;
  supervisor.reloading();
  reload = std::async(std::launch::async, [this] { return follower->refresh(); });
}

void Daemon::run(const sigset_t& signals) {
  supervisor.ready("serving");
  const timespec interval{0, std::chrono::nanoseconds(supervisor.interval()).count() % 1'000'000'000};
  const timespec second{1, 0};
  while (true) {
    const int signal = ::sigtimedwait(&signals, nullptr, interval.tv_nsec != 0 ? &interval : &second);
    if (signal == SIGTERM || signal == SIGINT) break;
    take_reload(signal == SIGHUP);
    recursion->keep_anchors();
    anycast->on_time();
    if (workers_turn()) supervisor.alive();
  }
}

// Clients first: they go to other nodes before this one is silent. A second signal ends the wait.
void Daemon::drain(const sigset_t& signals) {
  anycast->begin_stop();
  while (!anycast->may_stop()) {
    const timespec moment{0, std::chrono::nanoseconds(kLookForSignals).count()};
    const int signal = ::sigtimedwait(&signals, nullptr, &moment);
    if (signal == SIGTERM || signal == SIGINT) return;
    supervisor.alive();
  }
}

void Daemon::stop() {
  supervisor.stopping();
  spdlog::info("stopping");
  follower->stop();  // first: it answers those who wait for a reload
  if (reload.valid()) reload.get();
  anycast->end_waits();
  if (http) http->stop();
  fleet->stop();
  if (control) control->stop();
  anycast.reset();
  server->stop();
  recursion->stop_cache();
  recursion->keep_anchors();
}

}  // namespace

int serve_main(const ServeOptions& options) {
  log_open(options.verbose ? LogLevel::kDebug : LogLevel::kInfo);
  Diagnostics diagnostics;
  NodeConfig config = resolve_node(options, diagnostics);
  auto ids = ids_to_become(config.node.user.value);
  if (!ids) diagnostics.add(config.fault(Severity::kError, "user", config.node.user.place, ids.error()));
  ResolverFiles files = read_resolver_files(config, diagnostics);
  diagnostics.sort();
  if (!diagnostics.all().empty()) fmt::print(stderr, "{}", render_text(diagnostics));
  if (diagnostics.has_errors()) return kBadConfiguration;
  const sigset_t signals = block_signals();
  Daemon daemon(std::move(config));
  daemon.recursion = std::make_unique<RecursiveService>(daemon.config, std::move(files), daemon.clock);
  Diagnostics faults;
  daemon.open(*ids, faults);
  if (faults.has_errors()) {
    fmt::print(stderr, "{}", render_text(faults));
    return kCouldNotStart;
  }
  daemon.start();
  daemon.run(signals);
  daemon.drain(signals);
  daemon.stop();
  return 0;
}

}  // namespace dotmesh
