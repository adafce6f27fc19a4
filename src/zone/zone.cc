#include "zone/zone.h"

#include "dns/rdata.h"

#include <algorithm>
#include <array>

namespace dotmesh {
namespace {

// Where the SERIAL and MINIMUM fields stand, counted from the end of SOA RDATA.
constexpr std::size_t kSoaNumbers = 20;
constexpr std::size_t kSoaMinimumFromEnd = 4;

void append(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_rr_header(std::vector<std::uint8_t>& out, RRType type, std::uint32_t ttl, std::size_t rdlength) {
  std::array<std::uint8_t, kRRHeaderSize> header{0xc0, 0x0c};
  store16(header.data() + 2, static_cast<std::uint16_t>(type));
  store16(header.data() + 4, static_cast<std::uint16_t>(RRClass::kIN));
  store32(header.data() + 6, ttl);
  store16(header.data() + 10, static_cast<std::uint16_t>(rdlength));
  append(out, header);
}

// Appends `name`, its part at or below `origin` as a pointer to be filled in.
void append_with_pointer(PreparedRecord& record, NameView name, NameView origin) {
  if (origin.is_root() || !name.is_at_or_below(origin)) {
    append(record.octets, name.wire());
    return;
  }
  append(record.octets, name.wire().first(name.size() - origin.size()));
  record.pointers[record.pointer_count++] = {static_cast<std::uint16_t>(record.octets.size()), 0};
  record.octets.insert(record.octets.end(), {0xc0, 0x00});
}

}  // namespace

Zone::Zone(std::shared_ptr<const ZoneData> data, std::uint32_t serial) : data_(std::move(data)) {
  std::vector<std::uint8_t> rdata = data_->soa_rdata;
  std::uint8_t* numbers = rdata.data() + rdata.size() - kSoaNumbers;
  if (!data_->soa_signed) store32(numbers, serial);

  std::size_t size = kRRHeaderSize + rdata.size();
  RRsetHeader header{static_cast<std::uint16_t>(RRType::kSOA), 1, static_cast<std::uint16_t>(size), 0};
  soa_.resize(sizeof header);
  std::memcpy(soa_.data(), &header, sizeof header);
  append_rr_header(soa_, RRType::kSOA, data_->soa_ttl, rdata.size());
  append(soa_, rdata);

  negative_ttl_ = std::min(data_->soa_ttl, load32(rdata.data() + rdata.size() - kSoaMinimumFromEnd));
  NameView origin = data_->origin;
  append_with_pointer(negative_soa_, origin, origin);
  std::size_t fixed = negative_soa_.octets.size();
  append_rr_header(negative_soa_.octets, RRType::kSOA, negative_ttl_, 0);
  negative_soa_.octets.erase(negative_soa_.octets.begin() + static_cast<std::ptrdiff_t>(fixed),
                             negative_soa_.octets.begin() + static_cast<std::ptrdiff_t>(fixed) + 2);
  std::size_t rdata_at = negative_soa_.octets.size();
  RdataName places[2];
  std::size_t names = rdata_names(RRType::kSOA, rdata, places);
  for (std::size_t i = 0; i < names; i++) {
    append_with_pointer(negative_soa_, NameView(rdata.data() + places[i].offset, places[i].size), origin);
  }
  append(negative_soa_.octets, std::span(rdata).last(kSoaNumbers));
  store16(negative_soa_.octets.data() + rdata_at - 2,
          static_cast<std::uint16_t>(negative_soa_.octets.size() - rdata_at));
}

std::uint32_t Zone::serial() const {
  return load32(soa_.data() + soa_.size() - kSoaNumbers);
}

std::shared_ptr<const Zone> Zone::with_serial(std::uint32_t serial) const {
  return std::make_shared<const Zone>(data_, serial);
}

NodeView Zone::find_wildcard(NameView closest_encloser, std::uint64_t hash) const {
  std::array<std::uint8_t, kMaxNameLength + 2> wire{1, '*'};
  if (closest_encloser.size() + 2 > kMaxNameLength) return {};
  std::memcpy(wire.data() + 2, closest_encloser.data(), closest_encloser.size());
  std::uint64_t wildcard = wildcard_hash(hash);
  return data_->shard_of(wildcard).find(NameView(wire.data(), closest_encloser.size() + 2), wildcard);
}

void Zone::for_each_record(RecordSink& sink) const {
  const auto deliver = [&](NameView owner, const RRsetView& rrset) {
    for_each_rr(rrset, [&](RRView rr) {
      sink.on_record({.owner = owner, .type = rrset.type(), .ttl = rr.ttl(), .rdata = rr.rdata()});
    });
  };
  deliver(origin(), soa());
  for (const Shard& shard : data_->shards) {
    shard.for_each_node([&](NodeView node) {
      node.for_each_rrset([&](RRsetView rrset) { deliver(node.name(), rrset); });
    });
  }
}

}  // namespace dotmesh
