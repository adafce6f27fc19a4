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
    case EPERM:
    case EACCES:
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

Result<void> set_up(const std::string& name) {
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

// A request to add or remove one address.
struct AddressRequest {
  nlmsghdr header;
  ifaddrmsg body;
  std::array<char, 2 * RTA_SPACE(16)> attributes;
};

AddressRequest address_request(std::uint16_t type, unsigned index, const SocketAddress& address) {
  AddressRequest request{};
  const auto octets = address.address();
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  // Not NLM_F_REPLACE: the kernel would tell all who listen, each time, of an address that has not
  // changed, and FRR's OSPF makes a new LSA of that.
  if (type == RTM_NEWADDR) request.header.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
  request.body.ifa_family = static_cast<std::uint8_t>(address.family());
  request.body.ifa_prefixlen = static_cast<std::uint8_t>(octets.size() * 8);
  request.body.ifa_flags = address.is_ipv6() ? IFA_F_NODAD : 0;  // anycast: others have it too
  request.body.ifa_index = index;
  std::size_t at = 0;
  for (const std::uint16_t kind : {IFA_LOCAL, IFA_ADDRESS}) {
    rtattr attribute{.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(octets.size())),
                     .rta_type = kind};
    std::memcpy(request.attributes.data() + at, &attribute, sizeof attribute);
    std::memcpy(request.attributes.data() + at + RTA_LENGTH(0), octets.data(), octets.size());
    at += RTA_SPACE(octets.size());
  }
  request.header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(sizeof request.body) + at);
  return request;
}

// A request to add or remove a route of one address to this machine itself.
struct LocalRouteRequest {
  nlmsghdr header;
  rtmsg body;
  std::array<char, RTA_SPACE(16) + RTA_SPACE(sizeof(unsigned))> attributes;
};

LocalRouteRequest local_route_request(std::uint16_t type, unsigned index,
                                      const SocketAddress& address) {
  LocalRouteRequest request{};
  const auto octets = address.address();
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  // Beside the one that the kernel makes of an address on an interface; not NLM_F_EXCL.
  if (type == RTM_NEWROUTE) request.header.nlmsg_flags |= NLM_F_CREATE;
  request.body.rtm_family = static_cast<std::uint8_t>(address.family());
  request.body.rtm_dst_len = static_cast<std::uint8_t>(octets.size() * 8);
  request.body.rtm_table = RT_TABLE_LOCAL;
  request.body.rtm_protocol = RTPROT_STATIC;
  request.body.rtm_scope = RT_SCOPE_HOST;
  request.body.rtm_type = RTN_LOCAL;
  std::size_t at = 0;
  const auto add = [&](unsigned short kind, const void* data, std::size_t size) {
    rtattr attribute{.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(size)), .rta_type = kind};
    std::memcpy(request.attributes.data() + at, &attribute, sizeof attribute);
    std::memcpy(request.attributes.data() + at + RTA_LENGTH(0), data, size);
    at += RTA_SPACE(size);
  };
  add(RTA_DST, octets.data(), octets.size());
  add(RTA_OIF, &index, sizeof index);
  request.header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(sizeof request.body) + at);
  return request;
}

// 0, or the error number that the kernel acknowledges with.
template <typename Request>
int ask_kernel(const Request& request) {
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

Result<Descriptor> make_interface(const std::string& name) {
  const std::string what = fmt::format("cannot make interface {}", name);
  Descriptor tun(::open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (!tun.valid()) return interface_fault(what, errno);
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL;
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (::ioctl(tun.get(), TUNSETIFF, &request) != 0) return interface_fault(what, errno);
  if (auto up = set_up(name); !up) return std::unexpected(up.error());
  return tun;
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
  for (const ifaddrs* entry = raw; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != address.family()) continue;
    const std::string name = entry->ifa_name;
    if (name == "lo" || name == ours || name == ours + "-last" || name == ours + "-addr") continue;
    if (std::ranges::equal(SocketAddress::from_sockaddr(entry->ifa_addr).address(),
                           address.address()))
      return name;
  }
  return std::nullopt;
}

}  // namespace dotmesh::anycast
