// AnchorKeeper: the trust anchors as they have changed by themselves (RFC 5011,
// dnssec/key_rollover.h), one for all workers. It is shown each DNSKEY RRset of an anchor's zone
// that a worker fetches, for a client or because claim_due() said so
// (docs/adr/0025-keys-without-questions.md).
//
// Any thread may call anything; a mutex that is taken once in a DNSKEY RRset's life, and once a
// minute.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dnssec/key_rollover.h"
#include "resolver/settings.h"
#include "resolver/time.h"

namespace dotmesh {

// What is known of one trust point, for people; Unix seconds.
struct TrustPoint {
  Name zone;
  std::vector<AnchorKey> keys;
  std::int64_t seen = 0;  // when its keys were last fetched and secure; 0: not yet
  std::int64_t next = 0;  // when they are looked at again
};

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
  // A zone's DNSKEY RRset as it was fetched.
  struct Sighting {
    const RRset& keys;
    bool secure;           // with what is trusted
    CacheSeconds fetched;  // when: it may have been in the cache for a while
    std::int64_t wall;     // Unix time now
  };
  // True: what is trusted of the zone, or about to be, is not what it was.
  bool observe(const TrustAnchor& anchor, const Sighting& seen, KeyCache& cache,
               WorkBudget& budget);

  // The zones of `anchors` whose keys should be looked at now (RFC 5011 section 2.3). Each is the
  // caller's: nobody else is told before the time to try again has come, unless observe() sees the
  // keys until then.
  std::vector<Name> claim_due(std::span<const TrustAnchor> anchors, CacheSeconds now);

  // The zones that were looked at, or about to be.
  std::vector<TrustPoint> points(ResolverTime now) const;

  // The state to write down, if it has changed since the last call.
  std::optional<std::string> take_changed();

 private:
  // The zones of one configuration; further ones are trusted as configured and do not change.
  static constexpr std::size_t kMaxZones = 64;

  struct Zone {
    RdataList ds;  // as configured when `rollover` began
    RdataList dnskey;
    KeyRollover rollover;
    CacheSeconds seen = 0;  // when the newest secure keys were fetched
    std::int64_t next = 0;  // when to look at the keys again, as CacheSeconds
    std::int64_t retry = kMinRolloverTime;
  };
  Zone* find(const TrustAnchor& anchor);
  std::vector<AnchorKey> take_stored(NameView zone);

  mutable std::mutex mutex_;
  std::vector<StoredAnchors> stored_;  // of zones that were not seen yet
  std::vector<Zone> zones_;
  bool changed_ = false;
};

}  // namespace dotmesh
