// KeyCache: what makes verification cheap, and never depends on whom one trusts or what time it is.
// - Public keys read into OpenSSL's form, which costs as much as a verification does. The one that was used
//   least recently goes. A key that cannot be read is remembered as such.
// - Signatures that were good. Every negative response of a zone repeats its SOA record and mostly its NSEC
//   records, and every name made from a wildcard has the wildcard's signature: the same octets (RFC 4035
//   section 5.3.2). They are remembered by a SHA-256 over key, signature and octets.
//
// Keys are found by their DNSKEY RDATA, whole. Bounded.
// One thread; one per Resolver.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "dnssec/keys.h"

namespace dotmesh {

// A public key ready to verify with.
class PublicKey {
 public:
  virtual ~PublicKey() = default;
  // Whether `signature` (as in an RRSIG) is this key's over `data`. Not const: working memory is reused.
  virtual bool verify(std::span<const std::uint8_t> data, std::span<const std::uint8_t> signature) = 0;
};

// Null: not a key of its algorithm (wrong size, not on the curve, RSA beyond sane bounds), or an algorithm
// that we do not know.
std::unique_ptr<PublicKey> read_public_key(const Dnskey& key);

class KeyCache {
 public:
  // An RSA key takes some 4 KiB. A busy resolver meets some hundred zones in a minute.
  static constexpr std::size_t kDefaultKeys = 512;

  // 128 KiB. The signatures that a busy minute repeats: a few each of some hundred zones.
  static constexpr std::size_t kGoodSignatures = 4096;

  explicit KeyCache(std::size_t keys = kDefaultKeys);
  ~KeyCache();
  KeyCache(const KeyCache&) = delete;
  KeyCache& operator=(const KeyCache&) = delete;

  // Null: it cannot be read. Valid until the next call.
  PublicKey* find(const Dnskey& key);
  std::size_t size() const;

  using Fingerprint = std::array<std::uint8_t, 32>;
  Fingerprint fingerprint(const Dnskey& key, std::span<const std::uint8_t> signature,
                          std::span<const std::uint8_t> octets);
  bool was_good(const Fingerprint& fingerprint) const;
  // A later one may take its place.
  void add_good(const Fingerprint& fingerprint);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dotmesh
