#include "server/tcp_service.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "server/response_bits.h"

namespace dotmesh {
namespace {

constexpr std::size_t kLengthSize = 2;  // RFC 1035 section 4.2.2

// What one read takes: many pipelined queries, yet little to keep when a turn cannot answer them all.
constexpr std::size_t kReadSize = 16 << 10;

// The first message of `octets` with its length field, or empty while it is not complete.
std::span<const std::uint8_t> first_frame(std::span<const std::uint8_t> octets) {
  if (octets.size() < kLengthSize) return {};
  std::size_t length = std::size_t{octets[0]} << 8 | octets[1];
  if (octets.size() - kLengthSize < length) return {};
  return octets.first(kLengthSize + length);
}

}  // namespace

struct TcpService::Scratch {
  std::array<std::uint8_t, kReadSize> input;
  std::array<std::uint8_t, kOutputSize> output;
  std::array<std::uint8_t, kLengthSize + kMaxMessage> later;
};

TcpService::TcpService(const TcpOptions& options, WorkerCounters& counters, int epoll)
    : options_(options),
      counters_(counters),
      epoll_(epoll),
      scratch_(std::make_unique_for_overwrite<Scratch>()) {}

TcpService::~TcpService() = default;

bool TcpService::watch(TcpListener& listener) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = static_cast<EventSource*>(&listener)}};
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, listener.descriptor.get(), &event) == 0;
}

void TcpService::begin_turn(Clock::Monotonic now) {
  now_ = now;
  budget_ = kQueriesPerTurn;
  if (!paused_listeners_.empty() && now_ >= accept_paused_until_) {
    for (TcpListener* listener : paused_listeners_) watch(*listener);
    paused_listeners_.clear();
  }
}

// New connections

void TcpService::accept(TcpListener& listener, BatchHandler& handler) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    Descriptor socket(::accept4(listener.descriptor.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                                SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.valid()) {
      add_connection(std::move(socket), peer, listener.roles, handler);
      continue;
    }
    if (errno == EAGAIN) return;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      counters_.connections.accept_failed.add();
      pause_accepting(listener);
      return;
    }
    // Anything else is a fault of that one connection (accept(2), "Error handling").
  }
}

// The waiting connection would make epoll report the listener again and again, for nothing.
void TcpService::pause_accepting(TcpListener& listener) {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, listener.descriptor.get(), nullptr);
  paused_listeners_.push_back(&listener);
  accept_paused_until_ = now_ + kAcceptPause;
  // Room for when the pause ends, or the idle would keep everyone else out.
  for (int i = 0; i < kAcceptsPerTurn && !waiting_.empty(); ++i) {
    close(waiting_.front(), &counters_.connections.closed_for_room);
  }
}

bool TcpService::make_room() {
  if (open_ < options_.max_connections) return true;
  for (auto* list : {&waiting_, &blocked_, &answering_}) {
    if (list->empty()) continue;
    close(list->front(), &counters_.connections.closed_for_room);
    return true;
  }
  return false;
}

void TcpService::add_connection(Descriptor socket, const sockaddr_storage& peer, std::uint8_t roles,
                                BatchHandler& handler) {
  auto& counts = counters_.connections;
  auto client = per_client_.find(client_key(peer));
  if (client != per_client_.end() && client->second >= options_.max_connections_per_client) {
    counts.refused_client.add();
    return;
  }
  if (!make_room()) {
    counts.refused_full.add();
    return;
  }
  waiting_.emplace_back();
  TcpConnection& connection = waiting_.back();
  connection.self = std::prev(waiting_.end());
  connection.id = ++last_id_;
  connection.peer = peer;
  connection.roles = roles;
  connection.opened = connection.waiting_since = now_;
  connection.interest = EPOLLIN;
  epoll_event event{.events = EPOLLIN, .data = {.ptr = static_cast<EventSource*>(&connection)}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket.get(), &event) != 0) {
    counts.accept_failed.add();
    waiting_.pop_back();
    return;
  }
  connection.socket = std::move(socket);
  ++per_client_[client_key(peer)];
  ++open_;
  counts.accepted.add();
  // TCP_DEFER_ACCEPT: the query is usually there already.
  serve(connection, handler);
}

// One connection's turn

void TcpService::on_event(TcpConnection& connection, std::uint32_t events, BatchHandler& handler) {
  if (!connection.socket.valid()) return;
  if (events & (EPOLLERR | EPOLLHUP)) {
    close(connection);
    return;
  }
  serve(connection, handler);
}

void TcpService::serve_ready(BatchHandler& handler) {
  for (std::size_t n = ready_.size(); n > 0 && budget_ > 0; --n) serve(ready_.front(), handler);
}

void TcpService::serve(TcpConnection& connection, BatchHandler& handler) {
  serving_ = &connection;
  if (flush_output(connection) && !connection.finishing) {
    if (connection.input.empty() || first_frame(connection.input.octets()).empty()) {
      read(connection, handler);
    } else {
      connection.input.take(answer_messages(connection, connection.input.octets(), handler));
    }
  }
  serving_ = nullptr;
  settle(connection);
}

