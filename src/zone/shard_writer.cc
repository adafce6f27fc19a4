#include "zone/shard_writer.h"

#include <algorithm>
#include <bit>

namespace dotmesh {
namespace {

bool same_name(NameView a, NameView b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

bool same_rdata(const ShardEntry& a, const ShardEntry& b) { return std::ranges::equal(a.rdata, b.rdata); }

// By hash, then name, then RRset; inside an RRset by RDATA, so that every node of the network serves
// the same order whatever was changed when.
bool before(const ShardEntry& a, const ShardEntry& b) {
  if (a.hash != b.hash) return a.hash < b.hash;
  if (a.owner.size() != b.owner.size()) return a.owner.size() < b.owner.size();
  if (int order = std::memcmp(a.owner.data(), b.owner.data(), a.owner.size()); order != 0) return order < 0;
  if (a.type != b.type) return a.type < b.type;
  if (a.is_rrsig != b.is_rrsig) return a.is_rrsig < b.is_rrsig;
  return std::ranges::lexicographical_compare(a.rdata, b.rdata);
}

bool same_rrset(const ShardEntry& a, const ShardEntry& b) {
  return a.type == b.type && a.is_rrsig == b.is_rrsig;
}

// May stand beside a CNAME (RFC 4034 section 2.5, RFC 2535 section 3.5).
bool allowed_beside_cname(RRType type) {
  return type == RRType::kNSEC || type == RRType::kKEY || type == RRType::kNXT || type == RRType::kSIG;
}

constexpr std::size_t align8(std::size_t n) { return (n + 7) & ~std::size_t{7}; }

}  // namespace

bool ShardWriter::write(std::span<ShardEntry> entries) {
  std::sort(entries.begin(), entries.end(), before);
  std::size_t names = 0;
  for (std::size_t i = 0; i < entries.size(); i++) {
    if (i == 0 || entries[i].hash != entries[i - 1].hash || !same_name(entries[i].owner, entries[i - 1].owner)) {
      names++;
    }
  }
  // At most three quarters full, so a search for an absent name ends soon.
  std::size_t slots = std::bit_ceil(std::max<std::size_t>(names + names / 3 + 1, 4));
  std::size_t nodes_at = align8(sizeof(ShardHeader) + slots * sizeof(std::uint32_t));
  block_.assign(nodes_at, 0);
  header_ = {};
  header_.slot_mask = static_cast<std::uint32_t>(slots - 1);

  for (std::size_t i = 0; i < entries.size();) {
    std::size_t end = i + 1;
    while (end < entries.size() && entries[end].hash == entries[i].hash &&
           same_name(entries[end].owner, entries[i].owner)) {
      end++;
    }
    std::size_t at = block_.size();
    if (at >= kMaxShardSize) return false;
    write_node(entries.subspan(i, end - i));
    std::uint32_t slot = static_cast<std::uint32_t>(at / 8) << 8 | Shard::tag_of(entries[i].hash);
    auto* table = reinterpret_cast<std::uint32_t*>(block_.data() + sizeof(ShardHeader));
    std::uint32_t probe = static_cast<std::uint32_t>(entries[i].hash) & header_.slot_mask;
    while (table[probe] != 0) probe = (probe + 1) & header_.slot_mask;
    table[probe] = slot;
    i = end;
  }
  header_.size = static_cast<std::uint32_t>(block_.size());
  std::memcpy(block_.data(), &header_, sizeof header_);
  return block_.size() <= kMaxShardSize;
}

void ShardWriter::write_node(std::span<const ShardEntry> records) {
  NameView owner = records.front().owner;
  bool at_apex = owner.size() == origin_.size();
  // Name-only entries sort first (type 0); records may follow them.
  while (!records.empty() && records.front().type == ShardEntry::kNoRecord) records = records.subspan(1);

  std::size_t at = block_.size();
  block_.resize(at + sizeof(NodeHeader));
  block_.insert(block_.end(), owner.data(), owner.data() + owner.size());
  NodeHeader header{.rrset_count = 0, .flags = 0, .name_size = static_cast<std::uint8_t>(owner.size())};
  bool only_nsec3 = !records.empty();
  for (std::size_t i = 0; i < records.size();) {
    std::size_t end = i + 1;
    while (end < records.size() && same_rrset(records[end], records[i])) end++;
    auto type = static_cast<RRType>(records[i].type);
    if (records[i].is_rrsig == 0) {
      if (type == RRType::kNS) header.flags |= kNodeHasNs;
      if (type == RRType::kCNAME) header.flags |= kNodeHasCname;
      if (type == RRType::kDNAME) header.flags |= kNodeHasDname;
      if (type == RRType::kNSEC || type == RRType::kNSEC3) header_.has_denial = 1;
    }
    if (type != RRType::kNSEC3) only_nsec3 = false;
    write_rrset(records.subspan(i, end - i));
    header.rrset_count++;
    i = end;
  }
  if (only_nsec3) header.flags |= kNodeNsec3Only;
  std::memcpy(block_.data() + at, &header, sizeof header);
  block_.resize(align8(block_.size()));

  header_.name_count++;
  if (header.rrset_count == 0) header_.empty_count++;
  if ((header.flags & kNodeHasNs) != 0 && !at_apex) header_.cut_depths.set(owner.label_count());
  if ((header.flags & kNodeHasDname) != 0) header_.dname_depths.set(owner.label_count());
  if (owner.is_wildcard()) header_.wildcard_depths.set(owner.label_count());
  check_node(records, header);
}

void ShardWriter::write_rrset(std::span<const ShardEntry> records) {
  std::size_t header_at = block_.size();
  block_.resize(header_at + sizeof(RRsetHeader));
  // RFC 2181 section 5.2: an RRset has one TTL; of several we take the lowest.
  std::uint32_t ttl = records.front().ttl;
  for (const ShardEntry& record : records) ttl = std::min(ttl, record.ttl);
  auto type = records.front().is_rrsig != 0 ? RRType::kRRSIG : static_cast<RRType>(records.front().type);
  std::size_t count = 0;
  for (std::size_t i = 0; i < records.size(); i++) {
    if (i != 0 && same_rdata(records[i], records[i - 1])) continue;  // RFC 2181 section 5
    std::size_t at = block_.size();
    if (at - header_at + kRRHeaderSize + records[i].rdata.size() > kMaxRRsetSize) {
      violate(ViolationKind::kRRsetTooLarge, records[i].owner, static_cast<std::uint16_t>(type),
              static_cast<std::uint16_t>(RRType::kANY));
      break;
    }
    block_.resize(at + kRRHeaderSize);
    std::uint8_t* rr = block_.data() + at;
    store16(rr, 0xc00c);
    store16(rr + 2, static_cast<std::uint16_t>(type));
    store16(rr + 4, static_cast<std::uint16_t>(RRClass::kIN));
    store32(rr + 6, ttl);
    store16(rr + 10, static_cast<std::uint16_t>(records[i].rdata.size()));
    block_.insert(block_.end(), records[i].rdata.begin(), records[i].rdata.end());
    count++;
  }
  RRsetHeader header{.type = records.front().type,
                     .count = static_cast<std::uint16_t>(count),
                     .size = static_cast<std::uint16_t>(block_.size() - header_at - sizeof(RRsetHeader)),
                     .is_rrsig = records.front().is_rrsig};
  std::memcpy(block_.data() + header_at, &header, sizeof header);
  header_.record_count += static_cast<std::uint32_t>(count);
}

void ShardWriter::check_node(std::span<const ShardEntry> records, NodeHeader header) {
  constexpr auto kCname = static_cast<std::uint16_t>(RRType::kCNAME);
  constexpr auto kDname = static_cast<std::uint16_t>(RRType::kDNAME);
  constexpr auto kNone = static_cast<std::uint16_t>(RRType::kANY);
  if (records.empty()) return;
  NameView owner = records.front().owner;
  const auto distinct = [&](std::uint16_t type) {
    std::size_t count = 0;
    const ShardEntry* last = nullptr;
    for (const ShardEntry& record : records) {
      if (record.type != type || record.is_rrsig != 0) continue;
      if (last == nullptr || !same_rdata(*last, record)) count++;
      last = &record;
    }
    return count;
  };
  if ((header.flags & kNodeHasCname) != 0) {
    if (distinct(kCname) > 1) violate(ViolationKind::kManyCname, owner, kCname, kCname);
    for (const ShardEntry& record : records) {
      if (record.type == kCname || record.is_rrsig != 0 ||
          allowed_beside_cname(static_cast<RRType>(record.type))) {
        continue;
      }
      violate(record.type == kDname ? ViolationKind::kDnameAndCname : ViolationKind::kCnameAndOther, owner,
              kCname, record.type);
      break;
    }
  }
  if ((header.flags & kNodeHasDname) != 0) {
    if (distinct(kDname) > 1) violate(ViolationKind::kManyDname, owner, kDname, kDname);
    if (owner.is_wildcard()) violate(ViolationKind::kWildcardDname, owner, kDname, kNone);
  }
  if ((header.flags & kNodeHasNs) != 0 && owner.is_wildcard()) {
    violate(ViolationKind::kWildcardNs, owner, static_cast<std::uint16_t>(RRType::kNS), kNone);
  }
  constexpr auto kDs = static_cast<std::uint16_t>(RRType::kDS);
  if (owner.size() == origin_.size() && distinct(kDs) != 0) {
    violate(ViolationKind::kDsAtApex, owner, kDs, kNone);
  }
}

void ShardWriter::violate(ViolationKind kind, NameView owner, std::uint16_t type, std::uint16_t other_type) {
  if (violations_.size() >= kMaxViolations) return;
  violations_.push_back({.kind = kind,
                         .owner = owner,
                         .type = static_cast<RRType>(type),
                         .other_owner = owner,
                         .other_type = static_cast<RRType>(other_type)});
}

}  // namespace dotmesh
