#include "dns/response_writer.h"

#include <algorithm>
#include <cstring>

#include "dns/rdata.h"

namespace dotmesh {
namespace {

constexpr std::size_t kRRFixed = 10;          // type, class, TTL, length
constexpr std::size_t kPreparedHeader = 12;   // the same behind an owner pointer
constexpr std::size_t kOptFixed = 11;
constexpr std::size_t kOptionHeader = 4;

}  // namespace

ResponseWriter::ResponseWriter(std::span<std::uint8_t> out, std::size_t limit,
                               std::span<const std::uint8_t> message, const QueryMessage& query)
    : out_(out.data()), limit_(limit), query_(query) {
  std::memcpy(out_, message.data(), 2);  // the ID
  size_ = kHeaderSize;
  if (query.has_question) {
    std::memcpy(out_ + size_, message.data() + kHeaderSize, query.question_size);
    size_ += query.question_size;
    const LookupName& qname = query.qname;
    for (std::size_t labels = qname.label_count(); labels != 0 && target_count_ < kMaxTargets / 2; labels--) {
      NameView suffix = qname.suffix(labels);
      targets_[target_count_++] = {suffix.data(),
                                   static_cast<std::uint16_t>(kHeaderSize + qname.size() - suffix.size()),
                                   static_cast<std::uint8_t>(suffix.size())};
    }
  }
  question_targets_ = target_count_;
  records_at_ = size_;
  if (query.edns.present) {
    // Room for OPT with everything that may go into it, so that it always fits (RFC 6891 section 7).
    std::size_t most = kOptFixed + kOptionHeader + 2 + (query.edns.nsid ? kOptionHeader + kMaxNsid : 0) +
                       (query.edns.cookie_size != 0 ? kOptionHeader + kMaxCookie : 0);
    limit_ -= std::min(most, limit_ - size_);
  }
}

bool ResponseWriter::put(const std::uint8_t* bytes, std::size_t size) {
  if (!has_room(size)) return false;
  std::memcpy(out_ + size_, bytes, size);
  size_ += size;
  return true;
}

bool ResponseWriter::put_name(NameView name) {
  const std::uint8_t* at = name.data();
  std::size_t left = name.size();
  std::size_t begin = size_;
  std::size_t known_targets = target_count_;  // a name is not a target for itself
  while (left > 1) {
    for (std::size_t i = 0; i < known_targets; i++) {
      if (targets_[i].size != left || !NameView(targets_[i].name, left).equals(NameView(at, left))) continue;
      if (!has_room(2)) {
        size_ = begin;
        return false;
      }
      store16(out_ + size_, static_cast<std::uint16_t>(0xc000 | targets_[i].offset));
      size_ += 2;
      return true;
    }
    if (target_count_ < kMaxTargets && size_ <= kMaxPointerOffset) {
      targets_[target_count_++] = {at, static_cast<std::uint16_t>(size_), static_cast<std::uint8_t>(left)};
    }
    std::size_t label = 1U + *at;
    if (!put(at, label)) {
      size_ = begin;
      return false;
    }
    at += label;
    left -= label;
  }
  static constexpr std::uint8_t kRoot = 0;
  if (put(&kRoot, 1)) return true;
  size_ = begin;
  return false;
}

bool ResponseWriter::put_rdata(RRType type, std::span<const std::uint8_t> rdata) {
  RdataLayout layout = rdata_layout(type);
  if (!layout.compressible) return put(rdata.data(), rdata.size());
  RdataName places[2];
  std::size_t names = rdata_names(type, rdata, places);
  std::size_t done = 0;
  for (std::size_t i = 0; i < names; i++) {
    if (!put(rdata.data() + done, places[i].offset - done)) return false;
    if (!put_name(NameView(rdata.data() + places[i].offset, places[i].size))) return false;
    done = std::size_t{places[i].offset} + places[i].size;
  }
  return put(rdata.data() + done, rdata.size() - done);
}

std::uint8_t* ResponseWriter::add_space(Section section, std::size_t size) {
  if (!has_room(size)) return nullptr;
  std::uint8_t* at = out_ + size_;
  size_ += size;
  counts_[static_cast<std::size_t>(section)]++;
  return at;
}

bool ResponseWriter::add_prepared(Section section, std::span<const std::uint8_t> records, std::size_t count) {
  if (!put(records.data(), records.size())) return false;
  counts_[static_cast<std::size_t>(section)] += static_cast<std::uint16_t>(count);
  return true;
}

bool ResponseWriter::add_records(Section section, NameView owner, RRType type,
                                 std::span<const std::uint8_t> records, std::size_t count,
                                 std::uint32_t ttl_cap) {
  std::size_t begin = size_;
  std::size_t targets = target_count_;
  const std::uint8_t* at = records.data();
  for (std::size_t i = 0; i < count; i++) {
    std::size_t rdata_size = load16(at + 10);
    bool fits = put_name(owner) && put(at + 2, kRRFixed);
    std::size_t fixed_end = size_;
    fits = fits && put_rdata(type, {at + kPreparedHeader, rdata_size});
    if (!fits) {
      size_ = begin;
      target_count_ = targets;
      return false;
    }
    store16(out_ + fixed_end - 2, static_cast<std::uint16_t>(size_ - fixed_end));
    if (load32(at + 6) > ttl_cap) store32(out_ + fixed_end - 6, ttl_cap);
    at += kPreparedHeader + rdata_size;
  }
  counts_[static_cast<std::size_t>(section)] += static_cast<std::uint16_t>(count);
  return true;
}

bool ResponseWriter::add_record(Section section, NameView owner, RRType type, std::uint16_t rclass,
                                std::uint32_t ttl, std::span<const std::uint8_t> rdata) {
  std::size_t begin = size_;
  std::size_t targets = target_count_;
  std::uint8_t fixed[kRRFixed];
  store16(fixed, static_cast<std::uint16_t>(type));
  store16(fixed + 2, rclass);
  store32(fixed + 4, ttl);
  store16(fixed + 8, 0);
  bool fits = put_name(owner) && put(fixed, kRRFixed);
  std::size_t fixed_end = size_;
  if (!fits || !put_rdata(type, rdata)) {
    size_ = begin;
    target_count_ = targets;
    return false;
  }
  store16(out_ + fixed_end - 2, static_cast<std::uint16_t>(size_ - fixed_end));
  counts_[static_cast<std::size_t>(section)]++;
  return true;
}

void ResponseWriter::truncate() {
  size_ = records_at_;
  counts_ = {};
  target_count_ = question_targets_;
  truncated_ = true;
}

void ResponseWriter::restart() {
  truncate();
  truncated_ = authoritative_ = authenticated_ = false;
  rcode_ = Rcode::kNoError;
  extended_error_ = ExtendedError::kNone;
}

void ResponseWriter::put_opt() {
  std::uint8_t* opt = out_ + size_;
  std::uint8_t* at = opt + kOptFixed;
  if (query_.edns.nsid && !nsid_.empty()) {
    store16(at, static_cast<std::uint16_t>(EdnsOption::kNsid));
    store16(at + 2, static_cast<std::uint16_t>(nsid_.size()));
    std::memcpy(at + kOptionHeader, nsid_.data(), nsid_.size());
    at += kOptionHeader + nsid_.size();
  }
  if (extended_error_ != ExtendedError::kNone) {
    store16(at, static_cast<std::uint16_t>(EdnsOption::kExtendedError));
    store16(at + 2, 2);
    store16(at + kOptionHeader, static_cast<std::uint16_t>(extended_error_));
    at += kOptionHeader + 2;
  }
  if (query_.edns.cookie_size != 0 && !cookie_.empty()) {
    store16(at, static_cast<std::uint16_t>(EdnsOption::kCookie));
    store16(at + 2, static_cast<std::uint16_t>(cookie_.size()));
    std::memcpy(at + kOptionHeader, cookie_.data(), cookie_.size());
    at += kOptionHeader + cookie_.size();
  }
  opt[0] = 0;
  store16(opt + 1, static_cast<std::uint16_t>(RRType::kOPT));
  store16(opt + 3, kUdpPayload);
  opt[5] = static_cast<std::uint8_t>(static_cast<std::uint16_t>(rcode_) >> 4);
  opt[6] = 0;  // version
  opt[7] = query_.edns.dnssec_ok ? 0x80 : 0;  // RFC 3225 section 3: DO is copied
  opt[8] = 0;
  store16(opt + 9, static_cast<std::uint16_t>(at - opt - kOptFixed));
  size_ += static_cast<std::size_t>(at - opt);
  counts_[static_cast<std::size_t>(Section::kAdditional)]++;
}

std::size_t ResponseWriter::finish() {
  if (query_.edns.present) put_opt();
  out_[2] = static_cast<std::uint8_t>(kFlagQr | (query_.flags_high & (kOpcodeMask | kFlagRd)) |
                                      (authoritative_ ? kFlagAa : 0) | (truncated_ ? kFlagTc : 0));
  // RFC 4035 section 3.2.2: CD is copied.
  out_[3] = static_cast<std::uint8_t>((recursion_available_ ? kFlagRa : 0) | (authenticated_ ? kFlagAd : 0) |
                                      (query_.flags_low & kFlagCd) | (static_cast<std::uint16_t>(rcode_) & 0x0f));
  store16(out_ + 4, query_.has_question ? 1 : 0);
  for (std::size_t i = 0; i < 3; i++) store16(out_ + 6 + 2 * i, counts_[i]);
  return size_;
}

}  // namespace dotmesh
