#include "dns/name.h"

#include <fmt/format.h>

#include <algorithm>

#include "dns/lookup_name.h"

namespace dotmesh {

std::size_t NameView::label_count() const {
  std::size_t labels = 0;
  for (std::size_t i = 0; data_[i] != 0; i += 1U + data_[i]) labels++;
  return labels;
}

NameView NameView::suffix(std::size_t labels) const {
  std::size_t skip = label_count() - labels;
  NameView name = *this;
  for (; skip != 0; skip--) name = name.parent();
  return name;
}

bool NameView::equals(NameView other) const {
  if (size_ != other.size_) return false;
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (size_ < kWord) {
    for (std::size_t i = 0; i < size_; i++) {
      // Length octets are at most 63, below 'A': lowering leaves them alone.
      if (lower_octet(data_[i]) != lower_octet(other.data_[i])) return false;
    }
    return true;
  }
  const auto same_word = [&](std::size_t at) {
    std::uint64_t mine;
    std::uint64_t theirs;
    std::memcpy(&mine, data_ + at, kWord);
    std::memcpy(&theirs, other.data_ + at, kWord);
    return mine == theirs || lower_word(mine) == lower_word(theirs);
  };
  for (std::size_t at = 0; at < size_ - kWord; at += kWord) {
    if (!same_word(at)) return false;
  }
  return same_word(size_ - kWord);  // the last word overlaps the one before
}

bool NameView::is_at_or_below(NameView ancestor) const {
  if (size_ < ancestor.size_) return false;
  std::size_t skip = size_ - static_cast<std::size_t>(ancestor.size_);
  std::size_t i = 0;
  while (i < skip) i += 1U + data_[i];  // the suffix must start on a label boundary
  return i == skip && NameView(data_ + i, ancestor.size_).equals(ancestor);
}

std::string NameView::to_string() const {
  if (is_root()) return ".";
  std::string out;
  out.reserve(size_);
  for (std::size_t i = 0; data_[i] != 0;) {
    std::size_t length = data_[i++];
    for (; length != 0; length--, i++) {
      std::uint8_t c = data_[i];
      if (c == '.' || c == '\\' || c == '"' || c == ';' || c == '(' || c == ')' || c == '@' || c == '$') {
        out += '\\';
        out += static_cast<char>(c);
      } else if (c > 0x20 && c < 0x7f) {
        out += static_cast<char>(c);
      } else {
        out += fmt::format("\\{:03}", c);
      }
    }
    out += '.';
  }
  return out;
}

int compare_canonical(NameView a, NameView b) {
  std::array<std::uint8_t, kMaxLabels> a_labels;
  std::array<std::uint8_t, kMaxLabels> b_labels;
  std::size_t a_count = 0;
  std::size_t b_count = 0;
  for (std::size_t i = 0; a.data()[i] != 0; i += 1U + a.data()[i]) {
    a_labels[a_count++] = static_cast<std::uint8_t>(i);
  }
  for (std::size_t i = 0; b.data()[i] != 0; i += 1U + b.data()[i]) {
    b_labels[b_count++] = static_cast<std::uint8_t>(i);
  }
  while (a_count != 0 && b_count != 0) {
    const std::uint8_t* x = a.data() + a_labels[--a_count];
    const std::uint8_t* y = b.data() + b_labels[--b_count];
    std::size_t x_size = *x++;
    std::size_t y_size = *y++;
    for (std::size_t i = 0; i < x_size && i < y_size; i++) {
      int difference = int{lower_octet(x[i])} - int{lower_octet(y[i])};
      if (difference != 0) return difference;
    }
    if (x_size != y_size) return x_size < y_size ? -1 : 1;
  }
  return static_cast<int>(a_count) - static_cast<int>(b_count);
}

std::optional<Name> Name::from_wire(std::span<const std::uint8_t> bytes) {
  std::size_t i = 0;
  while (true) {
    if (i >= bytes.size()) return std::nullopt;
    std::size_t length = bytes[i];
    if (length > kMaxLabelLength) return std::nullopt;
    i += 1 + length;
    if (i > kMaxNameLength) return std::nullopt;
    if (length == 0) return Name(NameView(bytes.data(), i));
  }
}

Result<Name> Name::parse(std::string_view text, NameView origin) {
  const auto bad = [&](std::string_view why) {
    return fail(fmt::format("\"{}\" is not a domain name: {}", text, why));
  };
  if (text.empty()) return bad("it is empty");
  if (text == ".") return Name();
  if (text == "@") return Name(origin);
  Octets octets;
  std::size_t at = 0;     // where the current label's length octet stands
  std::size_t end = 1;    // next free octet
  bool absolute = false;
  for (std::size_t i = 0; i < text.size(); i++) {
    auto c = static_cast<std::uint8_t>(text[i]);
    if (c == '.') {
      if (end - at == 1) return bad("it has an empty label");
      octets[at] = static_cast<std::uint8_t>(end - at - 1);
      at = end++;
      absolute = i + 1 == text.size();
      if (end > kMaxNameLength) return bad("it is longer than 255 octets");
      continue;
    }
    if (c == '\\') {
      const auto digit = [&](std::size_t k) {
        return k < text.size() && text[k] >= '0' && text[k] <= '9' ? text[k] - '0' : -1;
      };
      if (digit(i + 1) >= 0) {
        if (digit(i + 2) < 0 || digit(i + 3) < 0) return bad("an escape needs three digits, \\DDD");
        int value = digit(i + 1) * 100 + digit(i + 2) * 10 + digit(i + 3);
        if (value > 255) return bad("an escape \\DDD is above 255");
        c = static_cast<std::uint8_t>(value);
        i += 3;
      } else if (i + 1 < text.size()) {
        c = static_cast<std::uint8_t>(text[++i]);
      } else {
        return bad("it ends in a backslash");
      }
    }
    if (end - at > kMaxLabelLength) return bad("a label is longer than 63 octets");
    if (end + 1 >= kMaxNameLength) return bad("it is longer than 255 octets");
    octets[end++] = c;
  }
  if (absolute) {
    octets[at] = 0;
    return Name(NameView(octets.data(), end));
  }
  octets[at] = static_cast<std::uint8_t>(end - at - 1);
  if (end + origin.size() > kMaxNameLength) return bad("with the origin it is longer than 255 octets");
  std::memcpy(octets.data() + end, origin.data(), origin.size());
  return Name(NameView(octets.data(), end + origin.size()));
}

Name Name::lowered(NameView name) {
  Octets out;
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  std::size_t i = 0;
  for (; name.size() - i >= kWord; i += kWord) {
    std::uint64_t word;
    std::memcpy(&word, name.data() + i, kWord);
    word = lower_word(word);
    std::memcpy(out.data() + i, &word, kWord);
  }
  for (; i < name.size(); i++) out[i] = lower_octet(name.data()[i]);
  return NameView(out.data(), name.size());
}

bool NameBuffer::join(std::span<const std::uint8_t> label, NameView parent) {
  if (label.empty() || label.size() > kMaxLabelLength || 1 + label.size() + parent.size() > kMaxNameLength) return false;
  octets_[0] = static_cast<std::uint8_t>(label.size());
  std::memcpy(octets_.data() + 1, label.data(), label.size());
  std::memcpy(octets_.data() + 1 + label.size(), parent.data(), parent.size());
  size_ = static_cast<std::uint8_t>(1 + label.size() + parent.size());
  return true;
}

bool NameBuffer::make_wildcard(NameView parent) {
  static constexpr std::uint8_t kStar[1] = {'*'};
  return join(kStar, parent);
}

bool NameBuffer::replace_suffix(NameView name, NameView from, NameView to) {
  if (!name.is_at_or_below(from)) return false;
  std::size_t prefix = name.size() - from.size();
  if (prefix + to.size() > kMaxNameLength) return false;
  std::memcpy(octets_.data(), name.data(), prefix);
  std::memcpy(octets_.data() + prefix, to.data(), to.size());
  size_ = static_cast<std::uint8_t>(prefix + to.size());
  return true;
}

std::optional<Name> Name::join(std::span<const std::uint8_t> label, NameView parent) {
  NameBuffer out;
  if (!out.join(label, parent)) return std::nullopt;
  return Name(out.view());
}

std::optional<Name> Name::wildcard_of(NameView parent) {
  NameBuffer out;
  if (!out.make_wildcard(parent)) return std::nullopt;
  return Name(out.view());
}

std::optional<Name> Name::replace_suffix(NameView name, NameView from, NameView to) {
  NameBuffer out;
  if (!out.replace_suffix(name, from, to)) return std::nullopt;
  return Name(out.view());
}

std::size_t NameHash::operator()(NameView name) const {
  constexpr std::uint64_t kFactor = 0x9fb21c651e98df25;
  std::uint64_t hash = kHashSeed ^ name.size();
  for (std::size_t at = 0; at < name.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, name.data() + at, std::min(sizeof word, name.size() - at));
    auto product = static_cast<unsigned __int128>(hash ^ lower_word(word)) * kFactor;
    hash = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  return hash;
}

}  // namespace dotmesh
