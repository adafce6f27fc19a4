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

void AnchorKeeper::observe(const TrustAnchor& anchor, const RRset& keys, bool secure, std::int64_t wall, KeyCache& cache,
                           WorkBudget& budget) {
  // An RRset that is not secure has one thing to say.
  if (!secure && std::ranges::none_of(parse_keys(keys), &Dnskey::is_usable_but_revoked)) return;
  std::lock_guard lock(mutex_);
  if (Zone* zone = find(anchor)) changed_ |= zone->rollover.observe(keys, wall, cache, budget).changed;
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
