// Zone and ZoneSet: what a node is authoritative for. Immutable once built; any number of threads
// read them at once.  (Interior: see zone.cc and the comment at Shard.)
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "zone/record.h"

namespace dotmesh {

class Zone {
 public:
  virtual ~Zone() = default;
  NameView origin() const { return origin_; }
  std::uint32_t serial() const { return serial_; }
  std::size_t record_count() const { return record_count_; }
  std::size_t name_count() const { return name_count_; }

  // Every record, no particular order of names; for tools and checks, not for answers.
  // RecordView::file and line are 0. Owner names come lowered.
  virtual void for_each_record(RecordSink& sink) const = 0;

 protected:
  Name origin_;
  std::uint32_t serial_ = 0;
  std::size_t record_count_ = 0;
  std::size_t name_count_ = 0;
};

}  // namespace dotmesh
