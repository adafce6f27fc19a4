// The canonical form of RRsets (RFC 4034 section 6, RFC 6840 section 5.1): the octets that are signed.
// Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "dns/rrset.h"
#include "dns/wire.h"

namespace dotmesh {

// An RRSIG record's RDATA (RFC 4034 section 3) as a view, which must not outlive it.
class Rrsig {
 public:
  // nullopt: malformed.
  static std::optional<Rrsig> from_rdata(std::span<const std::uint8_t> rdata);

  RRType type_covered() const { return static_cast<RRType>(load16(rdata_.data())); }
  std::uint8_t algorithm() const { return rdata_[2]; }
  std::uint8_t labels() const { return rdata_[3]; }
  std::uint32_t original_ttl() const { return load32(&rdata_[4]); }
  std::uint32_t expiration() const { return load32(&rdata_[8]); }
  std::uint32_t inception() const { return load32(&rdata_[12]); }
  std::uint16_t key_tag() const { return load16(&rdata_[16]); }
  NameView signer() const { return {&rdata_[kFixed], signer_size_}; }
  std::span<const std::uint8_t> signature() const { return rdata_.subspan(kFixed + signer_size_); }
  // All in front of the signer's name.
  std::span<const std::uint8_t> fixed_part() const { return rdata_.first(kFixed); }

 private:
  static constexpr std::size_t kFixed = 18;
  Rrsig(std::span<const std::uint8_t> rdata, std::size_t signer_size) : rdata_(rdata), signer_size_(signer_size) {}

  std::span<const std::uint8_t> rdata_;
  std::size_t signer_size_;
};

// RDATA with its names lowered where RFC 4034 section 6.2 and RFC 6840 section 5.1 want it: not in NSEC, not in
// types after RFC 3597.
bool has_lowered_names(RRType type);

// What `signature` signs: its own RDATA, then the records of `rrset`, sorted and without duplicates, under the
// name that its labels tell ("*" below the last `labels` labels where the owner has more).
// Precondition: signature.labels() <= labels of the owner.
std::vector<std::uint8_t> signed_octets(const RRset& rrset, const Rrsig& signature);

}  // namespace dotmesh
