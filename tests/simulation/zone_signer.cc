#include "simulation/zone_signer.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "dns/wire.h"

namespace dotmesh::simulation {
namespace {

constexpr std::uint8_t kEd25519 = 15;
constexpr std::uint16_t kKeyFlags = 257;
constexpr std::size_t kPublicKeySize = 32;
constexpr std::size_t kSignatureSize = 64;

using Octets = std::vector<std::uint8_t>;
using Types = std::set<RRType>;
struct Less {
  bool operator()(const Name& a, const Name& b) const { return compare_canonical(a, b) < 0; }
};

void put16(Octets& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}
void put32(Octets& out, std::uint32_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xffff);
}
void put(Octets& out, std::span<const std::uint8_t> octets) { out.insert(out.end(), octets.begin(), octets.end()); }

// RFC 4034 section 4.1.2.
void put_bitmap(Octets& out, const Types& types) {
  std::map<std::uint8_t, Octets> windows;
  for (RRType type : types) {
    auto number = static_cast<std::uint16_t>(type);
    Octets& window = windows[static_cast<std::uint8_t>(number >> 8)];
    std::size_t octet = (number & 0xff) / 8;
    if (window.size() <= octet) window.resize(octet + 1);
    window[octet] |= static_cast<std::uint8_t>(0x80 >> (number & 7));
  }
  for (const auto& [number, window] : windows) {
    out.push_back(number);
    out.push_back(static_cast<std::uint8_t>(window.size()));
    put(out, window);
  }
}

// RFC 4648 section 7, without padding, lower case.
std::string base32hex(std::span<const std::uint8_t> octets) {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
  std::string out;
  unsigned bits = 0;
  unsigned count = 0;
  for (std::uint8_t octet : octets) {
    bits = bits << 8 | octet;
    for (count += 8; count >= 5; count -= 5) out += kDigits[bits >> (count - 5) & 31];
  }
  return out;
}

class Signer {
 public:
  Signer(NameView apex, const SigningKey& key, const SigningOptions& options)
      : apex_(apex), key_(key), options_(options) {}

  std::vector<PlainRecord> run(std::vector<PlainRecord> records) {
    for (PlainRecord& r : records) rrsets_[r.owner][r.type].push_back(std::move(r));
    rrsets_[apex_][RRType::kDNSKEY] = {{apex_, RRType::kDNSKEY, 1, kKeyTtl, key_.dnskey_rdata()}};
    if (options_.nsec3) {
      Octets param{1, 0, 0, options_.iterations, options_.salt_size};
      put(param, salt());
      rrsets_[apex_][RRType::kNSEC3PARAM] = {{apex_, RRType::kNSEC3PARAM, 1, 0, param}};
      add_nsec3();
    } else {
      add_nsec();
    }
    return finish();
  }

 private:
  static constexpr std::uint32_t kKeyTtl = 3600;

  // Whether a zone cut stands above `name` in this zone.
  bool is_below_cut(NameView name) const {
    for (; name.size() > apex_.size();) {
      name = name.parent();
      auto at = rrsets_.find(Name(name));
      if (name.size() > apex_.size() && at != rrsets_.end() && at->second.contains(RRType::kNS)) return true;
    }
    return false;
  }
  bool is_cut(const Name& name) const {
    auto at = rrsets_.find(name);
    return name.size() != apex_.size() && at != rrsets_.end() && at->second.contains(RRType::kNS);
  }
  std::uint32_t negative_ttl() const {
    const PlainRecord& soa = rrsets_.at(apex_).at(RRType::kSOA)[0];
    return std::min(soa.ttl, load32(&soa.rdata[soa.rdata.size() - 4]));
  }
  Types types_of(const Name& name) const {
    Types types;
    auto at = rrsets_.find(name);
    if (at == rrsets_.end()) return types;
    bool cut = is_cut(name);
    for (const auto& [type, records] : at->second) {
      if (!cut || type == RRType::kNS || type == RRType::kDS) types.insert(type);
    }
    if (!cut || types.contains(RRType::kDS)) types.insert(RRType::kRRSIG);
    return types;
  }

  void add_nsec() {
    std::vector<Name> names;
    for (const auto& [name, types] : rrsets_) {
      if (!is_below_cut(name)) names.push_back(name);
    }
    for (std::size_t i = 0; i < names.size(); i++) {
      const Name& next = names[(i + 1) % names.size()];
      Types types = types_of(names[i]);
      types.insert(RRType::kNSEC);
      types.insert(RRType::kRRSIG);
      Octets rdata(next.data(), next.data() + next.size());
      put_bitmap(rdata, types);
      made_.push_back({names[i], RRType::kNSEC, 1, negative_ttl(), rdata});
    }
  }

  void add_nsec3() {
    std::map<Octets, Types> hashed;
    for (const auto& [name, rrsets] : rrsets_) {
      if (is_below_cut(name) || (options_.opt_out && is_cut(name) && !rrsets.contains(RRType::kDS))) continue;
      hashed[hash(name)] = types_of(name);
      // Empty non-terminals have one as well.
      for (NameView above = name; above.size() > apex_.size();) {
        above = above.parent();
        if (above.size() > apex_.size()) hashed.try_emplace(hash(above), types_of(Name(above)));
      }
    }
    for (auto at = hashed.begin(); at != hashed.end(); ++at) {
      auto next = std::next(at) == hashed.end() ? hashed.begin() : std::next(at);
      Octets rdata{1, static_cast<std::uint8_t>(options_.opt_out), 0, options_.iterations, options_.salt_size};
      put(rdata, salt());
      rdata.push_back(SHA_DIGEST_LENGTH);
      put(rdata, next->first);
      put_bitmap(rdata, at->second);
      std::string label = base32hex(at->first);
      Name owner = *Name::join({reinterpret_cast<const std::uint8_t*>(label.data()), label.size()}, apex_);
      made_.push_back({owner, RRType::kNSEC3, 1, negative_ttl(), rdata});
    }
  }

