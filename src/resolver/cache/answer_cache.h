// AnswerCache: responses as they were sent, to be sent again: one copy, TTLs lowered by the age. Above
// the RRset cache, which stays the truth; what is here may be dropped at any time.
//
// An answer is kept as the octets of its answer and authority sections. Their compression pointers are
// those of a message with a header of 12 octets and this question, so the copy goes right behind the
// question of the client, in whatever case that was written.
//
// It expires with the lowest TTL of its records; only fresh ones are given out (fresh: now < expires).
// Stale answers come from the resolver (RFC 8767).
//
// Any thread may call anything. copy() takes no lock and allocates nothing; with the two prefetches, a
// batch of queries overlaps its waits for memory (query/handler.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dns/lookup_name.h"
#include "dns/rr_type.h"
#include "dns/wire.h"
#include "resolver/cache/entry_ring.h"
#include "resolver/time.h"

namespace dotmesh {

// What one answer is found by. Borrows the name.
struct AnswerKey {
  const LookupName& qname;
  RRType qtype = RRType::kA;
  bool dnssec_ok = false;
  bool checking_disabled = false;

  std::uint64_t hash() const {
    std::uint64_t rest = static_cast<std::uint64_t>(qtype) << 2 | (dnssec_ok ? 2U : 0U) | (checking_disabled ? 1U : 0U);
    return qname.hash() ^ (rest + 1) * 0x9e3779b97f4a7c15;
  }
};

class AnswerCache {
 public:
  // A response to be kept.
  struct Answer {
    std::span<const std::uint8_t> records;  // answer and authority section: what follows the question
    std::uint16_t answer_count = 0;
    std::uint16_t authority_count = 0;
    Rcode rcode = Rcode::kNoError;
    bool authenticated = false;
    ExtendedError error = ExtendedError::kNone;
    // No longer than this, in seconds; must be given when there are no records.
    std::uint32_t max_lifetime = 0xffffffff;
  };

  // What copy() found.
  struct Hit {
    std::size_t size = 0;       // octets written
    std::uint16_t answer_count = 0;
    std::uint16_t authority_count = 0;
    Rcode rcode = Rcode::kNoError;
    bool authenticated = false;
    bool truncated = false;     // it does not fit: nothing was written, counts are 0
    bool prefetch_due = false;  // asked for more than once, and less than a tenth of its life is left
    ExtendedError error = ExtendedError::kNone;
  };

  // At most `capacity` octets of memory in all, at least EntryRing::kMinCapacity.
  explicit AnswerCache(std::size_t capacity) : ring_(capacity) {}

  // Larger ones are rare, and not worth their room.
  static constexpr std::size_t kMaxRecordOctets = 4096;

  void prefetch_slot(std::uint64_t hash) const { ring_.prefetch_slot(hash); }
  void prefetch_entry(std::uint64_t hash) const { ring_.prefetch_entry(hash); }

  // Writes the records of a fresh answer to the beginning of `out`. Nothing else in `out` is kept.
  // `hash`: key.hash().
  std::optional<Hit> copy(const AnswerKey& key, std::uint64_t hash, CacheSeconds now,
                          std::span<std::uint8_t> out) const;

  // False when it was not stored: too large, malformed, or lives no second.
  bool store(const AnswerKey& key, const Answer& answer, CacheSeconds now);

  // Answers to questions at or below `name`, and those that an alias led there; how many went.
  std::size_t remove_subtree(NameView name);
  void clear() { ring_.clear(); }
  EntryRing::Stats stats() const { return ring_.stats(); }

 private:
  EntryRing ring_;
};

}  // namespace dotmesh
