#include "resolver/cache/entry_codec.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace dotmesh {
namespace {

// A name in the body: so many labels from the end of the key's name, or this and the whole name.
constexpr std::uint8_t kWholeName = 0xff;
// An RRset's type: that of the key, or this and the type.
constexpr std::uint8_t kSameType = 1;
constexpr std::size_t kMaxRRsets = 255;

// Writes the body; stops, and says so, at the end of its room.
class Encoder {
 public:
  Encoder(NameView key_name, std::span<std::uint8_t> room) : key_name_(key_name), room_(room) {}

  bool ok() const { return ok_; }
  std::size_t size() const { return size_; }

  void put(std::span<const std::uint8_t> octets) {
    if (room_.size() - size_ < octets.size()) ok_ = false;
    if (!ok_ || octets.empty()) return;
    std::memcpy(room_.data() + size_, octets.data(), octets.size());
    size_ += octets.size();
  }
  void put8(std::size_t value) {
    auto octet = static_cast<std::uint8_t>(value);
    put({&octet, 1});
  }
  void put16(std::size_t value) {
    std::uint8_t octets[2];
    store16(octets, static_cast<std::uint16_t>(value));
    put(octets);
  }
  void put32(std::uint32_t value) {
    std::uint8_t octets[4];
    store32(octets, value);
    put(octets);
  }
  // One octet below 192, else three.
  void put_length(std::size_t value) {
    if (value < 0xc0) return put8(value);
    if (value >= (0x40 << 16)) ok_ = false;
    put8(0xc0 | value >> 16);
    put16(value);
  }
  void put_name(NameView name) {
    std::size_t skip = key_name_.size() - name.size();
    bool is_suffix = name.size() <= key_name_.size() &&
                     std::memcmp(key_name_.data() + skip, name.data(), name.size()) == 0 &&
                     key_name_.is_at_or_below(name);
    if (is_suffix) return put8(name.label_count());
    put8(kWholeName);
    put(name.wire());
  }
  void put_rdata(const RdataList& list) {
    put_length(list.count());
    if (list.empty()) return;
    put_length(list.octets().size());
    put(list.octets());
  }

 private:
  NameView key_name_;
  std::span<std::uint8_t> room_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

// Reads what Encoder wrote; after a fault everything reads as nothing.
class Decoder {
 public:
  Decoder(NameView key_name, std::span<const std::uint8_t> octets) : key_name_(key_name), left_(octets) {}

  bool ok() const { return ok_; }
  bool at_end() const { return left_.empty(); }
  void fail() {
    ok_ = false;
    left_ = {};
  }
  std::span<const std::uint8_t> take(std::size_t size) {
    if (left_.size() < size) {
      fail();
      return {};
    }
    auto taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }
  std::size_t take8() {
    auto octets = take(1);
    return octets.empty() ? 0 : octets[0];
  }
  std::size_t take16() {
    auto octets = take(2);
    return octets.empty() ? 0 : load16(octets.data());
  }
  std::uint32_t take32() {
    auto octets = take(4);
    return octets.empty() ? 0 : load32(octets.data());
  }
  std::size_t take_length() {
    std::size_t first = take8();
    return first < 0xc0 ? first : (first & 0x3f) << 16 | take16();
  }
  void take_name(Name& name) {
    std::size_t labels = take8();
    if (labels == kWholeName) {
      auto read = Name::from_wire(left_);
      if (!read) return fail();
      name = *read;
      take(name.size());
      return;
    }
    if (labels > key_name_.label_count()) return fail();
    name = key_name_.suffix(labels);
  }
  void take_rdata(RdataList& list) {
    std::size_t count = take_length();
    if (count == 0) return;
    auto octets = take(take_length());
    if (!is_list(octets, count)) return fail();
    list = RdataList(octets, count);
  }

 private:
  static bool is_list(std::span<const std::uint8_t> octets, std::size_t count) {
    for (; count != 0; --count) {
      if (octets.size() < 2 || octets.size() - 2 < load16(octets.data())) return false;
      octets = octets.subspan(2 + load16(octets.data()));
    }
    return octets.empty();
  }

