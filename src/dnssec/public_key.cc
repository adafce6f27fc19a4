// The algorithms' keys and signatures in OpenSSL's form: RSA (RFC 3110, RFC 5702), ECDSA (RFC 6605),
// EdDSA (RFC 8080).
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>
#include <bit>
#include <cstring>

#include "base/c_handle.h"
#include "dnssec/key_cache.h"

namespace dotmesh {
namespace {

using Key = CHandle<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = CHandle<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = CHandle<EVP_MD_CTX, EVP_MD_CTX_free>;
using Digest = CHandle<EVP_MD, EVP_MD_free>;
using Number = CHandle<BIGNUM, BN_free>;
using ParamBuilder = CHandle<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = CHandle<OSSL_PARAM, OSSL_PARAM_free>;

// RFC 5702 section 2 and RFC 3110: up to 4096 bits; below 512 it protects nothing.
constexpr int kMinRsaBits = 512;
constexpr int kMaxRsaBits = 4096;
// A verification's cost grows with the exponent: one as long as the modulus costs a hundred times 65537's.
// The longest in use are 33 bits.
constexpr int kMaxExponentBits = 64;

// Fetched once: OpenSSL 3 looks an algorithm up by its name otherwise, for more than a SHA-256 costs.
const EVP_MD* fetched_digest(DnssecAlgorithm algorithm) {
  static const Digest sha1(EVP_MD_fetch(nullptr, "SHA1", nullptr));
  static const Digest sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  static const Digest sha384(EVP_MD_fetch(nullptr, "SHA384", nullptr));
  static const Digest sha512(EVP_MD_fetch(nullptr, "SHA512", nullptr));
  switch (algorithm) {
    case DnssecAlgorithm::kRsaSha1: case DnssecAlgorithm::kRsaSha1Nsec3Sha1: return sha1.get();
    case DnssecAlgorithm::kRsaSha256: case DnssecAlgorithm::kEcdsaP256Sha256: return sha256.get();
    case DnssecAlgorithm::kEcdsaP384Sha384: return sha384.get();
    case DnssecAlgorithm::kRsaSha512: return sha512.get();
    default: return nullptr;
  }
}

// Signatures over a digest.
class DigestKey : public PublicKey {
 public:
  // Null when OpenSSL does not like it.
  static std::unique_ptr<DigestKey> make(Key key, const EVP_MD* digest, std::size_t ecdsa_number) {
    auto made = std::make_unique<DigestKey>();
    made->key_ = std::move(key);
    made->digest_ = digest;
    made->number_ = ecdsa_number;
    made->digest_context_.reset(EVP_MD_CTX_new());
    made->context_.reset(EVP_PKEY_CTX_new_from_pkey(nullptr, made->key_.get(), nullptr));
    EVP_PKEY_CTX* context = made->context_.get();
    if (digest == nullptr || context == nullptr || !made->digest_context_ || EVP_PKEY_verify_init(context) != 1 ||
        (ecdsa_number == 0 && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) != 1) ||
        EVP_PKEY_CTX_set_signature_md(context, digest) != 1) {
      return nullptr;
    }
    return made;
  }

  bool verify(std::span<const std::uint8_t> data, std::span<const std::uint8_t> signature) override {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> hash;
    unsigned size = 0;
    if (EVP_DigestInit_ex(digest_context_.get(), digest_, nullptr) != 1 ||
        EVP_DigestUpdate(digest_context_.get(), data.data(), data.size()) != 1 ||
        EVP_DigestFinal_ex(digest_context_.get(), hash.data(), &size) != 1) {
      return false;
    }
    Der der;
    if (number_ != 0) {
      if (signature.size() != 2 * number_) return false;
      der.put_signature(signature.first(number_), signature.subspan(number_));
      signature = der.octets();
    }
    const bool good = EVP_PKEY_verify(context_.get(), signature.data(), signature.size(), hash.data(), size) == 1;
    if (!good) ERR_clear_error();
    return good;
  }

 private:
  // OpenSSL wants r and s as ASN.1: SEQUENCE { INTEGER, INTEGER }.
  class Der {
   public:
    void put_signature(std::span<const std::uint8_t> r, std::span<const std::uint8_t> s) {
      size_ = 2;
      put_integer(r);
      put_integer(s);
      octets_[0] = 0x30;
      octets_[1] = static_cast<std::uint8_t>(size_ - 2);
    }
    std::span<const std::uint8_t> octets() const { return std::span(octets_).first(size_); }

   private:
    void put_integer(std::span<const std::uint8_t> number) {
      while (number.size() > 1 && number[0] == 0) number = number.subspan(1);
      const bool pad = number[0] & 0x80;  // else it would be negative
      octets_[size_++] = 0x02;
      octets_[size_++] = static_cast<std::uint8_t>(number.size() + pad);
      if (pad) octets_[size_++] = 0;
      std::memcpy(octets_.data() + size_, number.data(), number.size());
      size_ += number.size();
    }

