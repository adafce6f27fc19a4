#include "server/sockets.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>

namespace dotmesh {
namespace {

// "what" failed on `address`: the fault and the way out.
std::unexpected<Error> socket_error(const SocketAddress& address, std::string_view transport,
                                    std::string_view what, int error) {
  std::string_view way_out = "";
  switch (error) {
    case EADDRINUSE:
      way_out = "; another program has this address and port, `ss -lnp` names it: stop it or listen elsewhere";
      break;
    case EACCES:
    case EPERM:
      way_out = address.port() < 1024
                    ? "; ports below 1024 need root or CAP_NET_BIND_SERVICE at start"
                    : "; the system's security policy forbids it";
      break;
    case EADDRNOTAVAIL:
      way_out = "; a link-local address needs its interface, as in fe80::1%eth0";
      break;
    case EAFNOSUPPORT:
      way_out = "; this system has no such address family (IPv6 switched off?)";
      break;
    case EMFILE:
      way_out = "; raise the limit of open files (LimitNOFILE=, ulimit -n)";
      break;
    case EINVAL:
      way_out = "; is it an address of a host, with the interface if it is link-local?";
      break;
  }
  return fail(fmt::format("cannot {} {} ({}): {}{}", what, address.to_string(), transport,
                          std::strerror(error), way_out));
}

bool set_int(int fd, int level, int option, int value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

// Options that bind() depends on. Those that may fail are conveniences, and bind() tells.
void set_bind_options(int fd, const SocketAddress& address) {
  if (address.is_ipv6()) {
    set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set_int(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1);
  } else {
    set_int(fd, IPPROTO_IP, IP_FREEBIND, 1);
  }
}

// Beyond net.core.rmem_max when we may, up to it when not.
void set_buffers(int fd, int receive, int send) {
  if (!set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, receive)) set_int(fd, SOL_SOCKET, SO_RCVBUF, receive);
  if (!set_int(fd, SOL_SOCKET, SO_SNDBUFFORCE, send)) set_int(fd, SOL_SOCKET, SO_SNDBUF, send);
}

Result<Descriptor> new_socket(const SocketAddress& address, int type, std::string_view transport) {
  Descriptor socket(::socket(address.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return socket_error(address, transport, "open a socket for", errno);
  set_bind_options(socket.get(), address);
  return socket;
}

Result<void> bind_to(const Descriptor& socket, const SocketAddress& address,
                     std::string_view transport) {
  if (::bind(socket.get(), address.get(), address.size()) != 0) {
    return socket_error(address, transport, "listen on", errno);
  }
  return {};
}

// Binds without SO_REUSEPORT, which fails if anyone else is there, and lets go again.
Result<void> probe(const SocketAddress& address, int type, std::string_view transport) {
  auto socket = new_socket(address, type, transport);
  if (!socket) return std::unexpected(socket.error());
  // Connections of an earlier run in TIME_WAIT are no obstacle, a listener is.
  if (type == SOCK_STREAM) set_int(socket->get(), SOL_SOCKET, SO_REUSEADDR, 1);
  return bind_to(*socket, address, transport);
}

}  // namespace

Result<void> check_address_free(const SocketAddress& address) {
  if (address.port() == 0) return {};
  if (auto free = probe(address, SOCK_DGRAM, "UDP"); !free) return free;
  return probe(address, SOCK_STREAM, "TCP");
}

Result<void> check_addresses_free(std::span<const ListenAddress> addresses) {
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const SocketAddress& address = addresses[i].address;
    if (address.port() == 0) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (addresses[j].address == address) {
        return fail(fmt::format("listening address {} stands twice; keep one, with all its roles",
                                address.to_string()));
      }
    }
    if (auto free = check_address_free(address); !free) return free;
  }
  return {};
}

Result<UdpSocket> open_udp(const ListenAddress& listen, const UdpOptions& options) {
  const SocketAddress& address = listen.address;
  auto socket = new_socket(address, SOCK_DGRAM, "UDP");
  if (!socket) return std::unexpected(socket.error());
  int fd = socket->get();
  if (!set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1)) {
    return socket_error(address, "UDP", "share between workers", errno);
  }
  set_buffers(fd, options.receive_buffer, options.send_buffer);
  // RFC 9715: no fragments and no trust in path MTU messages, which anyone can forge for UDP.
  if (address.is_ipv6()) {
    set_int(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
  } else {
    set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
  }
  UdpSocket result;
  result.roles = listen.roles;
  result.wildcard = address.is_wildcard();
  if (result.wildcard) {
    bool set = address.is_ipv6() ? set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                                 : set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
    if (!set) return socket_error(address, "UDP", "learn the asked address on", errno);
  }
  if (auto bound = bind_to(*socket, address, "UDP"); !bound) return std::unexpected(bound.error());
  result.descriptor = std::move(*socket);
  return result;
}

Result<TcpListener> open_tcp(const ListenAddress& listen, const TcpOptions& options) {
  const SocketAddress& address = listen.address;
  auto socket = new_socket(address, SOCK_STREAM, "TCP");
  if (!socket) return std::unexpected(socket.error());
  int fd = socket->get();
  set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (!set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1)) {
    return socket_error(address, "TCP", "share between workers", errno);
  }
  // Accepted connections inherit all of these.
  set_int(fd, SOL_SOCKET, SO_RCVBUF, options.receive_buffer);
  set_int(fd, SOL_SOCKET, SO_SNDBUF, options.send_buffer);
  set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (options.defer_accept.count() > 0) {
    set_int(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, static_cast<int>(options.defer_accept.count()));
  }
  if (options.fast_open > 0) set_int(fd, IPPROTO_TCP, TCP_FASTOPEN, options.fast_open);
  if (auto bound = bind_to(*socket, address, "TCP"); !bound) return std::unexpected(bound.error());
  if (::listen(fd, options.backlog) != 0) return socket_error(address, "TCP", "listen on", errno);
  TcpListener result;
  result.roles = listen.roles;
  result.descriptor = std::move(*socket);
  return result;
}

SocketAddress bound_address(const Descriptor& socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&storage));
}

}  // namespace dotmesh
