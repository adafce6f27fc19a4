// DenialChain: the records of one NSEC or NSEC3 chain that are known, in the chain's order. A part of
// DenialCache, under its lock.
//
// Keys are octet strings that compare as the chain is ordered: an NSEC3 record's hash; a name's labels
// from the root leftwards, lowered, each ended by an octet below all others (RFC 4034 section 6.1).
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "dns/name.h"
#include "resolver/cache/denial_cache.h"

namespace dotmesh {

// The key of a name, made without allocation.
class CanonicalKey {
 public:
  explicit CanonicalKey(NameView name);
  std::string_view view() const { return {octets_.data(), size_}; }

 private:
  // Octets 0 and 1 take two.
  std::array<char, 2 * kMaxNameLength> octets_;
  std::size_t size_ = 0;
};

class DenialChain {
 public:
  using Record = std::shared_ptr<const DenialRecord>;

  // `key` and `next` are those of the record's owner and of its next name or hash.
  void store(std::string_view key, std::string_view next, Record record);
  // The record that matches or covers `key`; an expired one is dropped instead.
  std::optional<DenialCache::Found> find(std::string_view key, CacheSeconds now);
  // Drops the record that matches or covers `key`, and those whose key begins with it (names below it).
  void remove_at_or_below(std::string_view key);
  // Drops one that was not found lately. Precondition: not empty.
  void evict_one();

  bool empty() const { return links_.empty(); }
  std::size_t size() const { return links_.size(); }
  std::size_t octets() const { return octets_; }

 private:
  struct Link {
    std::string next;
    Record record;
    bool used = false;
  };
  using Links = std::map<std::string, Link, std::less<>>;

  static std::size_t octets_of(const Links::value_type& link);
  Links::iterator erase(Links::iterator at);
  // The last link whose key is not above `key`; around the end when there is none. End: empty.
  Links::iterator floor(std::string_view key);

  Links links_;
  std::size_t octets_ = 0;
  std::string hand_;  // evict_one() goes on behind this key
};

// Memory of one record, allocations' overhead included, near enough.
std::size_t octets_of(const DenialRecord& record);

}  // namespace dotmesh
