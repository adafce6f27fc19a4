// For tests: builds queries and turns messages into text, one line a record.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/rr_type.h"
#include "dns/wire.h"

namespace dotmesh::testing {

struct QueryOptions {
  bool edns = false;
  bool dnssec_ok = false;
  bool recursion_desired = false;
  std::uint16_t udp_payload = 1232;
  std::uint16_t qclass = 1;
  std::vector<std::uint8_t> edns_options = {};
};

inline std::vector<std::uint8_t> make_query(std::string_view qname, RRType qtype, QueryOptions options = {}) {
  std::vector<std::uint8_t> out{0x12, 0x34, static_cast<std::uint8_t>(options.recursion_desired ? 1 : 0), 0,
                                0, 1, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(options.edns ? 1 : 0)};
  Name name = Name::parse(qname).value();
  out.insert(out.end(), name.data(), name.data() + name.size());
  const auto put16 = [&](std::uint16_t v) { out.insert(out.end(), {static_cast<std::uint8_t>(v >> 8), static_cast<std::uint8_t>(v)}); };
  put16(static_cast<std::uint16_t>(qtype));
  put16(options.qclass);
  if (options.edns) {
    out.push_back(0);
    put16(41);
    put16(options.udp_payload);
    put16(0);
    put16(options.dnssec_ok ? 0x8000 : 0);
    put16(static_cast<std::uint16_t>(options.edns_options.size()));
    out.insert(out.end(), options.edns_options.begin(), options.edns_options.end());
  }
  return out;
}

// Follows pointers; empty text at any fault.
inline std::string decode_name(std::span<const std::uint8_t> message, std::size_t& at, std::vector<std::uint8_t>* wire) {
  std::vector<std::uint8_t> name;
  std::size_t i = at;
  bool jumped = false;
  for (int steps = 0; steps < 256 && i < message.size(); steps++) {
    std::size_t length = message[i];
    if (length >= 0xc0) {
      if (i + 1 >= message.size()) return {};
      if (!jumped) at = i + 2;
      jumped = true;
      i = (length & 0x3f) << 8 | message[i + 1];
      continue;
    }
    if (message.size() - i <= length) return {};
    name.insert(name.end(), message.begin() + static_cast<std::ptrdiff_t>(i),
                message.begin() + static_cast<std::ptrdiff_t>(i + 1 + length));
    i += 1 + length;
    if (length == 0) {
      if (!jumped) at = i;
      if (wire != nullptr) *wire = name;
      return NameView(name.data(), name.size()).to_string();
    }
  }
  return {};
}

// "NXDOMAIN aa" and then a line a record: "AN www.example. 3600 A 10.0.0.1". OPT is left out.
// "broken" when the message is not well-formed to its last octet.
inline std::string to_text(std::span<const std::uint8_t> message) {
  if (message.size() < kHeaderSize) return "broken";
  static constexpr std::string_view kRcodes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN"};
  unsigned rcode = message[3] & 0x0f;
  std::string out(rcode < 7 ? kRcodes[rcode] : "RCODE?");
  if ((message[2] & kFlagAa) != 0) out += " aa";
  if ((message[2] & kFlagTc) != 0) out += " tc";
  std::size_t at = kHeaderSize;
  for (int i = load16(&message[4]); i != 0; i--) {
    if (decode_name(message, at, nullptr).empty() || message.size() - at < 4) return "broken";
    at += 4;
  }
  static constexpr std::string_view kSections[] = {"AN", "NS", "AR"};
  for (std::size_t s = 0; s < 3; s++) {
    for (int i = load16(&message[6 + 2 * s]); i != 0; i--) {
      std::string owner = decode_name(message, at, nullptr);
      if (owner.empty() || message.size() - at < 10) return "broken";
      auto type = static_cast<RRType>(load16(&message[at]));
      std::uint32_t ttl = load32(&message[at + 4]);
      std::size_t size = load16(&message[at + 8]);
      at += 10;
      if (message.size() - at < size) return "broken";
      std::size_t end = at + size;
      std::vector<std::uint8_t> rdata;
      RdataLayout layout = rdata_layout(type);
      if (layout.compressible) {
        rdata.assign(message.begin() + static_cast<std::ptrdiff_t>(at), message.begin() + static_cast<std::ptrdiff_t>(at + layout.fixed_before));
        at += layout.fixed_before;
        for (int n = 0; n < layout.names; n++) {
          std::vector<std::uint8_t> wire;
          if (decode_name(message, at, &wire).empty() || at > end) return "broken";
          rdata.insert(rdata.end(), wire.begin(), wire.end());
        }
      }
      rdata.insert(rdata.end(), message.begin() + static_cast<std::ptrdiff_t>(at), message.begin() + static_cast<std::ptrdiff_t>(end));
      at = end;
      if (type == RRType::kOPT) continue;
      out += fmt::format("\n{} {} {} {} {}", kSections[s], owner, ttl, to_string(type), rdata_to_string(type, rdata));
    }
  }
  return at == message.size() ? out : "broken";
}

}  // namespace dotmesh::testing
