// For tests: RRsets from zone file text, and a signer with keys that are the same in every run.
#pragma once

extern "C" {
#include <libzscanner/scanner.h>
}
#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "dns/name.h"
#include "dns/rrset.h"
#include "dnssec/canonical.h"
#include "dnssec/keys.h"

namespace dotmesh::testing {

// The records of `text` (zone file syntax, origin "."), put to RRsets in the order of their first record, with
// the RRSIGs beside what they cover. Throws at a fault.
inline std::vector<RRset> parse_rrsets(std::string_view text) {
  std::string lines(text);
  lines += '\n';
  auto scanner = std::make_unique<zs_scanner_t>();
  if (zs_init(scanner.get(), ".", 1, 3600) != 0 || zs_set_input_string(scanner.get(), lines.data(), lines.size()) != 0) {
    throw std::runtime_error("zscanner");
  }
  std::vector<RRset> sets;
  auto set_of = [&](NameView owner, RRType type, std::uint32_t ttl) -> RRset& {
    for (RRset& set : sets) {
      if (set.type == type && set.owner.view() == owner) return set;
    }
    return sets.emplace_back(RRset{.owner = owner, .type = type, .ttl = ttl, .rdata = {}, .signatures = {}});
  };
  while (zs_parse_record(scanner.get()) == 0 && scanner->state != ZS_STATE_EOF && scanner->state != ZS_STATE_STOP) {
    if (scanner->state != ZS_STATE_DATA) throw std::runtime_error("line " + std::to_string(scanner->line_counter) + ": " + zs_strerror(scanner->error.code) + " in " + lines);
    const NameView owner(scanner->r_owner, scanner->r_owner_length);
    const std::span<const std::uint8_t> rdata(scanner->r_data, scanner->r_data_length);
    const auto type = static_cast<RRType>(scanner->r_type);
    if (type == RRType::kRRSIG) {
      set_of(owner, static_cast<RRType>(load16(rdata.data())), scanner->r_ttl).signatures.add(rdata);
    } else {
      set_of(owner, type, scanner->r_ttl).rdata.add(rdata);
    }
  }
  zs_deinit(scanner.get());
  return sets;
}

inline RRset parse_rrset(std::string_view text) {
  std::vector<RRset> sets = parse_rrsets(text);
  if (sets.size() != 1) throw std::runtime_error("not one RRset");
  return std::move(sets.front());
}

inline Name name(std::string_view text) { return Name::parse(text).value(); }

// Signs with Ed25519, whose signatures are a function of the key and the data.
class TestSigner {
 public:
  // Different seeds, different keys.
  TestSigner(std::string_view zone, std::uint8_t seed, std::uint16_t flags = 257) : zone_(name(zone)) {
    std::uint8_t secret[32] = {seed, 42};
    key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret, sizeof secret));
    std::uint8_t open[32];
    std::size_t size = sizeof open;
    EVP_PKEY_get_raw_public_key(key_.get(), open, &size);
    dnskey_ = {static_cast<std::uint8_t>(flags >> 8), static_cast<std::uint8_t>(flags), 3, 15};
    dnskey_.insert(dnskey_.end(), open, open + size);
  }

  const Name& zone() const { return zone_; }
  const std::vector<std::uint8_t>& dnskey() const { return dnskey_; }
  std::uint16_t key_tag() const { return Dnskey::from_rdata(dnskey_)->key_tag(); }

  std::vector<std::uint8_t> ds(DsDigest type = DsDigest::kSha256) const {
    std::vector<std::uint8_t> rdata(4);
    store16(rdata.data(), key_tag());
    rdata[2] = 15;
    rdata[3] = static_cast<std::uint8_t>(type);
    const Name lowered = zone_.lowered();
    std::vector<std::uint8_t> input(lowered.data(), lowered.data() + lowered.size());
    input.insert(input.end(), dnskey_.begin(), dnskey_.end());
    std::uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    const EVP_MD* md = type == DsDigest::kSha1 ? EVP_sha1() : type == DsDigest::kSha256 ? EVP_sha256() : EVP_sha384();
    EVP_Digest(input.data(), input.size(), digest, &size, md, nullptr);
    rdata.insert(rdata.end(), digest, digest + size);
    return rdata;
  }

  // `labels` -1: those of the owner, as an ordinary name has them.
  void sign(RRset& rrset, std::uint32_t inception, std::uint32_t expiration, int labels = -1) const {
    if (labels < 0) labels = static_cast<int>(rrset.owner.view().label_count()) - rrset.owner.view().is_wildcard();
    std::vector<std::uint8_t> rdata(18);
    store16(rdata.data(), static_cast<std::uint16_t>(rrset.type));
    rdata[2] = 15;
    rdata[3] = static_cast<std::uint8_t>(labels);
    store32(&rdata[4], rrset.ttl);
    store32(&rdata[8], expiration);
    store32(&rdata[12], inception);
    store16(&rdata[16], key_tag());
    rdata.insert(rdata.end(), zone_.data(), zone_.data() + zone_.size());
    const std::size_t head = rdata.size();
    rdata.resize(head + 64);
    const std::vector<std::uint8_t> octets = signed_octets(rrset, *Rrsig::from_rdata(rdata));
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::size_t size = 64;
    EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get());
    EVP_DigestSign(context.get(), rdata.data() + head, &size, octets.data(), octets.size());
    rrset.signatures.add(rdata);
  }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  Name zone_;
  std::unique_ptr<EVP_PKEY, Free> key_;
  std::vector<std::uint8_t> dnskey_;
};

}  // namespace dotmesh::testing
