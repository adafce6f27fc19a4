// Zone: one zone as it is served. Immutable once built; any number of threads read it at once.
//
// A Zone is two things: ZoneData, the records as they stand in the files, which later generations may
// share whole or shard by shard; and the SOA record with the serial of this generation, with a
// prepared authority section for negative responses.
// Built by ZoneBuilder (zone_builder.h); owned by a ZoneSet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dns/lookup_name.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "zone/denial.h"
#include "zone/node.h"
#include "zone/record.h"
#include "zone/shard.h"

namespace dotmesh {

// The records of a zone, its SOA apart.
struct ZoneData {
  Name origin;                     // lowered
  std::size_t origin_labels = 0;
  std::vector<Shard> shards;       // by the hash's middle bits, see shard_index()
  std::vector<std::shared_ptr<const void>> owners;  // of each shard's memory, same index
  DepthMask cut_depths;
  DepthMask dname_depths;
  DepthMask wildcard_depths;
  std::size_t name_count = 0;
  std::size_t record_count = 0;    // SOA left out
  std::size_t memory = 0;          // octets in shards
  NodeView apex;
  std::unique_ptr<const DenialChains> denial;  // null: the zone proves nothing
  std::uint32_t soa_ttl = 0;
  std::vector<std::uint8_t> soa_rdata;         // as in the file
  bool soa_signed = false;         // an RRSIG covers the SOA: its serial must not be touched

  static std::size_t shard_index(std::uint64_t hash, std::size_t shards) {
    return static_cast<std::size_t>((hash >> 24 & 0xffffffff) * shards >> 32);
  }
  const Shard& shard_of(std::uint64_t hash) const { return shards[shard_index(hash, shards.size())]; }
};

// Octets that become part of a response by copying them and writing a few compression pointers. Each
// pointer leads into the zone's origin as it stands at the end of the question's name.
struct PreparedRecord {
  struct Pointer {
    std::uint16_t at;      // where in `octets` the pointer stands
    std::uint16_t offset;  // octets from the beginning of the origin
  };
  static constexpr std::size_t kMaxPointers = 3;  // owner, MNAME, RNAME

  std::vector<std::uint8_t> octets;
  Pointer pointers[kMaxPointers] = {};
  std::size_t pointer_count = 0;
};

class Zone {
 public:
  // Serves `data` with the SOA serial `serial`; a signed SOA keeps the file's.
  Zone(std::shared_ptr<const ZoneData> data, std::uint32_t serial);

  NameView origin() const { return data_->origin; }
  std::size_t origin_labels() const { return data_->origin_labels; }
  std::uint32_t serial() const;
  std::size_t record_count() const { return data_->record_count + 1; }
  std::size_t name_count() const { return data_->name_count; }
  const ZoneData& data() const { return *data_; }
  const std::shared_ptr<const ZoneData>& shared_data() const { return data_; }
  // The same records under another serial; shares all data.
  std::shared_ptr<const Zone> with_serial(std::uint32_t serial) const;

  // The node of the suffix of `name` with `labels` labels; empty view when the zone has no such name.
  NodeView find(const LookupName& name, std::size_t labels) const {
    std::uint64_t hash = name.suffix_hash(labels);
    return visible(data_->shard_of(hash).find(name.suffix(labels), hash));
  }
  // The node of "*." in front of `closest_encloser` (lowered), whose hash is `hash`.
  NodeView find_wildcard(NameView closest_encloser, std::uint64_t hash) const;
  NodeView apex() const { return data_->apex; }

  // The SOA RRset as served (RRsetView's octets live as long as the zone).
  RRsetView soa() const { return RRsetView(soa_.data()); }
  // The SOA record for the authority section of a negative response (RFC 2308 section 3): TTL is the
  // smaller of the record's and its MINIMUM field.
  const PreparedRecord& negative_soa() const { return negative_soa_; }
  std::uint32_t negative_ttl() const { return negative_ttl_; }

  // Every record, SOA first, names in no particular order, owners lowered; for tools, not for answers.
  void for_each_record(RecordSink& sink) const;

 private:
  static NodeView visible(NodeView node) {
    return node && node.has(kNodeNsec3Only) ? NodeView{} : node;
  }

  std::shared_ptr<const ZoneData> data_;
  std::vector<std::uint8_t> soa_;  // RRsetHeader and record
  PreparedRecord negative_soa_;
  std::uint32_t negative_ttl_ = 0;
};

}  // namespace dotmesh
