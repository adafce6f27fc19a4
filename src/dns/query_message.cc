#include "dns/query_message.h"

#include <algorithm>

namespace dotmesh {
namespace {

// Octets of the name at `at`, which may end in a compression pointer; 0 when it is cut or malformed.
// The name is only skipped, so the pointer is not followed.
std::size_t skip_name(std::span<const std::uint8_t> message, std::size_t at) {
  std::size_t begin = at;
  while (at < message.size()) {
    std::size_t length = message[at];
    if (length == 0) return at + 1 - begin;
    if ((length & 0xc0) == 0xc0) return message.size() - at >= 2 ? at + 2 - begin : 0;
    if (length > kMaxLabelLength) return 0;
    at += 1 + length;
    if (at - begin > kMaxNameLength) return 0;
  }
  return 0;
}

}  // namespace

QueryVerdict QueryMessage::parse(std::span<const std::uint8_t> message) {
  has_question = false;
  question_size = 0;
  edns = {};
  if (message.size() < kHeaderSize) return QueryVerdict::kDrop;
  flags_high = message[2];
  flags_low = message[3];
  if ((flags_high & kFlagQr) != 0) return QueryVerdict::kDrop;
  if ((flags_high & kOpcodeMask) != 0) return QueryVerdict::kNotImp;
  std::size_t questions = load16(&message[4]);
  std::size_t answers = load16(&message[6]);
  std::size_t authorities = load16(&message[8]);
  std::size_t additionals = load16(&message[10]);
  if (questions != 1 || !parse_question(message)) return QueryVerdict::kFormErr;
  // Only IXFR carries an authority record in a query (RFC 1995 section 3).
  if (answers != 0 || authorities > 1 || (authorities == 1 && qtype != RRType::kIXFR)) return QueryVerdict::kFormErr;
  if (!parse_records(message, authorities + additionals)) {
    edns = {};
    return QueryVerdict::kFormErr;
  }
  return QueryVerdict::kAnswer;
}

bool QueryMessage::parse_question(std::span<const std::uint8_t> message) {
  std::size_t name_size = qname.assign_wire(message.data() + kHeaderSize, message.size() - kHeaderSize);
  if (name_size == 0 || message.size() - kHeaderSize - name_size < 4) return false;
  const std::uint8_t* fixed = message.data() + kHeaderSize + name_size;
  qtype = static_cast<RRType>(load16(fixed));
  qclass = load16(fixed + 2);
  question_size = static_cast<std::uint16_t>(name_size + 4);
  has_question = true;
  return true;
}

bool QueryMessage::parse_records(std::span<const std::uint8_t> message, std::size_t count) {
  std::size_t at = kHeaderSize + question_size;
  if (count > kMaxQueryRecords) return false;
  for (; count != 0; count--) {
    std::size_t name_size = skip_name(message, at);
    if (name_size == 0) return false;
    bool at_root = name_size == 1;
    at += name_size;
    if (message.size() - at < 10) return false;
    auto fixed = message.subspan(at, 10);
    std::size_t rdata_size = load16(&fixed[8]);
    at += 10;
    if (message.size() - at < rdata_size) return false;
    if (static_cast<RRType>(load16(fixed.data())) == RRType::kOPT) {
      // RFC 6891 section 6.1.1: one OPT, owned by the root.
      if (edns.present || !at_root || !parse_opt(message, at - 10, rdata_size)) return false;
    }
    at += rdata_size;
  }
  return at == message.size();  // octets behind the message belong to nobody
}

// `fixed_at`: of the record's octets behind its owner. Room for all of it has been checked.
bool QueryMessage::parse_opt(std::span<const std::uint8_t> message, std::size_t fixed_at, std::size_t rdata_size) {
  auto fixed = message.subspan(fixed_at, 10);
  auto options = message.subspan(fixed_at + 10, rdata_size);
  edns.present = true;
  edns.udp_payload = std::max<std::uint16_t>(load16(&fixed[2]), kMinUdpPayload);
  edns.version = fixed[5];
  edns.dnssec_ok = (fixed[6] & 0x80) != 0;
  while (!options.empty()) {
    if (options.size() < 4) return false;
    std::size_t size = load16(&options[2]);
    if (options.size() - 4 < size) return false;
    switch (static_cast<EdnsOption>(load16(options.data()))) {
      case EdnsOption::kNsid: edns.nsid = true; break;
      case EdnsOption::kCookie:
        // RFC 7873 section 5.2.2: FORMERR for any other length; of several the first counts.
        if (size != 8 && (size < 16 || size > 40)) return false;
        if (edns.cookie_size != 0) break;
        edns.cookie_at = static_cast<std::uint16_t>(options.data() + 4 - message.data());
        edns.cookie_size = static_cast<std::uint16_t>(size);
        break;
      default: break;
    }
    options = options.subspan(4 + size);
  }
  return true;
}

}  // namespace dotmesh
