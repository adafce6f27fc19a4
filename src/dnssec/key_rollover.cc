#include "dnssec/key_rollover.h"

#include <algorithm>

#include "dnssec/canonical.h"
#include "dnssec/keyset.h"
#include "dnssec/signature.h"

namespace dotmesh {
namespace {

using Octets = std::span<const std::uint8_t>;

bool is_trusted(AnchorKeyState state) { return state == AnchorKeyState::kValid || state == AnchorKeyState::kMissing; }
bool is_gone(AnchorKeyState state) { return state == AnchorKeyState::kRevoked || state == AnchorKeyState::kRemoved; }

std::vector<std::uint8_t> without_revoke_bit(Octets rdata) {
  std::vector<std::uint8_t> out(rdata.begin(), rdata.end());
  out[1] &= static_cast<std::uint8_t>(~Dnskey::kRevoked);
  return out;
}

// As the zone has it, whatever a cache made of it: the least that a signature tells, since anyone
// may add another.
std::int64_t original_ttl(const RRset& keys) {
  std::int64_t ttl = keys.ttl;
  bool signed_one = false;
  for (Octets rdata : keys.signatures) {
    std::optional<Rrsig> signature = Rrsig::from_rdata(rdata);
    if (!signature) continue;
    ttl = signed_one ? std::min<std::int64_t>(ttl, signature->original_ttl())
                     : signature->original_ttl();
    signed_one = true;
  }
  return ttl;
}

void set_state(AnchorKey& key, AnchorKeyState state, std::int64_t now) {
  if (key.state == state) return;
  key.state = state;
  key.since = now;
}

}  // namespace

KeyRollover::KeyRollover(NameView zone, RdataList ds, RdataList dnskey, std::vector<AnchorKey> stored)
    : zone_(zone), ds_(std::move(ds)), dnskey_(std::move(dnskey)), keys_(std::move(stored)) {
  std::erase_if(keys_, [](const AnchorKey& key) { return !Dnskey::from_rdata(key.rdata); });
}

AnchorKey* KeyRollover::find(Octets rdata) {
  auto found = std::ranges::find_if(keys_, [&](const AnchorKey& key) { return std::ranges::equal(key.rdata, rdata); });
  return found == keys_.end() ? nullptr : &*found;
}

bool KeyRollover::is_configured(const Dnskey& key) const {
  if (dnskey_.contains(key.rdata())) return true;
  for (Octets rdata : ds_) {
    std::optional<DsRecord> ds = DsRecord::from_rdata(rdata);
    if (ds && ds->matches(zone_, key)) return true;
  }
  return false;
}

RdataList KeyRollover::trusted_ds() const {
  RdataList trusted;
  for (Octets rdata : ds_) {
    std::optional<DsRecord> ds = DsRecord::from_rdata(rdata);
    const bool gone = ds && std::ranges::any_of(keys_, [&](const AnchorKey& key) {
      return is_gone(key.state) && ds->matches(zone_, *Dnskey::from_rdata(key.rdata));
    });
    if (!gone) trusted.add(rdata);
  }
  return trusted;
}

RdataList KeyRollover::trusted_keys() const {
  RdataList trusted;
  for (const AnchorKey& key : keys_) {
    if (is_trusted(key.state)) trusted.add(key.rdata);
  }
  for (Octets rdata : dnskey_) {
    const bool gone = std::ranges::any_of(
        keys_, [&](const AnchorKey& key) { return is_gone(key.state) && std::ranges::equal(key.rdata, rdata); });
    if (!gone && !trusted.contains(rdata)) trusted.add(rdata);
  }
  return trusted;
}

KeyRollover::Observation KeyRollover::observe(const RRset& keys, std::int64_t now, KeyCache& cache, WorkBudget& budget) {
  const std::vector<AnchorKey> before = keys_;
  revoke(keys, now, cache, budget);
  const KeysetVerdict verdict = verify_anchored_keyset(keys, trusted_ds(), trusted_keys(), now, cache, budget);
  if (verdict.secure()) {
    // RFC 5011 section 2.4.1: or the RRset's original TTL, if that is longer.
    const std::int64_t hold_down = std::max(kAddHoldDown, original_ttl(keys));
    for (const Dnskey& key : parse_keys(keys)) {
      if (key.is_secure_entry_point() && key.is_usable()) see(key, hold_down, now);
    }
    miss(keys, now);
  }
  return {.trusted = verdict.secure(), .changed = keys_ != before};
}

// RFC 5011 section 2.1: only the key itself can say so; no other signature is needed.
void KeyRollover::revoke(const RRset& keys, std::int64_t now, KeyCache& cache, WorkBudget& budget) {
  for (const Dnskey& key : parse_keys(keys)) {
    if (!key.is_usable_but_revoked()) continue;
    const std::vector<std::uint8_t> rdata = without_revoke_bit(key.rdata());
    AnchorKey* known = find(rdata);
    if (known != nullptr ? is_gone(known->state) : !is_configured(*Dnskey::from_rdata(rdata))) continue;
    const std::span<const Dnskey> only(&key, 1);
    if (!verify_rrset(keys, zone_, only, now, cache, budget, RevokedKeys::kAllowed).secure()) continue;
    if (known != nullptr && known->state == AnchorKeyState::kAddPending) {
      keys_.erase(keys_.begin() + (known - keys_.data()));
    } else if (known != nullptr) {
      set_state(*known, AnchorKeyState::kRevoked, now);
    } else {
      keys_.push_back({.rdata = rdata, .state = AnchorKeyState::kRevoked, .since = now});
    }
  }
}

// A secure entry point in a trusted RRset.
void KeyRollover::see(const Dnskey& key, std::int64_t hold_down, std::int64_t now) {
  AnchorKey* known = find(key.rdata());
  if (known == nullptr) {
    if (keys_.size() >= kMaxAnchorKeys) return;
    const auto state = is_configured(key) ? AnchorKeyState::kValid : AnchorKeyState::kAddPending;
    keys_.push_back({.rdata = {key.rdata().begin(), key.rdata().end()}, .state = state, .since = now});
    return;
  }
  const bool held = now - known->since >= hold_down;
  if (known->state == AnchorKeyState::kMissing ||
      (known->state == AnchorKeyState::kAddPending && (held || is_configured(key)))) {
    set_state(*known, AnchorKeyState::kValid, now);
  }
}

// The keys that a trusted RRset does not hold any more.
void KeyRollover::miss(const RRset& keys, std::int64_t now) {
  std::erase_if(keys_, [&](const AnchorKey& key) {
    return key.state == AnchorKeyState::kAddPending && !keys.rdata.contains(key.rdata);
  });
  for (AnchorKey& key : keys_) {
    if (key.state == AnchorKeyState::kValid && !keys.rdata.contains(key.rdata)) {
      set_state(key, AnchorKeyState::kMissing, now);
    } else if (key.state == AnchorKeyState::kRevoked && now - key.since >= kRemoveHoldDown) {
      set_state(key, AnchorKeyState::kRemoved, now);
    }
  }
}

RolloverTimes rollover_times(const RRset& keys, std::int64_t now) {
  constexpr std::int64_t kDay = 86'400;
  const std::int64_t ttl = original_ttl(keys);
  std::int64_t left = 15 * kDay * 2;
  for (Octets rdata : keys.signatures) {
    std::optional<Rrsig> signature = Rrsig::from_rdata(rdata);
    if (!signature) continue;
    // Serial numbers (RFC 4034 section 3.1.5): what has expired is a negative number.
    const auto rest =
        static_cast<std::int32_t>(signature->expiration() - static_cast<std::uint32_t>(now));
    left = std::min<std::int64_t>(left, rest);
  }
  return {.next = std::max(kMinRolloverTime, std::min({15 * kDay, ttl / 2, left / 2})),
          .retry = std::max(kMinRolloverTime, std::min({kDay, ttl / 10, left / 10}))};
}

}  // namespace dotmesh
