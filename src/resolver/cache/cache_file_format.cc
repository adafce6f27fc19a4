#include "resolver/cache/cache_file_format.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "dns/rdata.h"
#include "dns/wire.h"

namespace dotmesh::cache_file {
namespace {

constexpr std::string_view kMagic = "dotmesh cache\n\x1a\n";  // a terminal stops at the 1a
constexpr std::size_t kMagicOctets = 16;
static_assert(kMagic.size() == kMagicOctets);
// partition, type, kind, rank, security, name size, error, age, left, body size
constexpr std::size_t kEntryOctets = 4 + 2 + 1 + 1 + 1 + 1 + 2 + 4 + 4 + 4;

void put32(std::vector<std::uint8_t>& to, std::uint32_t value) {
  to.resize(to.size() + 4);
  store32(to.data() + to.size() - 4, value);
}
void put64(std::vector<std::uint8_t>& to, std::uint64_t value) {
  put32(to, static_cast<std::uint32_t>(value >> 32));
  put32(to, static_cast<std::uint32_t>(value));
}
std::uint64_t load64(const std::uint8_t* p) { return std::uint64_t{load32(p)} << 32 | load32(p + 4); }

bool is_sound_rdata(RRType type, std::span<const std::uint8_t> rdata) {
  if (type == RRType::kA) return rdata.size() == 4;
  if (type == RRType::kAAAA) return rdata.size() == 16;
  const RdataLayout layout = rdata_layout(type);
  if (layout.names == 0) return true;
  RdataName places[2];
  if (rdata_names(type, rdata, places) != layout.names) return false;
  const RdataName& last = places[layout.names - 1];
  const std::size_t rest = rdata.size() - last.offset - last.size;
  if (type == RRType::kSOA) return rest == 20;
  // The types of RFC 1035 end with their names; others go on.
  return !layout.compressible || rest == 0;
}

bool is_sound_rrset(const RRset& rrset) {
  const auto sound = [](RRType type) { return [type](auto rdata) { return is_sound_rdata(type, rdata); }; };
  bool good = !rrset.rdata.empty();
  for (auto rdata : rrset.rdata) good = good && sound(rrset.type)(rdata);
  for (auto rdata : rrset.signatures) good = good && sound(RRType::kRRSIG)(rdata);
  return good;
}

}  // namespace

std::uint64_t checksum(std::span<const std::uint8_t> octets) {
  constexpr std::uint64_t kFactor = 0x9fb21c651e98df25;
  std::uint64_t sum = octets.size() ^ 0xd6e8feb86659fd93;
  while (!octets.empty()) {
    std::uint64_t word = 0;
    std::size_t size = std::min<std::size_t>(octets.size(), 8);
    for (std::size_t i = 0; i < size; ++i) word |= std::uint64_t{octets[i]} << 8 * i;
    auto product = static_cast<unsigned __int128>(sum ^ word) * kFactor;
    sum = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64) ^ kFactor;
    octets = octets.subspan(size);
  }
  return sum;
}

void put_header(std::vector<std::uint8_t>& to, const Header& header) {
  const std::size_t start = to.size();
  to.insert(to.end(), kMagic.begin(), kMagic.end());
  put32(to, kVersion);
  put32(to, 0);
  put64(to, header.settings_tag);
  put64(to, static_cast<std::uint64_t>(header.saved_at));
  put64(to, checksum(std::span(to).subspan(start)));
}

HeaderFault read_header(std::span<const std::uint8_t> octets, Header& header) {
  if (std::memcmp(octets.data(), kMagic.data(), kMagicOctets) != 0) return HeaderFault::kForeign;
  if (load32(octets.data() + kMagicOctets) != kVersion) return HeaderFault::kOtherVersion;
  if (load64(octets.data() + kHeaderOctets - 8) != checksum(octets.first(kHeaderOctets - 8))) {
    return HeaderFault::kDamaged;
  }
  header.settings_tag = load64(octets.data() + kMagicOctets + 8);
  header.saved_at = static_cast<std::int64_t>(load64(octets.data() + kMagicOctets + 16));
  return HeaderFault::kNone;
}

void put_block_header(std::vector<std::uint8_t>& to, std::span<const std::uint8_t> block) {
  put32(to, static_cast<std::uint32_t>(block.size()));
  put64(to, checksum(block));
}

BlockHeader read_block_header(std::span<const std::uint8_t> octets) {
  return {load32(octets.data()), load64(octets.data() + 4)};
}

void put_entry(std::vector<std::uint8_t>& to, const RRsetCache::RawEntry& entry, CacheSeconds now) {
  std::uint8_t fixed[kEntryOctets];
  store32(fixed, entry.partition);
  store16(fixed + 4, static_cast<std::uint16_t>(entry.type));
  fixed[6] = static_cast<std::uint8_t>(entry.facts.kind);
  fixed[7] = static_cast<std::uint8_t>(entry.facts.rank);
  fixed[8] = static_cast<std::uint8_t>(entry.facts.security);
  fixed[9] = static_cast<std::uint8_t>(entry.name.size());
  store16(fixed + 10, static_cast<std::uint16_t>(entry.facts.error));
  store32(fixed + 12, now - std::min(now, entry.facts.stored));
  store32(fixed + 16, entry.facts.expires - now);
  store32(fixed + 20, entry.facts.body_size);
  to.insert(to.end(), fixed, fixed + kEntryOctets);
  to.insert(to.end(), entry.name.data(), entry.name.data() + entry.name.size());
  to.insert(to.end(), entry.body.begin(), entry.body.end());
}

std::optional<Entry> take_entry(std::span<const std::uint8_t>& octets) {
  if (octets.size() < kEntryOctets) return std::nullopt;
  const std::uint8_t* fixed = octets.data();
  auto left = octets.subspan(kEntryOctets);
  if (fixed[6] > static_cast<std::uint8_t>(EntryKind::kFailure) ||
      fixed[7] > static_cast<std::uint8_t>(Rank::kAuthoritative) ||
      fixed[8] > static_cast<std::uint8_t>(Security::kBogus)) {
    return std::nullopt;
  }
  auto name = Name::from_wire(left);
  if (!name || name->size() != fixed[9]) return std::nullopt;
  left = left.subspan(name->size());
  std::optional<Entry> entry(std::in_place);
  entry->partition = load32(fixed);
  entry->type = static_cast<RRType>(load16(fixed + 4));
  entry->name = *name;
  entry->facts.kind = static_cast<EntryKind>(fixed[6]);
  entry->facts.rank = static_cast<Rank>(fixed[7]);
  entry->facts.security = static_cast<Security>(fixed[8]);
  entry->facts.error = static_cast<ExtendedError>(load16(fixed + 10));
  entry->facts.body_size = load32(fixed + 20);
  entry->age = load32(fixed + 12);
  entry->left = static_cast<std::int32_t>(load32(fixed + 16));
  if (left.size() < entry->facts.body_size) return std::nullopt;
  entry->body = left.first(entry->facts.body_size);
  octets = left.subspan(entry->facts.body_size);
  return entry;
}

bool is_sound(const CacheEntry& entry) {
  if (!std::ranges::all_of(entry.rrsets, is_sound_rrset)) return false;
  switch (entry.kind) {
    case EntryKind::kRRset: return !entry.rrsets.empty();
    case EntryKind::kDelegation: return !entry.rrsets.empty() && entry.rrsets[0].type == RRType::kNS;
    case EntryKind::kNodata: case EntryKind::kNxdomain: return true;
    case EntryKind::kFailure: return entry.rrsets.empty();
  }
  return false;
}

}  // namespace dotmesh::cache_file
