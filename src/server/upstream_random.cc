#include "server/upstream_random.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace dotmesh {
namespace {

void from_kernel(std::span<std::uint8_t> octets) {
  while (!octets.empty()) {
    ssize_t n = ::getrandom(octets.data(), octets.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    // Every Linux that has epoll_pwait2 has it; going on with guessable ports would be worse than ending.
    if (n <= 0) std::abort();
    octets = octets.subspan(static_cast<std::size_t>(n));
  }
}

}  // namespace

void RandomPool::fill(std::span<std::uint8_t> octets) {
  while (!octets.empty()) {
    if (used_ == pool_.size()) {
      from_kernel(pool_);
      used_ = 0;
    }
    std::size_t n = std::min(octets.size(), pool_.size() - used_);
    std::memcpy(octets.data(), pool_.data() + used_, n);
    std::memset(pool_.data() + used_, 0, n);
    used_ += n;
    octets = octets.subspan(n);
  }
}

std::uint16_t RandomPool::number16() {
  std::array<std::uint8_t, 2> octets;
  fill(octets);
  return static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
}

}  // namespace dotmesh
