// RR types and classes: numbers, mnemonics, and which of a type's RDATA octets are domain names
// (RFC 1035 section 3.3 and the RFCs of later types; unknown types per RFC 3597).
// Constant tables and pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dotmesh {

enum class RRType : std::uint16_t {
  kA = 1, kNS = 2, kMD = 3, kMF = 4, kCNAME = 5, kSOA = 6, kMB = 7, kMG = 8, kMR = 9, kNULL = 10,
  kWKS = 11, kPTR = 12, kHINFO = 13, kMINFO = 14, kMX = 15, kTXT = 16, kRP = 17, kAFSDB = 18,
  kRT = 21, kSIG = 24, kKEY = 25, kPX = 26, kAAAA = 28, kLOC = 29, kNXT = 30, kSRV = 33, kNAPTR = 35,
  kKX = 36, kCERT = 37, kDNAME = 39, kOPT = 41, kAPL = 42, kDS = 43, kSSHFP = 44, kIPSECKEY = 45,
  kRRSIG = 46, kNSEC = 47, kDNSKEY = 48, kDHCID = 49, kNSEC3 = 50, kNSEC3PARAM = 51, kTLSA = 52,
  kSMIMEA = 53, kHIP = 55, kCDS = 59, kCDNSKEY = 60, kOPENPGPKEY = 61, kCSYNC = 62, kZONEMD = 63,
  kSVCB = 64, kHTTPS = 65, kSPF = 99, kNID = 104, kL32 = 105, kL64 = 106, kLP = 107, kEUI48 = 108,
  kEUI64 = 109, kTKEY = 249, kTSIG = 250, kIXFR = 251, kAXFR = 252, kMAILB = 253, kMAILA = 254,
  kANY = 255, kURI = 256, kCAA = 257, kTA = 32768, kDLV = 32769,
};

enum class RRClass : std::uint16_t { kIN = 1, kCH = 3, kHS = 4, kNONE = 254, kANY = 255 };

// "A", "TYPE65280" (RFC 3597 section 5).
std::string to_string(RRType type);
std::optional<RRType> parse_rr_type(std::string_view text);  // case-insensitive

// Types that ask or carry meta-data and never stand in a zone: OPT, TKEY, TSIG, IXFR .. ANY
// (RFC 6895 section 3.1: 128 to 255, and OPT).
constexpr bool is_meta_type(RRType type) {
  auto number = static_cast<std::uint16_t>(type);
  return type == RRType::kOPT || (number >= 128 && number <= 255);
}

}  // namespace dotmesh
