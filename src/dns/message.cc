#include "dns/message.h"

#include <algorithm>

#include "dns/rdata.h"

namespace dotmesh {
namespace {

constexpr std::size_t kRecordFixed = 10;  // TYPE, CLASS, TTL, RDLENGTH
constexpr std::uint8_t kPointerMask = 0xc0;

}  // namespace

// Reads the message front to back. Every failure is final.
class Message::Reader {
 public:
  Reader(std::span<const std::uint8_t> message, std::vector<std::uint8_t>& octets)
      : message_(message), octets_(octets) {}

  std::size_t at() const { return at_; }
  std::size_t left() const { return message_.size() - at_; }
  std::span<const std::uint8_t> peek(std::size_t size) const { return message_.subspan(at_, size); }
  void skip(std::size_t size) { at_ += size; }

  // Appends the name here, decompressed, to octets_; its size there, 0 when it is malformed.
  std::size_t name(std::size_t limit) {
    std::size_t size = 0;
    std::size_t from = at_;
    std::size_t lowest = at_;  // pointers lead before this: strictly backwards, so they end
    bool jumped = false;
    for (;;) {
      std::size_t end = jumped ? message_.size() : limit;
      if (from >= end) return 0;
      std::uint8_t length = message_[from];
      if ((length & kPointerMask) == kPointerMask) {
        if (end - from < 2) return 0;
        std::size_t target = load16(&message_[from]) & 0x3fff;
        if (!jumped) at_ = from + 2;
        jumped = true;
        if (target >= lowest || target < kHeaderSize) return 0;
        from = lowest = target;
        continue;
      }
      if (length > kMaxLabelLength || end - from < 1U + length) return 0;
      if (kMaxNameLength - size < 1U + length || has_no_room(1U + length)) return 0;
      octets_.insert(octets_.end(), &message_[from], &message_[from] + 1 + length);
      size += 1U + length;
      from += 1U + length;
      if (length == 0) {
        if (!jumped) at_ = from;
        return size;
      }
    }
  }

  // Appends `size` octets as they are.
  bool copy(std::size_t size, std::size_t limit) {
    if (at_ > limit || limit - at_ < size || has_no_room(size)) return false;
    octets_.insert(octets_.end(), message_.data() + at_, message_.data() + at_ + size);
    at_ += size;
    return true;
  }

  // The RDATA here, `size` octets, with its names decompressed; false when it is malformed.
  bool rdata(RRType type, std::size_t size) {
    const std::size_t limit = at_ + size;
    const RdataLayout layout = rdata_layout(type);
    if (layout.names != 0) {
      if (!copy(layout.fixed_before, limit)) return false;
      for (int i = 0; layout.strings_before && i < 3; ++i) {
        if (at_ >= limit || !copy(1U + message_[at_], limit)) return false;
      }
      for (std::size_t i = 0; i < layout.names; ++i) {
        if (name(limit) == 0 || at_ > limit) return false;
      }
    }
    return copy(limit - at_, limit);
  }

 private:
  bool has_no_room(std::size_t more) const { return kMaxExpandedMessage - octets_.size() < more; }

