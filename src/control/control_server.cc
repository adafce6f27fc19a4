#include "control/control_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "control/control_protocol.h"

namespace dotmesh {
namespace {

std::unexpected<Error> bind_fail(const std::string& path) {
  const char* way_out = errno == EADDRINUSE ? " (something that is no socket stands there)"
                        : errno == ENOENT || errno == EACCES ? " (its folder must be there, and open to the daemon's user)" : "";
  return fail(fmt::format("{}: control socket: {}{}", path, std::strerror(errno), way_out));
}

void set_time_limit(int fd, int option) {
  const timeval limit{kControlIdle.count(), 0};
  ::setsockopt(fd, SOL_SOCKET, option, &limit, sizeof limit);
}

bool send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::bind(std::string path, uid_t owner, gid_t group) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(fmt::format("{}: a control socket's path has at most {} characters; set [control] socket", path,
                            sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return bind_fail(path);
  struct stat status;
  if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) ::unlink(path.c_str());
  const mode_t mask = ::umask(0117);  // 0660 from the first moment
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int bind_error = errno;
  ::umask(mask);
  errno = bind_error;
  if (!bound || ::listen(fd, static_cast<int>(kMaxControlClients)) != 0) {
    auto fault = bind_fail(path);
    ::close(fd);
    return fault;
  }
  if (owner != static_cast<uid_t>(-1) && ::lchown(path.c_str(), owner, group) != 0) {
    auto fault = bind_fail(path);
    ::close(fd);
    return fault;
  }
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(path), fd));
}

ControlServer::ControlServer(std::string path, int fd)
    : path_(std::move(path)), listen_fd_(fd), stop_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

ControlServer::~ControlServer() {
  stop();
  ::close(listen_fd_);
  ::close(stop_fd_);
  ::unlink(path_.c_str());
}

void ControlServer::start(CommandTable commands) {
  commands_ = std::move(commands);
  thread_ = std::thread([this] { accept_clients(); });
}

void ControlServer::stop() {
  if (!thread_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(stop_fd_, &one, sizeof one);
  thread_.join();
}

void ControlServer::accept_clients() {
  ::pthread_setname_np(::pthread_self(), "control");
  while (true) {
    reap(false);
    // When full, only look again for clients that have gone.
    const bool full = clients_.size() >= kMaxControlClients;
    std::array<pollfd, 2> waits{{{stop_fd_, POLLIN, 0}, {full ? -1 : listen_fd_, POLLIN, 0}}};
    constexpr int kLookForGone = 100;
    ::poll(waits.data(), waits.size(), full ? kLookForGone : -1);
    if (waits[0].revents != 0) break;
    if (waits[1].revents == 0) continue;
    const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {
      // Out of descriptors: the client waits in the queue, do not spin over it.
      if (errno != EINTR && errno != ECONNABORTED) ::poll(waits.data(), 1, kLookForGone);
      continue;
    }
    set_time_limit(fd, SO_RCVTIMEO);
    set_time_limit(fd, SO_SNDTIMEO);
    Client& client = clients_.emplace_back(Client{fd, false, {}});
    client.thread = std::thread([this, &client] { serve(client); });
  }
  for (Client& client : clients_) ::shutdown(client.fd, SHUT_RD);
  reap(true);
}

void ControlServer::reap(bool all) {
  for (auto it = clients_.begin(); it != clients_.end();) {
    bool done = all;
    {
      std::lock_guard lock(mutex_);
      done = done || it->done;
    }
    if (!done) {
      ++it;
      continue;
    }
    it->thread.join();
    ::close(it->fd);
    it = clients_.erase(it);
  }
}

void ControlServer::serve(Client& client) {
  ::pthread_setname_np(::pthread_self(), "control-client");
  std::string buffer;
  char chunk[1024];
  while (true) {
    const std::size_t end = buffer.find('\n');
    if (end != std::string::npos) {
      const std::string response = write_control_response(run(std::string_view(buffer).substr(0, end)));
      buffer.erase(0, end + 1);
      if (!send_all(client.fd, response) || !send_all(client.fd, "\n")) break;
      continue;
    }
    if (buffer.size() > kMaxControlRequest) {
      send_all(client.fd, write_control_response(fail("the request is too long")) + "\n");
      break;
    }
    const ssize_t got = ::recv(client.fd, chunk, sizeof chunk, 0);
    if (got <= 0) break;
    buffer.append(chunk, static_cast<std::size_t>(got));
  }
  ::shutdown(client.fd, SHUT_RDWR);
  std::lock_guard lock(mutex_);
  client.done = true;
}

Result<std::string> ControlServer::run(std::string_view line) const {
  auto request = parse_control_request(line);
  if (!request) return std::unexpected(request.error());
  auto command = commands_.find(request->command);
  if (command == commands_.end()) {
    std::string known;
    for (const auto& [name, function] : commands_) known += (known.empty() ? "" : ", ") + name;
    return fail(fmt::format("no command \"{}\"; there are: {}", request->command, known));
  }
  auto result = command->second(request->argument);
  if (result && result->size() > kMaxControlResponse) return fail("the answer is too long");
  return result;
}

}  // namespace dotmesh
