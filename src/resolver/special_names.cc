#include "resolver/special_names.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

namespace dotmesh {
namespace {

enum class Treatment : std::uint8_t {
  kNonexistent,  // NXDOMAIN for it and all below
  kEmptyZone,    // exists, with nothing below (RFC 6303 section 3)
  kLocalhost,    // the loopback addresses, below as well (RFC 6761 section 6.3)
  kLoopbackReverse,
  kNodata,       // exists without records (RFC 9462 section 6.4)
};

struct Special {
  std::string_view name;
  Treatment treatment;
};

constexpr auto kSpecials = std::to_array<Special>({
    {"localhost.", Treatment::kLocalhost},
    {"invalid.", Treatment::kNonexistent},
    {"test.", Treatment::kNonexistent},
    {"onion.", Treatment::kNonexistent},
    {"local.", Treatment::kNonexistent},
    {"alt.", Treatment::kNonexistent},
    {"mesh.", Treatment::kNonexistent},
    {"home.arpa.", Treatment::kEmptyZone},
    {"resolver.arpa.", Treatment::kNodata},
    {"127.in-addr.arpa.", Treatment::kLoopbackReverse},
    {"0.in-addr.arpa.", Treatment::kEmptyZone},
    {"10.in-addr.arpa.", Treatment::kEmptyZone},
    {"254.169.in-addr.arpa.", Treatment::kEmptyZone},
    {"168.192.in-addr.arpa.", Treatment::kEmptyZone},
    {"2.0.192.in-addr.arpa.", Treatment::kEmptyZone},
    {"100.51.198.in-addr.arpa.", Treatment::kEmptyZone},
    {"113.0.203.in-addr.arpa.", Treatment::kEmptyZone},
    {"255.255.255.255.in-addr.arpa.", Treatment::kEmptyZone},
    {"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.", Treatment::kEmptyZone},
    {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.", Treatment::kLoopbackReverse},
    {"d.f.ip6.arpa.", Treatment::kEmptyZone},
    {"8.e.f.ip6.arpa.", Treatment::kEmptyZone},
    {"9.e.f.ip6.arpa.", Treatment::kEmptyZone},
    {"a.e.f.ip6.arpa.", Treatment::kEmptyZone},
    {"b.e.f.ip6.arpa.", Treatment::kEmptyZone},
    {"8.b.d.0.1.0.0.2.ip6.arpa.", Treatment::kEmptyZone},
});

using Table = std::unordered_map<Name, Treatment, NameHash, NameEqual>;

const Table& table() {
  static const Table made = [] {
    Table t;
    for (const Special& special : kSpecials) t.emplace(*Name::parse(special.name), special.treatment);
    auto add_range = [&](int first, int last, std::string_view rest) {
      for (int octet = first; octet <= last; ++octet) {
        t.emplace(*Name::parse(std::to_string(octet) + std::string(rest)), Treatment::kEmptyZone);
      }
    };
    add_range(16, 31, ".172.in-addr.arpa.");   // 172.16.0.0/12
    add_range(64, 127, ".100.in-addr.arpa.");  // 100.64.0.0/10, RFC 7793
    return t;
  }();
  return made;
}

constexpr std::uint32_t kTtl = 10800;

// RFC 6303 section 3.
RRset soa_of(NameView zone) {
  RRset soa{.owner = zone, .type = RRType::kSOA, .ttl = kTtl, .rdata = {}, .signatures = {}};
  std::vector<std::uint8_t> rdata;
  auto append = [&](NameView name) { rdata.insert(rdata.end(), name.data(), name.data() + name.size()); };
  append(*Name::parse("localhost."));
  append(*Name::parse("nobody.invalid."));
  for (std::uint32_t field : {1U, 3600U, 1200U, 604800U, kTtl}) {
    std::array<std::uint8_t, 4> octets;
    store32(octets.data(), field);
    rdata.insert(rdata.end(), octets.begin(), octets.end());
  }
  soa.rdata.add(rdata);
  return soa;
}

ResolvedAnswer positive(NameView owner, RRType type, std::span<const std::uint8_t> rdata) {
  ResolvedAnswer answer;
  answer.rcode = Rcode::kNoError;
  answer.answer.push_back({.owner = owner, .type = type, .ttl = kTtl, .rdata = {}, .signatures = {}});
  answer.answer.back().rdata.add(rdata);
  return answer;
}

ResolvedAnswer negative(NameView zone, Rcode rcode) {
  ResolvedAnswer answer;
  answer.rcode = rcode;
  answer.authority.push_back(soa_of(zone));
  return answer;
}

ResolvedAnswer localhost(NameView zone, NameView qname, RRType qtype) {
  static constexpr std::array<std::uint8_t, 4> kIpv4{127, 0, 0, 1};
  static constexpr std::array<std::uint8_t, 16> kIpv6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (qtype == RRType::kA) return positive(qname, qtype, kIpv4);
  if (qtype == RRType::kAAAA) return positive(qname, qtype, kIpv6);
  return negative(zone, Rcode::kNoError);
}

bool is_loopback_address(NameView zone, NameView qname) {
  static const Name kIpv4 = *Name::parse("1.0.0.127.in-addr.arpa.");
  return qname == kIpv4 || (qname == zone && zone.label_count() > 4);
}

ResolvedAnswer answer_for(Treatment treatment, NameView zone, NameView qname, RRType qtype) {
  const bool at_apex = qname == zone;
  switch (treatment) {
    case Treatment::kLocalhost: return localhost(zone, qname, qtype);
    case Treatment::kLoopbackReverse:
      if (is_loopback_address(zone, qname)) {
        if (qtype == RRType::kPTR) return positive(qname, qtype, Name::parse("localhost.")->view().wire());
        return negative(zone, Rcode::kNoError);
      }
      break;
    case Treatment::kNodata: return negative(zone, Rcode::kNoError);
    case Treatment::kNonexistent: return negative(zone, Rcode::kNxDomain);
    case Treatment::kEmptyZone: break;
  }
  if (!at_apex) return negative(zone, Rcode::kNxDomain);
  if (qtype != RRType::kSOA) return negative(zone, Rcode::kNoError);
  const RRset soa = soa_of(zone);
  return positive(qname, qtype, soa.rdata.front());
}

}  // namespace

std::optional<ResolvedAnswer> special_answer(NameView qname, RRType qtype, std::optional<NameView> served) {
  const Table& specials = table();
  for (NameView zone = qname; !zone.is_root(); zone = zone.parent()) {
    auto found = specials.find(zone);
    if (found == specials.end()) continue;
    if (served && served->is_at_or_below(zone)) return std::nullopt;
    // A DS record of the zone itself is the parent's to answer.
    if (qtype == RRType::kDS && qname == zone) return std::nullopt;
    return answer_for(found->second, zone, qname, qtype);
  }
  return std::nullopt;
}

}  // namespace dotmesh