  std::span<const std::uint8_t> message_;
  std::vector<std::uint8_t>& octets_;
  std::size_t at_ = kHeaderSize;
};

namespace {

// RDATA whose size the type fixes (or bounds from below), as the resolver relies on it.
bool has_sane_size(RRType type, std::size_t size) {
  switch (type) {
    case RRType::kA: return size == 4;
    case RRType::kAAAA: return size == 16;
    case RRType::kNS: case RRType::kCNAME: case RRType::kPTR: case RRType::kDNAME: return size >= 1;
    case RRType::kSOA: return size >= 22;
    case RRType::kDS: case RRType::kDNSKEY: return size >= 4;
    case RRType::kRRSIG: return size >= 19;
    case RRType::kNSEC3: return size >= 6;
    default: return true;
  }
}

}  // namespace

bool Message::parse(std::span<const std::uint8_t> message) {
  has_header_ = has_question_ = false;
  records_.clear();
  octets_.clear();
  edns_ = {};
  rcode_ = 0;
  if (message.size() < kHeaderSize || message.size() > kMaxMessage) return false;
  has_header_ = true;
  id_ = load16(message.data());
  flags_high_ = message[2];
  flags_low_ = message[3];
  rcode_ = flags_low_ & 0x0f;
  octets_.reserve(message.size() * 2);
  Reader reader(message, octets_);
  const std::size_t questions = load16(&message[4]);
  if (questions > 1) return false;
  if (questions == 1) {
    std::size_t size = reader.name(message.size());
    if (size == 0 || reader.left() < 4) return false;
    qname_ = Name(NameView(octets_.data(), size));
    qtype_ = static_cast<RRType>(load16(reader.peek(4).data()));
    qclass_ = load16(reader.peek(4).data() + 2);
    reader.skip(4);
    has_question_ = true;
  }
  return read_records(reader, Section::kAnswer, load16(&message[6])) &&
         read_records(reader, Section::kAuthority, load16(&message[8])) &&
         read_records(reader, Section::kAdditional, load16(&message[10]));
}

bool Message::read_records(Reader& reader, Section section, std::size_t count) {
  if (count > kMaxMessageRecords - std::min(kMaxMessageRecords, records_.size())) return false;
  for (; count != 0; --count) {
    Record record{};
    record.section = section;
    record.owner_at = static_cast<std::uint32_t>(octets_.size());
    record.owner_size = static_cast<std::uint8_t>(reader.name(reader.at() + reader.left()));
    if (record.owner_size == 0 || reader.left() < kRecordFixed) return false;
    auto fixed = reader.peek(kRecordFixed);
    record.type = static_cast<RRType>(load16(fixed.data()));
    record.rclass = load16(fixed.data() + 2);
    record.ttl = load32(fixed.data() + 4);
    if (record.type != RRType::kOPT && record.ttl > 0x7fffffff) record.ttl = 0;
    std::size_t rdata_size = load16(fixed.data() + 8);
    reader.skip(kRecordFixed);
    if (reader.left() < rdata_size) return false;
    record.rdata_at = static_cast<std::uint32_t>(octets_.size());
    if (!reader.rdata(record.type, rdata_size)) return false;
    const std::size_t expanded = octets_.size() - record.rdata_at;
    if (expanded > 0xffff || !has_sane_size(record.type, expanded)) return false;
    record.rdata_size = static_cast<std::uint16_t>(expanded);
    if (record.type == RRType::kOPT) {
      if (section != Section::kAdditional || edns_.present || !read_opt(record, rdata(record))) return false;
      continue;
    }
    records_.push_back(record);
  }
  return true;
}

// RFC 6891 section 6.1.
bool Message::read_opt(const Record& record, std::span<const std::uint8_t> rdata) {
  if (record.owner_size != 1) return false;
  edns_.present = true;
  edns_.udp_payload = record.rclass;
  rcode_ |= (record.ttl >> 24) << 4;
  edns_.version = static_cast<std::uint8_t>(record.ttl >> 16);
  edns_.dnssec_ok = record.ttl & 0x8000;
  while (!rdata.empty()) {
    if (rdata.size() < 4) return false;
    const std::size_t size = load16(&rdata[2]);
    if (rdata.size() - 4 < size) return false;
    auto value = rdata.subspan(4, size);
    switch (static_cast<EdnsOption>(load16(rdata.data()))) {
      case EdnsOption::kCookie: edns_.cookie.assign(value.begin(), value.end()); break;
      case EdnsOption::kExtendedError:
        if (size >= 2) edns_.extended_error = load16(value.data());
        break;
      default: break;
    }
    rdata = rdata.subspan(4 + size);
  }
  return true;
}

std::vector<RRset> Message::rrsets(Section section) const {
  std::vector<RRset> sets;
  auto find = [&](NameView owner, RRType type) -> RRset* {
    for (RRset& set : sets) {
      if (set.type == type && set.owner.view() == owner) return &set;
    }
    return nullptr;
  };
  auto put = [&](const Record& record, RRType type) -> RRset& {
    RRset* set = find(owner(record), type);
    if (set == nullptr) {
      sets.push_back({.owner = owner(record), .type = type, .ttl = record.ttl, .rdata = {}, .signatures = {}});
      set = &sets.back();
    }
    set->ttl = std::min(set->ttl, record.ttl);
    return *set;
  };
  auto wanted = [&](const Record& record, bool signature) {
    return record.section == section && record.rclass == static_cast<std::uint16_t>(RRClass::kIN) &&
           (record.type == RRType::kRRSIG) == signature;
  };
  for (const Record& record : records_) {
    if (!wanted(record, false)) continue;
    RRset& set = put(record, record.type);
    if (!set.rdata.contains(rdata(record))) set.rdata.add(rdata(record));
  }
  for (const Record& record : records_) {
    if (!wanted(record, true)) continue;
    RRset* covered = find(owner(record), static_cast<RRType>(load16(rdata(record).data())));
    if (covered != nullptr && covered->type != RRType::kRRSIG) {
      covered->ttl = std::min(covered->ttl, record.ttl);
      if (!covered->signatures.contains(rdata(record))) covered->signatures.add(rdata(record));
    } else {
      RRset& set = put(record, RRType::kRRSIG);
      if (!set.rdata.contains(rdata(record))) set.rdata.add(rdata(record));
    }
  }
  return sets;
}

}  // namespace dotmesh