  Octets salt() const { return Octets(options_.salt_size, 0xaa); }
  // RFC 5155 section 5.
  Octets hash(NameView name) const {
    Octets data(name.data(), name.data() + name.size());
    for (unsigned turn = 0; turn <= options_.iterations; turn++) {
      put(data, salt());
      Octets digest(SHA_DIGEST_LENGTH);
      SHA1(data.data(), data.size(), digest.data());
      data = digest;
    }
    return data;
  }

  PlainRecord signature(const std::vector<PlainRecord>& rrset) const {
    const PlainRecord& first = rrset[0];
    Octets rdata;
    put16(rdata, static_cast<std::uint16_t>(first.type));
    rdata.push_back(kEd25519);
    std::size_t labels = first.owner.view().label_count();
    rdata.push_back(static_cast<std::uint8_t>(first.owner.view().is_wildcard() ? labels - 1 : labels));
    put32(rdata, first.ttl);
    put32(rdata, options_.expiration);
    put32(rdata, options_.inception);
    put16(rdata, key_.tag());
    put(rdata, apex_.view().wire());
    Octets data = rdata;
    std::set<Octets> sorted;
    for (const PlainRecord& r : rrset) sorted.insert(r.rdata);
    for (const Octets& r : sorted) {
      put(data, first.owner.view().wire());
      put16(data, static_cast<std::uint16_t>(first.type));
      put16(data, 1);
      put32(data, first.ttl);
      put16(data, r.size());
      put(data, r);
    }
    put(rdata, key_.sign(data));
    return {first.owner, RRType::kRRSIG, 1, first.ttl, rdata};
  }

  std::vector<PlainRecord> finish() {
    std::vector<PlainRecord> out = made_;
    for (const PlainRecord& record : made_) out.push_back(signature({record}));
    for (const auto& [name, rrsets] : rrsets_) {
      bool below = is_below_cut(name);
      bool cut = is_cut(name);
      for (const auto& [type, rrset] : rrsets) {
        out.insert(out.end(), rrset.begin(), rrset.end());
        if (!below && (!cut || type == RRType::kDS)) out.push_back(signature(rrset));
      }
    }
    return out;
  }

  Name apex_;
  const SigningKey& key_;
  const SigningOptions& options_;
  std::map<Name, std::map<RRType, std::vector<PlainRecord>>, Less> rrsets_;
  std::vector<PlainRecord> made_;  // NSEC or NSEC3
};

}  // namespace

struct SigningKey::Impl {
  EVP_PKEY* key = nullptr;
  std::array<std::uint8_t, kPublicKeySize> public_key{};
  ~Impl() { EVP_PKEY_free(key); }
};

SigningKey::SigningKey(std::uint64_t seed) : impl_(std::make_unique<Impl>()) {
  std::array<std::uint8_t, kPublicKeySize> secret{};
  for (std::size_t i = 0; i < 8; i++) secret[i] = static_cast<std::uint8_t>(seed >> (8 * i));
  impl_->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size());
  std::size_t size = kPublicKeySize;
  EVP_PKEY_get_raw_public_key(impl_->key, impl_->public_key.data(), &size);
}
SigningKey::~SigningKey() = default;
SigningKey::SigningKey(SigningKey&&) noexcept = default;

std::vector<std::uint8_t> SigningKey::dnskey_rdata() const {
  Octets out;
  put16(out, kKeyFlags);
  out.push_back(3);
  out.push_back(kEd25519);
  put(out, impl_->public_key);
  return out;
}

// RFC 4034 appendix B.
std::uint16_t SigningKey::tag() const {
  Octets rdata = dnskey_rdata();
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < rdata.size(); i++) sum += i & 1 ? rdata[i] : std::uint32_t{rdata[i]} << 8;
  return static_cast<std::uint16_t>(sum + (sum >> 16));
}

std::vector<std::uint8_t> SigningKey::ds_rdata(NameView owner) const {
  Octets data(owner.data(), owner.data() + owner.size());
  put(data, dnskey_rdata());
  Octets out;
  put16(out, tag());
  out.push_back(kEd25519);
  out.push_back(2);
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(data.data(), data.size(), digest.data());
  put(out, digest);
  return out;
}

std::vector<std::uint8_t> SigningKey::sign(std::span<const std::uint8_t> data) const {
  Octets out(kSignatureSize);
  std::size_t size = out.size();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, nullptr, nullptr, impl_->key);
  EVP_DigestSign(context, out.data(), &size, data.data(), data.size());
  EVP_MD_CTX_free(context);
  return out;
}

std::vector<PlainRecord> sign_zone(NameView apex, std::vector<PlainRecord> records, const SigningKey& key,
                                   const SigningOptions& options) {
  return Signer(apex, key, options).run(std::move(records));
}

}  // namespace dotmesh::simulation
