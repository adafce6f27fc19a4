// Message: a whole DNS message read from hostile octets (RFC 1035 section 4), as a resolver needs it:
// every name decompressed and checked, every RDATA uncompressed, OPT taken out. Servers of queries use
// QueryMessage instead, which copies nothing.
//
// Compression pointers lead strictly backwards (RFC 1035 section 4.1.4). Reading costs at most
// kMaxExpandedMessage octets of memory whatever the message is made of (compression bombs).
// Reuse one for many messages: its memory is kept. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dns/name.h"
#include "dns/response_writer.h"
#include "dns/rr_type.h"
#include "dns/rrset.h"
#include "dns/wire.h"

namespace dotmesh {

// Eight times the largest message: real ones stay under twice (names repeated in full), a bomb of
// pointers to long names would be twenty-three times.
inline constexpr std::size_t kMaxExpandedMessage = 8 * kMaxMessage;
// A 64 KiB message could have 5,956. RRsets are found by looking through those before: a thousand keep
// the worst message under a few milliseconds, and no honest one comes near.
inline constexpr std::size_t kMaxMessageRecords = 1024;

class Message {
 public:
  struct Record {
    Section section;
    RRType type;
    std::uint16_t rclass;
    std::uint32_t ttl;  // above 2^31 - 1 reads as 0 (RFC 2181 section 8)
    std::uint32_t owner_at;  // in octets_
    std::uint8_t owner_size;
    std::uint16_t rdata_size;
    std::uint32_t rdata_at;
  };
  struct Edns {
    bool present = false;
    std::uint8_t version = 0;
    std::uint16_t udp_payload = 0;
    bool dnssec_ok = false;
    std::vector<std::uint8_t> cookie;  // option 10, as received
    std::optional<std::uint16_t> extended_error;
  };

  // False when it is malformed; what was read of the header and the question until then is still
  // there (has_header(), has_question()).
  bool parse(std::span<const std::uint8_t> message);

  bool has_header() const { return has_header_; }
  std::uint16_t id() const { return id_; }
  std::uint8_t flags_high() const { return flags_high_; }
  std::uint8_t flags_low() const { return flags_low_; }
  bool is_response() const { return flags_high_ & kFlagQr; }
  bool authoritative() const { return flags_high_ & kFlagAa; }
  bool truncated() const { return flags_high_ & kFlagTc; }
  bool recursion_available() const { return flags_low_ & kFlagRa; }
  bool authenticated() const { return flags_low_ & kFlagAd; }
  unsigned opcode() const { return (flags_high_ & kOpcodeMask) >> 3; }
  // With the upper bits of EDNS.
  unsigned rcode() const { return rcode_; }

  // Exactly one well-formed question. The case is as received.
  bool has_question() const { return has_question_; }
  NameView qname() const { return qname_; }
  RRType qtype() const { return qtype_; }
  std::uint16_t qclass() const { return qclass_; }

  const Edns& edns() const { return edns_; }
  // All records but OPT, in the order of the message.
  std::span<const Record> records() const { return records_; }
  // Views into this Message: valid until the next parse().
  NameView owner(const Record& record) const {
    return {octets_.data() + record.owner_at, record.owner_size};
  }
  std::span<const std::uint8_t> rdata(const Record& record) const {
    return std::span(octets_).subspan(record.rdata_at, record.rdata_size);
  }

  // The RRsets of a section, RRSIGs put to what they cover, exact duplicates dropped, in the order of
  // their first record. Class IN only. RRSIGs that cover nothing there are an RRset of type RRSIG.
  std::vector<RRset> rrsets(Section section) const;

 private:
  class Reader;
  bool read_records(Reader& reader, Section section, std::size_t count);
  bool read_opt(const Record& record, std::span<const std::uint8_t> rdata);

  bool has_header_ = false;
  bool has_question_ = false;
  std::uint16_t id_ = 0;
  std::uint8_t flags_high_ = 0;
  std::uint8_t flags_low_ = 0;
  unsigned rcode_ = 0;
  Name qname_;
  RRType qtype_ = RRType::kA;
  std::uint16_t qclass_ = 0;
  Edns edns_;
  std::vector<Record> records_;
  std::vector<std::uint8_t> octets_;  // decompressed owners and RDATA
};

}  // namespace dotmesh
