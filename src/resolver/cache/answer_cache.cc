#include "resolver/cache/answer_cache.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "resolver/cache/prepared_records.h"

namespace dotmesh {
namespace {

using View = EntryRing::View;

// An entry's words: two with what is below, the instants, the name, the places of the TTLs (four to a
// word), the records.
constexpr std::size_t kFixedWords = 3;
constexpr std::size_t kMaxNameWords = (kMaxNameLength + 7) / 8;
constexpr std::size_t kMaxTtls = AnswerCache::kMaxRecordOctets / 11;  // the smallest record
constexpr std::size_t kMaxWords = kFixedWords + kMaxNameWords + (kMaxTtls + 3) / 4 + AnswerCache::kMaxRecordOctets / 8;

// Word 0. The lower half is the key beside the name.
struct Shape {
  static std::uint32_t key(const AnswerKey& key) {
    return static_cast<std::uint32_t>(key.qtype) << 16 | (key.dnssec_ok ? 0x200U : 0U) |
           (key.checking_disabled ? 0x100U : 0U) | static_cast<std::uint32_t>(key.qname.size());
  }
  static std::size_t name_size(std::uint64_t word) { return word & 0xff; }
  static std::uint16_t answer_count(std::uint64_t word) { return static_cast<std::uint16_t>(word >> 32); }
  static std::uint16_t authority_count(std::uint64_t word) { return static_cast<std::uint16_t>(word >> 48); }
};

// Word 2.
struct Facts {
  std::uint16_t size;
  std::uint16_t ttls;
  ExtendedError error;
  std::uint8_t rcode;
  bool authenticated;

