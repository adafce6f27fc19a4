// RandomPool: octets of the kernel's cryptographic generator, fetched a few hundred at a time, since
// every upstream query needs a few (ID, port, case) and a system call each would cost as much as the
// query. What was given out is wiped. Owning thread only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace dotmesh {

class RandomPool {
 public:
  void fill(std::span<std::uint8_t> octets);
  std::uint16_t number16();

 private:
  std::array<std::uint8_t, 1024> pool_{};
  std::size_t used_ = 1024;
};

}  // namespace dotmesh
