#include "anycast/interfaces.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/c_handle.h"

namespace dotmesh::anycast {
namespace {

std::string_view way_out(int error) {
  switch (error) {
    case EACCES:
      return "; /dev/net/tun must be open to the node's user, as udev makes it (mode 0666)";
    case EPERM:
      return "; it needs CAP_NET_ADMIN: start as root, or give the unit "
             "AmbientCapabilities=CAP_NET_ADMIN";
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return "; it needs the kernel's tun driver (modprobe tun) and /dev/net/tun, in a container "
             "too";
    case EBUSY:
      return "; another program has an interface of that name: is a second dotmesh running?";
    default:
      return "";
  }
}

std::unexpected<Error> interface_fault(const std::string& what, int error) {
  return fail(fmt::format("{}: {}{}", what, std::strerror(error), way_out(error)));
}

// A netlink request: header, body, attributes (RFC 3549 section 2.3).
template <typename Body>
struct KernelRequest {
  nlmsghdr header{};
  Body body{};
  std::array<char, 2 * RTA_SPACE(16)> attributes{};

  KernelRequest(std::uint16_t type, int flags) {
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    header.nlmsg_len = NLMSG_LENGTH(sizeof body);
  }
  void add(std::uint16_t kind, const void* data, std::size_t size) {
    const std::size_t at = header.nlmsg_len - NLMSG_LENGTH(sizeof body);
    rtattr attribute{.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(size)), .rta_type = kind};
    std::memcpy(attributes.data() + at, &attribute, sizeof attribute);
    std::memcpy(attributes.data() + at + RTA_LENGTH(0), data, size);
    header.nlmsg_len += static_cast<std::uint32_t>(RTA_SPACE(size));
  }
};

// To add or remove one address.
KernelRequest<ifaddrmsg> address_request(std::uint16_t type, unsigned index,
                                         const SocketAddress& address) {
  // Not NLM_F_REPLACE: the kernel would tell all who listen, each time, of an address that has not
  // changed, and FRR's OSPF makes a new LSA of that.
  KernelRequest<ifaddrmsg> request(type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0);
  const auto octets = address.address();
  request.body.ifa_family = static_cast<std::uint8_t>(address.family());
  request.body.ifa_prefixlen = static_cast<std::uint8_t>(octets.size() * 8);
  request.body.ifa_flags = address.is_ipv6() ? IFA_F_NODAD : 0;  // anycast: others have it too
  request.body.ifa_index = index;
  for (const std::uint16_t kind : {IFA_LOCAL, IFA_ADDRESS})
    request.add(kind, octets.data(), octets.size());
  return request;
}

// To add or remove a route of one address to this machine itself.
KernelRequest<rtmsg> local_route_request(std::uint16_t type, unsigned index,
                                         const SocketAddress& address) {
  // Beside the one that the kernel makes of an address on an interface; not NLM_F_EXCL.
  KernelRequest<rtmsg> request(type, type == RTM_NEWROUTE ? NLM_F_CREATE : 0);
  const auto octets = address.address();
  request.body.rtm_family = static_cast<std::uint8_t>(address.family());
  request.body.rtm_dst_len = static_cast<std::uint8_t>(octets.size() * 8);
  request.body.rtm_table = RT_TABLE_LOCAL;
  request.body.rtm_protocol = RTPROT_STATIC;
  request.body.rtm_scope = RT_SCOPE_HOST;
  request.body.rtm_type = RTN_LOCAL;
  request.add(RTA_DST, octets.data(), octets.size());
  request.add(RTA_OIF, &index, sizeof index);
  return request;
}

// 0, or the error number that the kernel acknowledges with.
template <typename Body>
int ask_kernel(const KernelRequest<Body>& request) {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket.valid()) return errno;
  if (::send(socket.get(), &request, request.header.nlmsg_len, 0) < 0) return errno;
  struct {
    nlmsghdr header;
    nlmsgerr error;
    char rest[512];
  } reply{};
  const ssize_t got =
      ::recv(socket.get(), &reply, sizeof reply, 0);  // the kernel has answered already
  if (got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof reply.error)) ||
      reply.header.nlmsg_type != NLMSG_ERROR)
    return EPROTO;
  return -reply.error.error;
}

}  // namespace

Result<Descriptor> open_interface(const std::string& name) {
  const std::string what = fmt::format("cannot make interface {}", name);
  Descriptor tun(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!tun.valid()) return interface_fault(what, errno);
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL;
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(tun.get(), TUNSETIFF, &request) != 0) return interface_fault(what, errno);
  return tun;
}

Result<void> set_interface_up(const std::string& name) {
  const std::string what = fmt::format("cannot set interface {} up", name);
  Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return interface_fault(what, errno);
  ifreq request{};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return interface_fault(what, errno);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return interface_fault(what, errno);
  return {};
}

Result<Descriptor> make_interface(const std::string& name) {
  auto made = open_interface(name);
  if (!made) return made;
  if (auto up = set_interface_up(name); !up) return std::unexpected(up.error());
  return made;
}

Result<void> add_address(const std::string& interface, const SocketAddress& address) {
  const std::string what =
      fmt::format("cannot put {} on interface {}", address.address_to_string(), interface);
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return fail(what + ": the interface is gone");
  const int error = ask_kernel(address_request(RTM_NEWADDR, index, address));
  if (error != 0 && error != EEXIST) return interface_fault(what, error);
  return {};
}

Result<void> remove_address(const std::string& interface, const SocketAddress& address) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return {};
  const int error = ask_kernel(address_request(RTM_DELADDR, index, address));
  if (error == 0 || error == EADDRNOTAVAIL || error == ENODEV) return {};
  return interface_fault(
      fmt::format("cannot take {} off interface {}", address.address_to_string(), interface),
      error);
}

Result<void> add_local_route(const std::string& interface, const SocketAddress& address) {
  const std::string what =
      fmt::format("cannot lead {} to this machine by {}", address.address_to_string(), interface);
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index == 0) return fail(what + ": the interface is gone");
  const int error = ask_kernel(local_route_request(RTM_NEWROUTE, index, address));
  if (error != 0 && error != EEXIST) return interface_fault(what, error);
  return {};
}

void remove_local_route(const std::string& interface, const SocketAddress& address) {
  const unsigned index = ::if_nametoindex(interface.c_str());
  if (index != 0) (void)ask_kernel(local_route_request(RTM_DELROUTE, index, address));
}

std::optional<std::string> foreign_holder(const SocketAddress& address, const std::string& ours) {
  ifaddrs* raw = nullptr;
  if (::getifaddrs(&raw) != 0) return std::nullopt;
  const CHandle<ifaddrs, ::freeifaddrs> list(raw);
  if (address.is_loopback()) return std::nullopt;  // those nobody exports
  for (const ifaddrs* entry = raw; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != address.family()) continue;
    const std::string name = entry->ifa_name;
    if (name == ours || name == ours + "-last" || name == ours + "-addr") continue;
    if (std::ranges::equal(SocketAddress::from_sockaddr(entry->ifa_addr).address(),
                           address.address()))
      return name;
  }
  return std::nullopt;
}

}  // namespace dotmesh::anycast
