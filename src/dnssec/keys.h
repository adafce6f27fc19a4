// DNSKEY and DS records (RFC 4034 sections 2 and 5) as views into RDATA, and which algorithms and digests
// this validator knows. A zone all of whose DS records are unknown to it is insecure, not bogus
// (RFC 6840 section 5.2): so "unknown" and "does not match" are told apart.
// Views must not outlive the RDATA. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dns/name.h"
#include "dns/rrset.h"
#include "dns/wire.h"

namespace dotmesh {

// IANA "DNS Security Algorithm Numbers".
enum class DnssecAlgorithm : std::uint8_t {
  kRsaMd5 = 1, kDsa = 3, kRsaSha1 = 5, kDsaNsec3Sha1 = 6, kRsaSha1Nsec3Sha1 = 7, kRsaSha256 = 8,
  kRsaSha512 = 10, kEccGost = 12, kEcdsaP256Sha256 = 13, kEcdsaP384Sha384 = 14, kEd25519 = 15, kEd448 = 16,
};

// IANA "Digest Algorithms" of DS records.
enum class DsDigest : std::uint8_t { kSha1 = 1, kSha256 = 2, kGost = 3, kSha384 = 4 };

// One table in keys.cc says which.
bool is_supported(DnssecAlgorithm algorithm);
bool is_supported(DsDigest digest);
// "ECDSAP256SHA256", "ALGORITHM208".
std::string to_string(DnssecAlgorithm algorithm);

class Dnskey {
 public:
  // nullopt: shorter than its fixed part, or without a key.
  static std::optional<Dnskey> from_rdata(std::span<const std::uint8_t> rdata);

  std::uint16_t flags() const { return load16(rdata_.data()); }
  bool is_zone_key() const { return flags() & kZoneKey; }
  bool is_revoked() const { return flags() & kRevoked; }  // RFC 5011
  bool is_secure_entry_point() const { return flags() & kSecureEntryPoint; }
  std::uint8_t protocol() const { return rdata_[2]; }
  DnssecAlgorithm algorithm() const { return static_cast<DnssecAlgorithm>(rdata_[3]); }
  std::span<const std::uint8_t> public_key() const { return rdata_.subspan(4); }
  std::span<const std::uint8_t> rdata() const { return rdata_; }
  // RFC 4034 appendix B. Computed once: a signature is compared with all keys of its zone, and
  // others' zones have long keys and many signatures.
  std::uint16_t key_tag() const { return key_tag_; }
  // Whether signatures by it count: a zone key of protocol 3, not revoked, of an algorithm that we know.
  bool is_usable() const { return may_sign() && !is_revoked(); }
  bool is_usable_but_revoked() const { return may_sign() && is_revoked(); }

  static constexpr std::uint16_t kZoneKey = 0x0100;
  static constexpr std::uint16_t kRevoked = 0x0080;
  static constexpr std::uint16_t kSecureEntryPoint = 0x0001;

 private:
  explicit Dnskey(std::span<const std::uint8_t> rdata)
      : rdata_(rdata), key_tag_(compute_key_tag()) {}
  std::uint16_t compute_key_tag() const;
  bool may_sign() const { return is_zone_key() && protocol() == 3 && is_supported(algorithm()); }
  std::span<const std::uint8_t> rdata_;
  std::uint16_t key_tag_;
};

// The keys of a DNSKEY RRset, at most kMaxKeysPerZone. Views into it.
std::vector<Dnskey> parse_keys(const RRset& keys);

class DsRecord {
 public:
  static std::optional<DsRecord> from_rdata(std::span<const std::uint8_t> rdata);

  std::uint16_t key_tag() const { return load16(rdata_.data()); }
  DnssecAlgorithm algorithm() const { return static_cast<DnssecAlgorithm>(rdata_[2]); }
  DsDigest digest_type() const { return static_cast<DsDigest>(rdata_[3]); }
  std::span<const std::uint8_t> digest() const { return rdata_.subspan(4); }
  bool is_supported() const { return dotmesh::is_supported(algorithm()) && dotmesh::is_supported(digest_type()); }
  // Whether it is the digest of `key`, a DNSKEY record of `owner` (RFC 4034 section 5.1.4).
  bool matches(NameView owner, const Dnskey& key) const;

 private:
  explicit DsRecord(std::span<const std::uint8_t> rdata) : rdata_(rdata) {}
  std::span<const std::uint8_t> rdata_;
};

// What a DS RRset says about the child: kSecure if one record's algorithm and digest are known, so that the
// child must validate; else why the child is insecure.
enum class DsSupport : std::uint8_t { kSupported, kUnknownAlgorithm, kUnknownDigest };
DsSupport ds_support(const RdataList& ds);

}  // namespace dotmesh
