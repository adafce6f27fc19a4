#include "control/control_client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dotmesh {
namespace {

Result<std::string> exchange(int fd, const ControlRequest& request) {
  const std::string line = write_control_request(request) + "\n";
  if (::send(fd, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) {
    return fail(std::strerror(errno));
  }
  std::string answer;
  char chunk[16 * 1024];
  while (answer.empty() || answer.back() != '\n') {
    const ssize_t got = ::recv(fd, chunk, sizeof chunk, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(std::strerror(errno));
    if (got == 0) return fail("the daemon closed the connection without an answer; it is stopping");
    answer.append(chunk, static_cast<std::size_t>(got));
    if (answer.size() > kMaxControlResponse + 1024) return fail("the answer is too long");
  }
  answer.pop_back();
  return parse_control_response(answer);
}

}  // namespace

Result<std::string> ask_daemon(const std::string& socket_path, const ControlRequest& request) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path) return fail(socket_path + ": the path is too long");
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(std::strerror(errno));
  Result<std::string> answer;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const bool absent = errno == ENOENT || errno == ECONNREFUSED;
    answer = fail(fmt::format("{}: {}; {}", socket_path, std::strerror(errno),
                              absent ? "is the daemon running? Name its node file with --config or its state "
                                       "folder with --state"
                                     : "ask as root or as a member of the daemon's group"));
  } else {
    answer = exchange(fd, request);
  }
  ::close(fd);
  return answer;
}

}  // namespace dotmesh
