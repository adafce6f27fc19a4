// Random: all chance of a simulation, from one seed, the same on every machine. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dotmesh::simulation {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  // SplitMix64 (Steele, Lea, Flood 2014): good enough for tests, and one line.
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 .. count - 1. Precondition: count > 0.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
  std::size_t between(std::size_t least, std::size_t most) { return least + below(most - least + 1); }
  bool chance(double probability) {
    return static_cast<double>(next() >> 11) < probability * static_cast<double>(1ULL << 53);
  }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace dotmesh::simulation
