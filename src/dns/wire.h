// Numbers of the DNS message format (RFC 1035 section 4, RFC 6891, RFC 8914) and octet access in
// network order. Constants and pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dotmesh {

inline std::uint16_t load16(const std::uint8_t* p) { return static_cast<std::uint16_t>(p[0] << 8 | p[1]); }
inline std::uint32_t load32(const std::uint8_t* p) {
  return std::uint32_t{p[0]} << 24 | std::uint32_t{p[1]} << 16 | std::uint32_t{p[2]} << 8 | p[3];
}
inline void store16(std::uint8_t* p, std::uint16_t value) {
  p[0] = static_cast<std::uint8_t>(value >> 8);
  p[1] = static_cast<std::uint8_t>(value);
}
inline void store32(std::uint8_t* p, std::uint32_t value) {
  store16(p, static_cast<std::uint16_t>(value >> 16));
  store16(p + 2, static_cast<std::uint16_t>(value));
}

inline constexpr std::size_t kHeaderSize = 12;
inline constexpr std::size_t kMaxMessage = 65535;
inline constexpr std::size_t kMinUdpPayload = 512;  // without EDNS; a smaller EDNS value counts as this

// The header's octets 2 and 3.
inline constexpr std::uint8_t kFlagQr = 0x80;
inline constexpr std::uint8_t kOpcodeMask = 0x78;
inline constexpr std::uint8_t kFlagAa = 0x04;
inline constexpr std::uint8_t kFlagTc = 0x02;
inline constexpr std::uint8_t kFlagRd = 0x01;
inline constexpr std::uint8_t kFlagRa = 0x80;
inline constexpr std::uint8_t kFlagAd = 0x20;
inline constexpr std::uint8_t kFlagCd = 0x10;

enum class Rcode : std::uint16_t {
  kNoError = 0, kFormErr = 1, kServFail = 2, kNxDomain = 3, kNotImp = 4, kRefused = 5,
  kYxDomain = 6, kNotAuth = 9, kBadVers = 16, kBadCookie = 23,
};

enum class EdnsOption : std::uint16_t { kNsid = 3, kCookie = 10, kExtendedError = 15 };

// RFC 8914 section 5.2, by number.
enum class ExtendedError : std::uint16_t {
  kOther = 0, kUnsupportedDnskeyAlgorithm = 1, kUnsupportedDsDigest = 2, kStaleAnswer = 3, kForgedAnswer = 4,
  kDnssecIndeterminate = 5, kDnssecBogus = 6, kSignatureExpired = 7, kSignatureNotYetValid = 8,
  kDnskeyMissing = 9, kRrsigsMissing = 10, kNoZoneKeyBit = 11, kNsecMissing = 12, kCachedError = 13,
  kNotReady = 14, kBlocked = 15, kCensored = 16, kFiltered = 17, kProhibited = 18, kStaleNxdomain = 19,
  kNotAuthoritative = 20, kNotSupported = 21, kNoReachableAuthority = 22, kNetworkError = 23,
  kInvalidData = 24, kSignatureExpiredBeforeValid = 25, kTooEarly = 26, kUnsupportedNsec3Iterations = 27,
  kNone = 0xffff,
};

}  // namespace dotmesh