    std::array<std::uint8_t, 2 + 2 * (3 + 48)> octets_;  // P-384
    std::size_t size_ = 0;
  };

  Key key_;
  KeyContext context_;
  DigestContext digest_context_;
  const EVP_MD* digest_ = nullptr;
  std::size_t number_ = 0;  // octets of r and of s; 0: RSA
};

// Signatures over the data itself.
class EdwardsKey : public PublicKey {
 public:
  explicit EdwardsKey(Key key) : key_(std::move(key)), context_(EVP_MD_CTX_new()) {}

  bool verify(std::span<const std::uint8_t> data, std::span<const std::uint8_t> signature) override {
    const bool good = context_ && EVP_DigestVerifyInit(context_.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
                      EVP_DigestVerify(context_.get(), signature.data(), signature.size(), data.data(), data.size()) == 1;
    if (!good) ERR_clear_error();
    return good;
  }

 private:
  Key key_;
  DigestContext context_;
};

Key key_from_params(const char* type, OSSL_PARAM* params) {
  KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || params == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    return nullptr;
  }
  return Key(key);
}

// RFC 3110 section 2: the exponent's length in one octet, or in two behind a zero; exponent; modulus.
Key read_rsa(std::span<const std::uint8_t> octets) {
  std::size_t size = octets[0];
  octets = octets.subspan(1);
  if (size == 0) {
    if (octets.size() < 2) return nullptr;
    size = load16(octets.data());
    octets = octets.subspan(2);
  }
  if (size == 0 || octets.size() <= size || octets.size() - size > kMaxRsaBits / 8 + 1) return nullptr;
  Number e(BN_bin2bn(octets.data(), static_cast<int>(size), nullptr));
  Number n(BN_bin2bn(octets.data() + size, static_cast<int>(octets.size() - size), nullptr));
  if (!e || !n || BN_num_bits(e.get()) > kMaxExponentBits || !BN_is_odd(e.get()) || BN_is_one(e.get()) ||
      BN_num_bits(n.get()) < kMinRsaBits || BN_num_bits(n.get()) > kMaxRsaBits || !BN_is_odd(n.get())) {
    return nullptr;
  }
  ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  return key_from_params("RSA", params.get());
}

// RFC 6605 section 4: x and y; OpenSSL wants the octet 4 (uncompressed) in front. It checks that the point
// is on the curve.
Key read_ecdsa(std::span<const std::uint8_t> octets, const char* group, std::size_t number) {
  std::array<std::uint8_t, 1 + 2 * 48> point;
  if (octets.size() != 2 * number) return nullptr;
  point[0] = 4;
  std::memcpy(point.data() + 1, octets.data(), octets.size());
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(group), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), 1 + octets.size()),
      OSSL_PARAM_construct_end()};
  return key_from_params("EC", params);
}

Key read_edwards(std::span<const std::uint8_t> octets, const char* type) {
  return Key(EVP_PKEY_new_raw_public_key_ex(nullptr, type, nullptr, octets.data(), octets.size()));
}

std::unique_ptr<PublicKey> read_key(const Dnskey& key) {
  const EVP_MD* digest = fetched_digest(key.algorithm());
  switch (key.algorithm()) {
    case DnssecAlgorithm::kRsaSha1: case DnssecAlgorithm::kRsaSha1Nsec3Sha1: case DnssecAlgorithm::kRsaSha256:
    case DnssecAlgorithm::kRsaSha512:
      if (Key rsa = read_rsa(key.public_key())) return DigestKey::make(std::move(rsa), digest, 0);
      return nullptr;
    case DnssecAlgorithm::kEcdsaP256Sha256:
      if (Key ec = read_ecdsa(key.public_key(), "P-256", 32)) return DigestKey::make(std::move(ec), digest, 32);
      return nullptr;
    case DnssecAlgorithm::kEcdsaP384Sha384:
      if (Key ec = read_ecdsa(key.public_key(), "P-384", 48)) return DigestKey::make(std::move(ec), digest, 48);
      return nullptr;
    case DnssecAlgorithm::kEd25519: case DnssecAlgorithm::kEd448: {
      Key edwards = read_edwards(key.public_key(), key.algorithm() == DnssecAlgorithm::kEd25519 ? "ED25519" : "ED448");
      return edwards ? std::make_unique<EdwardsKey>(std::move(edwards)) : nullptr;
    }
    default: return nullptr;
  }
}

}  // namespace

std::unique_ptr<PublicKey> read_public_key(const Dnskey& key) {
  std::unique_ptr<PublicKey> read = is_supported(key.algorithm()) ? read_key(key) : nullptr;
  if (!read) ERR_clear_error();
  return read;
}

}  // namespace dotmesh