// True when nothing is left to send.
bool TcpService::flush_output(TcpConnection& connection) {
  if (!connection.socket.valid()) return false;
  if (connection.output.empty()) return true;
  auto rest = connection.output.octets();
  ssize_t n = ::send(connection.socket.get(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n > 0) {
    connection.progressed = true;
    connection.output.take(static_cast<std::size_t>(n));
  } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
    close(connection);
    return false;
  }
  return connection.output.empty();
}

void TcpService::read(TcpConnection& connection, BatchHandler& handler) {
  if (budget_ == 0) return;  // epoll reports it again in the next turn
  ssize_t n = ::recv(connection.socket.get(), scratch_->input.data(), kReadSize, MSG_DONTWAIT);
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR) close(connection);
    return;
  }
  if (n == 0) {
    connection.finishing = true;
    return;
  }
  auto octets = std::span<const std::uint8_t>(scratch_->input).first(static_cast<std::size_t>(n));
  if (connection.input.empty()) {
    std::size_t taken = answer_messages(connection, octets, handler);
    if (taken < octets.size()) connection.input.append(octets.subspan(taken));
  } else {
    connection.input.append(octets);
    connection.input.take(answer_messages(connection, connection.input.octets(), handler));
  }
}

// Answers complete messages at the front of `octets`; returns how many octets it has used.
std::size_t TcpService::answer_messages(TcpConnection& connection,
                                        std::span<const std::uint8_t> octets,
                                        BatchHandler& handler) {
  std::span<std::uint8_t> out = scratch_->output;
  std::size_t used = 0;
  std::size_t written = 0;
  for (std::size_t n = 0; n < kQueriesPerConnectionTurn && budget_ > 0; ++n) {
    if (connection.unanswered >= kMaxUnanswered) break;
    auto frame = first_frame(octets.subspan(used));
    if (frame.empty()) break;
    if (frame.size() == kLengthSize) {  // not a message, so nothing after it can be trusted
      counters_.tcp.malformed.add();
      connection.finishing = true;
      break;
    }
    if (out.size() - written < kLengthSize + kMaxMessage) {
      if (!send_or_keep(connection, out.first(written))) return used;
      written = 0;
    }
    used += frame.size();
    written += answer_one(connection, frame.subspan(kLengthSize), out.subspan(written), handler);
    --budget_;
  }
  if (written > 0) send_or_keep(connection, out.first(written));
  return used;
}

// Writes the framed response to `out`; returns its size, 0 for none.
std::size_t TcpService::answer_one(TcpConnection& connection, std::span<const std::uint8_t> message,
                                   std::span<std::uint8_t> out, BatchHandler& handler) {
  Exchange exchange;
  exchange.query = message;
  exchange.client.transport = Transport::kTcp;
  exchange.client.address = reinterpret_cast<const sockaddr*>(&connection.peer);
  exchange.client.roles = connection.roles;
  exchange.out = out.subspan(kLengthSize, kMaxMessage);
  exchange.keeper = this;
  handler.answer(std::span(&exchange, 1));
  connection.progressed = true;
  counters_.tcp.received.add();
  std::size_t size = exchange.response_size;
  if (size == 0) {
    (exchange.later ? counters_.tcp.later : counters_.tcp.dropped).add();
    return 0;
  }
  count_answer(exchange.out.first(size));
  out[0] = static_cast<std::uint8_t>(size >> 8);
  out[1] = static_cast<std::uint8_t>(size);
  return kLengthSize + size;
}

void TcpService::count_answer(std::span<const std::uint8_t> response) {
  counters_.tcp.answered.add();
  if (is_format_error(response.data(), response.size())) counters_.tcp.malformed.add();
  if (is_truncated(response.data(), response.size())) counters_.tcp.truncated.add();
}

// Answers that come later

std::optional<ReplyTicket> TcpService::keep(const Exchange& /*exchange*/) {
  if (serving_ == nullptr || !serving_->socket.valid()) return std::nullopt;
  if (serving_->unanswered++ == 0) unanswered_[serving_->id] = serving_;
  return serving_->id;
}

void TcpService::reply(ReplyTicket ticket, std::span<const std::uint8_t> response) {
  auto found = unanswered_.find(ticket);
  if (found == unanswered_.end()) return;  // the connection is gone
  TcpConnection& connection = *found->second;
  if (--connection.unanswered == 0) unanswered_.erase(found);
  connection.progressed = true;
  if (response.empty()) {
    counters_.tcp.dropped.add();
  } else if (connection.output.size() >= kOutputSize) {
    return close(connection, &counters_.connections.closed_slow_reader);
  } else {
    count_answer(response);
    std::span<std::uint8_t> framed = scratch_->later;
    framed[0] = static_cast<std::uint8_t>(response.size() >> 8);
    framed[1] = static_cast<std::uint8_t>(response.size());
    std::ranges::copy(response, framed.begin() + kLengthSize);
    send_or_keep(connection, framed.first(kLengthSize + response.size()));
  }
  if (&connection != serving_) settle(connection);
}

// Sending

