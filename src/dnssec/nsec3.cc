#include "dnssec/nsec3.h"

#include <openssl/evp.h>

#include <algorithm>
#include <vector>

namespace dotmesh {
namespace {

constexpr std::size_t kHashLabel = kNsec3HashSize * 8 / 5;  // 32 characters
constexpr std::uint8_t kSha1Algorithm = 1;
constexpr std::uint8_t kKnownFlags = 1;  // opt-out
constexpr std::size_t kFixed = 5;        // algorithm, flags, iterations, salt length

// SHA-1 works in blocks of 64 octets, the last of which holds nine octets of its own.
std::uint32_t hash_cost(const Nsec3Scheme& scheme) {
  const auto blocks = static_cast<std::uint32_t>((kNsec3HashSize + scheme.salt.size() + 9 + 63) / 64);
  return (scheme.iterations + 1U) * blocks;
}

// Base32 with the extended hex alphabet of RFC 4648, in either case.
int digit_value(std::uint8_t c) {
  c = lower_octet(c);
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'v') return c - 'a' + 10;
  return -1;
}

}  // namespace

bool Nsec3Scheme::equals(const Nsec3Scheme& other) const {
  return algorithm == other.algorithm && iterations == other.iterations && std::ranges::equal(salt, other.salt);
}

std::optional<Nsec3Hash> nsec3_hash_of_owner(NameView owner) {
  const auto label = owner.first_label();
  if (label.size() != kHashLabel) return std::nullopt;
  Nsec3Hash hash;
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t filled = 0;
  for (std::uint8_t c : label) {
    const int value = digit_value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 5 | static_cast<std::uint32_t>(value)) & 0xfff;
    held += 5;
    if (held >= 8) {
      held -= 8;
      hash[filled++] = static_cast<std::uint8_t>(bits >> held);
    }
  }
  return hash;
}

std::optional<Name> nsec3_owner(const Nsec3Hash& hash, NameView zone) {
  std::array<std::uint8_t, kHashLabel> label;
  for (std::size_t i = 0; i < kHashLabel; ++i) {
    const std::size_t bit = i * 5;
    const std::uint32_t pair = std::uint32_t{hash[bit / 8]} << 8 | (bit / 8 + 1 < hash.size() ? hash[bit / 8 + 1] : 0U);
    label[i] = static_cast<std::uint8_t>("0123456789abcdefghijklmnopqrstuv"[pair >> (11 - bit % 8) & 0x1f]);
  }
  return Name::join(label, zone);
}

std::optional<Nsec3> Nsec3::from(const RRset& rrset) {
  if (rrset.type != RRType::kNSEC3 || rrset.rdata.count() != 1) return std::nullopt;
  const auto rdata = rrset.rdata.front();
  std::optional<Nsec3Hash> owner = nsec3_hash_of_owner(rrset.owner);
  if (!owner || rdata.size() <= kFixed || rdata[0] != kSha1Algorithm || (rdata[1] & ~kKnownFlags) != 0) return std::nullopt;
  const std::size_t salt = rdata[4];
  if (rdata.size() - kFixed < salt + 1 + kNsec3HashSize || rdata[kFixed + salt] != kNsec3HashSize) return std::nullopt;
  std::optional<TypeBitmap> types = TypeBitmap::from_wire(rdata.subspan(kFixed + salt + 1 + kNsec3HashSize));
  if (!types) return std::nullopt;
  Nsec3 nsec3{.owner = *owner,
              .next = {},
              .zone = rrset.owner.view().parent(),
              .flags = rdata[1],
              .scheme = {.algorithm = rdata[0], .iterations = load16(&rdata[2]), .salt = rdata.subspan(kFixed, salt)},
              .types = *types};
  std::ranges::copy(rdata.subspan(kFixed + salt + 1, kNsec3HashSize), nsec3.next.begin());
  return nsec3;
}

bool Nsec3::covers(const Nsec3Hash& hash) const {
  if (owner < next) return owner < hash && hash < next;
  return owner < hash || hash < next;  // the last one
}

struct Nsec3Hasher::Impl {
  struct Kept {
    Name name;
    std::uint16_t iterations;
    std::vector<std::uint8_t> salt;
    Nsec3Hash hash;
  };
  struct Free {
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
    void operator()(EVP_MD_CTX* made) const { EVP_MD_CTX_free(made); }
  };
  std::vector<Kept> kept;
  std::size_t oldest = 0;
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};

  // RFC 5155 section 5: IH(salt, x, 0) = H(x || salt), IH(salt, x, k) = H(IH(salt, x, k-1) || salt).
  bool compute(NameView lowered, const Nsec3Scheme& scheme, Nsec3Hash& out) {
    static const std::unique_ptr<EVP_MD, Free> sha1(EVP_MD_fetch(nullptr, "SHA1", nullptr));
    auto input = lowered.wire();
    for (unsigned round = 0; round <= scheme.iterations; ++round) {
      if (!context || !sha1 || EVP_DigestInit_ex(context.get(), sha1.get(), nullptr) != 1 ||
          EVP_DigestUpdate(context.get(), input.data(), input.size()) != 1 ||
          EVP_DigestUpdate(context.get(), scheme.salt.data(), scheme.salt.size()) != 1 ||
          EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1) {
        return false;
      }
      input = out;
    }
    return true;
  }
};

Nsec3Hasher::Nsec3Hasher() = default;
Nsec3Hasher::~Nsec3Hasher() = default;
Nsec3Hasher::Nsec3Hasher(Nsec3Hasher&&) noexcept = default;
Nsec3Hasher& Nsec3Hasher::operator=(Nsec3Hasher&&) noexcept = default;

std::optional<Nsec3Hash> Nsec3Hasher::hash(NameView name, const Nsec3Scheme& scheme, WorkBudget& budget) {
  if (!impl_) impl_ = std::make_unique<Impl>();
  for (const Impl::Kept& kept : impl_->kept) {
    if (kept.name.view() == name && kept.iterations == scheme.iterations && std::ranges::equal(kept.salt, scheme.salt)) {
      return kept.hash;
    }
  }
  const std::uint32_t cost = hash_cost(scheme);
  if (cost > budget.nsec3_rounds) {
    budget.nsec3_rounds = 0;
    return std::nullopt;
  }
  budget.nsec3_rounds -= cost;
  Impl::Kept made{.name = Name(name).lowered(),
                  .iterations = scheme.iterations,
                  .salt = {scheme.salt.begin(), scheme.salt.end()},
                  .hash = {}};
  if (!impl_->compute(made.name, scheme, made.hash)) return std::nullopt;
  const Nsec3Hash hash = made.hash;
  if (impl_->kept.size() < kMaxKept) {
    impl_->kept.push_back(std::move(made));
  } else {
    impl_->kept[impl_->oldest] = std::move(made);
    impl_->oldest = (impl_->oldest + 1) % kMaxKept;
  }
  return hash;
}

}  // namespace dotmesh
