// The keeper: makes the address interface, starts the watcher, waits, starts it again. It has no
// other duty, so that nothing can go wrong in it.
#include <cap-ng.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "anycast/interfaces.h"
#include "anycast/watch.h"
#include "anycast/watcher.h"
#include "base/log.h"

namespace dotmesh::anycast {
namespace {

// The watcher turns at least twice a second (kReport in watch.cc); one that is silent for so long
// hangs.
constexpr int kSilenceMs = 3000;
// Waited for in so many parts: where the whole machine stood still, the first that is over says
// nothing of the watcher, which has not run either.
constexpr int kSilenceParts = 6;
// One that dies at once, again and again, is not started more often than this.
constexpr int kRestartMs = 100;
constexpr int kNice = -10;  // probes in time on a busy machine
constexpr std::string_view kOomScore = "-900";

// Where the kernel shares processors among sessions first (sched_autogroup_enabled) a process's own
// priority counts only within its session: so this one is of its own, and has the same there.
void ask_in_time() {
  ::setsid();
  ::setpriority(PRIO_PROCESS, 0, kNice);
  const Descriptor file(::open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC));
  const std::string value = std::to_string(kNice);
  [[maybe_unused]] auto written = ::write(file.get(), value.data(), value.size());
}

// The last process that the kernel ends when memory is short. Why it is not; empty: it is.
std::string stay_when_memory_is_short() {
  const Descriptor file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (file.valid() && ::write(file.get(), kOomScore.data(), kOomScore.size()) > 0) return {};
  return fmt::format(
      "when memory is short the kernel may end the watcher before others, and its routes with it: "
      "oom_score_adj {}: {}; it needs CAP_SYS_RESOURCE at the start, or OOMScoreAdjust={} in the "
      "unit",
      kOomScore, std::strerror(errno), kOomScore);
}

// Keeps what the routing needs of what it has: interfaces, and BIRD's socket, which belongs to
// BIRD's group.
void keep_privileges() {
  if (capng_get_caps_process() != 0) return;
  const bool net = capng_have_capability(CAPNG_PERMITTED, CAP_NET_ADMIN) != 0;
  const bool dac = capng_have_capability(CAPNG_PERMITTED, CAP_DAC_OVERRIDE) != 0;
  capng_clear(CAPNG_SELECT_BOTH);
  const auto kinds = static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED);
  if (net) capng_update(CAPNG_ADD, kinds, CAP_NET_ADMIN);
  if (dac) capng_update(CAPNG_ADD, kinds, CAP_DAC_OVERRIDE);
  capng_apply(CAPNG_SELECT_CAPS);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

// Waits until the watcher has ended, or ends it when it is silent. What it returned; -1: it died.
int wait_for(pid_t watcher, int pulse) {
  int silent_parts = 0;
  while (true) {
    pollfd wait{pulse, POLLIN, 0};
    const int ready = ::poll(&wait, 1, kSilenceMs / kSilenceParts);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0 && ++silent_parts < kSilenceParts) continue;
    char drained[256];
    if (ready > 0 && ::read(pulse, drained, sizeof drained) > 0) {
      silent_parts = 0;
      continue;
    }
    if (ready == 0) {
      spdlog::error("anycast: the watcher is silent; it is ended and started again");
      ::kill(watcher, SIGKILL);
    }
    int status = 0;
    while (::waitpid(watcher, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    if (WIFSIGNALED(status))
      spdlog::error("anycast: the watcher was ended by signal {}; it is started again",
                    WTERMSIG(status));
    return -1;
  }
}

}  // namespace

int watcher_main(const std::string& interface, const std::string& server_pid) {
  log_open(LogLevel::kInfo);
  ::prctl(PR_SET_NAME, "dotmesh-keeper");
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(
      SIGTERM,
      SIG_IGN);  // the service manager's goes to all processes: the server's end is what counts
  ::signal(SIGINT, SIG_IGN);
  ask_in_time();
  const std::string note = stay_when_memory_is_short();
  keep_privileges();
  const pid_t server = static_cast<pid_t>(std::strtol(server_pid.c_str(), nullptr, 10));
  auto addresses = make_interface(interface + "-addr");
  for (unsigned restarts = 0;;) {
    int pulse[2];
    if (::pipe2(pulse, O_CLOEXEC | O_NONBLOCK) != 0) return 1;
    const pid_t keeper = ::getpid();
    const pid_t watcher = ::fork();
    if (watcher < 0) return 1;
    if (watcher == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != keeper) return 1;
      ::prctl(PR_SET_NAME, "dotmesh-watch");
      ::close(pulse[0]);
      return watch({.server = server,
                    .address_interface = addresses ? addresses->get() : -1,
                    .address_fault = addresses ? std::string() : addresses.error().message,
                    .note = note,
                    .pulse = pulse[1],
                    .restarts = restarts});
    }
    ::close(pulse[1]);
    const int ended = wait_for(watcher, pulse[0]);
    ::close(pulse[0]);
    if (ended == kServerGone) return 0;
    if (ended == kInterfaceFree) {
      addresses = make_interface(interface + "-addr");
      continue;
    }
    restarts++;
    ::poll(nullptr, 0, kRestartMs);
  }
}

}  // namespace dotmesh::anycast
