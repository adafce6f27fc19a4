// Signs zones of tests with Ed25519 (RFC 8080; deterministic), written apart from src/dnssec so that a
// misreading of the RFCs there does not hide itself here. Names in lower case only.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "simulation/dns_text.h"

namespace dotmesh::simulation {

class SigningKey {
 public:
  // The key that is made of `seed`.
  explicit SigningKey(std::uint64_t seed);
  ~SigningKey();
  SigningKey(SigningKey&&) noexcept;

  std::uint16_t tag() const;
  std::vector<std::uint8_t> dnskey_rdata() const;
  // DS RDATA with SHA-256.
  std::vector<std::uint8_t> ds_rdata(NameView owner) const;
  std::vector<std::uint8_t> sign(std::span<const std::uint8_t> data) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct SigningOptions {
  bool nsec3 = false;
  bool opt_out = false;       // NSEC3: unsigned delegations have no record
  std::uint8_t iterations = 0;  // of NSEC3
  std::uint8_t salt_size = 0;
  std::uint32_t inception = 0;
  std::uint32_t expiration = 0xffffffff;
};

// `records` of the zone `apex`, delegations and glue included, and what makes it a signed zone: DNSKEY, NSEC
// or NSEC3, RRSIG.
std::vector<PlainRecord> sign_zone(NameView apex, std::vector<PlainRecord> records, const SigningKey& key,
                                   const SigningOptions& options);

}  // namespace dotmesh::simulation
