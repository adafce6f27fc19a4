#include "simulation/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "authority/answerer.h"
#include "simulation/world_maker.h"
#include "zone/zone_builder.h"

namespace dotmesh::simulation {
namespace {

constexpr std::uint32_t kMonth = 30 * 86400;
constexpr std::uint32_t kExpiredFor = 28 * 86400;  // more than clocks are set back in a world
constexpr std::size_t kKeys = 8;
// Aliases that any resolver follows; longer chains are not counted against it.
constexpr std::size_t kSureAliases = 8;

const std::vector<SigningKey>& keys() {
  static const std::vector<SigningKey> all = [] {
    std::vector<SigningKey> made;
    for (std::uint64_t i = 0; i < kKeys; i++) made.emplace_back(i + 1);
    return made;
  }();
  return all;
}

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "simulation: {}\n", why);
  std::abort();
}

}  // namespace

std::string World::Maker::below(const std::string& label, std::size_t zone) const {
  std::string apex = world_.zones_[zone].apex.to_string();
  return apex == "." ? label + "." : label + "." + apex;
}

void World::Maker::put(std::size_t zone, const std::string& text) {
  auto record = text_.parse(text);
  if (!record) give_up(record.error().message);
  world_.zones_[zone].records.push_back(std::move(*record));
}

const SigningKey& World::Maker::key_of(std::size_t zone) const { return keys()[zone % kKeys]; }

std::size_t World::Maker::add_server() {
  std::size_t number = world_.servers_.size() + 1;
  WorldServer server;
  server.addresses.push_back(
      SocketAddress::parse(fmt::format("198.18.{}.{}", number / 250, number % 250 + 1), 53).value());
  if (random_.chance(0.3)) {
    server.addresses.push_back(SocketAddress::parse(fmt::format("2001:2::{:x}", number), 53).value());
  }
  world_.servers_.push_back(std::move(server));
  return number - 1;
}

void World::Maker::add_zone(std::string name, std::size_t parent, std::size_t level) {
  std::size_t index = world_.zones_.size();
  WorldZone zone;
  zone.apex = Name::parse(name).value();
  zone.parent = parent;
  zone.is_signed = level == 0 || random_.chance(world_.options_.signed_share);
  zone.nsec3 = random_.chance(0.4);
  zone.opt_out = zone.nsec3 && random_.chance(0.3);
  zone.broken = level > 1 && zone.is_signed && random_.chance(world_.options_.broken_share);
  world_.zones_.push_back(std::move(zone));
  if (level == world_.options_.levels) return;
  std::size_t children = level == 0 ? world_.options_.top_level : random_.between(0, world_.options_.most_children);
  for (std::size_t i = 0; i < children; i++) {
    // Now and then two labels deeper, so that an empty non-terminal stands between.
    std::string label = fmt::format("z{}{}", i, random_.chance(0.2) ? ".deep" : "");
    if (level == 0) label = fmt::format("t{}", i);
    add_zone(below(label, index), index, level + 1);
  }
}

// Servers of its own, named inside the zone, or those of another zone, named there.
void World::Maker::give_servers(std::size_t zone) {
  std::size_t count = random_.between(1, 3);
  bool own = zone < 2 || random_.chance(0.7);
  std::size_t host = own ? zone : random_.below(zone);
  for (std::size_t i = 0; i < count; i++) {
    std::size_t server = own ? add_server() : random_.pick(world_.zones_[host].servers);
    auto& servers = world_.zones_[zone].servers;
    if (std::ranges::find(servers, server) != servers.end()) continue;
    servers.push_back(server);
    world_.servers_[server].zones.push_back(zone);
    std::string name = below(fmt::format("ns{}{}", server, own ? "" : "-for"), host);
    put(zone, fmt::format("{} 3600 NS {}", world_.zones_[zone].apex.to_string(), name));
    for (const SocketAddress& address : world_.servers_[server].addresses) {
      put(host, fmt::format("{} 3600 {} {}", name, address.is_ipv4() ? "A" : "AAAA", address.address_to_string()));
    }
  }
}

void World::Maker::add_data(std::size_t zone) {
  std::string apex = world_.zones_[zone].apex.to_string();
  put(zone, fmt::format("{} 3600 SOA {} {} 1 3600 600 86400 300", apex, below("ns", zone), below("host", zone)));
  auto address = [&] { return fmt::format("192.0.2.{}", random_.between(1, 254)); };
  put(zone, fmt::format("{} 300 A {}", below("www", zone), address()));
  put(zone, fmt::format("{} 300 AAAA 2001:db8::{:x}", below("www", zone), random_.below(65536)));
  if (random_.chance(0.5)) put(zone, fmt::format("{} 60 TXT \"zone {}\"", apex, zone));
  if (random_.chance(0.5)) put(zone, fmt::format("{} 300 MX 10 {}", apex, below("www", zone)));
  if (random_.chance(0.5)) put(zone, fmt::format("{} 300 A {}", below("a.b.ent", zone), address()));
  if (random_.chance(0.4)) put(zone, fmt::format("{} 300 A {}", below("*.wild", zone), address()));
  if (random_.chance(0.2)) put(zone, fmt::format("{} 300 TXT \"any\"", below("*", zone)));
  for (std::size_t i = random_.below(3); i > 0; i--) {
    put(zone, fmt::format("{} 300 A {}", below(fmt::format("h{}", i), zone), address()));
  }
}

