#include "dns/response_codes.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "dns/wire.h"

namespace dotmesh {

std::string rcode_text(unsigned rcode) {
  static constexpr std::array<std::string_view, 11> kWords{
      "NOERROR",  "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
      "YXDOMAIN", "YXRRSET", "NXRRSET",  "NOTAUTH",  "NOTZONE"};
  if (rcode < kWords.size()) return std::string(kWords[rcode]);
  if (rcode == static_cast<unsigned>(Rcode::kBadVers)) return "BADVERS";
  if (rcode == static_cast<unsigned>(Rcode::kBadCookie)) return "BADCOOKIE";
  return fmt::format("RCODE{}", rcode);
}

std::string extended_error_text(unsigned code) {
  // RFC 8914 section 5.2, RFC 9276.
  static constexpr std::array<std::string_view, 28> kWords{"other",
                                                           "unsupported DNSKEY algorithm",
                                                           "unsupported DS digest",
                                                           "stale answer",
                                                           "forged answer",
                                                           "DNSSEC indeterminate",
                                                           "DNSSEC bogus",
                                                           "signature expired",
                                                           "signature not yet valid",
                                                           "DNSKEY missing",
                                                           "RRSIGs missing",
                                                           "no zone key bit set",
                                                           "NSEC missing",
                                                           "cached error",
                                                           "not ready",
                                                           "blocked",
                                                           "censored",
                                                           "filtered",
                                                           "prohibited",
                                                           "stale NXDOMAIN answer",
                                                           "not authoritative",
                                                           "not supported",
                                                           "no reachable authority",
                                                           "network error",
                                                           "invalid data",
                                                           "signature expired before valid",
                                                           "too early",
                                                           "unsupported NSEC3 iterations"};
  return fmt::format("EDE {}: {}", code, code < kWords.size() ? kWords[code] : "unknown");
}

}  // namespace dotmesh
