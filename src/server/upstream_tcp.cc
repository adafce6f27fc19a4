#include "server/upstream_tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "dns/wire.h"
#include "server/tcp_connection.h"

namespace dotmesh {
namespace {

constexpr std::size_t kLengthSize = 2;
constexpr std::size_t kReadSize = 16 << 10;

}  // namespace

// A question that has no answer yet, with what it takes to ask again.
struct UpstreamTcp::Question {
  ExchangeId exchange = kNoExchange;
  std::uint16_t message_id = 0;
  bool again = false;                // sent for the second time
  std::vector<std::uint8_t> octets;  // with their length in front
};

struct UpstreamConnection : EventSource {
  explicit UpstreamConnection(const SocketAddress& address)
      : EventSource(Kind::kUpstreamTcp), server(address), key(address) {}

  Descriptor socket;
  SocketAddress server;
  ServerKey key;
  std::vector<UpstreamTcp::Question> questions;
  OctetQueue output;
  OctetQueue input;       // starts at the length of a message
  std::uint32_t interest = 0;
  bool connected = false;
  bool answered = false;  // has given a response already
  bool retired = false;   // takes no further questions
  Clock::Monotonic last_use;
  std::list<UpstreamConnection>::iterator self;
};

UpstreamTcp::UpstreamTcp(std::size_t max_connections, UpstreamCounters& counters, int epoll,
                         UpstreamFailures& failures)
    : max_connections_(max_connections), counters_(counters), epoll_(epoll), failures_(failures) {}

UpstreamTcp::~UpstreamTcp() = default;

// Questions

void UpstreamTcp::send(ExchangeId id, const SocketAddress& server, std::span<const std::uint8_t> query,
                       Clock::Monotonic now) {
  Question question;
  question.exchange = id;
  question.message_id = load16(query.data());
  question.octets.reserve(kLengthSize + query.size());
  question.octets = {static_cast<std::uint8_t>(query.size() >> 8), static_cast<std::uint8_t>(query.size())};
  question.octets.insert(question.octets.end(), query.begin(), query.end());
  add(std::move(question), server, now);
}

void UpstreamTcp::add(Question question, const SocketAddress& server, Clock::Monotonic now) {
  ServerKey key(server);
  UpstreamFailure why = UpstreamFailure::kNoResources;
  Connection* connection = usable(key, question.message_id);
  if (connection == nullptr) connection = open(server, key, now, why);
  if (connection == nullptr) return failures_.add(question.exchange, why);
  counters_.tcp_sent.add();
  connection->last_use = now;
  connection->output.append(question.octets);
  exchanges_[question.exchange] = connection;
  connection->questions.push_back(std::move(question));
  if (connection->connected && !flush(*connection)) end(*connection, UpstreamFailure::kClosed, now);
}

// The server's current connection, if it may carry one more question with that ID.
UpstreamTcp::Connection* UpstreamTcp::usable(const ServerKey& key, std::uint16_t message_id) {
  auto found = current_.find(key);
  if (found == current_.end()) return nullptr;
  Connection& connection = *found->second;
  bool clash = std::ranges::any_of(connection.questions,
                                   [message_id](const Question& q) { return q.message_id == message_id; });
  if (!clash && connection.questions.size() < kMaxOpen) return &connection;
  retire(connection);
  return nullptr;
}

UpstreamTcp::Connection* UpstreamTcp::open(const SocketAddress& server, const ServerKey& key, Clock::Monotonic now,
                                           UpstreamFailure& why) {
  why = UpstreamFailure::kNoResources;
  if (connections_.size() >= max_connections_ && !make_room()) return nullptr;
  Descriptor socket(::socket(server.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) {
    if (errno == EAFNOSUPPORT) why = UpstreamFailure::kUnreachable;
    return nullptr;
  }
  int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.get(), server.get(), server.size()) != 0 && errno != EINPROGRESS) {
    if (errno != EADDRNOTAVAIL && errno != EAGAIN) why = UpstreamFailure::kUnreachable;
    return nullptr;
  }
  connections_.emplace_back(server);
  Connection& connection = connections_.back();
  connection.self = std::prev(connections_.end());
  connection.last_use = now;
  connection.interest = EPOLLOUT;
  epoll_event event{.events = EPOLLOUT, .data = {.ptr = static_cast<EventSource*>(&connection)}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.get(), &event) != 0) {
    connections_.pop_back();
    return nullptr;
  }
  connection.socket = std::move(socket);
  counters_.tcp_connections.add();
  current_[key] = &connection;
  return &connection;
}

