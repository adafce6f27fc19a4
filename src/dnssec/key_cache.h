// KeyCache: public keys read into OpenSSL's form, which costs more than a verification does. Bounded; the
// one that was used least recently goes. A key that cannot be read is remembered as such.
//
// Keys are found by their DNSKEY RDATA, whole: whose they are and whether they are trusted is not known here.
// One thread; one per Resolver.
#pragma once

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

  explicit KeyCache(std::size_t keys = kDefaultKeys);
  ~KeyCache();
  KeyCache(const KeyCache&) = delete;
  KeyCache& operator=(const KeyCache&) = delete;

  // Null: it cannot be read. Valid until the next call.
  PublicKey* find(const Dnskey& key);
  std::size_t size() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dotmesh
