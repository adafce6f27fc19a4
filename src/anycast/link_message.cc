#include "anycast/link_message.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "anycast/intent.h"
#include "anycast/worker_threads.h"

namespace dotmesh::anycast {
namespace {

constexpr std::size_t kControlSize = CMSG_SPACE(kMaxThreadsShown * sizeof(int));

void take_descriptors(msghdr& message, std::vector<Descriptor>& out) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; i++) {
      int descriptor = -1;
      std::copy_n(CMSG_DATA(header) + i * sizeof descriptor, sizeof descriptor,
                  reinterpret_cast<unsigned char*>(&descriptor));
      out.emplace_back(descriptor);
    }
  }
}

}  // namespace

bool send_message(int link, const std::string& text, std::span<const int> descriptors) {
  iovec part{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<unsigned char, kControlSize> control{};
  const std::size_t size = std::min(descriptors.size(), kMaxThreadsShown) * sizeof(int);
  if (size > 0) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(size);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    std::copy_n(reinterpret_cast<const unsigned char*>(descriptors.data()), size,
                CMSG_DATA(header));
  }
  return ::sendmsg(link, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

LinkMessage receive_message(int link) {
  LinkMessage out;
  out.text.resize(kMaxLinkMessage);
  iovec part{out.text.data(), out.text.size()};
  alignas(cmsghdr) std::array<unsigned char, kControlSize> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(link, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  out.nothing = got < 0 && (errno == EAGAIN || errno == EINTR);
  out.closed = !out.nothing && got <= 0;
  out.text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (got > 0) take_descriptors(message, out.descriptors);
  return out;
}

}  // namespace dotmesh::anycast