  NameView key_name_;
  std::span<const std::uint8_t> left_;
  bool ok_ = true;
};

void put_rrset(Encoder& to, const RRset& rrset, RRType key_type) {
  to.put_name(rrset.owner);
  to.put8(rrset.type == key_type ? kSameType : 0);
  if (rrset.type != key_type) to.put16(static_cast<std::uint16_t>(rrset.type));
  to.put32(rrset.ttl);
  to.put_rdata(rrset.rdata);
  to.put_rdata(rrset.signatures);
}

void take_rrset(Decoder& from, RRset& rrset, RRType key_type) {
  from.take_name(rrset.owner);
  rrset.type = from.take8() == kSameType ? key_type : static_cast<RRType>(from.take16());
  rrset.ttl = from.take32();
  from.take_rdata(rrset.rdata);
  from.take_rdata(rrset.signatures);
}

}  // namespace

EntryFacts EntryFacts::from_words(std::uint64_t first, std::uint64_t second) {
  return {.kind = static_cast<EntryKind>(first & 0xff),
          .rank = static_cast<Rank>(first >> 8 & 0xf),
          .security = static_cast<Security>(first >> 12 & 0xf),
          .error = static_cast<ExtendedError>(first >> 16 & 0xffff),
          .stored = static_cast<CacheSeconds>(second),
          .expires = static_cast<CacheSeconds>(second >> 32),
          .body_size = static_cast<std::uint32_t>(first >> 32)};
}

std::array<std::uint64_t, EntryFacts::kWords> EntryFacts::to_words() const {
  return {static_cast<std::uint64_t>(kind) | static_cast<std::uint64_t>(rank) << 8 |
              static_cast<std::uint64_t>(security) << 12 | static_cast<std::uint64_t>(error) << 16 |
              std::uint64_t{body_size} << 32,
          std::uint64_t{stored} | std::uint64_t{expires} << 32};
}

std::span<const std::uint64_t> encode_entry(const EntryKey& key, const CacheEntry& entry) {
  constexpr std::size_t kMaxWords = EntryKey::kMaxWords + EntryFacts::kWords + kMaxEntryBody / 8;
  thread_local auto words = std::make_unique_for_overwrite<std::uint64_t[]>(kMaxWords);
  std::size_t at = static_cast<std::size_t>(std::ranges::copy(key.words(), words.get()).out - words.get());
  std::uint64_t* body = words.get() + at + EntryFacts::kWords;
  Encoder to(key.name(), {reinterpret_cast<std::uint8_t*>(body), kMaxEntryBody});
  if (entry.rrsets.size() > kMaxRRsets) return {};
  to.put_name(entry.zone);
  to.put8(entry.rrsets.size());
  RRType type = EntryKey::type(key.words()[0]);
  for (const RRset& rrset : entry.rrsets) put_rrset(to, rrset, type);
  std::size_t size = to.size();
  while (to.ok() && to.size() % 8 != 0) to.put8(0);
  if (!to.ok()) return {};
  EntryFacts facts{entry.kind, entry.rank, entry.security, entry.error, entry.stored, entry.expires,
                   static_cast<std::uint32_t>(size)};
  std::ranges::copy(facts.to_words(), words.get() + at);
  return {words.get(), at + EntryFacts::kWords + to.size() / 8};
}

std::optional<CacheEntry> decode_entry(NameView name, RRType type, const EntryFacts& facts,
                                       std::span<const std::uint8_t> body) {
  std::optional<CacheEntry> entry(std::in_place);
  entry->kind = facts.kind;
  entry->rank = facts.rank;
  entry->security = facts.security;
  entry->error = facts.error;
  entry->stored = facts.stored;
  entry->expires = facts.expires;
  Decoder from(name, body);
  from.take_name(entry->zone);
  entry->rrsets.resize(from.take8());
  for (RRset& rrset : entry->rrsets) take_rrset(from, rrset, type);
  if (!from.ok() || !from.at_end()) return std::nullopt;
  return entry;
}

}  // namespace dotmesh
