// The examples of the RFCs, with their own signatures.
#include <gtest/gtest.h>

#include "dnssec/keyset.h"
#include "dnssec/signature.h"
#include "dnssec/testing.h"

namespace dotmesh {
namespace {

using testing::name;
using testing::parse_rrset;

struct Vector {
  const char* what;
  const char* key;
  std::uint16_t key_tag;
  const char* signed_records;
  std::int64_t now;
};

void PrintTo(const Vector& vector, std::ostream* out) { *out << vector.what; }

constexpr Vector kVectors[] = {
    {"RFC 4035 appendix B.1, RSA/SHA-1",
     "example. 3600 DNSKEY 256 3 5 AQOy1bZVvpPqhg4j7EJoM9rI3ZmyEx2OzDBVrZy/lvI5CQePxXHZS4i8dANH4DX3tbHol61ek8EFMcsG"
     "XxKciJFHyhl94C+NwILQdzsUlSFovBZsyl/NX6yEbtw/xN9ZNcrbYvgjjZ/UVPZIySFNsgEYvh0z2542lzMKR4Dh8uZffQ==",
     38519,
     "x.w.example. 3600 MX 1 xx.example.\n"
     "x.w.example. 3600 RRSIG MX 5 3 3600 20040509183619 20040409183619 38519 example. Il2WTZ+Bkv+OytBx4LItNW5mjB4R"
     "CwhOO8y1XzPHZmZUTVYL7LaA63f6T9ysVBzJRI3KRjAPH3U1qaYnDoN1DrWqmi9RJe4FoObkbcdm7P3Ikx70ePCoFgRz1Yq+bVVXCvGuAU4x"
     "ALv3W/Y1jNSlwZ2mSWKHfxFQxPtLj8s32+k=",
     1083412800},
    {"RFC 4035 appendix B.1, several records",
     "example. 3600 DNSKEY 256 3 5 AQOy1bZVvpPqhg4j7EJoM9rI3ZmyEx2OzDBVrZy/lvI5CQePxXHZS4i8dANH4DX3tbHol61ek8EFMcsG"
     "XxKciJFHyhl94C+NwILQdzsUlSFovBZsyl/NX6yEbtw/xN9ZNcrbYvgjjZ/UVPZIySFNsgEYvh0z2542lzMKR4Dh8uZffQ==",
     38519,
     "example. 3600 NS ns2.example.\nexample. 3600 NS NS1.example.\n"
     "example. 3600 RRSIG NS 5 1 3600 20040509183619 20040409183619 38519 example. gl13F00f2U0R+SWiXXLHwsMY+qStYy5k"
     "6zfdEuivWc+wd1fmbNCyql0Tk7lHTX6UOxc8AgNf4ISFve8XqF4q+o9qlnqIzmppU3LiNeKT4FZ8RO5urFOvoMRTbQxW3U0hXWuggE4g3Zps"
     "Hv480HjMeRaZB/FRPGfJPajngcq6Kwg=",
     1083412800},
    {"RFC 5702 section 6.1, RSA/SHA-256",
     "example.net. 3600 DNSKEY 256 3 8 AwEAAcFcGsaxxdgiuuGmCkVImy4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Qs8Pk"
     "xUdp6p/DlUmObdk=",
     9033,
     "www.example.net. 3600 A 192.0.2.91\n"
     "www.example.net. 3600 RRSIG A 8 3 3600 20300101000000 20000101000000 9033 example.net. kRCOH6u7l0QGy9qpC9l1sL"
     "ncJcOKFLJ7GhiUOibu4teYp5VE9RncriShZNz85mwlMgNEacFYK/lPtPiVYP4bwg==",
     946684800},
    {"RFC 5702 section 6.2, RSA/SHA-512",
     "example.net. 3600 DNSKEY 256 3 10 AwEAAdHoNTOW+et86KuJOWRDp1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/Ayhq"
     "FDxj13tOnD9u/1kTg7cV6rklMrZDtJCQ5PCl/D7QNPsgVsMu1J2Q8gpMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTSncorffcGmhOL",
     3740,
     "www.example.net. 3600 A 192.0.2.91\n"
     "www.example.net. 3600 RRSIG A 10 3 3600 20300101000000 20000101000000 3740 example.net. tsb4wnjRUDnB1BUi+t6TM"
     "TXThjVnG+eCkWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRaeUw1ep94PzEWzr0iGYgZBWm/zpq+9fOuagYJRfDqfReKBzMweOLDiNa8iP5g"
     "9vMhpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxdDLw=",
     1893456000},
    {"RFC 6605 section 6.1, ECDSA P-256",
     "example.net. 3600 DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi"
     "9xMWyQLc8NAA==",
     55648,
     "www.example.net. 3600 A 192.0.2.1\n"
     "www.example.net. 3600 RRSIG A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qI"
     "c+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==",
     1283000000},
    {"RFC 6605 section 6.2, ECDSA P-384",
     "example.net. 3600 DNSKEY 257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1D"
     "RSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
     10771,
     "www.example.net. 3600 A 192.0.2.1\n"
     "www.example.net. 3600 RRSIG A 14 3 3600 20100909102025 20100812102025 10771 example.net. /L5hDKIvGDyI1fcARX3z"
     "65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuzWTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm",
     1283000000},
    {"RFC 8080 section 6.1 with erratum 4935, Ed25519",
     "example.com. 3600 DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=", 3613,
     "example.com. 3600 MX 10 mail.example.com.\n"
     "example.com. 3600 RRSIG MX 15 2 3600 1440021600 1438207200 3613 example.com. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw"
     "15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==",
     1440000000},
    {"RFC 8080 section 6.1 with erratum 4935, Ed25519, the other",
     "example.com. 3600 DNSKEY 257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=", 35217,
     "example.com. 3600 MX 10 mail.example.com.\n"
     "example.com. 3600 RRSIG MX 15 2 3600 1440021600 1438207200 35217 example.com. zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4w"
     "yUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==",
     1440000000},
    {"RFC 8080 section 6.2 with erratum 4935, Ed448",
     "example.com. 3600 DNSKEY 257 3 16 3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJt"
     "IA",
     9713,
     "example.com. 3600 MX 10 mail.example.com.\n"
     "example.com. 3600 RRSIG MX 16 2 3600 1440021600 1438207200 9713 example.com. 3cPAHkmlnxcDHMyg7vFC34l0blBhuG1q"
     "pwLmjInI8w1CMB29FkEAIJUA0amxWndkmnBZ6SKiwZSAxGILn/NBtOXft0+Gj7FSvOKxE/07+4RQvE581N3Aj/JtIyaiYVdnYtyMWbSNyGEY"
     "2213WKsJlwEA",
     1440000000},
    {"RFC 8080 section 6.2 with erratum 4935, Ed448, the other",
     "example.com. 3600 DNSKEY 257 3 16 kkreGWoccSDmUBGAe7+zsbG6ZAFQp+syPmYUurBRQc3tDjeMCJcVMRDmgcNLp5HlHAMy12VoIS"
     "sA",
     38353,
     "example.com. 3600 MX 10 mail.example.com.\n"
     "example.com. 3600 RRSIG MX 16 2 3600 1440021600 1438207200 38353 example.com. E1/oLjSGIbmLny/4fcgM1z4oL6aqo+i"
     "zT3urCyHyvEp4Sp8Syg1eI+lJ57CSnZqjJP41O/9l4m0AsQ4f7qI1gVnML8vWWiyW2KXhT9kuAICUSxv5OWbf81Rq7Yu60npabODB0QFPb/r"
     "kW3kUZmQ0YQUA",
     1440000000},
};

class RfcVector : public ::testing::TestWithParam<Vector> {};

TEST_P(RfcVector, Verifies) {
  const RRset keys = parse_rrset(GetParam().key);
  const RRset rrset = parse_rrset(GetParam().signed_records);
  EXPECT_EQ(Dnskey::from_rdata(keys.rdata.front())->key_tag(), GetParam().key_tag);
  KeyCache cache;
  WorkBudget budget;
  const SignatureVerdict verdict = verify_rrset(rrset, keys, GetParam().now, cache, budget);
  EXPECT_EQ(verdict.status, SignatureStatus::kSecure);
  EXPECT_FALSE(verdict.wildcard);
  EXPECT_EQ(verdict.labels, rrset.owner.view().label_count());
  // A second time, from memory.
  EXPECT_TRUE(verify_rrset(rrset, keys, GetParam().now, cache, budget).secure());
  EXPECT_EQ(budget.signature_checks, kMaxSignatureChecks - 1);
  EXPECT_EQ(budget.failed_checks, kMaxFailedChecks);
}

// Every octet of the signature and of the records counts.
TEST_P(RfcVector, FailsWhenAnOctetIsChanged) {
  const RRset keys = parse_rrset(GetParam().key);
  const RRset good = parse_rrset(GetParam().signed_records);
  KeyCache cache;
  const auto signature = good.signatures.front();
  const std::size_t head = 18 + rdata_name(signature, 18).size();
  for (std::size_t at = 0; at < signature.size(); at += at < head ? 1 : 7) {
    std::vector<std::uint8_t> changed(signature.begin(), signature.end());
    changed[at] ^= 1;
    RRset rrset = good;
    rrset.signatures.clear();
    rrset.signatures.add(changed);
    WorkBudget budget;
    EXPECT_FALSE(verify_rrset(rrset, keys, GetParam().now, cache, budget).secure()) << "octet " << at;
  }
  std::vector<std::uint8_t> octets(good.rdata.octets().begin(), good.rdata.octets().end());
  octets.at(3) ^= 1;  // the RDATA's second octet
  RRset rrset = good;
  rrset.rdata = RdataList(octets, good.rdata.count());
  WorkBudget budget;
  EXPECT_EQ(verify_rrset(rrset, keys, GetParam().now, cache, budget).status, SignatureStatus::kBadSignature);
}

INSTANTIATE_TEST_SUITE_P(All, RfcVector, ::testing::ValuesIn(kVectors));

// RFC 4035 appendix B.6.
TEST(RfcVectors, WildcardExpansion) {
  const RRset keys = parse_rrset(kVectors[0].key);
  const RRset rrset = parse_rrset(
      "a.z.w.example. 3600 MX 1 ai.example.\n"
      "a.z.w.example. 3600 RRSIG MX 5 2 3600 20040509183619 20040409183619 38519 example. OMK8rAZlepfzLWW75Dxd63jy2ws"
      "wESzxDKG2f9AMN1CytCd10cYISAxfAdvXSZ7xujKAtPbctvOQ2ofO7AZJ+d01EeeQTVBPq4/6KCWhqe2XTjnkVLNvvhnc0u28aoSsG0+4Invk"
      "kOHknKxw4kX18MMR34i8lC36SR5xBni8vHI=");
  KeyCache cache;
  WorkBudget budget;
  const SignatureVerdict verdict = verify_rrset(rrset, keys, 1083412800, cache, budget);
  EXPECT_EQ(verdict.status, SignatureStatus::kSecure);
  EXPECT_TRUE(verdict.wildcard);
  EXPECT_EQ(verdict.labels, 2);
  RRset elsewhere = rrset;
  elsewhere.owner = name("a.z.v.example.");
  EXPECT_EQ(verify_rrset(elsewhere, keys, 1083412800, cache, budget).status, SignatureStatus::kBadSignature);
}

// RFC 4034 section 5.4, RFC 4509 section 2.3, RFC 6605 section 6, RFC 8080 section 6.
TEST(RfcVectors, DelegationSigners) {
  const std::pair<const char*, const char*> kPairs[] = {
      {"dskey.example.com. 86400 DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeY"
       "CmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
       "dskey.example.com. 86400 DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
      {"dskey.example.com. 86400 DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeY"
       "CmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
       "dskey.example.com. 86400 DS 60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A"},
      {kVectors[4].key, "example.net. 3600 DS 55648 13 2 b4c8c1fe2e7477127b27115656ad6256f424625bf5c1e2770ce6d6e37df61d17"},
      {kVectors[5].key,
       "example.net. 3600 DS 10771 14 4 72d7b62976ce06438e9c0bf319013cf801f09ecc84b8d7e9495f27e305c6a9b0563a9b5f4d288405"
       "c3008a946df983d6"},
      {kVectors[6].key, "example.com. 3600 DS 3613 15 2 3aa5ab37efce57f737fc1627013fee07bdf241bd10f3b1964ab55c78e79a304b"},
      {kVectors[8].key, "example.com. 3600 DS 9713 16 2 6ccf18d5bc5d7fc2fceb1d59d17321402f2aa8d368048db93dd811f5cb2b19c7"},
  };
  for (const auto& [key_text, ds_text] : kPairs) {
    const RRset keys = parse_rrset(key_text);
    const RRset ds = parse_rrset(ds_text);
    const Dnskey key = *Dnskey::from_rdata(keys.rdata.front());
    EXPECT_TRUE(DsRecord::from_rdata(ds.rdata.front())->matches(keys.owner, key)) << ds_text;
    EXPECT_TRUE(DsRecord::from_rdata(ds.rdata.front())->matches(name("EXAMPLE.com."), key) ==
                (keys.owner.view() == name("example.com.")));
    EXPECT_FALSE(DsRecord::from_rdata(ds.rdata.front())->matches(name("example.org."), key));
    std::vector<std::uint8_t> changed(ds.rdata.front().begin(), ds.rdata.front().end());
    changed.back() ^= 1;
    EXPECT_FALSE(DsRecord::from_rdata(changed)->matches(keys.owner, key));
    changed.resize(changed.size() - 1);
    EXPECT_FALSE(DsRecord::from_rdata(changed)->matches(keys.owner, key));
  }
}

}  // namespace
}  // namespace dotmesh
