// ZoneBuilder: records in, one immutable Zone out.
//
// Built upon the zone that is being served (`base`), it compares while it reads: a record that stands
// in `base` is only marked as seen, and each shard in which nothing changed is shared, not copied.
// One changed record in a million costs one rebuilt shard. The same run yields the change itself.
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

#include "dns/name.h"
#include "zone/record.h"
#include "zone/violation.h"
#include "zone/zone.h"

namespace dotmesh {

class ZoneBuilder : public RecordSink {
 public:
  // `base`, when given, has the same origin.
  explicit ZoneBuilder(NameView origin, std::shared_ptr<const Zone> base = nullptr);
  ~ZoneBuilder() override;

  // `record.rdata` must be well-formed for its type, as ZoneReader delivers it.
  void on_record(const RecordView& record) override;

  // The finished zone with its SOA serial set to `serial`, or the rules that it breaks (at most
  // kMaxViolations). Call once.
  std::expected<std::shared_ptr<const Zone>, std::vector<Violation>> build(std::uint32_t serial);

  // Before build(): the serial of the SOA record in the files; 0 when there was none so far.
  std::uint32_t file_serial() const;
  // After build(): distinct records added to and removed from `base` (SOA left out).
  std::size_t added() const;
  std::size_t removed() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dotmesh
