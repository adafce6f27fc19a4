#include "zone/denial.h"

#include <openssl/evp.h>

#include <algorithm>

namespace dotmesh {
namespace {

// RFC 4648 section 7, as in NSEC3 owner names; nullopt unless exactly 32 digits.
std::optional<Nsec3Hash> decode_base32hex(std::span<const std::uint8_t> text) {
  if (text.size() != 32) return std::nullopt;
  Nsec3Hash out{};
  std::size_t bit = 0;
  for (std::uint8_t c : text) {
    c = lower_octet(c);
    unsigned digit;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'v') {
      digit = 10U + c - 'a';
    } else {
      return std::nullopt;
    }
    for (int i = 4; i >= 0; i--, bit++) {
      if ((digit >> i & 1) != 0) out[bit / 8] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
    }
  }
  return out;
}

// Algorithm, flags, iterations, salt: the common beginning of NSEC3 and NSEC3PARAM.
std::optional<Nsec3Parameters> read_parameters(std::span<const std::uint8_t> rdata) {
  if (rdata.size() < 5 || rdata[0] != 1 || rdata[4] > rdata.size() - 5) return std::nullopt;
  Nsec3Parameters parameters;
  parameters.iterations = load16(rdata.data() + 2);
  parameters.salt.assign(rdata.begin() + 5, rdata.begin() + 5 + rdata[4]);
  return parameters;
}

bool same(const Nsec3Parameters& a, const Nsec3Parameters& b) {
  return a.iterations == b.iterations && a.salt == b.salt;
}

}  // namespace

Nsec3Hash nsec3_hash(NameView name, const Nsec3Parameters& parameters) {
  static const EVP_MD* const sha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                                     &EVP_MD_CTX_free);
  Nsec3Hash hash{};
  std::span<const std::uint8_t> input = name.wire();
  for (unsigned i = 0; i <= parameters.iterations; i++) {
    EVP_DigestInit_ex2(context.get(), sha1, nullptr);
    EVP_DigestUpdate(context.get(), input.data(), input.size());
    EVP_DigestUpdate(context.get(), parameters.salt.data(), parameters.salt.size());
    EVP_DigestFinal_ex(context.get(), hash.data(), nullptr);
    input = hash;
  }
  return hash;
}

DenialChains::DenialChains(NameView origin, const std::vector<NodeView>& nodes, NodeView apex) {
  // The chain in use is the one that NSEC3PARAM names; without it, that of the first NSEC3 record.
  std::optional<Nsec3Parameters> chosen;
  if (RRsetView param = apex ? apex.find(RRType::kNSEC3PARAM) : RRsetView{}) {
    chosen = read_parameters(RRView(param.body().data()).rdata());
  }
  for (const NodeView& node : nodes) {
    if (node.find(RRType::kNSEC)) nsec_.push_back(node);
    RRsetView nsec3 = node.find(RRType::kNSEC3);
    if (!nsec3 || node.name().size() != origin.size() + 33) continue;
    std::optional<Nsec3Hash> hash = decode_base32hex(node.name().first_label());
    std::optional<Nsec3Parameters> parameters = read_parameters(RRView(nsec3.body().data()).rdata());
    if (!hash || !parameters) continue;
    if (!chosen) chosen = parameters;
    if (same(*chosen, *parameters)) nsec3_.push_back({*hash, node});
  }
  if (chosen) parameters_ = *chosen;
  if (parameters_.iterations > kMaxNsec3Iterations) nsec3_.clear();
  std::ranges::sort(nsec_, [](const NodeView& a, const NodeView& b) {
    return compare_canonical(a.name(), b.name()) < 0;
  });
  std::ranges::sort(nsec3_, {}, &Nsec3Entry::hash);
}

NodeView DenialChains::nsec_at_or_before(NameView name) const {
  auto after = std::ranges::upper_bound(
      nsec_, name, [](NameView a, NameView b) { return compare_canonical(a, b) < 0; },
      [](const NodeView& node) { return node.name(); });
  return after == nsec_.begin() ? nsec_.back() : *(after - 1);
}

NodeView DenialChains::nsec3_match(const Nsec3Hash& hash) const {
  auto found = std::ranges::lower_bound(nsec3_, hash, {}, &Nsec3Entry::hash);
  return found != nsec3_.end() && found->hash == hash ? found->node : NodeView{};
}

NodeView DenialChains::nsec3_cover(const Nsec3Hash& hash) const {
  auto after = std::ranges::upper_bound(nsec3_, hash, {}, &Nsec3Entry::hash);
  return after == nsec3_.begin() ? nsec3_.back().node : (after - 1)->node;
}

}  // namespace dotmesh
