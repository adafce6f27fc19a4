#include "anycast/probe.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "dns/wire.h"

namespace dotmesh::anycast {
namespace {

// From loopback: of the server's client class for this machine, which no limit concerns.
bool bind_source(int fd, const SocketAddress& target) {
  const auto source = SocketAddress::parse(target.is_ipv6() ? "::1@0" : "127.0.0.1@0", 0);
  return ::bind(fd, source->get(), source->size()) == 0;
}

std::string refusal(int error) {
  return error == ECONNREFUSED ? "nothing listens there" : std::strerror(error);
}

}  // namespace

void Probe::open(Way& way, int type) {
  way.done = false;
  way.fault.reset();
  way.received.clear();
  way.socket = Descriptor(::socket(target_.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = way.socket.get();
  if (fd < 0) return end(way, std::strerror(errno));
  if (type == SOCK_STREAM) {  // hundreds of connections a minute leave nothing in TIME_WAIT
    const linger at_once{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  if (!bind_source(fd, target_))
    return end(way, fmt::format("no source address: {}", std::strerror(errno)));
  if (::connect(fd, target_.get(), target_.size()) != 0 && errno != EINPROGRESS)
    end(way, refusal(errno));
}

void Probe::begin(const Question& question) {
  question_ = question;
  if (::getrandom(&id_, sizeof id_, GRND_NONBLOCK) != sizeof id_) id_++;
  const std::vector<std::uint8_t> message = query_message(question, id_);
  udp_.sent = message;
  tcp_.sent.assign(2, 0);
  store16(tcp_.sent.data(), static_cast<std::uint16_t>(message.size()));
  tcp_.sent.insert(tcp_.sent.end(), message.begin(), message.end());
  open(udp_, SOCK_DGRAM);
  open(tcp_, SOCK_STREAM);
  if (!udp_.done && ::send(udp_.socket.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0)
    end(udp_, refusal(errno));
  // On the machine itself the connection is mostly there already, and need not be waited for.
  if (!tcp_.done) look_tcp();
}

void Probe::end(Way& way, std::optional<std::string> fault) {
  way.done = true;
  way.fault = std::move(fault);
  way.socket.reset();
}

void Probe::look() {
  if (!udp_.done && udp_.socket.valid()) look_udp();
  if (!tcp_.done && tcp_.socket.valid()) look_tcp();
}

void Probe::look_udp() {
  std::uint8_t buffer[2048];
  const ssize_t got = ::recv(udp_.socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) return end(udp_, refusal(errno));
  end(udp_, reply_fault(question_, id_, std::span(buffer).first(static_cast<std::size_t>(got))));
}

void Probe::look_tcp() {
  const int fd = tcp_.socket.get();
  if (!tcp_.sent.empty()) {  // the connection is there, or has failed
    const ssize_t sent =
        ::send(fd, tcp_.sent.data(), tcp_.sent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (sent < 0) return end(tcp_, refusal(errno));
    tcp_.sent.erase(tcp_.sent.begin(), tcp_.sent.begin() + sent);
    if (!tcp_.sent.empty()) return;
  }
  std::uint8_t buffer[2048];
  const ssize_t got = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got < 0) return end(tcp_, refusal(errno));
  if (got == 0) return end(tcp_, "the connection was closed without an answer");
  tcp_.received.insert(tcp_.received.end(), buffer, buffer + got);
  if (tcp_.received.size() < 2) return;
  const std::size_t size = load16(tcp_.received.data());
  if (tcp_.received.size() - 2 < size) return;  // at most 64 KiB are kept
  end(tcp_, reply_fault(question_, id_, std::span(tcp_.received).subspan(2, size)));
}

void Probe::add_to(std::vector<pollfd>& waits) const {
  if (!udp_.done && udp_.socket.valid()) waits.push_back({udp_.socket.get(), POLLIN, 0});
  if (!tcp_.done && tcp_.socket.valid()) {
    waits.push_back(
        {tcp_.socket.get(), static_cast<short>(tcp_.sent.empty() ? POLLIN : POLLOUT), 0});
  }
}

std::optional<std::string> Probe::fault() const {
  for (const Way* way : {&udp_, &tcp_}) {
    if (way->done && !way->fault) continue;
    return fmt::format("{}: {}", way->transport,
                       way->done ? *way->fault : fmt::format("no answer to {}", question_.name));
  }
  return std::nullopt;
}

}  // namespace dotmesh::anycast
