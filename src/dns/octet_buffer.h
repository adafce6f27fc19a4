// OctetBuffer: octets that grow at the end. The first kInline of them stand in the object itself, so that what
// holds a few addresses needs no memory of its own: most RRsets that a resolver moves do.
// A value that owns its octets; any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace dotmesh {

class OctetBuffer {
 public:
  static constexpr std::size_t kInline = 24;  // four A records, one AAAA record

  OctetBuffer() = default;
  explicit OctetBuffer(std::span<const std::uint8_t> octets) { append(octets); }
  OctetBuffer(const OctetBuffer& other) : OctetBuffer(other.view()) {}
  OctetBuffer(OctetBuffer&& other) noexcept { take(other); }
  OctetBuffer& operator=(const OctetBuffer& other) {
    if (this == &other) return *this;
    clear();
    append(other.view());
    return *this;
  }
  OctetBuffer& operator=(OctetBuffer&& other) noexcept {
    if (this != &other) take(other);
    return *this;
  }

  const std::uint8_t* data() const { return heap_ ? heap_.get() : inline_; }
  std::size_t size() const { return size_; }
  std::span<const std::uint8_t> view() const { return {data(), size_}; }

  // Memory is kept.
  void clear() { size_ = 0; }
  void reserve(std::size_t capacity) {
    if (capacity > capacity_) grow(capacity);
  }
  // `octets` must not be this buffer's own.
  void append(std::span<const std::uint8_t> octets) {
    if (octets.empty()) return;
    if (capacity_ - size_ < octets.size()) grow(std::max<std::size_t>(size_ + octets.size(), 2 * capacity_));
    std::memcpy((heap_ ? heap_.get() : inline_) + size_, octets.data(), octets.size());
    size_ += static_cast<std::uint32_t>(octets.size());
  }

 private:
  void grow(std::size_t capacity) {
    auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    std::memcpy(larger.get(), data(), size_);
    heap_ = std::move(larger);
    capacity_ = static_cast<std::uint32_t>(capacity);
  }
  void take(OctetBuffer& other) noexcept {
    heap_ = std::move(other.heap_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, kInline);
    if (!heap_) std::memcpy(inline_, other.inline_, kInline);
  }

  std::unique_ptr<std::uint8_t[]> heap_;  // null: inline_
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = kInline;
  std::uint8_t inline_[kInline] = {};
};

}  // namespace dotmesh
