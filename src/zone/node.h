// How a name and its RRsets lie in memory inside a shard: one contiguous, 8-aligned run of octets.
//
//   NodeHeader | owner name (lowered) | RRsetHeader | RR RR ... | RRsetHeader | RR ... | padding
//
// Each RR is stored as it goes on the wire behind a question for its own owner: the owner is the
// compression pointer C0 0C (the question's name), then type, class, TTL, length and uncompressed
// RDATA. An answer to a question for the owner is one copy of the RRset's octets.
//
// Views; valid as long as the shard lives. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "dns/wire.h"

namespace dotmesh {

// Octets of an RR in front of its RDATA, with a compressed owner: pointer, type, class, TTL, length.
inline constexpr std::size_t kRRHeaderSize = 12;
// The largest RRset that still fits a message of 65,535 octets behind header, the longest question
// and an OPT record.
inline constexpr std::size_t kMaxRRsetSize = 65535 - 12 - (kMaxNameLength + 4) - 64;

// One RR inside an RRset's octets.
class RRView {
 public:
  explicit RRView(const std::uint8_t* at) : at_(at) {}
  const std::uint8_t* data() const { return at_; }
  std::uint32_t ttl() const { return load32(at_ + 6); }
  std::span<const std::uint8_t> rdata() const { return {at_ + kRRHeaderSize, load16(at_ + 10)}; }
  std::size_t size() const { return kRRHeaderSize + load16(at_ + 10); }

 private:
  const std::uint8_t* at_;
};

struct RRsetHeader {
  std::uint16_t type;      // of the records; for signatures, the type that they cover
  std::uint16_t count;     // records
  std::uint16_t size;      // octets of all records
  std::uint16_t is_rrsig;  // 1: these are the RRSIG records covering `type`
};
static_assert(sizeof(RRsetHeader) == 8);

class RRsetView {
 public:
  RRsetView() = default;
  explicit RRsetView(const std::uint8_t* at) : at_(at) { std::memcpy(&header_, at, sizeof header_); }
  // An RRset whose records lie at `body`, outside a node.
  RRsetView(RRsetHeader header, const std::uint8_t* body)
      : at_(body - sizeof(RRsetHeader)), header_(header) {}

  explicit operator bool() const { return at_ != nullptr; }
  // The records' own type: RRSIG for signatures.
  RRType type() const { return header_.is_rrsig != 0 ? RRType::kRRSIG : covered(); }
  RRType covered() const { return static_cast<RRType>(header_.type); }
  bool is_rrsig() const { return header_.is_rrsig != 0; }
  std::size_t count() const { return header_.count; }
  std::uint32_t ttl() const { return RRView(body().data()).ttl(); }
  // All records, each with the owner C0 0C.
  std::span<const std::uint8_t> body() const { return {at_ + sizeof(RRsetHeader), header_.size}; }
  const std::uint8_t* end() const { return at_ + sizeof(RRsetHeader) + header_.size; }

 private:
  const std::uint8_t* at_ = nullptr;
  RRsetHeader header_{};
};

// Calls `each(RRView)` for every record of `rrset`.
template <typename F>
void for_each_rr(const RRsetView& rrset, F&& each) {
  const std::uint8_t* at = rrset.body().data();
  for (std::size_t i = 0; i < rrset.count(); i++) {
    RRView rr(at);
    each(rr);
    at += rr.size();
  }
}

enum NodeFlag : std::uint8_t {
  kNodeHasNs = 1,
  kNodeHasCname = 2,
  kNodeHasDname = 4,
  kNodeNsec3Only = 8,  // owns only NSEC3 and its signatures: no name for a query (RFC 5155 section 7.2.8)
};

struct NodeHeader {
  std::uint16_t rrset_count;  // signatures included; 0: an empty non-terminal
  std::uint8_t flags;         // NodeFlag
  std::uint8_t name_size;
};
static_assert(sizeof(NodeHeader) == 4);

class NodeView {
 public:
  NodeView() = default;
  explicit NodeView(const std::uint8_t* at) : at_(at) { std::memcpy(&header_, at, sizeof header_); }

  explicit operator bool() const { return at_ != nullptr; }
  const std::uint8_t* data() const { return at_; }
  NameView name() const { return {at_ + sizeof(NodeHeader), header_.name_size}; }
  bool has(NodeFlag flag) const { return (header_.flags & flag) != 0; }
  std::size_t rrset_count() const { return header_.rrset_count; }

  // The RRset of `type` (never RRSIG); empty view when there is none.
  RRsetView find(RRType type) const { return find(type, false); }
  // The RRSIG records that cover `type`.
  RRsetView find_rrsig(RRType type) const { return find(type, true); }

  template <typename F>
  void for_each_rrset(F&& each) const {
    const std::uint8_t* at = first_rrset();
    for (std::size_t i = 0; i < header_.rrset_count; i++) {
      RRsetView rrset(at);
      each(rrset);
      at = rrset.end();
    }
  }

 private:
  const std::uint8_t* first_rrset() const { return at_ + sizeof(NodeHeader) + header_.name_size; }

  RRsetView find(RRType type, bool rrsig) const {
    const std::uint8_t* at = first_rrset();
    for (std::size_t i = 0; i < header_.rrset_count; i++) {
      RRsetView rrset(at);
      if (rrset.covered() == type && rrset.is_rrsig() == rrsig) return rrset;
      at = rrset.end();
    }
    return {};
  }

  const std::uint8_t* at_ = nullptr;
  NodeHeader header_{};
};

}  // namespace dotmesh
