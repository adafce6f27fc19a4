// ZoneSet: all zones that a node serves, found by the longest matching origin. Immutable once built;
// any number of threads read it at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dns/lookup_name.h"
#include "zone/zone.h"

namespace dotmesh {

class ZoneSet {
 public:
  ZoneSet() = default;
  // Origins must differ from each other.
  explicit ZoneSet(std::vector<std::shared_ptr<const Zone>> zones);

  const std::vector<std::shared_ptr<const Zone>>& zones() const { return zones_; }
  bool empty() const { return zones_.empty(); }

  // The zone with the longest origin that is a suffix of at most `labels` labels of `name`; null when
  // none is. Lives as long as this ZoneSet.
  const Zone* find(const LookupName& name, std::size_t labels) const;
  const Zone* find(const LookupName& name) const { return find(name, name.label_count()); }
  // The zone of exactly this origin; an owning pointer, null when there is none.
  std::shared_ptr<const Zone> find_origin(NameView origin) const;

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t zone = 0;  // index into zones_ plus one; 0: empty
  };
  // Index plus one of the zone of exactly this origin; 0 when there is none.
  std::uint32_t find_exact(const LookupName& name, std::size_t labels) const;

  std::vector<std::shared_ptr<const Zone>> zones_;
  std::vector<Slot> slots_;  // open addressing, a power of two, at most half full
  DepthMask depths_;         // label counts of origins
};

}  // namespace dotmesh
