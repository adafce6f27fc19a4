// Walks over the octets that follow a question (answer and authority section) as AnswerCache keeps them:
// finds TTLs, expands names. Checks every length: a fault ends the walk.
// A value that borrows; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dns/name.h"
#include "dns/rr_type.h"

namespace dotmesh {

class PreparedRecords {
 public:
  struct Record {
    RRType type = RRType::kA;
    std::size_t owner_at = 0;  // offsets in the records
    std::size_t ttl_at = 0;
    std::size_t rdata_at = 0;
    std::size_t rdata_size = 0;
  };

  PreparedRecords(NameView qname, std::span<const std::uint8_t> records) : qname_(qname), records_(records) {}

  // Nullopt at the end, and where the octets are malformed: at_end() tells which.
  std::optional<Record> next();
  bool at_end() const { return at_ == records_.size(); }

  // The name at `at`, expanded; nullopt when malformed.
  std::optional<Name> name_at(std::size_t at) const;

 private:
  // Past the name at `at`, pointers not followed; beyond the end when malformed.
  std::size_t skip_name(std::size_t at) const;

  NameView qname_;
  std::span<const std::uint8_t> records_;
  std::size_t at_ = 0;
};

}  // namespace dotmesh