  static Facts from_word(std::uint64_t word) {
    return {static_cast<std::uint16_t>(word), static_cast<std::uint16_t>(word >> 16),
            static_cast<ExtendedError>(word >> 32 & 0xffff), static_cast<std::uint8_t>(word >> 48),
            (word >> 56 & 1) != 0};
  }
  std::uint64_t to_word() const {
    return std::uint64_t{size} | std::uint64_t{ttls} << 16 | static_cast<std::uint64_t>(error) << 32 |
           std::uint64_t{rcode} << 48 | (authenticated ? std::uint64_t{1} << 56 : 0);
  }
};

std::size_t words_for(std::size_t octets) { return (octets + 7) / 8; }

bool has_key(const View& view, const AnswerKey& key) {
  std::size_t size = key.qname.size();
  std::size_t whole = size / 8;
  if (view.size() < kFixedWords + words_for(size)) return false;
  if (static_cast<std::uint32_t>(view.word(0)) != Shape::key(key)) return false;
  const std::uint8_t* name = key.qname.view().data();
  std::uint64_t word;
  for (std::size_t i = 0; i < whole; ++i) {
    std::memcpy(&word, name + 8 * i, 8);
    if (view.word(kFixedWords + i) != word) return false;
  }
  if (size % 8 == 0) return true;
  word = 0;
  std::memcpy(&word, name + 8 * whole, size % 8);
  return view.word(kFixedWords + whole) == word;
}

// Lowers the TTLs at the places that the entry names. Everything may be changing meanwhile: nothing
// outside `records` is touched.
void lower_ttls(const View& view, std::size_t places_at, std::size_t count, std::uint32_t age,
                std::span<std::uint8_t> records) {
  std::uint64_t places = 0;
  for (std::size_t i = 0; i < count; ++i, places >>= 16) {
    if (i % 4 == 0) places = view.word(places_at + i / 4);
    std::size_t at = places & 0xffff;
    if (records.size() < 4 || at > records.size() - 4) return;
    store32(records.data() + at, load32(records.data() + at) - age);
  }
}

struct Ttls {
  std::array<std::uint16_t, kMaxTtls> places;
  std::size_t count = 0;
  std::uint32_t lowest = 0xffffffff;
};

bool find_ttls(NameView qname, std::span<const std::uint8_t> records, Ttls& ttls) {
  PreparedRecords walk(qname, records);
  while (auto record = walk.next()) {
    if (ttls.count == ttls.places.size()) return false;
    ttls.places[ttls.count++] = static_cast<std::uint16_t>(record->ttl_at);
    ttls.lowest = std::min(ttls.lowest, load32(records.data() + record->ttl_at));
  }
  return walk.at_end();
}

}  // namespace

std::optional<AnswerCache::Hit> AnswerCache::copy(const AnswerKey& key, std::uint64_t hash, CacheSeconds now,
                                                  std::span<std::uint8_t> out) const {
  std::optional<Hit> hit;
  const bool found = ring_.read(hash, [&](const View& view, bool used) {
    if (!has_key(view, key)) return false;
    std::uint64_t instants = view.word(1);
    auto stored = static_cast<CacheSeconds>(instants);
    auto expires = static_cast<CacheSeconds>(instants >> 32);
    hit.reset();
    if (now >= expires) return true;
    std::uint32_t age = now > stored ? now - stored : 0;
    std::uint64_t shape = view.word(0);
    Facts facts = Facts::from_word(view.word(2));
    hit.emplace();
    hit->rcode = static_cast<Rcode>(facts.rcode);
    hit->authenticated = facts.authenticated;
    hit->error = facts.error;
    hit->prefetch_due = used && std::uint64_t{expires - now} * 10 < expires - stored;
    hit->truncated = facts.size > out.size();
    if (hit->truncated) return true;
    std::size_t places_at = kFixedWords + words_for(key.qname.size());
    std::size_t records_at = places_at + (facts.ttls + 3U) / 4;
    if (view.size() < records_at + words_for(facts.size)) return true;  // changing: read() looks again
    view.copy(records_at, out.data(), facts.size);
    if (age != 0) lower_ttls(view, places_at, facts.ttls, age, out.first(facts.size));
    hit->size = facts.size;
    hit->answer_count = Shape::answer_count(shape);
    hit->authority_count = Shape::authority_count(shape);
    return true;
  });
  return found ? hit : std::nullopt;
}

bool AnswerCache::store(const AnswerKey& key, const Answer& answer, CacheSeconds now) {
  if (answer.records.size() > kMaxRecordOctets) return false;
  Ttls ttls;
  if (!find_ttls(key.qname.view(), answer.records, ttls)) return false;
  if (ttls.count != std::size_t{answer.answer_count} + answer.authority_count) return false;
  std::uint32_t lifetime = std::min(ttls.lowest, answer.max_lifetime);
  if (lifetime == 0 || lifetime > 0xffffffff - now) return false;

  std::array<std::uint64_t, kMaxWords> words;
  Facts facts{static_cast<std::uint16_t>(answer.records.size()), static_cast<std::uint16_t>(ttls.count),
              answer.error, static_cast<std::uint8_t>(answer.rcode), answer.authenticated};
  words[0] = Shape::key(key) | std::uint64_t{answer.answer_count} << 32 | std::uint64_t{answer.authority_count} << 48;
  words[1] = std::uint64_t{now} | std::uint64_t{now + lifetime} << 32;
  words[2] = facts.to_word();
  std::size_t size = kFixedWords;
  const auto put = [&](const void* octets, std::size_t count) {
    if (count == 0) return;
    words[size + words_for(count) - 1] = 0;
    std::memcpy(words.data() + size, octets, count);
    size += words_for(count);
  };
  put(key.qname.view().data(), key.qname.size());
  for (std::size_t i = 0; i < ttls.count; ++i) {
    if (i % 4 == 0) words[size + i / 4] = 0;
    words[size + i / 4] |= std::uint64_t{ttls.places[i]} << 16 * (i % 4);
  }
  size += (ttls.count + 3) / 4;
  put(answer.records.data(), answer.records.size());
  return ring_.store(key.hash(), std::span(words).first(size), [&](const View& view) { return has_key(view, key); },
                     [](const View&) { return true; });
}

std::size_t AnswerCache::remove_subtree(NameView name) {
  std::size_t removed = 0;
  const auto leads_below = [&](const View& view) {
    std::array<std::uint8_t, kMaxNameLength> qname;
    std::array<std::uint8_t, kMaxRecordOctets> records;
    std::size_t name_size = Shape::name_size(view.word(0));
    view.copy(kFixedWords, qname.data(), name_size);
    NameView asked(qname.data(), name_size);
    if (asked.is_at_or_below(name)) return true;
    Facts facts = Facts::from_word(view.word(2));
    view.copy(kFixedWords + words_for(name_size) + (facts.ttls + 3U) / 4, records.data(), facts.size);
    PreparedRecords walk(asked, std::span(records).first(facts.size));
    while (auto record = walk.next()) {
      if (record->type != RRType::kCNAME) continue;
      auto target = walk.name_at(record->rdata_at);
      if (target && target->view().is_at_or_below(name)) return true;
    }
    return false;
  };
  EntryRing::Cursor cursor;
  while (ring_.walk(cursor, [&](const View& view) {
    bool drop = leads_below(view);
    removed += drop ? 1 : 0;
    return drop;
  })) {
  }
  return removed;
}

}  // namespace dotmesh
