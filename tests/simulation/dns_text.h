// PlainMessage: a DNS message as plain values, for comparing, changing and printing: what scenarios
// describe, what the resolver sends, what it answers. And records from zone-file text.
// Values; any thread. RecordText: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dns/name.h"
#include "dns/response_writer.h"
#include "dns/rr_type.h"
#include "dns/wire.h"

namespace dotmesh::simulation {

// The header's octets 2 and 3 as one number.
inline constexpr std::uint16_t kQr = 0x8000, kAa = 0x0400, kTc = 0x0200, kRd = 0x0100;
inline constexpr std::uint16_t kRa = 0x0080, kAd = 0x0020, kCd = 0x0010;
inline constexpr std::uint16_t kAllFlags = kQr | kAa | kTc | kRd | kRa | kAd | kCd;

struct PlainQuestion {
  Name name;
  RRType type = RRType::kA;
  std::uint16_t qclass = 1;
};

struct PlainRecord {
  Name owner;
  RRType type = RRType::kA;
  std::uint16_t rclass = 1;
  std::uint32_t ttl = 3600;
  std::vector<std::uint8_t> rdata;  // uncompressed

  std::string to_string() const;
};

// Same owner, type, class and RDATA; names without case, TTLs not compared.
bool same_record(const PlainRecord& a, const PlainRecord& b);

struct PlainMessage {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;  // kAllFlags of them
  unsigned opcode = 0;
  unsigned rcode = 0;  // with the upper bits of EDNS
  bool edns = true;
  std::uint8_t edns_version = 0;
  std::uint16_t udp_payload = 4096;
  bool dnssec_ok = false;
  std::optional<unsigned> extended_error = std::nullopt;  // RFC 8914; not on the wire
  std::vector<PlainQuestion> questions;
  std::array<std::vector<PlainRecord>, 3> sections;  // by Section

  std::vector<PlainRecord>& section(Section s) { return sections[static_cast<std::size_t>(s)]; }
  const std::vector<PlainRecord>& section(Section s) const { return sections[static_cast<std::size_t>(s)]; }

  // Uncompressed. Counts are those of the vectors.
  std::vector<std::uint8_t> to_wire() const;
  // "NXDOMAIN qr rd ra do", the question, and a line a record, each line after the first indented.
  std::string to_string() const;
};

// nullopt: malformed.
std::optional<PlainMessage> read_message(std::span<const std::uint8_t> wire);

std::string rcode_to_string(unsigned rcode);
std::optional<unsigned> parse_rcode(std::string_view text);

// Records from text as in a zone file; names without a final dot end at the root, as in scenarios.
class RecordText {
 public:
  RecordText();
  ~RecordText();
  Result<PlainRecord> parse(std::string_view line);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dotmesh::simulation
