// RRset: the records of one name and type (RFC 2181 section 5) with the signatures that cover them, as
// the resolver holds and moves them. RDATA is uncompressed and in the case that was received.
// Values that own their octets; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dns/name.h"
#include "dns/octet_buffer.h"
#include "dns/rr_type.h"
#include "dns/wire.h"

namespace dotmesh {

// RDATA of several records of one type, one behind the other: u16 length, octets. Iterates as spans.
class RdataList {
 public:
  class Iterator {
   public:
    explicit Iterator(const std::uint8_t* at) : at_(at) {}
    std::span<const std::uint8_t> operator*() const { return {at_ + 2, load16(at_)}; }
    Iterator& operator++() {
      at_ += 2 + load16(at_);
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const std::uint8_t* at_;
  };

  RdataList() = default;
  // `octets` as octets() gives them; nothing is checked.
  RdataList(std::span<const std::uint8_t> octets, std::size_t count)
      : octets_(octets), count_(static_cast<std::uint16_t>(count)) {}

  void add(std::span<const std::uint8_t> rdata);
  void clear() {
    octets_.clear();
    count_ = 0;
  }
  bool contains(std::span<const std::uint8_t> rdata) const;

  std::size_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::span<const std::uint8_t> octets() const { return octets_.view(); }
  Iterator begin() const { return Iterator(octets_.data()); }
  Iterator end() const { return Iterator(octets_.data() + octets_.size()); }
  // Precondition: not empty.
  std::span<const std::uint8_t> front() const { return *begin(); }

 private:
  OctetBuffer octets_;
  std::uint16_t count_ = 0;
};

struct RRset {
  Name owner;
  RRType type = RRType::kA;
  std::uint32_t ttl = 0;  // seconds; the lowest of its records and signatures
  RdataList rdata;
  RdataList signatures;   // RDATA of the RRSIGs that cover it
};

// The domain name that stands `offset` octets into RDATA of a well-formed record (0: NS, CNAME, PTR,
// DNAME; 2: MX). The RDATA must outlive the view.
NameView rdata_name(std::span<const std::uint8_t> rdata, std::size_t offset = 0);

}  // namespace dotmesh
