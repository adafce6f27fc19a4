#include "dnssec/canonical.h"

#include <algorithm>
#include <cstring>

#include "dns/rdata.h"

namespace dotmesh {
namespace {

using Octets = std::span<const std::uint8_t>;

void append(std::vector<std::uint8_t>& out, Octets octets) { out.insert(out.end(), octets.begin(), octets.end()); }

void append_lowered(std::vector<std::uint8_t>& out, NameView name) {
  for (std::uint8_t c : name.wire()) out.push_back(lower_octet(c));
}

// All RDATA of the RRset, one behind the other, names lowered; each RDATA keeps its size and place.
std::vector<std::uint8_t> lowered_rdata(const RRset& rrset) {
  const Octets octets = rrset.rdata.octets();
  std::vector<std::uint8_t> out(octets.begin(), octets.end());
  for (Octets rdata : rrset.rdata) {
    RdataName places[2];
    const std::size_t names = rdata_names(rrset.type, rdata, places);
    const std::size_t at = static_cast<std::size_t>(rdata.data() - octets.data());
    for (std::size_t i = 0; i < names; ++i) {
      std::uint8_t* name = out.data() + at + places[i].offset;
      std::transform(name, name + places[i].size, name, lower_octet);
    }
  }
  return out;
}

// RFC 4034 section 6.3: as left-justified unsigned octets, the absence of an octet first.
bool is_before(Octets a, Octets b) {
  const int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
  return order != 0 ? order < 0 : a.size() < b.size();
}

}  // namespace

std::optional<Rrsig> Rrsig::from_rdata(Octets rdata) {
  if (rdata.size() <= kFixed) return std::nullopt;
  std::optional<Name> signer = Name::from_wire(rdata.subspan(kFixed));
  if (!signer || rdata.size() - kFixed == signer->size()) return std::nullopt;
  return Rrsig(rdata, signer->size());
}

bool has_lowered_names(RRType type) {
  switch (type) {
    case RRType::kNS: case RRType::kMD: case RRType::kMF: case RRType::kCNAME: case RRType::kSOA:
    case RRType::kMB: case RRType::kMG: case RRType::kMR: case RRType::kPTR: case RRType::kMINFO:
    case RRType::kMX: case RRType::kRP: case RRType::kAFSDB: case RRType::kRT: case RRType::kSIG:
    case RRType::kPX: case RRType::kNXT: case RRType::kNAPTR: case RRType::kKX: case RRType::kSRV:
    case RRType::kDNAME: case RRType::kRRSIG:
      return true;
    default: return false;
  }
}

std::vector<std::uint8_t> signed_octets(const RRset& rrset, const Rrsig& signature) {
  std::vector<std::uint8_t> lowered;
  std::vector<Octets> records;
  records.reserve(rrset.rdata.count());
  if (has_lowered_names(rrset.type)) lowered = lowered_rdata(rrset);
  const std::uint8_t* base = lowered.empty() ? rrset.rdata.octets().data() : lowered.data();
  for (Octets rdata : rrset.rdata) records.emplace_back(base + (rdata.data() - rrset.rdata.octets().data()), rdata.size());
  std::ranges::sort(records, is_before);
  auto rest = std::ranges::unique(records, [](Octets a, Octets b) { return std::ranges::equal(a, b); });
  records.erase(rest.begin(), rest.end());

  // Owner, type, class, original TTL: the same for each record.
  std::vector<std::uint8_t> head;
  head.reserve(kMaxNameLength + 8);
  static constexpr std::uint8_t kWildcardLabel[] = {1, '*'};
  if (signature.labels() < rrset.owner.view().label_count()) append(head, kWildcardLabel);
  append_lowered(head, rrset.owner.view().suffix(signature.labels()));
  head.resize(head.size() + 8);
  std::uint8_t* fixed = head.data() + head.size() - 8;
  store16(fixed, static_cast<std::uint16_t>(rrset.type));
  store16(fixed + 2, static_cast<std::uint16_t>(RRClass::kIN));
  store32(fixed + 4, signature.original_ttl());

  std::vector<std::uint8_t> out;
  out.reserve(signature.fixed_part().size() + signature.signer().size() + records.size() * head.size() +
              rrset.rdata.octets().size());
  append(out, signature.fixed_part());
  append_lowered(out, signature.signer());
  for (Octets rdata : records) {
    append(out, head);
    std::uint8_t size[2];
    store16(size, static_cast<std::uint16_t>(rdata.size()));
    append(out, size);
    append(out, rdata);
  }
  return out;
}

}  // namespace dotmesh
