#include "dnssec/nsec.h"

#include <algorithm>

namespace dotmesh {
namespace {

// Labels that both names end in.
std::size_t common_labels(NameView a, NameView b) {
  std::size_t labels = std::min(a.label_count(), b.label_count());
  a = a.suffix(labels);
  b = b.suffix(labels);
  while (!a.equals(b)) {
    a = a.parent();
    b = b.parent();
    --labels;
  }
  return labels;
}

}  // namespace

std::optional<TypeBitmap> TypeBitmap::from_wire(std::span<const std::uint8_t> octets) {
  int last_window = -1;
  for (auto rest = octets; !rest.empty();) {
    if (rest.size() < 2 || rest[0] <= last_window || rest[1] == 0 || rest[1] > 32 || rest.size() - 2 < rest[1]) {
      return std::nullopt;
    }
    last_window = rest[0];
    rest = rest.subspan(2U + rest[1]);
  }
  return TypeBitmap(octets);
}

bool TypeBitmap::contains(RRType type) const {
  const auto number = static_cast<std::uint16_t>(type);
  const std::size_t octet = (number & 0xff) / 8;
  for (auto rest = octets_; !rest.empty(); rest = rest.subspan(2U + rest[1])) {
    if (rest[0] == number >> 8) return octet < rest[1] && (rest[2 + octet] & 0x80 >> number % 8) != 0;
  }
  return false;
}

std::optional<Nsec> Nsec::from(const RRset& rrset) {
  if (rrset.type != RRType::kNSEC || rrset.rdata.count() != 1) return std::nullopt;
  const auto rdata = rrset.rdata.front();
  std::optional<Name> next = Name::from_wire(rdata);
  if (!next) return std::nullopt;
  std::optional<TypeBitmap> types = TypeBitmap::from_wire(rdata.subspan(next->size()));
  if (!types) return std::nullopt;
  return Nsec{.owner = rrset.owner, .next = NameView(rdata.data(), next->size()), .types = *types};
}

NsecRelation Nsec::relation(NameView name, NameView zone) const {
  if (!name.is_at_or_below(zone) || !owner.is_at_or_below(zone) || !next.is_at_or_below(zone)) return NsecRelation::kNothing;
  const int order = compare_canonical(owner, name);
  if (order == 0) return NsecRelation::kMatches;
  if (order > 0) return NsecRelation::kNothing;
  if ((types.is_delegation() || types.contains(RRType::kDNAME)) && name.is_below(owner)) return NsecRelation::kNothing;
  if (compare_canonical(owner, next) >= 0) {  // the last one: its next name is the apex
    return next == zone ? NsecRelation::kCovers : NsecRelation::kNothing;
  }
  if (compare_canonical(name, next) >= 0) return NsecRelation::kNothing;
  return next.is_below(name) ? NsecRelation::kEmptyNonTerminal : NsecRelation::kCovers;
}

std::size_t Nsec::closest_encloser_labels(NameView name) const {
  return std::max(common_labels(name, owner), common_labels(name, next));
}

}  // namespace dotmesh