void World::Maker::add_aliases(std::size_t zone) {
  static const std::vector<std::string> kTargets{"www", "nothing", "x.wild", "alias", "c.a.b.ent", "h1", "y.dn"};
  auto target = [&] { return below(random_.pick(kTargets), random_.below(world_.zones_.size())); };
  if (random_.chance(0.7)) put(zone, fmt::format("{} 300 CNAME {}", below("alias", zone), target()));
  if (random_.chance(0.2)) put(zone, fmt::format("{} 300 CNAME {}", below("*.aw", zone), target()));
  if (random_.chance(0.3)) {
    std::size_t other = random_.below(world_.zones_.size());
    if (other != zone) put(zone, fmt::format("{} 300 DNAME {}", below("dn", zone), world_.zones_[other].apex.to_string()));
  }
  if (random_.chance(0.1)) {
    put(zone, fmt::format("{} 300 CNAME {}", below("loop1", zone), below("loop2", zone)));
    put(zone, fmt::format("{} 300 CNAME {}", below("loop2", zone), below("loop1", zone)));
  }
}

// NS, glue for servers named at or below the cut, and DS, in the parent.
void World::Maker::add_delegation(std::size_t zone) {
  const WorldZone child = world_.zones_[zone];
  std::vector<PlainRecord>& parent = world_.zones_[child.parent].records;
  for (const PlainRecord& record : child.records) {
    bool is_ns = record.type == RRType::kNS;
    bool is_server = (record.type == RRType::kA || record.type == RRType::kAAAA) &&
                     record.owner.to_string().starts_with("ns");
    if (is_ns || is_server) parent.push_back(record);
  }
  if (child.chain == Chain::kInsecure) return;
  const SigningKey& key = child.broken && zone % 2 == 0 ? key_of(zone + 1) : key_of(zone);
  parent.push_back({child.apex, RRType::kDS, 1, 3600, key.ds_rdata(child.apex)});
}

// Parents first, as zones are numbered.
void World::Maker::settle_chains() {
  for (std::size_t i = 0; i < world_.zones_.size(); i++) {
    WorldZone& zone = world_.zones_[i];
    Chain above = i == 0 ? Chain::kSecure : world_.zones_[zone.parent].chain;
    if (above != Chain::kSecure) {
      zone.chain = above;
    } else if (!zone.is_signed || (i != 0 && random_.chance(0.1))) {
      zone.chain = Chain::kInsecure;
    } else {
      zone.chain = zone.broken ? Chain::kBogus : Chain::kSecure;
    }
  }
}

void World::Maker::finish_zone(std::size_t index) {
  WorldZone& zone = world_.zones_[index];
  std::vector<PlainRecord> records = zone.records;
  if (zone.is_signed) {
    auto wall = static_cast<std::uint32_t>(world_.options_.wall);
    bool expired = zone.broken && index % 2 == 1;
    SigningOptions options{.nsec3 = zone.nsec3, .opt_out = zone.opt_out, .inception = wall - kMonth,
                           .expiration = expired ? wall - kExpiredFor : wall + kMonth};
    records = sign_zone(zone.apex, std::move(records), key_of(index), options);
  }
  ZoneBuilder builder(zone.apex);
  for (const PlainRecord& r : records) builder.on_record({r.owner, r.type, r.rclass, r.ttl, r.rdata});
  auto built = builder.build(1);
  if (!built) {
    give_up(fmt::format("zone {}: violation {} at {}", zone.apex.to_string(),
                        static_cast<int>(built.error()[0].kind), built.error()[0].owner.to_string()));
  }
  zone.zone = *built;
}

void World::Maker::run() {
  add_zone(".", 0, 0);
  std::size_t count = world_.zones_.size();
  for (std::size_t i = 0; i < count; i++) give_servers(i);
  for (std::size_t i = 0; i < count; i++) add_data(i);
  for (std::size_t i = 0; i < count; i++) add_aliases(i);
  settle_chains();
  // Parents first: what a zone got from its children is not passed on to its parent.
  for (std::size_t i = 1; i < count; i++) add_delegation(i);
  for (std::size_t i = 0; i < count; i++) finish_zone(i);
}