// False when the client does not take it all now (the rest is kept) or the connection was closed.
bool TcpService::send_or_keep(TcpConnection& connection, std::span<const std::uint8_t> octets) {
  if (!connection.socket.valid()) return false;
  if (!connection.output.empty()) {
    connection.output.append(octets);
    return false;
  }
  ssize_t n = ::send(connection.socket.get(), octets.data(), octets.size(),
                     MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN && errno != EINTR) {
    close(connection);
    return false;
  }
  std::size_t sent = n > 0 ? static_cast<std::size_t>(n) : 0;
  if (sent == octets.size()) return true;
  connection.output.append(octets.subspan(sent));
  return false;
}

// Decides what the connection waits for next.
void TcpService::settle(TcpConnection& connection) {
  if (!connection.socket.valid()) return;
  Counter* reason = nullptr;
  if (now_ - connection.opened >= options_.max_lifetime) {
    connection.finishing = true;
    reason = &counters_.connections.closed_lifetime;
  }
  bool waits = connection.unanswered > 0;
  if (!connection.output.empty()) {
    move_to(connection, Waiting::kForReader);
    set_interest(connection, EPOLLOUT);
  } else if (connection.finishing && !waits) {
    close(connection, reason);
  } else if (connection.finishing || connection.unanswered >= kMaxUnanswered) {
    move_to(connection, Waiting::kForAnswer);
    set_interest(connection, 0);
  } else if (!first_frame(connection.input.octets()).empty()) {
    move_to(connection, Waiting::kForTurn);
    set_interest(connection, 0);
  } else {
    move_to(connection, waits ? Waiting::kForAnswer : Waiting::kForQuery);
    set_interest(connection, EPOLLIN);
  }
}

void TcpService::move_to(TcpConnection& connection, Waiting waiting) {
  if (waiting == connection.waiting && !connection.progressed) return;
  auto& from = list_of(connection.waiting);
  auto& to = list_of(waiting);
  to.splice(to.end(), from, connection.self);
  connection.waiting = waiting;
  connection.waiting_since = now_;
  connection.progressed = false;
}

std::list<TcpConnection>& TcpService::list_of(Waiting waiting) {
  switch (waiting) {
    case Waiting::kForTurn: return ready_;
    case Waiting::kForReader: return blocked_;
    case Waiting::kForAnswer: return answering_;
    case Waiting::kForQuery: break;
  }
  return waiting_;
}

void TcpService::set_interest(TcpConnection& connection, std::uint32_t events) {
  if (connection.interest == events) return;
  epoll_event event{.events = events, .data = {.ptr = static_cast<EventSource*>(&connection)}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket.get(), &event);
  connection.interest = events;
}

// The end of a connection

void TcpService::close(TcpConnection& connection, Counter* reason) {
  if (!connection.socket.valid()) return;
  connection.socket.reset();  // epoll forgets it with the last descriptor
  if (connection.unanswered > 0) unanswered_.erase(connection.id);
  auto client = per_client_.find(client_key(connection.peer));
  if (client != per_client_.end() && --client->second == 0) per_client_.erase(client);
  closed_.splice(closed_.end(), list_of(connection.waiting), connection.self);
  --open_;
  counters_.connections.closed.add();
  if (reason != nullptr) reason->add();
}

void TcpService::end_turn() {
  auto& counts = counters_.connections;
  while (!waiting_.empty() && now_ - waiting_.front().waiting_since >= idle_timeout()) {
    close(waiting_.front(), &counts.closed_idle);
  }
  while (!blocked_.empty() && now_ - blocked_.front().waiting_since >= options_.write_timeout) {
    close(blocked_.front(), &counts.closed_slow_reader);
  }
  while (!answering_.empty() && now_ - answering_.front().waiting_since >= kAnswerTimeout) {
    close(answering_.front(), &counts.closed_idle);
  }
  closed_.clear();
}

std::chrono::milliseconds TcpService::idle_timeout() const {
  bool busy = open_ > options_.max_connections / 4 * 3;
  return busy ? options_.idle_timeout_when_busy : options_.idle_timeout;
}

std::optional<Clock::Monotonic> TcpService::next_deadline() const {
  std::optional<Clock::Monotonic> first;
  auto consider = [&first](Clock::Monotonic time) { first = first ? std::min(*first, time) : time; };
  if (!waiting_.empty()) consider(waiting_.front().waiting_since + idle_timeout());
  if (!blocked_.empty()) consider(blocked_.front().waiting_since + options_.write_timeout);
  if (!answering_.empty()) consider(answering_.front().waiting_since + kAnswerTimeout);
  if (!paused_listeners_.empty()) consider(accept_paused_until_);
  return first;
}

void TcpService::close_all() {
  for (auto* list : {&waiting_, &ready_, &blocked_, &answering_}) {
    while (!list->empty()) close(list->front());
  }
  closed_.clear();
}

std::size_t TcpService::ClientKeyHash::operator()(const ClientKey& key) const {
  // The table never holds more than max_connections keys, so chosen collisions buy little.
  return std::hash<std::uint64_t>()(key.high * 0x9e3779b97f4a7c15u ^ key.low);
}

}  // namespace dotmesh
