// AnchorKeeper: the trust anchors as they have changed by themselves (RFC 5011, dnssec/key_rollover.h), one for
// all workers. It is shown each DNSKEY RRset of an anchor's zone that a worker fetches, which happens at the
// latest when the cached one expires, within a day: often enough for hold-downs of 30 days.
//
// Any thread may call anything; a mutex that is taken once in a DNSKEY RRset's life.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "dnssec/key_rollover.h"
#include "resolver/settings.h"

namespace dotmesh {

class AnchorKeeper {
 public:
  // What was written down by an earlier process. Call before the first observe().
  void restore(std::vector<StoredAnchors> stored);

  struct Trusted {
    RdataList ds;
    RdataList dnskey;
  };
  // What is trusted of the zone of `anchor` now.
  Trusted trusted(const TrustAnchor& anchor);
  // `keys` is the zone's DNSKEY RRset, just fetched; `secure`: with what is trusted. `wall` is Unix time.
  void observe(const TrustAnchor& anchor, const RRset& keys, bool secure, std::int64_t wall, KeyCache& cache,
               WorkBudget& budget);

  // The state to write down, if it has changed since the last call.
  std::optional<std::string> take_changed();

 private:
  // The zones of one configuration; further ones are trusted as configured and do not change.
  static constexpr std::size_t kMaxZones = 64;

  struct Zone {
    RdataList ds;  // as configured when `rollover` began
    RdataList dnskey;
    KeyRollover rollover;
  };
  Zone* find(const TrustAnchor& anchor);
  std::vector<AnchorKey> take_stored(NameView zone);

  std::mutex mutex_;
  std::vector<StoredAnchors> stored_;  // of zones that were not seen yet
  std::vector<Zone> zones_;
  bool changed_ = false;
};

}  // namespace dotmesh