World::World(std::uint64_t seed, const WorldOptions& options) : options_(options) {
  Maker(*this, seed).run();
  std::vector<std::shared_ptr<const Zone>> all;
  for (const WorldZone& zone : zones_) {
    all.push_back(zone.zone);
    for (const PlainRecord& r : zone.records) names_.push_back(r.owner);
  }
  all_ = std::make_unique<ZoneSet>(all);
  for (std::size_t i = 0; i < servers_.size(); i++) {
    std::vector<std::shared_ptr<const Zone>> served;
    for (std::size_t zone : servers_[i].zones) served.push_back(all[zone]);
    servers_[i].zone_set = std::make_unique<ZoneSet>(std::move(served));
    for (const SocketAddress& address : servers_[i].addresses) addresses_.emplace_back(address, i);
  }
  anchor_.owner = zones_[0].apex;
  anchor_.ds.add(keys()[0].ds_rdata(zones_[0].apex));
}

const WorldServer* World::server_at(const SocketAddress& address) const {
  auto at = std::ranges::find(addresses_, address, &std::pair<SocketAddress, std::size_t>::first);
  return at == addresses_.end() ? nullptr : &servers_[at->second];
}

ResolverSettings World::settings() const {
  ResolverSettings settings;
  for (std::size_t server : zones_[0].servers) {
    settings.root_hints.push_back({Name::parse(fmt::format("ns{}.", server)).value(), servers_[server].addresses});
  }
  settings.trust_anchors = {anchor_};
  settings.special_use_names = false;
  return settings;
}

const WorldZone& World::zone_of(NameView name, RRType qtype) const {
  const WorldZone* best = &zones_[0];
  for (const WorldZone& zone : zones_) {
    bool in = qtype == RRType::kDS && !zone.apex.view().is_root() ? name.is_below(zone.apex) : name.is_at_or_below(zone.apex);
    if (in && zone.apex.size() >= best->apex.size()) best = &zone;
  }
  return *best;
}

PlainQuestion World::question(Random& random) const {
  static const std::vector<RRType> kTypes{RRType::kA, RRType::kA, RRType::kA, RRType::kAAAA, RRType::kTXT, RRType::kMX,
                                          RRType::kNS, RRType::kDS, RRType::kSOA, RRType::kDNSKEY, RRType::kCNAME};
  static const std::vector<std::string> kLabels{"nope", "x.wild", "a.b.wild", "ent", "b.ent", "www.dn", "alias.dn",
                                                "z0", "x.aw", "*.wild", "loop1", "www"};
  RRType type = random.pick(kTypes);
  if (random.chance(0.5)) return {random.pick(names_), type, 1};
  std::string apex = random.pick(zones_).apex.to_string();
  std::string label = random.pick(kLabels);
  return {Name::parse(apex == "." ? label + "." : label + "." + apex).value(), type, 1};
}

Truth World::truth(NameView qname, RRType qtype) const {
  Truth truth;
  PlainMessage query{.id = 1, .dnssec_ok = true, .questions = {{qname, qtype, 1}}, .sections = {}};
  truth.message = *read_message(authoritative_answer(*all_, query.to_wire()));
  // The names on the way: the question's, and each alias's target.
  std::set<Name, CanonicalLess> owners{qname};
  std::size_t links = 0;
  auto worsen = [&](const WorldZone& zone) {
    if (zone.chain == Chain::kBogus || (zone.chain == Chain::kInsecure && truth.chain == Chain::kSecure)) {
      truth.chain = zone.chain;
    }
    truth.opt_out = truth.opt_out || (zone.is_signed && zone.opt_out);
  };
  worsen(zone_of(qname, qtype));
  for (const PlainRecord& r : truth.message.section(Section::kAnswer)) {
    if (r.type != RRType::kCNAME || qtype == RRType::kCNAME) continue;
    links++;
    NameView target(r.rdata.data(), r.rdata.size());
    worsen(zone_of(r.owner, qtype));
    worsen(zone_of(target, qtype));
    if (!owners.insert(target).second) truth.answerable = false;  // a loop
  }
  truth.answerable = truth.answerable && links <= kSureAliases;
  return truth;
}

std::vector<std::uint8_t> authoritative_answer(const ZoneSet& zones, std::span<const std::uint8_t> query,
                                               std::size_t limit) {
  QueryMessage message;
  QueryVerdict verdict = message.parse(query);
  if (verdict == QueryVerdict::kDrop) return {};
  std::vector<std::uint8_t> out(limit);
  ResponseWriter writer(out, limit, query, message);
  if (verdict == QueryVerdict::kAnswer) {
    Answerer(zones, message, writer).answer();
  } else {
    writer.set_rcode(verdict == QueryVerdict::kNotImp ? Rcode::kNotImp : Rcode::kFormErr);
  }
  out.resize(writer.finish());
  return out;
}

}  // namespace dotmesh::simulation
