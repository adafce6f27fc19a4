#include "dns/rdata.h"

#include <arpa/inet.h>
#include <fmt/format.h>

namespace dotmesh {
namespace {

std::uint16_t read16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint32_t read32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(read16(bytes, at)) << 16 | read16(bytes, at + 2);
}

std::string strings_to_text(std::span<const std::uint8_t> rdata) {
  std::string out;
  for (std::size_t i = 0; i < rdata.size();) {
    std::size_t length = rdata[i++];
    if (length > rdata.size() - i) return {};
    if (!out.empty()) out += ' ';
    out += '"';
    for (; length != 0; length--, i++) {
      std::uint8_t c = rdata[i];
      if (c == '"' || c == '\\') {
        out += '\\';
        out += static_cast<char>(c);
      } else if (c >= 0x20 && c < 0x7f) {
        out += static_cast<char>(c);
      } else {
        out += fmt::format("\\{:03}", c);
      }
    }
    out += '"';
  }
  return out;
}

std::string unknown_to_text(std::span<const std::uint8_t> rdata) {
  std::string out = fmt::format("\\# {}", rdata.size());
  if (!rdata.empty()) out += ' ';
  for (std::uint8_t c : rdata) out += fmt::format("{:02X}", c);
  return out;
}

}  // namespace

RdataLayout rdata_layout(RRType type) {
  switch (type) {
    case RRType::kNS: case RRType::kCNAME: case RRType::kPTR: case RRType::kMD: case RRType::kMF:
    case RRType::kMB: case RRType::kMG: case RRType::kMR:
      return {.names = 1, .compressible = true};
    case RRType::kSOA: case RRType::kMINFO:
      return {.names = 2, .compressible = true};
    case RRType::kMX:
      return {.fixed_before = 2, .names = 1, .compressible = true};
    case RRType::kDNAME: case RRType::kNSEC: case RRType::kNXT:
      return {.names = 1};
    case RRType::kRP:
      return {.names = 2};
    case RRType::kAFSDB: case RRType::kRT: case RRType::kKX: case RRType::kLP: case RRType::kSVCB:
    case RRType::kHTTPS:
      return {.fixed_before = 2, .names = 1};
    case RRType::kPX:
      return {.fixed_before = 2, .names = 2};
    case RRType::kSRV:
      return {.fixed_before = 6, .names = 1};
    case RRType::kNAPTR:
      return {.fixed_before = 4, .names = 1, .strings_before = true};
    case RRType::kRRSIG: case RRType::kSIG:
      return {.fixed_before = 18, .names = 1};
    default:
      return {};
  }
}

std::size_t rdata_names(RRType type, std::span<const std::uint8_t> rdata, RdataName (&places)[2]) {
  RdataLayout layout = rdata_layout(type);
  std::size_t at = layout.fixed_before;
  if (layout.names == 0 || rdata.size() < at) return 0;
  for (int i = 0; layout.strings_before && i < 3; i++) {
    if (at >= rdata.size() || rdata[at] >= rdata.size() - at) return 0;
    at += 1U + rdata[at];
  }
  for (std::size_t i = 0; i < layout.names; i++) {
    std::optional<Name> name = Name::from_wire(rdata.subspan(at));
    if (!name) return 0;
    places[i] = {static_cast<std::uint16_t>(at), static_cast<std::uint16_t>(name->size())};
    at += name->size();
  }
  return layout.names;
}

std::optional<std::vector<std::uint8_t>> replace_rdata_suffix(RRType type,
                                                              std::span<const std::uint8_t> rdata,
                                                              NameView from, NameView to) {
  RdataName places[2];
  std::size_t count = rdata_names(type, rdata, places);
  std::vector<std::uint8_t> out;
  out.reserve(rdata.size() + to.size());
  std::size_t copied = 0;
  for (std::size_t i = 0; i < count; i++) {
    NameView name(rdata.data() + places[i].offset, places[i].size);
    if (!name.is_at_or_below(from)) continue;
    std::optional<Name> moved = Name::replace_suffix(name, from, to);
    if (!moved) return std::nullopt;
    out.insert(out.end(), rdata.begin() + static_cast<std::ptrdiff_t>(copied),
               rdata.begin() + places[i].offset);
    out.insert(out.end(), moved->data(), moved->data() + moved->size());
    copied = std::size_t{places[i].offset} + places[i].size;
  }
  out.insert(out.end(), rdata.begin() + static_cast<std::ptrdiff_t>(copied), rdata.end());
  return out;
}

std::string rdata_to_string(RRType type, std::span<const std::uint8_t> rdata) {
  char text[INET6_ADDRSTRLEN];
  switch (type) {
    case RRType::kA:
      if (rdata.size() == 4) return inet_ntop(AF_INET, rdata.data(), text, sizeof text);
      break;
    case RRType::kAAAA:
      if (rdata.size() == 16) return inet_ntop(AF_INET6, rdata.data(), text, sizeof text);
      break;
    case RRType::kTXT: case RRType::kSPF: case RRType::kHINFO: {
      std::string out = strings_to_text(rdata);
      if (!out.empty()) return out;
      break;
    }
    case RRType::kNS: case RRType::kCNAME: case RRType::kPTR: case RRType::kDNAME: case RRType::kMX:
    case RRType::kSRV: case RRType::kSOA: case RRType::kRP: case RRType::kAFSDB: case RRType::kKX: {
      RdataName places[2];
      std::size_t count = rdata_names(type, rdata, places);
      if (count == 0) break;
      std::string out;
      for (std::size_t i = 0; i + 1 < places[0].offset; i += 2) out += fmt::format("{} ", read16(rdata, i));
      std::size_t end = 0;
      for (std::size_t i = 0; i < count; i++) {
        if (i != 0) out += ' ';
        out += NameView(rdata.data() + places[i].offset, places[i].size).to_string();
        end = std::size_t{places[i].offset} + places[i].size;
      }
      if (type == RRType::kSOA && rdata.size() - end == 20) {
        for (; end < rdata.size(); end += 4) out += fmt::format(" {}", read32(rdata, end));
      }
      return out;
    }
    default: break;
  }
  return unknown_to_text(rdata);
}

}  // namespace dotmesh
