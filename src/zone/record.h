// One resource record on its way from a file to a zone. Borrowed: valid only during the call that
// hands it over.
#pragma once

#include <cstdint>
#include <span>

#include "dns/name.h"
#include "dns/rr_type.h"

namespace dotmesh {

struct RecordView {
  NameView owner;
  RRType type = RRType::kA;
  std::uint16_t rclass = 1;
  std::uint32_t ttl = 0;                   // seconds
  std::span<const std::uint8_t> rdata;     // uncompressed wire form
  std::uint32_t file = 0;                  // index into the list of files that the reader has opened
  std::uint32_t line = 0;                  // where the record begins, from 1; 0: not from a file
};

// Receives records in file order.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void on_record(const RecordView& record) = 0;
};

}  // namespace dotmesh
