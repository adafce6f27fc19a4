#include "observe/fleet.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "observe/http_service.h"

namespace dotmesh::observe {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kLookAtDeadlines{50};

// Of another node: nothing that a terminal or a page could take for more than a word.
std::string word_of(const json& answer, const char* key) {
  if (!answer.contains(key) || !answer[key].is_string()) return {};
  std::string out = answer[key].get<std::string>().substr(0, Fleet::kMaxWord);
  std::ranges::replace_if(out, [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

std::string why(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout: return "cannot be reached";
    case httplib::Error::Canceled: return "its answer is too long";
    case httplib::Error::Read:
    case httplib::Error::Write: return "no answer in time";
    default: return "no HTTP answer";
  }
}

}  // namespace

// One helper's request. The fleet's thread ends it when it is overdue.
struct Fleet::Asking {
  std::mutex mutex;
  httplib::Client* client = nullptr;
  Clock::Monotonic until{};
  std::thread thread;
};

void Fleet::start() {
  if (options_.interval.count() == 0) return;
  thread_ = std::thread([this] { run(); });
}

void Fleet::stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Fleet::wake() {
  {
    std::lock_guard lock(mutex_);
    wake_ = true;
  }
  changed_.notify_all();
}

std::vector<FleetNode> Fleet::nodes() const {
  std::lock_guard lock(mutex_);
  return nodes_;
}

void Fleet::run() {
  ::prctl(PR_SET_NAME, "fleet", 0, 0, 0);
  ::setpriority(PRIO_PROCESS, 0, HttpService::kNice);  // this thread's, on Linux, and its helpers'
  std::minstd_rand dice(std::random_device{}());
  std::uniform_real_distribution<double> jitter(0.8, 1.2);
  while (!stopping()) {
    round();
    const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(std::max(options_.interval, kMinInterval) * jitter(dice));
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, pause, [this] { return wake_ || stop_; });
    wake_ = false;
  }
}

void Fleet::round() {
  const std::vector<NodeEntry> members = options_.members();
  std::vector<FleetNode> found(members.size());
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> busy{std::min(kAtOnce, members.size())};
  std::vector<Asking> helpers(busy);
  for (Asking& helper : helpers) {
    helper.thread = std::thread([&, this] {
      for (std::size_t i; !stopping() && (i = next++) < members.size();) found[i] = ask(members[i], helper);
      --busy;
    });
  }
  while (busy != 0) {
    std::this_thread::sleep_for(kLookAtDeadlines);
    end_overdue(helpers);
  }
  for (Asking& helper : helpers) helper.thread.join();
  if (stopping()) return;
  std::lock_guard lock(mutex_);
  nodes_ = std::move(found);
}

void Fleet::end_overdue(std::vector<Asking>& all) const {
  for (Asking& asking : all) {
    std::lock_guard lock(asking.mutex);
    if (asking.client != nullptr && (stopping() || clock_.monotonic() > asking.until)) asking.client->stop();
  }
}

FleetNode Fleet::ask(const NodeEntry& member, Asking& asking) const {
  FleetNode node;
  node.name = member.name.value;
  const SocketAddress& address = member.address.value;
  node.address = address.to_string();
  if (node.name == options_.own_name) {
    read_fleet_answer(options_.own_answer(), node);
    return node;
  }
  httplib::Client client(address.address_to_string(), address.port());
  client.set_connection_timeout(kConnectPatience);
  client.set_read_timeout(kPatience);
  client.set_write_timeout(kConnectPatience);
  const Clock::Monotonic begun = clock_.monotonic();
  {
    std::lock_guard lock(asking.mutex);
    asking.client = &client;
    asking.until = begun + kPatience;
  }
  std::string body;
  const auto result = client.Get("/api/node", [&body](const char* octets, std::size_t size) {
    body.append(octets, std::min(size, kMaxAnswer + 1 - std::min(body.size(), kMaxAnswer)));
    return body.size() <= kMaxAnswer;
  });
  {
    std::lock_guard lock(asking.mutex);
    asking.client = nullptr;
  }
  if (!result) {
    node.error = why(result.error());
  } else if (result->status != 200) {
    node.error = fmt::format("HTTP status {}", result->status);
  } else {
    const std::chrono::duration<double, std::milli> took = clock_.monotonic() - begun;
    node.latency_ms = took.count();
    read_fleet_answer(body, node);
  }
  return node;
}

void read_fleet_answer(std::string_view answer, FleetNode& node) {
  const json parsed = json::parse(answer, nullptr, false);
  if (!parsed.is_object()) {
    node.error = "its answer is not that of a node";
    return;
  }
  node.state = word_of(parsed, "state");
  node.commit = word_of(parsed, "commit");
  node.version = word_of(parsed, "version");
  const std::string name = word_of(parsed, "node");
  if (name != node.name) node.error = fmt::format("another node answers there: \"{}\"", name);
}

std::string fleet_json(const std::vector<FleetNode>& nodes) {
  json out = json::array();
  for (const FleetNode& node : nodes) {
    out.push_back({{"name", node.name},
                   {"address", node.address},
                   {"state", node.state},
                   {"commit", node.commit},
                   {"version", node.version},
                   {"latency_ms", node.latency_ms ? json(*node.latency_ms) : json()},
                   {"error", node.error}});
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace dotmesh::observe
