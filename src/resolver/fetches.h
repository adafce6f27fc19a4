// Fetches: what the workers' resolvers are asking servers for at this moment, so that a question asked of two
// workers costs one resolution (docs/adr/0019-one-resolution-for-all-workers.md). Who finds its fetch claimed
// looks again now and then, and into the cache when the claim is gone.
//
// Any thread, without locks. Bounded: kSlots claims of 64 bits each. A claim that finds no place is simply not
// made, and two names with one hash wait for each other at most kMaxWait: both cost work, never an answer.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "dns/name.h"
#include "dns/rr_type.h"

namespace dotmesh {

class Fetches {
 public:
  // Twice the fetches that busy workers have open at a time; 64 KiB.
  static constexpr std::size_t kSlots = 8192;
  // A first look after a quick server's round trip, each further one after twice as long ...
  static constexpr std::chrono::milliseconds kFirstLook{2};
  // ... and after so long one's own fetch: a worker that is stuck, or waits for this one in a circle, costs
  // this and no more. Below ServerTable::kUnknownTimeout: a silent server is not waited for on trust.
  static constexpr std::chrono::milliseconds kMaxWait{300};

  // Gives the claim back when it goes, whatever ends the fetch.
  class Claim {
   public:
    Claim() = default;
    explicit Claim(std::atomic<std::uint64_t>* slot) : slot_(slot) {}
    Claim(Claim&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
    Claim& operator=(Claim&& other) noexcept {
      std::swap(slot_, other.slot_);
      return *this;
    }
    ~Claim() {
      if (slot_ != nullptr) slot_->store(0, std::memory_order_release);
    }

   private:
    std::atomic<std::uint64_t>* slot_ = nullptr;
  };

  static std::uint64_t hash_of(NameView name, RRType type) {
    return NameHash()(name) * 0x9e3779b97f4a7c15 ^ static_cast<std::uint64_t>(type) << 32;
  }
  // False: another worker is fetching this. True: nobody is; `claim` holds it if there was a place for it.
  bool try_claim(std::uint64_t hash, Claim& claim) {
    hash |= 1;  // 0: free
    std::atomic<std::uint64_t>& slot = slots_[hash >> 1 & (kSlots - 1)];
    std::uint64_t seen = 0;
    if (slot.compare_exchange_strong(seen, hash, std::memory_order_acquire)) claim = Claim(&slot);
    return seen != hash;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kSlots> slots_{};
};

}  // namespace dotmesh
