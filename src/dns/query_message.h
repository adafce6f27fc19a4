// QueryMessage: what a server needs of a query, read in one bounded pass (RFC 1035 section 4,
// RFC 6891 for EDNS, RFC 9619 for QDCOUNT). Nothing is copied but the question's name, lowered.
// Reuse one per query in flight. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dns/lookup_name.h"
#include "dns/rr_type.h"
#include "dns/wire.h"

namespace dotmesh {

// Records behind the question that we read past to find OPT. A query has one or two (OPT, TSIG).
inline constexpr std::size_t kMaxQueryRecords = 8;

struct EdnsQuery {
  bool present = false;
  std::uint8_t version = 0;
  std::uint16_t udp_payload = 0;  // as asked; never below kMinUdpPayload
  bool dnssec_ok = false;         // DO, RFC 3225
  bool nsid = false;              // RFC 5001
  std::uint16_t cookie_at = 0;    // DNS cookie (RFC 7873): where in the message its octets stand,
  std::uint16_t cookie_size = 0;  // and how many: 8, or 16 to 40; 0: none
};

// What to do with the message.
enum class QueryVerdict : std::uint8_t {
  kAnswer,
  kDrop,     // too short for a header, or itself a response: never reply (reflection loops)
  kFormErr,  // the question is usable for the reply only if has_question
  kNotImp,   // an opcode other than QUERY
};

struct QueryMessage {
  std::uint8_t flags_high = 0;   // header octets 2 and 3 as received
  std::uint8_t flags_low = 0;
  bool has_question = false;     // exactly one, well-formed
  std::uint16_t question_size = 0;  // octets of the question section, behind the header
  RRType qtype = RRType::kA;
  std::uint16_t qclass = 0;
  EdnsQuery edns;
  LookupName qname;              // lowered; the message keeps the case that was sent

  QueryVerdict parse(std::span<const std::uint8_t> message);

 private:
  bool parse_question(std::span<const std::uint8_t> message);
  bool parse_records(std::span<const std::uint8_t> message, std::size_t count);
  bool parse_opt(std::span<const std::uint8_t> message, std::size_t fixed_at, std::size_t rdata_size);
};

}  // namespace dotmesh
