// Domain names in uncompressed wire form (RFC 1035 section 3.1): length-prefixed labels, the root
// label last, at most 255 octets. NameView borrows, Name owns. Comparison is
// case-insensitive for ASCII (RFC 4343); the case that was given is kept.
// Values; a NameView must not outlive the bytes it points to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dotmesh {

inline constexpr std::size_t kMaxNameLength = 255;  // octets, root label included
inline constexpr std::size_t kMaxLabelLength = 63;
inline constexpr std::size_t kMaxLabels = 127;  // without the root label

inline std::uint8_t lower_octet(std::uint8_t c) {
  return static_cast<std::uint8_t>(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

class NameView {
 public:
  constexpr NameView() : data_(kRoot), size_(1) {}
  // `wire` must be a valid uncompressed name of exactly `size` octets (see Name::from_wire to check).
  constexpr NameView(const std::uint8_t* wire, std::size_t size)
      : data_(wire), size_(static_cast<std::uint8_t>(size)) {}

  const std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::span<const std::uint8_t> wire() const { return {data_, size_}; }
  bool is_root() const { return size_ == 1; }
  bool is_wildcard() const { return size_ > 2 && data_[0] == 1 && data_[1] == '*'; }

  // Labels without the root label; 0 for the root.
  std::size_t label_count() const;
  // The leftmost label without its length octet; empty for the root.
  std::span<const std::uint8_t> first_label() const { return {data_ + 1, data_[0]}; }
  // The name without its leftmost label. Precondition: not the root.
  NameView parent() const { return {data_ + 1 + data_[0], size_ - 1U - data_[0]}; }
  // The name made of the last `labels` labels (0: the root). Precondition: labels <= label_count().
  NameView suffix(std::size_t labels) const;

  bool equals(NameView other) const;
  // True when this is `ancestor` or below it.
  bool is_at_or_below(NameView ancestor) const;
  bool is_below(NameView ancestor) const {
    return size_ > ancestor.size_ && is_at_or_below(ancestor);
  }

  // Presentation form with final dot, escapes as \. and \DDD (RFC 1035 section 5.1, RFC 4343).
  std::string to_string() const;

 private:
  static constexpr std::uint8_t kRoot[1] = {0};
  const std::uint8_t* data_;
  std::uint8_t size_;
};

inline bool operator==(NameView a, NameView b) { return a.equals(b); }

// Canonical order of RFC 4034 section 6.1: <0, 0, >0.
int compare_canonical(NameView a, NameView b);

// Owns its octets. Names of at most kInline octets, which nearly all are, stand in the object itself: it fills one
// cache line and is copied without a call. Longer ones have memory of their own, so what must not allocate works
// with NameView and LookupName.
class Name {
 public:
  static constexpr std::size_t kInline = 63;

  Name() noexcept : size_(1) { octets_[0] = 0; }
  Name(NameView view) noexcept { assign(view); }  // NOLINT: intended conversion
  // noexcept (exhausted memory ends the process), so that a vector that grows moves what holds names.
  Name(const Name& other) noexcept {
    if (other.is_inline()) {
      copy_object(other);
    } else {
      assign(other.view());
    }
  }
  Name(Name&& other) noexcept { take(other); }
  Name& operator=(const Name& other) noexcept {
    if (this != &other) *this = Name(other);
    return *this;
  }
  Name& operator=(Name&& other) noexcept {
    if (this == &other) return *this;
    release();
    take(other);
    return *this;
  }
  ~Name() { release(); }

  // Reads one uncompressed name from the start of `bytes`; nullopt when it is malformed, compressed,
  // too long or cut. Octets after it are ignored; size() tells how many were used.
  static std::optional<Name> from_wire(std::span<const std::uint8_t> bytes);
  // Presentation form; without a final dot it is taken relative to `origin`.
  static Result<Name> parse(std::string_view text, NameView origin = NameView());

  NameView view() const { return {data(), size_}; }
  operator NameView() const { return view(); }  // NOLINT: intended conversion
  std::size_t size() const { return size_; }
  const std::uint8_t* data() const { return is_inline() ? octets_ : heap(); }
  std::string to_string() const { return view().to_string(); }

  // The same name with ASCII letters lowered.
  Name lowered() const { return lowered(view()); }
  static Name lowered(NameView name);
  // `label` in front of `parent`; nullopt when too long.
  static std::optional<Name> join(std::span<const std::uint8_t> label, NameView parent);
  // `name` with its suffix `from` replaced by `to`; nullopt when it is not at or below `from` or the
  // result is too long (RFC 6672 section 2.2, and how a twin's names are made).
  static std::optional<Name> replace_suffix(NameView name, NameView from, NameView to);
  // "*." in front of `parent`; nullopt when too long.
  static std::optional<Name> wildcard_of(NameView parent);

 private:
  using Octets = std::array<std::uint8_t, kMaxNameLength>;  // a name that is being made

  bool is_inline() const { return size_ <= kInline; }
  // The address of a longer name's octets stands where a short name's octets would.
  std::uint8_t* heap() const {
    std::uint8_t* octets;
    std::memcpy(&octets, octets_, sizeof octets);
    return octets;
  }
  void copy_object(const Name& other) {
    std::memcpy(octets_, other.octets_, kInline);
    size_ = other.size_;
  }
  void take(Name& other) {
    copy_object(other);
    if (is_inline()) return;
    other.size_ = 1;  // the root; its octets are mine now
    other.octets_[0] = 0;
  }
  void assign(NameView view) {
    size_ = static_cast<std::uint8_t>(view.size());
    std::uint8_t* to = octets_;
    if (!is_inline()) {
      to = new std::uint8_t[size_];
      std::memcpy(octets_, &to, sizeof to);
    }
    std::memcpy(to, view.data(), size_);
  }
  void release() {
    if (!is_inline()) delete[] heap();
  }

  std::uint8_t octets_[kInline];
  std::uint8_t size_;
};

// A name of any length in the object itself, for who makes names and must not allocate: answers on the query path.
class NameBuffer {
 public:
  NameBuffer() : size_(1) { octets_[0] = 0; }

  NameView view() const { return {octets_.data(), size_}; }
  // `name` may be a part of this one.
  void assign(NameView name) {
    size_ = static_cast<std::uint8_t>(name.size());
    std::memmove(octets_.data(), name.data(), name.size());
  }
  // As those of Name; false instead of nullopt, and then it is as it was. The arguments are not of this buffer.
  bool join(std::span<const std::uint8_t> label, NameView parent);
  bool replace_suffix(NameView name, NameView from, NameView to);
  bool make_wildcard(NameView parent);

 private:
  std::array<std::uint8_t, kMaxNameLength> octets_;
  std::uint8_t size_;
};

// For ordered containers: canonical order.
struct CanonicalLess {
  using is_transparent = void;
  bool operator()(NameView a, NameView b) const { return compare_canonical(a, b) < 0; }
};

// For unordered containers outside the query path; case-insensitive.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(NameView name) const;
};
struct NameEqual {
  using is_transparent = void;
  bool operator()(NameView a, NameView b) const { return a.equals(b); }
};

}  // namespace dotmesh