// False when the connection has failed.
bool UpstreamTcp::flush(Connection& connection) {
  if (!connection.output.empty()) {
    auto rest = connection.output.octets();
    ssize_t n = ::send(connection.socket.get(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (n > 0) connection.output.take(static_cast<std::size_t>(n));
  }
  std::uint32_t wanted = connection.output.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT;
  if (wanted == connection.interest) return true;
  connection.interest = wanted;
  epoll_event event{.events = wanted, .data = {.ptr = static_cast<EventSource*>(&connection)}};
  return ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket.get(), &event) == 0;
}

bool UpstreamTcp::forget(ExchangeId id) {
  auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return false;
  Connection& connection = *found->second;
  exchanges_.erase(found);
  std::erase_if(connection.questions, [id](const Question& q) { return q.exchange == id; });
  // Kept for later questions only if it is in order: connected, and not in the middle of a response.
  if (connection.questions.empty() &&
      (connection.retired || !connection.answered || !connection.output.empty() || !connection.input.empty())) {
    close(connection);
  }
  return true;
}

// Answers

void UpstreamTcp::on_event(EventSource& source, std::uint32_t events, BatchHandler& handler,
                           Clock::Monotonic now) {
  auto& connection = static_cast<Connection&>(source);
  if (!connection.socket.valid()) return;
  if (!connection.connected) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return end(connection, UpstreamFailure::kUnreachable, now);
    if ((events & EPOLLOUT) == 0) return;
    connection.connected = true;
  }
  if (!flush(connection)) return end(connection, UpstreamFailure::kClosed, now);
  if (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) read(connection, handler, now);
}

void UpstreamTcp::read(Connection& connection, BatchHandler& handler, Clock::Monotonic now) {
  if (scratch_.empty()) scratch_.resize(kReadSize);
  ssize_t n = ::recv(connection.socket.get(), scratch_.data(), scratch_.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return end(connection, UpstreamFailure::kClosed, now);
  connection.last_use = now;
  connection.input.append(std::span(scratch_).first(static_cast<std::size_t>(n)));
  take_frames(connection, handler);
  // A length without a message: what follows cannot be told apart.
  if (connection.retired && connection.socket.valid() && !connection.input.empty() &&
      connection.input.size() >= kLengthSize && load16(connection.input.octets().data()) == 0) {
    return end(connection, UpstreamFailure::kClosed, now);
  }
  if (connection.socket.valid() && connection.retired && connection.questions.empty()) close(connection);
}

void UpstreamTcp::take_frames(Connection& connection, BatchHandler& handler) {
  // What the core does with a response may close the connection; its memory stays until end_turn().
  while (connection.socket.valid()) {
    auto octets = connection.input.octets();
    if (octets.size() < kLengthSize) return;
    std::size_t length = load16(octets.data());
    if (length == 0) return retire(connection);
    if (octets.size() - kLengthSize < length) return;
    std::vector<std::uint8_t> message(octets.begin() + kLengthSize,
                                      octets.begin() + static_cast<std::ptrdiff_t>(kLengthSize + length));
    connection.input.take(kLengthSize + length);
    take(connection, message, handler);
  }
}

void UpstreamTcp::take(Connection& connection, std::span<const std::uint8_t> message, BatchHandler& handler) {
  if (message.size() < kHeaderSize) return counters_.unmatched.add();
  auto question = std::ranges::find(connection.questions, load16(message.data()), &Question::message_id);
  if (question == connection.questions.end()) return counters_.unmatched.add();  // forgotten, most likely
  ExchangeId id = question->exchange;
  connection.answered = true;
  connection.questions.erase(question);
  exchanges_.erase(id);
  counters_.tcp_received.add();
  handler.on_response(id, message);
}

// The connections themselves

// The other side has ended it, or it never began.
void UpstreamTcp::end(Connection& connection, UpstreamFailure failure, Clock::Monotonic now) {
  bool try_again = connection.answered && failure == UpstreamFailure::kClosed;
  std::vector<Question> questions = std::move(connection.questions);
  connection.questions.clear();
  SocketAddress server = connection.server;
  close(connection);
  for (Question& question : questions) {
    exchanges_.erase(question.exchange);
    if (!try_again || question.again) {
      failures_.add(question.exchange, failure);
      continue;
    }
    question.again = true;
    add(std::move(question), server, now);
  }
}

void UpstreamTcp::retire(Connection& connection) {
  connection.retired = true;
  auto found = current_.find(connection.key);
  if (found != current_.end() && found->second == &connection) current_.erase(found);
}

void UpstreamTcp::close(Connection& connection) {
  if (!connection.socket.valid()) return;
  retire(connection);
  connection.socket.reset();  // epoll forgets it with the last descriptor
  closed_.splice(closed_.end(), connections_, connection.self);
}

bool UpstreamTcp::make_room() {
  auto idle = std::ranges::find_if(connections_, [](const Connection& c) { return c.questions.empty(); });
  if (idle == connections_.end()) return false;
  close(*idle);
  return true;
}

void UpstreamTcp::close_old(Clock::Monotonic now) {
  for (auto next = connections_.begin(); next != connections_.end();) {
    Connection& connection = *next++;
    if (connection.questions.empty() && now - connection.last_use >= kIdle) close(connection);
  }
}

void UpstreamTcp::end_turn() { closed_.clear(); }

}  // namespace dotmesh
