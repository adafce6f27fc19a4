#include "dnssec/key_cache.h"

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace dotmesh {
namespace {

std::string_view as_text(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

}  // namespace

struct KeyCache::Impl {
  struct Entry {
    std::string rdata;
    std::unique_ptr<PublicKey> key;
  };
  std::size_t capacity;
  std::list<Entry> entries;  // the one used last in front
  // The keys are the entries' own `rdata`: a list's elements do not move.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_rdata;
};

KeyCache::KeyCache(std::size_t keys) : impl_(std::make_unique<Impl>()) { impl_->capacity = keys == 0 ? 1 : keys; }

KeyCache::~KeyCache() = default;

PublicKey* KeyCache::find(const Dnskey& key) {
  auto& entries = impl_->entries;
  if (auto found = impl_->by_rdata.find(as_text(key.rdata())); found != impl_->by_rdata.end()) {
    entries.splice(entries.begin(), entries, found->second);
    return entries.front().key.get();
  }
  if (entries.size() >= impl_->capacity) {
    impl_->by_rdata.erase(entries.back().rdata);
    entries.pop_back();
  }
  entries.push_front({.rdata = std::string(as_text(key.rdata())), .key = read_public_key(key)});
  impl_->by_rdata.emplace(entries.front().rdata, entries.begin());
  return entries.front().key.get();
}

std::size_t KeyCache::size() const { return impl_->entries.size(); }

}  // namespace dotmesh
