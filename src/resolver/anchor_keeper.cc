#include "resolver/anchor_keeper.h"

#include <algorithm>
#include <utility>

namespace dotmesh {
namespace {

bool same(const RdataList& a, const RdataList& b) { return std::ranges::equal(a.octets(), b.octets()); }

}  // namespace

void AnchorKeeper::restore(std::vector<StoredAnchors> stored) {
  std::lock_guard lock(mutex_);
  stored_ = std::move(stored);
}

std::vector<AnchorKey> AnchorKeeper::take_stored(NameView zone) {
  auto found = std::ranges::find_if(stored_, [&](const StoredAnchors& anchors) { return anchors.zone.view() == zone; });
  if (found == stored_.end()) return {};
  std::vector<AnchorKey> keys = std::move(found->keys);
  stored_.erase(found);
  return keys;
}

// The zone's state; begun anew, with the keys that are known, where the configuration is another.
AnchorKeeper::Zone* AnchorKeeper::find(const TrustAnchor& anchor) {
  for (Zone& zone : zones_) {
    if (!(zone.rollover.zone().view() == anchor.owner.view())) continue;
    if (!same(zone.ds, anchor.ds) || !same(zone.dnskey, anchor.dnskey)) {
      zone = {anchor.ds, anchor.dnskey, KeyRollover(anchor.owner, anchor.ds, anchor.dnskey, zone.rollover.keys())};
    }
    return &zone;
  }
  if (zones_.size() == kMaxZones) return nullptr;
  zones_.push_back({anchor.ds, anchor.dnskey, KeyRollover(anchor.owner, anchor.ds, anchor.dnskey, take_stored(anchor.owner))});
  return &zones_.back();
}

AnchorKeeper::Trusted AnchorKeeper::trusted(const TrustAnchor& anchor) {
  std::lock_guard lock(mutex_);
  Zone* zone = find(anchor);
  if (zone == nullptr) return {anchor.ds, anchor.dnskey};
  return {zone->rollover.trusted_ds(), zone->rollover.trusted_keys()};
}

bool AnchorKeeper::observe(const TrustAnchor& anchor, const Sighting& seen, KeyCache& cache,
                           WorkBudget& budget) {
  // An RRset that is not secure has one thing to say.
  if (!seen.secure && std::ranges::none_of(parse_keys(seen.keys), &Dnskey::is_usable_but_revoked))
    return false;
  std::lock_guard lock(mutex_);
  Zone* zone = find(anchor);
  // One that was in the cache all the while says nothing about what has been seen since.
  if (zone == nullptr || seen.fetched < zone->seen) return false;
  const KeyRollover::Observation observed =
      zone->rollover.observe(seen.keys, seen.wall, cache, budget);
  changed_ |= observed.changed;
  if (observed.trusted) {
    const RolloverTimes times = rollover_times(seen.keys, seen.wall);
    zone->seen = seen.fetched;
    zone->next = seen.fetched + times.next;
    zone->retry = times.retry;
  }
  return observed.changed;
}

std::vector<Name> AnchorKeeper::claim_due(std::span<const TrustAnchor> anchors, CacheSeconds now) {
  std::vector<Name> due;
  std::lock_guard lock(mutex_);
  for (const TrustAnchor& anchor : anchors) {
    Zone* zone = find(anchor);
    // A zone that has revoked all of its anchors has no key that could bring in another.
    if (zone == nullptr || zone->next > now || zone->rollover.is_deleted()) continue;
    zone->next = now + zone->retry;
    due.push_back(anchor.owner);
  }
  return due;
}

std::vector<TrustPoint> AnchorKeeper::points(ResolverTime now) const {
  const std::int64_t start = now.wall - now.seconds();  // when CacheSeconds were 0
  std::vector<TrustPoint> points;
  std::lock_guard lock(mutex_);
  for (const Zone& zone : zones_) {
    points.push_back({.zone = zone.rollover.zone(),
                      .keys = zone.rollover.keys(),
                      .seen = zone.seen != 0 ? start + zone.seen : 0,
                      .next = start + zone.next});
  }
  return points;
}

std::optional<std::string> AnchorKeeper::take_changed() {
  std::lock_guard lock(mutex_);
  if (!std::exchange(changed_, false)) return std::nullopt;
  std::vector<KeyRollover> all;
  for (const Zone& zone : zones_) all.push_back(zone.rollover);
  for (const StoredAnchors& stored : stored_) all.emplace_back(stored.zone, RdataList(), RdataList(), stored.keys);
  return to_text(all);
}

}  // namespace dotmesh
