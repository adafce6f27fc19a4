#include "zone/block.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace dotmesh {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::size_t round_up(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

std::shared_ptr<std::uint8_t> map_huge(std::size_t size) {
  std::size_t mapped = round_up(size, kHugePage);
  // One page more than needed, to cut an aligned piece out of it.
  void* raw = mmap(nullptr, mapped + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) throw std::bad_alloc();
  auto begin = reinterpret_cast<std::uintptr_t>(raw);
  std::uintptr_t aligned = round_up(begin, kHugePage);
  if (aligned != begin) munmap(raw, aligned - begin);
  std::uintptr_t end = aligned + mapped;
  if (std::uintptr_t tail = begin + mapped + kHugePage - end; tail != 0) {
    munmap(reinterpret_cast<void*>(end), tail);
  }
  auto* block = reinterpret_cast<std::uint8_t*>(aligned);
  madvise(block, mapped, MADV_HUGEPAGE);
  return {block, [mapped](std::uint8_t* p) { munmap(p, mapped); }};
}

}  // namespace

std::shared_ptr<std::uint8_t> allocate_block(std::size_t size) {
  if (size >= kHugePage) return map_huge(size);
  auto* block = static_cast<std::uint8_t*>(std::aligned_alloc(kCacheLine, round_up(size, kCacheLine)));
  if (block == nullptr) throw std::bad_alloc();
  return {block, [](std::uint8_t* p) { std::free(p); }};
}

}  // namespace dotmesh
