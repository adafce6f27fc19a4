#include "daemon/anycast_service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/log.h"
#include "repo/state_folder.h"

namespace dotmesh {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Workers take up a new generation within a second; until then either is right.
constexpr std::chrono::seconds kGrace{5};
// Monitoring goes on asking the node's own address.
constexpr std::uint64_t kQuietQueriesPerSecond = 10;
constexpr milliseconds kLook{50};

constexpr std::uint16_t kTypeA = 1, kTypeTxt = 16, kClassChaos = 3;

anycast::Settings watcher_settings(const AnycastSection& section) {
  anycast::Settings out;
  out.method = section.method;
  out.interface = section.interface;
  out.bird_socket = section.bird_socket.path;
  out.bird_protocol = section.bird_protocol;
  out.probe_interval = section.probe_interval;
  out.verdict = {section.down_after, section.up_after, section.hold_down, section.hold_down_most};
  out.last_resort = section.last_resort;
  return out;
}

// Sets what keeps the node from announcing the address, if it does not serve there as the network
// wants it.
void compare_with_listening(const ServiceEntry& entry, const std::vector<ListenAddress>& listening,
                            anycast::Service& service) {
  const SocketAddress& wanted = entry.address.value;
  auto same =
      std::ranges::find_if(listening, [&](const ListenAddress& l) { return l.address == wanted; });
  if (same == listening.end()) {
    same = std::ranges::find_if(listening, [&](const ListenAddress& l) {
      return l.address.is_wildcard() && l.address.family() == wanted.family() &&
             l.address.port() == wanted.port();
    });
  }
  service.presented = same != listening.end();
  if (!service.presented) {
    service.obstacle = fmt::format(
        "this node does not listen there; to present it, add [[listen]] address = \"{}\"",
        wanted.to_string());
  } else if ((entry.role.bits & ~same->roles) != 0) {
    service.obstacle =
        "the node file's [[listen]] gives that address fewer roles than the network file's "
        "[[service]]";
  }
}

bool answers_for_the_mesh(const NodeConfig& config) {
  return std::ranges::any_of(config.listen,
                             [](const ListenEntry& e) { return e.role.authority(); });
}

// What a resolver without the role authority resolves with the help of other nodes, whose failure
// is not its own.
std::vector<anycast::Question> mesh_questions_for(const NodeConfig& config,
                                                  const ServiceEntry& service,
                                                  const Generation& generation) {
  std::vector<anycast::Question> out;
  if (!service.role.resolver() || answers_for_the_mesh(config)) return out;
  for (const ZoneInfo& info : generation.zone_infos) {
    if (out.size() >= anycast::kMaxQuestions) break;
    if (info.zone) out.push_back({.name = info.origin.to_string(), .recursion_desired = true});
  }
  return out;
}

std::vector<anycast::Question> questions_for(const NodeConfig& config, const ServiceEntry& service,
                                             const Generation& generation,
                                             const Generation* before) {
  std::vector<anycast::Question> out;
  const bool authority_here = answers_for_the_mesh(config);
  const auto serial_before = [before](const Name& origin) -> const Zone* {
    if (before == nullptr) return nullptr;
    auto found = std::ranges::find_if(before->zone_infos,
                                      [&](const ZoneInfo& info) { return info.origin == origin; });
    return found == before->zone_infos.end() ? nullptr : found->zone.get();
  };
  for (const ZoneInfo& info : generation.zone_infos) {
    if (!authority_here || out.size() + 1 >= anycast::kMaxQuestions) break;
    if (!info.zone) continue;
    anycast::Question question{.name = info.origin.to_string(), .serials = {info.zone->serial()}};
    question.recursion_desired = !service.role.authority();
    if (const Zone* old = serial_before(info.origin)) question.serials.push_back(old->serial());
    out.push_back(std::move(question));
  }
  if (service.role.resolver() &&
      config.resolver.special_use_names) {  // RFC 6761: no uplink is needed
    out.push_back({.name = "localhost.", .type = kTypeA, .recursion_desired = true});
  }
  if (out.empty())
    out.push_back({.name = "generation.server.", .type = kTypeTxt, .rclass = kClassChaos});
  return out;
}

}  // namespace

std::vector<anycast::Service> services_to_watch(const NodeConfig& config,
                                                const std::vector<ListenAddress>& listening,
                                                const Generation& generation,
                                                const Generation* before) {
  std::vector<anycast::Service> out;
  for (const ServiceEntry& entry : generation.network.service) {
    if (out.size() >= anycast::kMaxServices) break;
    anycast::Service service;
    service.address = entry.address.value.to_string();
    compare_with_listening(entry, listening, service);
    if (service.obstacle.empty()) {
      service.questions = questions_for(config, entry, generation, before);
      service.mesh_questions = mesh_questions_for(config, entry, generation);
    }
    out.push_back(std::move(service));
  }
  return out;
}

