#include "anycast/link.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "anycast/link_message.h"
#include "anycast/watcher.h"
#include "anycast/worker_threads.h"
#include "base/log.h"

extern char** environ;

namespace dotmesh::anycast {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// The watcher reports twice a second.
constexpr milliseconds kSilence{2000};
constexpr milliseconds kRestart{1000};

Result<pid_t> spawn(const std::string& program, const std::string& interface, int link) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, link, kLinkDescriptor);
  posix_spawn_file_actions_addclosefrom_np(&actions, kLinkDescriptor + 1);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string name = "dotmesh";
  std::string command = kWatchCommand;
  std::string where = interface;
  std::string server = std::to_string(::getpid());
  char* arguments[] = {name.data(), command.data(), where.data(), server.data(), nullptr};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0)
    return fail(fmt::format("cannot start the watcher ({}): {}", program, std::strerror(error)));
  return pid;
}

// A keeper that the server starts later has only what the server has kept, and its faults would
// send the operator to look for privileges that the node has.
void blame_loss(std::string& fault) {
  if (fault.find(std::strerror(EPERM)) == std::string::npos &&
      fault.find(std::strerror(EACCES)) == std::string::npos)
    return;
  fault = fmt::format(
      "the watcher was lost, and what came in its place may not announce: restart dotmesh ({})",
      fault);
}

}  // namespace

Link::Link(std::string program, Settings settings)
    : program_(std::move(program)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  intent_.settings = std::move(settings);
}

Link::~Link() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_.get(), &one, sizeof one);
  if (thread_.joinable()) thread_.join();
}

Result<void> Link::open() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(fmt::format("cannot start the watcher: {}", std::strerror(errno)));
  }
  Descriptor ours(ends[0]);
  Descriptor theirs(ends[1]);
  auto spawned = spawn(program_, intent_.settings.interface, theirs.get());
  if (!spawned) return std::unexpected(spawned.error());
  keeper_ = *spawned;
  socket_ = std::move(ours);
  return {};
}

void Link::start(std::function<std::vector<std::uint64_t>()> turns) {
  turns_ = std::move(turns);
  const int shared = socket_.get();
  thread_ = std::thread([this] { run(); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return running_; });
  if (own_table_ && shared >= 0) ::close(shared);  // the thread has its own
}

void Link::set_services(std::vector<Service> services) {
  std::lock_guard lock(mutex_);
  intent_.services = std::move(services);
  resend_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_.get(), &one, sizeof one);
}

void Link::set_drained(bool drained) {
  std::lock_guard lock(mutex_);
  intent_.drained = drained;
  resend_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_.get(), &one, sizeof one);
}

bool Link::drained() const {
  std::lock_guard lock(mutex_);
  return intent_.drained;
}

Status Link::status() const {
  std::lock_guard lock(mutex_);
  Status out = status_;
  out.method = intent_.settings.method;
  out.drained = intent_.drained;
  out.watched = fault_.empty() && steady_clock::now() - heard_ < kSilence;
  if (!out.watched) {
    out.fault =
        fault_.empty() ? "the watcher does not report; nothing is announced for certain" : fault_;
    for (ServiceStatus& service : out.services) {
      service.ready = false;
      service.announced = Route::kNone;
      service.why = out.fault;
    }
  } else if (lost_) {
    blame_loss(out.fault);
    for (ServiceStatus& service : out.services) {
      if (service.presented && service.announced == Route::kNone) blame_loss(service.why);
    }
  }
  return out;
}

bool Link::wait_withdrawn(milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] {
    return !fault_.empty() ||
           (status_.drained && std::ranges::all_of(status_.services, [](const ServiceStatus& s) {
              return s.announced == Route::kNone;
            }));
  });
}

void Link::run() {
  ::pthread_setname_np(::pthread_self(), "anycast");
  {
    std::lock_guard lock(mutex_);
    own_table_ = ::unshare(CLONE_FILES) == 0;
    running_ = true;
    changed_.notify_all();
  }
  auto next_beat = steady_clock::now();
  auto next_start = steady_clock::now();
  while (true) {
    const auto now = steady_clock::now();
    {
      std::lock_guard lock(mutex_);
      if (stopping_) {  // here, in the table where they are open
        socket_.reset();
        address_interface_.reset();
        worker_states_.clear();
        return;
      }
    }
    if (!socket_.valid() && now >= next_start) {
      next_start = now + kRestart;
      (void)open();
    }
    if (now >= next_beat) {
      next_beat = now + intent_.settings.probe_interval;
      beat();
    }
    send_intent();
    std::array<pollfd, 2> waits{{{wake_.get(), POLLIN, 0}, {socket_.get(), POLLIN, 0}}};
    const auto left = std::chrono::ceil<milliseconds>(next_beat - steady_clock::now());
    ::poll(waits.data(), waits.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    std::uint64_t count;
    if (waits[0].revents != 0) [[maybe_unused]]
      auto got = ::read(wake_.get(), &count, sizeof count);
    if (waits[1].revents != 0) take_message();
  }
}

void Link::send_intent() {
  std::string text;
  {
    std::lock_guard lock(mutex_);
    if (!resend_ || !socket_.valid()) return;
    text = write_intent(intent_);
  }
  std::vector<int> descriptors;
  for (const Descriptor& state : worker_states_) descriptors.push_back(state.get());
  const bool sent = send_message(socket_.get(), text, descriptors);
  std::lock_guard lock(mutex_);
  resend_ = !sent;  // a full buffer: with the next beat
}

void Link::beat() {
  const std::vector<std::uint64_t> turns = turns_();
  const unsigned stuck =
      loops_.look(turns, read_thread_states(worker_states_), steady_clock::now());
  if (socket_.valid()) send_message(socket_.get(), fmt::format("{{\"stuck\":{}}}", stuck));
  show_workers(turns.size());
}

// They begin after this thread does.
void Link::show_workers(std::size_t workers) {
  if (worker_states_.size() >= std::min(workers, kMaxThreadsShown)) return;
  std::vector<Descriptor> states = open_worker_states();
  if (states.size() <= worker_states_.size()) return;
  worker_states_ = std::move(states);
  std::lock_guard lock(mutex_);
  resend_ = true;
}

void Link::take_message() {
  LinkMessage message = receive_message(socket_.get());
  if (message.nothing) return;
  if (message.closed) return lost();
  auto status = read_status(message.text);
  std::lock_guard lock(mutex_);
  if (!message.descriptors.empty()) address_interface_ = std::move(message.descriptors.front());
  heard_ = steady_clock::now();
  fault_.clear();
  if (message.text == "hello") resend_ = true;
  if (status) status_ = std::move(*status);
  changed_.notify_all();
}

// The keeper, and so the watcher, has died; with it went the routes.
void Link::lost() {
  socket_.reset();
  while (keeper_ > 0 && ::waitpid(keeper_, nullptr, 0) < 0 && errno == EINTR) {
  }
  keeper_ = -1;
  std::lock_guard lock(mutex_);
  if (fault_.empty())
    spdlog::error("anycast: the watcher is gone, and so are its routes; the node serves on");
  fault_ = "not announced: the watcher is gone; restart dotmesh";
  lost_ = true;
  address_interface_.reset();
  changed_.notify_all();
}

}  // namespace dotmesh::anycast
