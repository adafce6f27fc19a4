#include "resolver/cache/prepared_records.h"

#include <array>
#include <cstring>

#include "dns/wire.h"

namespace dotmesh {
namespace {

constexpr std::uint8_t kPointer = 0xc0;
constexpr std::size_t kFixedPart = 10;  // type, class, TTL, length of the RDATA

}  // namespace

std::size_t PreparedRecords::skip_name(std::size_t at) const {
  while (at < records_.size()) {
    std::uint8_t length = records_[at];
    if (length == 0) return at + 1;
    if ((length & kPointer) == kPointer) return at + 2;
    at += 1U + length;
  }
  return records_.size() + 1;
}

std::optional<PreparedRecords::Record> PreparedRecords::next() {
  std::size_t fixed = skip_name(at_);
  if (at_end() || fixed > records_.size() || records_.size() - fixed < kFixedPart) return std::nullopt;
  const std::uint8_t* p = records_.data() + fixed;
  Record record{.type = static_cast<RRType>(load16(p)),
                .owner_at = at_,
                .ttl_at = fixed + 4,
                .rdata_at = fixed + kFixedPart,
                .rdata_size = load16(p + 8)};
  if (records_.size() - record.rdata_at < record.rdata_size) return std::nullopt;
  at_ = record.rdata_at + record.rdata_size;
  return record;
}

std::optional<Name> PreparedRecords::name_at(std::size_t at) const {
  std::array<std::uint8_t, kMaxNameLength> wire;
  std::size_t size = 0;
  const std::size_t records_start = kHeaderSize + qname_.size() + 4;
  auto from = records_;
  // Each step takes a label or follows a pointer; those lead backwards, so there are never many.
  for (std::size_t steps = 0; steps < 2 * kMaxLabels + 2; ++steps) {
    if (at >= from.size()) return std::nullopt;
    std::uint8_t length = from[at];
    if ((length & kPointer) == kPointer) {
      if (from.size() - at < 2) return std::nullopt;
      std::size_t target = load16(from.data() + at) & 0x3fffU;
      if (target < kHeaderSize) return std::nullopt;
      bool in_question = target < records_start;
      at = target - (in_question ? kHeaderSize : records_start);
      from = in_question ? qname_.wire() : records_;
      continue;
    }
    if (length > kMaxLabelLength || from.size() - at < 1U + length || kMaxNameLength - size < 1U + length) {
      return std::nullopt;
    }
    std::memcpy(wire.data() + size, from.data() + at, 1U + length);
    size += 1U + length;
    at += 1U + length;
    if (length == 0) return Name(NameView(wire.data(), size));
  }
  return std::nullopt;
}

}  // namespace dotmesh
