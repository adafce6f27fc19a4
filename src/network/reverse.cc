#include "network/reverse.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace dotmesh {
namespace {

NameView in_addr_arpa() {
  static const Name kName = *Name::parse("in-addr.arpa.");
  return kName;
}

NameView ip6_arpa() {
  static const Name kName = *Name::parse("ip6.arpa.");
  return kName;
}

std::optional<std::uint8_t> octet_of(std::span<const std::uint8_t> label) {
  const char* text = reinterpret_cast<const char*>(label.data());
  std::uint8_t value = 0;
  auto [end, error] = std::from_chars(text, text + label.size(), value);
  if (error != std::errc{} || end != text + label.size()) return std::nullopt;
  if (label.size() > 1 && label[0] == '0') return std::nullopt;
  return value;
}

std::optional<std::uint8_t> nibble_of(std::span<const std::uint8_t> label) {
  if (label.size() != 1) return std::nullopt;
  std::uint8_t c = lower_octet(label[0]);
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

}  // namespace

std::optional<ReversePrefix> ReversePrefix::of_zone(NameView origin) {
  ReversePrefix prefix;
  prefix.ipv6 = origin.is_at_or_below(ip6_arpa());
  if (!prefix.ipv6 && !origin.is_at_or_below(in_addr_arpa())) return std::nullopt;
  std::size_t labels = origin.label_count() - 2;
  if (labels > (prefix.ipv6 ? 32U : 4U)) return std::nullopt;
  prefix.length = static_cast<std::uint8_t>(labels * (prefix.ipv6 ? 4 : 8));
  for (std::size_t i = labels; i != 0; i--, origin = origin.parent()) {
    auto part = prefix.ipv6 ? nibble_of(origin.first_label()) : octet_of(origin.first_label());
    if (!part) return std::nullopt;
    if (prefix.ipv6) {
      prefix.address[(i - 1) / 2] |= static_cast<std::uint8_t>(i % 2 == 1 ? *part << 4 : *part);
    } else {
      prefix.address[i - 1] = *part;
    }
  }
  return prefix;
}

bool ReversePrefix::contains(std::span<const std::uint8_t> other) const {
  if (other.size() != (ipv6 ? 16U : 4U)) return false;
  std::size_t whole = length / 8;
  if (std::memcmp(other.data(), address.data(), whole) != 0) return false;
  return length % 8 == 0 || (other[whole] & 0xf0) == address[whole];
}

Name reverse_name(std::span<const std::uint8_t> address) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<std::uint8_t, kMaxNameLength> wire;
  std::size_t size = 0;
  for (std::size_t i = address.size(); i-- != 0;) {
    std::uint8_t octet = address[i];
    if (address.size() == 4) {
      char text[3];
      auto length = static_cast<std::size_t>(std::to_chars(text, text + 3, octet).ptr - text);
      wire[size++] = static_cast<std::uint8_t>(length);
      std::memcpy(wire.data() + size, text, length);
      size += length;
    } else {
      for (int nibble : {octet & 15, octet >> 4}) {
        wire[size++] = 1;
        wire[size++] = static_cast<std::uint8_t>(kDigits[nibble]);
      }
    }
  }
  NameView suffix = address.size() == 4 ? in_addr_arpa() : ip6_arpa();
  std::memcpy(wire.data() + size, suffix.data(), suffix.size());
  return Name(NameView(wire.data(), size + suffix.size()));
}

std::string ReverseCollector::lowered_wire(NameView name) {
  std::string out(name.size(), '\0');
  for (std::size_t i = 0; i < name.size(); i++) out[i] = static_cast<char>(lower_octet(name.data()[i]));
  return out;
}

void ReverseCollector::add(const Address& address, NameView name, const RecordView& record,
                           bool is_explicit) {
  entries_.push_back({address, names_.size(), record.ttl, record.file, record.line, is_explicit});
  names_.insert(names_.end(), name.data(), name.data() + name.size());
}

void ReverseCollector::see_own(const RecordView& record) {
  bool at_apex = record.owner.equals(origin_);
  if (record.type == RRType::kDNAME || (record.type == RRType::kNS && !at_apex)) {
    cuts_.insert(lowered_wire(record.owner));
  } else if (record.type == RRType::kCNAME) {
    aliases_.insert(lowered_wire(record.owner));
  } else if (record.type == RRType::kPTR) {
    auto whole = ReversePrefix::of_zone(record.owner);
    std::optional<Name> target = Name::from_wire(record.rdata);
    if (whole && target && whole->ipv6 == prefix_.ipv6 && whole->length == (prefix_.ipv6 ? 128 : 32)) {
      add(whole->address, *target, record, true);
    }
  }
}

void ReverseCollector::see_source(const RecordView& record) {
  if (record.type != (prefix_.ipv6 ? RRType::kAAAA : RRType::kA) || record.rclass != 1) return;
  if (record.owner.is_wildcard() || !prefix_.contains(record.rdata)) return;
  Address address{};
  std::memcpy(address.data(), record.rdata.data(), record.rdata.size());
  add(address, record.owner, record, false);
}

NameView ReverseCollector::name_of(const Entry& entry) const {
  std::size_t size = 0;
  while (names_[entry.name + size] != 0) size += 1U + names_[entry.name + size];
  return {names_.data() + entry.name, size + 1};
}

bool ReverseCollector::is_taken(NameView owner) const {
  if (cuts_.empty() && aliases_.empty()) return false;
  if (aliases_.contains(lowered_wire(owner))) return true;
  for (NameView above = owner; above.size() > origin_.size(); above = above.parent()) {
    if (cuts_.contains(lowered_wire(above))) return true;
  }
  return cuts_.contains(lowered_wire(origin_));  // a DNAME at the apex
}

void ReverseCollector::sort() {
  std::ranges::stable_sort(entries_, [](const Entry& a, const Entry& b) {
    if (int difference = std::memcmp(a.address.data(), b.address.data(), a.address.size()); difference != 0) {
      return difference < 0;
    }
    return a.is_explicit && !b.is_explicit;
  });
}

void ReverseCollector::emit(const Entry& entry, RecordSink& sink) const {
  Name owner = reverse_name(octets(entry.address));
  RecordView record;
  record.owner = owner;
  record.type = RRType::kPTR;
  record.ttl = entry.ttl;
  record.rdata = name_of(entry).wire();
  record.file = entry.file;
  record.line = entry.line;
  sink.on_record(record);
}

}  // namespace dotmesh
