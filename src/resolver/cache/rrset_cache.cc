#include "resolver/cache/rrset_cache.h"

#include <algorithm>
#include <array>
#include <vector>

#include "resolver/cache/entry_codec.h"
#include "resolver/cache/entry_ring.h"

namespace dotmesh {
namespace {

using View = EntryRing::View;

EntryFacts facts_of(const View& view, std::size_t key_words) {
  return EntryFacts::from_words(view.word(key_words), view.word(key_words + 1));
}

// Whether an entry that is still fresh gives way (RFC 2181 section 5.4.1, RFC 4035 section 4.3).
bool gives_way(const EntryFacts& old, const CacheEntry& entry) {
  if (entry.kind == EntryKind::kFailure) return old.kind == EntryKind::kFailure;
  if (old.kind == EntryKind::kFailure) return true;
  bool was_secure = old.security == Security::kSecure;
  bool is_secure = entry.security == Security::kSecure;
  if (was_secure != is_secure) return is_secure;
  return entry.rank >= old.rank;
}

}  // namespace

struct RRsetCache::Impl {
  explicit Impl(std::size_t capacity) : ring(capacity) {}
  EntryRing ring;
};

RRsetCache::RRsetCache(std::size_t capacity) : impl_(std::make_unique<Impl>(capacity)) {}
RRsetCache::~RRsetCache() = default;

std::optional<CacheEntry> RRsetCache::find(const EntryKey& key) const {
  // The body is copied out before it is decoded: it may change until read() has looked again.
  thread_local std::vector<std::uint8_t> body;
  auto words = key.words();
  EntryFacts facts;
  bool found = impl_->ring.read(key.hash(), [&](const View& view, bool) {
    if (view.size() < words.size() + EntryFacts::kWords || !view.equals(0, words)) return false;
    facts = facts_of(view, words.size());
    std::size_t at = words.size() + EntryFacts::kWords;
    std::size_t size = std::min<std::size_t>(facts.body_size, (view.size() - at) * 8);
    if (body.size() < size) body.resize(size);
    view.copy(at, body.data(), size);
    return true;
  });
  if (!found) return std::nullopt;
  return decode_entry(key.name(), key.type(), facts, std::span(body).first(facts.body_size));
}

bool RRsetCache::has_fresh(const EntryKey& key, CacheSeconds now) const {
  auto words = key.words();
  bool fresh = false;
  impl_->ring.read(key.hash(), [&](const View& view, bool) {
    if (view.size() < words.size() + EntryFacts::kWords || !view.equals(0, words)) return false;
    fresh = now < facts_of(view, words.size()).expires;
    return true;
  });
  return fresh;
}

bool RRsetCache::store(CachePartition partition, NameView name, RRType type, const CacheEntry& entry,
                       CacheSeconds now) {
  EntryKey key(partition, name, type);
  auto words = encode_entry(key, entry);
  if (words.empty()) return false;
  const auto same = [&](const View& view) { return view.equals(0, key.words()); };
  return impl_->ring.store(key.hash(), words, same, [&](const View& view) {
    EntryFacts old = facts_of(view, key.words().size());
    return now >= old.expires || gives_way(old, entry);
  });
}

void RRsetCache::remove(CachePartition partition, NameView name, RRType type) {
  EntryKey key(partition, name, type);
  impl_->ring.remove(key.hash(), [&](const View& view) { return view.equals(0, key.words()); });
}

std::size_t RRsetCache::remove_subtree(NameView name) {
  std::size_t removed = 0;
  const auto below = [&](const View& view) {
    std::array<std::uint8_t, kMaxNameLength> held;
    std::size_t size = EntryKey::name_size(view.word(0));
    view.copy(1, held.data(), size);
    if (!NameView(held.data(), size).is_at_or_below(name)) return false;
    ++removed;
    return true;
  };
  EntryRing::Cursor cursor;
  while (impl_->ring.walk(cursor, below)) {
  }
  return removed;
}

bool RRsetCache::walk(Place& place, const std::function<void(const RawEntry&)>& visit) const {
  EntryRing::Cursor cursor{place.shard, place.bucket};
  std::vector<std::uint8_t> octets;
  bool more = impl_->ring.walk(cursor, [&](const View& view) {
    std::uint64_t first = view.word(0);
    std::size_t key_words = EntryKey::size_in_words(first);
    EntryFacts facts = facts_of(view, key_words);
    std::size_t name_size = EntryKey::name_size(first);
    octets.resize(name_size + facts.body_size);
    view.copy(1, octets.data(), name_size);
    view.copy(key_words + EntryFacts::kWords, octets.data() + name_size, facts.body_size);
    visit({EntryKey::partition(first), NameView(octets.data(), name_size), EntryKey::type(first), facts,
           std::span(octets).subspan(name_size)});
    return false;
  });
  place = {cursor.shard, cursor.bucket};
  return more;
}

void RRsetCache::clear() { impl_->ring.clear(); }

RRsetCache::Stats RRsetCache::stats() const {
  EntryRing::Stats stats = impl_->ring.stats();
  return {stats.entries, stats.octets, stats.evicted};
}

}  // namespace dotmesh
