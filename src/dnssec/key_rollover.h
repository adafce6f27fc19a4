// KeyRollover: the trust anchors of one zone as they change by themselves (RFC 5011). It is shown the zone's
// DNSKEY RRset from time to time, and the time; it says which keys are trusted now.
//
//   start -> add_pending --30 days--> valid <-> missing
//              |  gone or revoked       \--------+--> revoked --30 days--> removed
//              v                            self-signed with the REVOKE bit
//            start
//
// The state is kept by the caller as text (to_text()); write it aside and rename. What is configured counts as
// valid from the start, unless the state says that it was revoked. A value; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dns/name.h"
#include "dns/rrset.h"
#include "dnssec/budget.h"
#include "dnssec/key_cache.h"

namespace dotmesh {

// RFC 5011 sections 2.4.1 and 4.2, seconds.
inline constexpr std::int64_t kAddHoldDown = 30 * 86'400;
inline constexpr std::int64_t kRemoveHoldDown = 30 * 86'400;
// RFC 5011 section 2.3: no zone is looked at more often.
inline constexpr std::int64_t kMinRolloverTime = 3600;
// Of one zone: the root has had three at once. Further new keys wait until others are removed.
inline constexpr std::size_t kMaxAnchorKeys = 16;

enum class AnchorKeyState : std::uint8_t { kAddPending, kValid, kMissing, kRevoked, kRemoved };

// "add-pending", "valid", ...
std::string_view to_string(AnchorKeyState state);

struct AnchorKey {
  std::vector<std::uint8_t> rdata;  // DNSKEY, without the REVOKE bit
  AnchorKeyState state = AnchorKeyState::kAddPending;
  std::int64_t since = 0;  // Unix seconds: when it came to this state

  bool operator==(const AnchorKey&) const = default;
};

class KeyRollover {
 public:
  // `ds` and `dnskey` as configured for `zone`; `stored` as parse_rollover_state() gives them.
  KeyRollover(NameView zone, RdataList ds, RdataList dnskey, std::vector<AnchorKey> stored = {});

  struct Observation {
    bool trusted = false;  // the RRset is signed by a trusted key
    bool changed = false;  // keys() differ from before: write them down
  };
  // `keys` is the zone's DNSKEY RRset, just fetched, with its signatures.
  Observation observe(const RRset& keys, std::int64_t now, KeyCache& cache, WorkBudget& budget);

  // What is trusted now, for verify_anchored_keyset().
  RdataList trusted_ds() const;
  RdataList trusted_keys() const;
  // Every anchor was revoked: the zone is no trust point any more (RFC 5011 section 5).
  bool is_deleted() const { return trusted_ds().empty() && trusted_keys().empty(); }

  const Name& zone() const { return zone_; }
  const std::vector<AnchorKey>& keys() const { return keys_; }

 private:
  AnchorKey* find(std::span<const std::uint8_t> rdata);
  bool is_configured(const Dnskey& key) const;
  void revoke(const RRset& keys, std::int64_t now, KeyCache& cache, WorkBudget& budget);
  void see(const Dnskey& key, std::int64_t hold_down, std::int64_t now);
  void miss(const RRset& keys, std::int64_t now);

  Name zone_;
  RdataList ds_;
  RdataList dnskey_;
  std::vector<AnchorKey> keys_;
};

// When to look at the zone's DNSKEY RRset again (RFC 5011 section 2.3), in seconds after this one
// was observed.
struct RolloverTimes {
  std::int64_t next = kMinRolloverTime;
  std::int64_t retry = kMinRolloverTime;  // after a look that failed
};
RolloverTimes rollover_times(const RRset& keys, std::int64_t now);

// One line a key, "ZONE DNSKEY FLAGS PROTOCOL ALGORITHM KEY ; STATE SINCE": also a zone file.
std::string to_text(const std::vector<KeyRollover>& zones);

struct StoredAnchors {
  Name zone;
  std::vector<AnchorKey> keys;
};
// The error names the line. The file is the node's own: nothing of a faulty one is used.
Result<std::vector<StoredAnchors>> parse_rollover_state(std::string_view text);

}  // namespace dotmesh
