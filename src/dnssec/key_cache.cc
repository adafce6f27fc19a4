#include "dnssec/key_cache.h"

#include <openssl/evp.h>

#include <cstring>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  struct Free {
    void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
    void operator()(EVP_MD_CTX* made) const { EVP_MD_CTX_free(made); }
  };

  std::size_t capacity;
  std::list<Entry> entries;  // the one used last in front
  // The keys are the entries' own `rdata`: a list's elements do not move.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_rdata;

  std::unique_ptr<EVP_MD, Free> sha256{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, Free> context{EVP_MD_CTX_new()};
  std::vector<Fingerprint> good;  // each has one place; all zeros: free

  static std::size_t place(const Fingerprint& fingerprint) {
    std::size_t number;
    std::memcpy(&number, fingerprint.data(), sizeof number);
    return number % kGoodSignatures;
  }
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

KeyCache::Fingerprint KeyCache::fingerprint(const Dnskey& key, std::span<const std::uint8_t> signature,
                                            std::span<const std::uint8_t> octets) {
  Fingerprint out{};
  std::uint8_t sizes[4];  // so that no two inputs run together to the same octets
  store16(sizes, static_cast<std::uint16_t>(key.rdata().size()));
  store16(sizes + 2, static_cast<std::uint16_t>(signature.size()));
  EVP_MD_CTX* context = impl_->context.get();
  if (context == nullptr || !impl_->sha256 || EVP_DigestInit_ex(context, impl_->sha256.get(), nullptr) != 1 ||
      EVP_DigestUpdate(context, sizes, sizeof sizes) != 1 ||
      EVP_DigestUpdate(context, key.rdata().data(), key.rdata().size()) != 1 ||
      EVP_DigestUpdate(context, signature.data(), signature.size()) != 1 ||
      EVP_DigestUpdate(context, octets.data(), octets.size()) != 1 ||
      EVP_DigestFinal_ex(context, out.data(), nullptr) != 1) {
    return {};
  }
  return out;
}

bool KeyCache::was_good(const Fingerprint& fingerprint) const {
  return !impl_->good.empty() && fingerprint != Fingerprint{} && impl_->good[Impl::place(fingerprint)] == fingerprint;
}

void KeyCache::add_good(const Fingerprint& fingerprint) {
  if (impl_->good.empty()) impl_->good.resize(kGoodSignatures);
  impl_->good[Impl::place(fingerprint)] = fingerprint;
}

}  // namespace dotmesh
