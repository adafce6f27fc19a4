#include "anycast/bird_client.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dotmesh::anycast {
namespace {

std::string_view connect_way_out(int error) {
  switch (error) {
    case ENOENT:
    case ECONNREFUSED:
      return "; is BIRD running? [anycast] bird_socket names its control socket";
    case EACCES:
    case EPERM:
      return "; start dotmesh as root or as a member of BIRD's group";
    default:
      return "";
  }
}

}  // namespace

void BirdClient::give_up(std::string why, Clock::Monotonic now) {
  fault_ = fmt::format("BIRD at {}: {}", path_, why);
  socket_.reset();
  greeted_ = false;
  buffer_.clear();
  queue_.clear();
  since_ = now;
}

void BirdClient::connect(Clock::Monotonic now) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) return give_up("the path is too long", now);
  path_.copy(address.sun_path, path_.size());
  socket_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_.valid()) return give_up(std::strerror(errno), now);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return give_up(fmt::format("{}{}", std::strerror(errno), connect_way_out(errno)), now);
  }
  since_ = now;
}

bool BirdClient::send(const std::string& command, OnReply on_reply, Clock::Monotonic now) {
  if (!greeted_ || queue_.size() >= kMaxQueue) return false;
  queue_.push_back({command + "\n", std::move(on_reply)});
  if (queue_.size() == 1) send_next(now);
  return greeted_;
}

void BirdClient::send_next(Clock::Monotonic now) {
  if (queue_.empty()) return;
  reply_ = {};
  since_ = now;
  const std::string& text = queue_.front().text;
  // One short line at a time into an empty buffer: it fits or the other side is broken.
  if (::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(text.size())) {
    give_up(fmt::format("it takes no commands ({})", std::strerror(errno)), now);
  }
}

void BirdClient::on_time(Clock::Monotonic now) {
  if (!socket_.valid()) {
    if (now - since_ >= kRetry || fault_.empty()) connect(now);
    return;
  }
  if ((!greeted_ || !queue_.empty()) && now - since_ >= kPatience) {
    if (overdue_ < since_) overdue_ = now;
    if (now - overdue_ < kGrace) return;
    give_up(fmt::format("no answer on its control socket for {} ms; is it overloaded or stopped?",
                        kPatience.count()),
            now);
  }
}

void BirdClient::add_to(std::vector<pollfd>& waits) const {
  if (socket_.valid()) waits.push_back({socket_.get(), POLLIN, 0});
}

void BirdClient::look(Clock::Monotonic now) {
  while (socket_.valid()) {
    char chunk[4096];
    const ssize_t got = ::recv(socket_.get(), chunk, sizeof chunk, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {  // closed, or reset
      const bool between = greeted_ && buffer_.empty() && queue_.empty();
      return give_up(between ? "it has ended" : "its answer is cut off", now);
    }
    buffer_.append(chunk, static_cast<std::size_t>(got));
    if (buffer_.size() > kMaxReply) return give_up("its answer is too long", now);
    take_lines(now);
  }
}

void BirdClient::take_lines(Clock::Monotonic now) {
  std::size_t start = 0;
  for (std::size_t end; socket_.valid() && (end = buffer_.find('\n', start)) != std::string::npos;
       start = end + 1) {
    take_line(buffer_.substr(start, end - start), now);
  }
  if (socket_.valid()) buffer_.erase(0, start);  // else give_up() has emptied it
}

void BirdClient::take_line(std::string_view line, Clock::Monotonic now) {
  if (line.empty()) return;
  if (!queue_.empty() && line.front() != '+' && (line.front() == ' ' || line.size() > 5)) {
    reply_.lines.append(line.substr(line.front() == ' ' ? 1 : 5)).append("\n");
    if (reply_.lines.size() > kMaxReply) return give_up("its answer is too long", now);
  }
  if (line.front() == ' ' || line.front() == '+')
    return;  // continues the one before, or a log line
  if (line.size() < 5 || line.find_first_not_of("0123456789") != 4 ||
      (line[4] != ' ' && line[4] != '-')) {
    return give_up("its answer is not understood; is this the control socket of BIRD 2?", now);
  }
  const int code =
      (line[0] - '0') * 1000 + (line[1] - '0') * 100 + (line[2] - '0') * 10 + (line[3] - '0');
  const bool last = line[4] == ' ';
  if (!greeted_) {
    if (code != 1) return give_up("it does not greet as BIRD 2 does", now);
    if (!last) return;
    greeted_ = true;
    incarnation_++;
    fault_.clear();
    return;
  }
  if (queue_.empty()) return;
  if (code > reply_.code || reply_.code == 0) {
    reply_.code = code;
    reply_.text = line.substr(5);
  }
  if (!last) return;
  const Command done = std::move(queue_.front());
  queue_.pop_front();
  const Reply reply = std::move(reply_);
  send_next(now);
  if (done.on_reply) done.on_reply(reply);
}

}  // namespace dotmesh::anycast
