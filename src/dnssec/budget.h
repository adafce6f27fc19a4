// WorkBudget: how much cryptography one client's question may cost, whatever the zones on its way are made
// of. One is made per client question and handed to everything that is done for it; nothing refills it.
// A plain value; one thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dotmesh {

// A long chain (ten aliases, each two new zones deep, and its proofs) stays below. With the dearest
// algorithm, P-384 at 0.7 ms, this is still a tenth of a second; with the usual ones (RSA-2048 20
// microseconds, P-256 60) a few milliseconds. bench/dnssec.cc measures.
inline constexpr std::uint32_t kMaxSignatureChecks = 160;
// Checks that fail are what KeyTrap (CVE-2023-50387) and invalid keys (CVE-2025-8677) are made of. An honest
// zone in the middle of a key rollover causes one or two.
inline constexpr std::uint32_t kMaxFailedChecks = 16;
// Of one RRset: signatures tried until one is good. Two algorithms and a rollover in each: four.
inline constexpr std::uint32_t kMaxChecksPerRRset = 8;
// Zones whose signatures of one RRset are looked at. The zone that has the RRset is one; another is a mistake, or
// put there to have its keys fetched.
inline constexpr std::size_t kMaxSigners = 3;
// Keys of one algorithm and one tag that are tried for one signature. A pair happens by accident.
inline constexpr std::uint32_t kMaxKeysPerTag = 4;
// Keys of one zone that are looked at; the largest zones seen have a dozen. More than that are ignored.
inline constexpr std::uint32_t kMaxKeysPerZone = 64;
// DS records, and DS digests computed, of one delegation.
inline constexpr std::uint32_t kMaxDsPerZone = 64;
inline constexpr std::uint32_t kMaxDsDigests = 16;
// SHA-1 blocks for NSEC3 (CVE-2023-50868): a hash costs its iterations and one more, times the blocks that the
// salt fills. Enough for a reverse IPv6 name of 34 labels four times at kMaxTrustedNsec3Iterations; 0.8 ms.
inline constexpr std::uint32_t kMaxNsec3Rounds = 8192;

struct WorkBudget {
  std::uint32_t signature_checks = kMaxSignatureChecks;  // left
  std::uint32_t failed_checks = kMaxFailedChecks;        // left
  std::uint32_t nsec3_rounds = kMaxNsec3Rounds;          // left

  bool may_check_signature() const { return signature_checks != 0 && failed_checks != 0; }
};

}  // namespace dotmesh
