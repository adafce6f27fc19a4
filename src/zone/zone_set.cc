#include "zone/zone_set.h"

#include <bit>

namespace dotmesh {

ZoneSet::ZoneSet(std::vector<std::shared_ptr<const Zone>> zones) : zones_(std::move(zones)) {
  if (zones_.empty()) return;
  slots_.resize(std::bit_ceil(zones_.size() * 2));
  for (std::size_t index = 0; index < zones_.size(); index++) {
    LookupName origin(zones_[index]->origin());
    depths_.set(origin.label_count());
    std::size_t i = origin.hash() & (slots_.size() - 1);
    while (slots_[i].zone != 0) i = (i + 1) & (slots_.size() - 1);
    slots_[i] = {origin.hash(), static_cast<std::uint32_t>(index + 1)};
  }
}

std::uint32_t ZoneSet::find_exact(const LookupName& name, std::size_t labels) const {
  std::uint64_t hash = name.suffix_hash(labels);
  NameView suffix = name.suffix(labels);
  std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask; slots_[i].zone != 0; i = (i + 1) & mask) {
    if (slots_[i].hash != hash) continue;
    NameView origin = zones_[slots_[i].zone - 1]->origin();
    if (origin.size() == suffix.size() && std::memcmp(origin.data(), suffix.data(), origin.size()) == 0) {
      return slots_[i].zone;
    }
  }
  return 0;
}

const Zone* ZoneSet::find(const LookupName& name, std::size_t labels) const {
  if (slots_.empty()) return nullptr;
  for (std::size_t i = labels + 1; i-- != 0;) {
    if (!depths_.test(i)) continue;
    if (std::uint32_t zone = find_exact(name, i); zone != 0) return zones_[zone - 1].get();
  }
  return nullptr;
}

std::shared_ptr<const Zone> ZoneSet::find_origin(NameView origin) const {
  if (slots_.empty()) return nullptr;
  LookupName name(origin);
  std::uint32_t zone = find_exact(name, name.label_count());
  return zone != 0 ? zones_[zone - 1] : nullptr;
}

}  // namespace dotmesh
