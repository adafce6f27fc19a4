#include "resolver/server_table.h"

#include <algorithm>
#include <cstring>
#include <list>
#include <mutex>
#include <unordered_map>

#include "dns/lookup_name.h"

namespace dotmesh {
namespace {

using std::chrono::nanoseconds;

// Zones for which one server is remembered as lame: a server that is lame for more is asked again.
constexpr std::size_t kLameZones = 4;

struct AddressKey {
  std::array<std::uint8_t, 16> address{};
  std::uint16_t port = 0;
  std::uint8_t size = 0;
  bool operator==(const AddressKey&) const = default;
};

AddressKey key_of(const SocketAddress& server) {
  AddressKey key;
  auto octets = server.address();
  std::ranges::copy(octets, key.address.begin());
  key.size = static_cast<std::uint8_t>(octets.size());
  key.port = server.port();
  return key;
}

struct KeyHash {
  std::size_t operator()(const AddressKey& key) const {
    std::uint64_t hash = hash_label(kHashSeed ^ key.port, key.address.data(), 16);
    return hash ^ hash >> 32;
  }
};

struct LameZone {
  std::uint64_t zone = 0;
  nanoseconds until{};
};

struct Known {
  ServerState state;
  nanoseconds no_edns_until{};
  nanoseconds dead_for{};
  nanoseconds last_news{};  // when it last answered, or a silence was counted
  std::array<LameZone, kLameZones> lame{};
  std::list<AddressKey>::iterator used;
};

std::uint64_t hash_of(NameView zone) { return NameHash()(zone); }

}  // namespace

nanoseconds ServerState::retransmit_after() const {
  nanoseconds base = smoothed.count() == 0 ? nanoseconds(ServerTable::kUnknownTimeout)
                                           : smoothed + 4 * variation;
  base = std::max<nanoseconds>(base, ServerTable::kMinTimeout);
  base *= 1LL << std::min(timeouts, 3U);
  return std::min<nanoseconds>(base, ServerTable::kMaxTimeout);
}

struct ServerTable::Shard {
  mutable std::mutex mutex;
  std::unordered_map<AddressKey, Known, KeyHash> servers;
  std::list<AddressKey> order;  // longest unused first

  Known& touch(const SocketAddress& server) {
    AddressKey key = key_of(server);
    auto [found, fresh] = servers.try_emplace(key);
    Known& known = found->second;
    if (fresh) {
      known.used = order.insert(order.end(), key);
      if (servers.size() > kMaxServers / kShards) {
        servers.erase(order.front());
        order.pop_front();
      }
    } else {
      order.splice(order.end(), order, known.used);
    }
    return known;
  }
};

ServerTable::ServerTable() : shards_(std::make_unique<std::array<Shard, kShards>>()) {}
ServerTable::~ServerTable() = default;

ServerTable::Shard& ServerTable::shard_of(const SocketAddress& server) const {
  return (*shards_)[KeyHash()(key_of(server)) >> 8 & (kShards - 1)];
}

ServerState ServerTable::find(const SocketAddress& server, NameView zone, nanoseconds now) const {
  Shard& shard = shard_of(server);
  std::lock_guard lock(shard.mutex);
  auto found = shard.servers.find(key_of(server));
  if (found == shard.servers.end()) return {};
  const Known& known = found->second;
  ServerState state = known.state;
  state.no_edns = known.no_edns_until > now;
  const std::uint64_t hash = hash_of(zone);
  state.lame = std::ranges::any_of(known.lame, [&](const LameZone& l) { return l.zone == hash && l.until > now; });
  return state;
}

// RFC 6298 section 2.
void ServerTable::answered(const SocketAddress& server, nanoseconds round_trip, nanoseconds now) {
  Shard& shard = shard_of(server);
  std::lock_guard lock(shard.mutex);
  Known& known = shard.touch(server);
  ServerState& state = known.state;
  round_trip = std::max(round_trip, nanoseconds(1));
  if (state.smoothed.count() == 0) {
    state.smoothed = round_trip;
    state.variation = round_trip / 2;
  } else {
    nanoseconds error = round_trip - state.smoothed;
    state.variation += ((error.count() < 0 ? -error : error) - state.variation) / 4;
    state.smoothed += error / 8;
  }
  known.last_news = now;
  state.timeouts = 0;
  state.dead_until = known.dead_for = {};
}

void ServerTable::silent(const SocketAddress& server, nanoseconds sent, nanoseconds now) {
  Shard& shard = shard_of(server);
  std::lock_guard lock(shard.mutex);
  Known& known = shard.touch(server);
  // A hundred queries lost in one burst are one silence, and those sent before it last answered none.
  if (sent < known.last_news) return;
  known.last_news = now;
  if (++known.state.timeouts < kTimeoutsUntilDead) return;
  known.dead_for = std::clamp<nanoseconds>(known.dead_for * 2, kDeadFirst, kDeadLongest);
  known.state.dead_until = now + known.dead_for;
}

bool ServerTable::claim_probe(const SocketAddress& server, nanoseconds now) {
  Shard& shard = shard_of(server);
  std::lock_guard lock(shard.mutex);
  Known& known = shard.touch(server);
  if (known.state.dead_until > now) return false;
  known.state.dead_until = now + std::max<nanoseconds>(known.dead_for, kDeadFirst);
  return true;
}

void ServerTable::lame(const SocketAddress& server, NameView zone, nanoseconds now) {
  Shard& shard = shard_of(server);
  std::lock_guard lock(shard.mutex);
  auto& lame = shard.touch(server).lame;
  *std::ranges::min_element(lame, {}, &LameZone::until) = {hash_of(zone), now + kLameFor};
}

void ServerTable::no_edns(const SocketAddress& server, nanoseconds now) {
  Shard& shard = shard_of(server);
  std::lock_guard lock(shard.mutex);
  shard.touch(server).no_edns_until = now + kNoEdnsFor;
}

void ServerTable::remember_cookie(const SocketAddress& server, const ServerCookie& cookie, nanoseconds) {
  Shard& shard = shard_of(server);
  std::lock_guard lock(shard.mutex);
  ServerState& state = shard.touch(server).state;
  state.cookie = cookie;
  state.has_cookie = true;
}

void ServerTable::clear() {
  for (Shard& shard : *shards_) {
    std::lock_guard lock(shard.mutex);
    shard.servers.clear();
    shard.order.clear();
  }
}

std::size_t ServerTable::size() const {
  std::size_t sum = 0;
  for (const Shard& shard : *shards_) {
    std::lock_guard lock(shard.mutex);
    sum += shard.servers.size();
  }
  return sum;
}

}  // namespace dotmesh
