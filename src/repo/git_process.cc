#include "repo/git_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <vector>

extern char** environ;

namespace dotmesh {
namespace {

// A fault in words; more is cut off.
constexpr std::size_t kMaxAnswer = 16 * 1024;
// Eight fields, the longest a URL or path.
constexpr std::size_t kMaxRequest = 32 * 1024;

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

bool make_pipe(Fd& read_end, Fd& write_end) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  read_end.reset(ends[0]);
  write_end.reset(ends[1]);
  return true;
}

// NUL-separated fields: none of them can hold one.
std::string encode(const GitFetchOptions& o) {
  std::string out;
  for (const std::string& field : {std::to_string(::getpid()), o.copy, o.url, o.branch, o.ssh_key, o.ssh_known_hosts,
                                   std::to_string(o.stall_seconds), std::string(o.clone_afresh ? "1" : "0")}) {
    out += field;
    out += '\0';
  }
  return out;
}

// What a child must know: the options, and who has started it.
struct Request {
  GitFetchOptions options;
  pid_t parent = 0;
};

bool decode(const std::string& text, Request& request) {
  std::vector<std::string> fields;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\0', start);
    if (end == std::string::npos) return false;
    fields.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  if (fields.size() != 8) return false;
  const auto number = [](const std::string& field) { return std::strtoul(field.c_str(), nullptr, 10); };
  GitFetchOptions& o = request.options;
  request.parent = static_cast<pid_t>(number(fields[0]));
  o.copy = fields[1];
  o.url = fields[2];
  o.branch = fields[3];
  o.ssh_key = fields[4];
  o.ssh_known_hosts = fields[5];
  o.stall_seconds = static_cast<unsigned>(number(fields[6]));
  o.clone_afresh = fields[7] == "1";
  return true;
}

Result<pid_t> start(const std::string& program, int input, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  // The daemon's threads block the signals that main() waits for; the child takes them again.
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string name = "dotmesh";
  std::string command = "git-fetch";
  char* arguments[] = {name.data(), command.data(), nullptr};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return fail(fmt::format("cannot start {} for a fetch: {}", program, std::strerror(error)));
  return pid;
}

// How a child that gave no answer ended.
std::string describe_end(int status, const GitFetchOptions& options) {
  const std::string url = url_without_password(options.url);
  if (WIFSIGNALED(status)) {
    switch (WTERMSIG(status)) {
      case SIGALRM:
        return fmt::format("{}: nothing came for {} seconds; given up until the next try", url,
                           options.stall_seconds);
      case SIGBUS:
        return fmt::format("{}: the fetch could not write its files; is the disk of the state folder full?",
                           url);
      default:
        return fmt::format("{}: the fetch was ended by signal {} ({})", url, WTERMSIG(status),
                           strsignal(WTERMSIG(status)));
    }
  }
  return fmt::format("{}: the fetch ended with status {} and no word", url, WEXITSTATUS(status));
}

}  // namespace

GitProcess::GitProcess(std::string program)
    : program_(std::move(program)), interrupt_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

GitProcess::~GitProcess() {
  if (interrupt_fd_ >= 0) ::close(interrupt_fd_);
}

void GitProcess::interrupt() {
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(interrupt_fd_, &one, sizeof one);
}

Result<std::string> GitProcess::fetch(const GitFetchOptions& options) {
  Fd input_read, input_write, output_read, output_write;
  if (!make_pipe(input_read, input_write) || !make_pipe(output_read, output_write)) {
    return fail(fmt::format("cannot start a fetch: {}", std::strerror(errno)));
  }
  const std::string request = encode(options);
  if (request.size() > kMaxRequest) return fail("the [source] settings are too long");
  // Fits the pipe's buffer (64 KiB), so this does not wait for the child.
  if (::write(input_write.get(), request.data(), request.size()) != static_cast<ssize_t>(request.size())) {
    return fail(fmt::format("cannot start a fetch: {}", std::strerror(errno)));
  }
  input_write.reset();
  auto pid = start(program_, input_read.get(), output_write.get());
  if (!pid) return std::unexpected(pid.error());
  output_write.reset();

  std::string answer;
  bool stopped = false;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kMaxFetchSeconds);
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    std::array<pollfd, 2> waits{{{output_read.get(), POLLIN, 0}, {interrupt_fd_, POLLIN, 0}}};
    const int ready = ::poll(waits.data(), waits.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0 || waits[1].revents != 0) {
      stopped = true;
      ::kill(*pid, SIGKILL);
      break;
    }
    char buffer[4096];
    const ssize_t got = ::read(output_read.get(), buffer, sizeof buffer);
    if (got <= 0) break;  // the child has closed its end: it is ending
    if (answer.size() < kMaxAnswer) answer.append(buffer, static_cast<std::size_t>(got));
  }
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (stopped) return fail(fmt::format("{}: the fetch was stopped", url_without_password(options.url)));
  if (answer.empty()) return fail(describe_end(status, options));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return fail(std::move(answer));
  return answer;
}

int git_fetch_main() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpriority(PRIO_PROCESS, 0, 10);
  std::string request;
  char buffer[4096];
  for (ssize_t got; (got = ::read(STDIN_FILENO, buffer, sizeof buffer)) > 0;) {
    request.append(buffer, static_cast<std::size_t>(got));
    if (request.size() > kMaxRequest) return 2;
  }
  Request decoded;
  if (!decode(request, decoded)) return 2;
  if (::getppid() != decoded.parent) return 2;  // it died before this process asked to die with it
  GitFetchOptions& options = decoded.options;
  options.on_progress = [stall = options.stall_seconds] { ::alarm(stall); };
  options.on_progress();
  auto tip = git_fetch(options);
  const std::string& answer = tip ? *tip : tip.error().message;
  [[maybe_unused]] auto written = ::write(STDOUT_FILENO, answer.data(), answer.size());
  return tip ? 0 : 1;
}

}  // namespace dotmesh
