#include "resolver/cache/denial_chain.h"

#include <cstring>

namespace dotmesh {
namespace {

// What a new record contradicts at the most: a zone that changed much at once is cleaned up bit by bit.
constexpr int kMaxContradicted = 8;
constexpr std::size_t kAllocation = 32;  // of an allocation beside its octets, or of a shared_ptr

// Whether a record from `key` to `next` speaks for `name`; the last of a chain leads to the first.
bool covers(std::string_view key, std::string_view next, std::string_view name) {
  return next > key ? key < name && name < next : key < name || name < next;
}

}  // namespace

CanonicalKey::CanonicalKey(NameView name) {
  std::array<std::uint8_t, kMaxLabels> labels;
  std::size_t count = 0;
  for (std::size_t at = 0; name.data()[at] != 0; at += 1U + name.data()[at]) {
    labels[count++] = static_cast<std::uint8_t>(at);
  }
  while (count != 0) {
    const std::uint8_t* label = name.data() + labels[--count];
    for (std::size_t i = 1; i <= *label; ++i) {
      std::uint8_t octet = lower_octet(label[i]);
      if (octet < 2) octets_[size_++] = 1;
      octets_[size_++] = static_cast<char>(octet < 2 ? octet + 1 : octet);
    }
    octets_[size_++] = 0;
  }
}

std::size_t octets_of(const DenialRecord& record) {
  return sizeof record + kAllocation + record.rrset.rdata.octets().size() + record.rrset.signatures.octets().size() +
         2 * kAllocation;
}

std::size_t DenialChain::octets_of(const Links::value_type& link) {
  return sizeof link + 3 * kAllocation + link.first.size() + link.second.next.size() +
         dotmesh::octets_of(*link.second.record);
}

DenialChain::Links::iterator DenialChain::erase(Links::iterator at) {
  octets_ -= octets_of(*at);
  return links_.erase(at);
}

DenialChain::Links::iterator DenialChain::floor(std::string_view key) {
  if (links_.empty()) return links_.end();
  auto above = links_.upper_bound(key);
  return std::prev(above == links_.begin() ? links_.end() : above);
}

void DenialChain::store(std::string_view key, std::string_view next, Record record) {
  auto before = floor(key);
  // Its owner exists, and nothing between it and the next: who says otherwise is out of date.
  if (before != links_.end() && before->first != key && covers(before->first, before->second.next, key)) {
    erase(before);
  }
  auto between = links_.upper_bound(key);
  for (int i = 0; i < kMaxContradicted && between != links_.end() && covers(key, next, between->first); ++i) {
    between = erase(between);
  }
  auto [at, fresh] = links_.try_emplace(std::string(key));
  if (!fresh) octets_ -= octets_of(*at);
  at->second = {std::string(next), std::move(record), false};
  octets_ += octets_of(*at);
}

std::optional<DenialCache::Found> DenialChain::find(std::string_view key, CacheSeconds now) {
  auto at = floor(key);
  if (at == links_.end()) return std::nullopt;
  bool matches = at->first == key;
  if (!matches && !covers(at->first, at->second.next, key)) return std::nullopt;
  if (now >= at->second.record->expires) {
    erase(at);
    return std::nullopt;
  }
  at->second.used = true;
  return DenialCache::Found{at->second.record, matches};
}

void DenialChain::remove_at_or_below(std::string_view key) {
  auto at = floor(key);
  if (at != links_.end() && (at->first == key || covers(at->first, at->second.next, key))) erase(at);
  at = links_.lower_bound(key);
  while (at != links_.end() && at->first.starts_with(key)) at = erase(at);
}

void DenialChain::evict_one() {
  auto at = links_.upper_bound(hand_);
  // At most once around: what is passed is no longer used.
  while (true) {
    if (at == links_.end()) at = links_.begin();
    if (!at->second.used) break;
    at->second.used = false;
    ++at;
  }
  hand_ = at->first;
  erase(at);
}

}  // namespace dotmesh