AnycastService::AnycastService(const NodeConfig& config, const Server& server,
                               std::string drained_file)
    : config_(config), server_(server), drained_file_(std::move(drained_file)) {
  if (config.anycast.method.empty()) return;
  link_ = std::make_unique<anycast::Link>("/proc/self/exe", watcher_settings(config.anycast));
  std::error_code ignored;
  if (std::filesystem::exists(drained_file_, ignored)) link_->set_drained(true);
}

void AnycastService::open() {
  if (!link_) return;
  if (auto opened = link_->open(); !opened)
    spdlog::error("{}; the node serves, but announces nothing", opened.error().message);
}

void AnycastService::start() {
  if (link_) link_->start([this] { return turns(); });
}

// An idle worker sleeps for up to a second, so each is woken, and looked at the next time.
std::vector<std::uint64_t> AnycastService::turns() {
  std::vector<std::uint64_t> out;
  for (unsigned worker = 0; worker < server_.workers(); worker++)
    out.push_back(server_.heartbeat(worker));
  const_cast<Server&>(server_).wake();
  return out;
}

void AnycastService::take_generation(std::shared_ptr<const Generation> generation) {
  if (!link_ || !generation) return;
  std::lock_guard lock(mutex_);
  if (generation == generation_) return;
  before_ = std::move(generation_);
  generation_ = std::move(generation);
  published_ = steady_clock::now();
  watch(before_.get());
}

void AnycastService::watch(const Generation* before) {
  link_->set_services(services_to_watch(config_, server_.addresses(), *generation_, before));
}

void AnycastService::on_time() {
  if (!link_) return;
  std::lock_guard lock(mutex_);
  if (!before_ || steady_clock::now() - published_ < kGrace) return;
  before_.reset();
  watch(nullptr);
}

anycast::Status AnycastService::status() const {
  anycast::Status out = link_ ? link_->status() : anycast::Status{};
  out.moved = out.drained && moved_.load();
  return out;
}

std::uint64_t AnycastService::received() const {
  const ServerStats stats = server_.stats();
  return stats.udp.received + stats.tcp.received;
}

bool AnycastService::withdrawn() const {
  return link_->wait_withdrawn(milliseconds(0));
}

bool AnycastService::Departure::over(bool withdrawn, std::uint64_t received) {
  const auto now = steady_clock::now();
  if (now - sampled_ >= std::chrono::seconds(1)) {
    last_second_ = sampled_ == Time{} ? 0 : received - sample_;
    quiet_ = sampled_ != Time{} && last_second_ <= kQuietQueriesPerSecond;
    sampled_ = now;
    sample_ = received;
  }
  if (withdrawn && withdrawn_ == Time{}) withdrawn_ = now;
  if (now - began_ >= settings_.drain_limit + settings_.linger) return true;
  return withdrawn_ != Time{} && now - withdrawn_ >= settings_.linger &&
         (quiet_ || now - began_ >= settings_.drain_limit);
}

void AnycastService::remember_drain(bool on) const {
  std::error_code error;
  if (!on) {
    std::filesystem::remove(drained_file_, error);
  } else if (auto written = write_file_atomically(drained_file_, "drained\n"); !written) {
    spdlog::warn("{}; a restart will not remember the drain", written.error().message);
  }
}

Result<std::string> AnycastService::drain(bool on) {
  remember_drain(on);
  moved_.store(false);
  link_->set_drained(on);
  spdlog::info("anycast: {}", on ? "drained by the operator" : "no longer drained");
  if (!on) return "{\"drained\":false}";
  Departure departure(config_.anycast);
  while (!departure.over(withdrawn(), received()) && !stopping_.load() && link_->drained())
    std::this_thread::sleep_for(kLook);
  const bool gone = withdrawn();
  moved_.store(gone && link_->drained());
  return fmt::format(
      "{{\"drained\":{},\"withdrawn\":{},\"queries_last_second\":{},\"why\":\"{}\"}}",
      link_->drained(), gone, departure.last_second(),
      gone ? "" : "the routing has not confirmed it; see dotmesh status");
}

void AnycastService::begin_stop() {
  if (!link_) return;
  departure_ = std::make_unique<Departure>(config_.anycast);
  const anycast::Status now = status();
  const bool announced = std::ranges::any_of(now.services, [](const anycast::ServiceStatus& s) {
    return s.announced != anycast::Route::kNone;
  });
  if (!announced || now.moved) {  // there is nothing to wait for
    departure_.reset();
    return;
  }
  spdlog::info("anycast: withdrawing before the end");
  link_->set_drained(true);
}

bool AnycastService::may_stop() {
  return !departure_ || departure_->over(withdrawn(), received());
}

}  // namespace dotmesh
