// A bare UDP echo: recvmmsg, set QR, sendmmsg. What the socket path alone costs per query; every server
// of bench/run.py is measured as a ratio to it. Usage: bench_echo PORT (on 127.0.0.1, one thread).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr unsigned kBatch = 64;        // as many as the server under test takes at once
constexpr std::size_t kBuffer = 2048;  // larger than any query that dnsperf sends

std::array<std::array<std::uint8_t, kBuffer>, kBatch> buffers;
std::array<sockaddr_storage, kBatch> peers;
std::array<iovec, kBatch> vectors;
std::array<mmsghdr, kBatch> messages;

int open_socket(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const int size = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("bench_echo: bind");
    std::exit(1);
  }
  return fd;
}

void arm(unsigned i) {
  vectors[i] = {buffers[i].data(), kBuffer};
  messages[i].msg_hdr = {};
  messages[i].msg_hdr.msg_name = &peers[i];
  messages[i].msg_hdr.msg_namelen = sizeof peers[i];
  messages[i].msg_hdr.msg_iov = &vectors[i];
  messages[i].msg_hdr.msg_iovlen = 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench_echo PORT\n");
    return 2;
  }
  const int fd = open_socket(static_cast<std::uint16_t>(std::atoi(argv[1])));
  for (unsigned i = 0; i < kBatch; ++i) arm(i);
  while (true) {
    const int received = recvmmsg(fd, messages.data(), kBatch, MSG_WAITFORONE, nullptr);
    if (received <= 0) continue;
    for (int i = 0; i < received; ++i) {
      buffers[i][2] |= 0x80;  // QR
      vectors[i].iov_len = messages[i].msg_len;
    }
    for (int sent = 0; sent < received;) {
      const int n = sendmmsg(fd, &messages[sent], static_cast<unsigned>(received - sent), 0);
      sent += n > 0 ? n : 1;
    }
    for (int i = 0; i < received; ++i) arm(static_cast<unsigned>(i));
  }
}
