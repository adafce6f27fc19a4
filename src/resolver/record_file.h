// Small files of records beside the configuration: root hints, trust anchors. Zone file syntax, origin ".",
// read with the same words for faults as zones are (zone/zone_reader.h); no $INCLUDE.
// Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/result.h"
#include "dns/name.h"
#include "dns/rr_type.h"

namespace dotmesh {

// The real ones have a few KiB.
inline constexpr std::size_t kMaxRecordFile = 1 << 20;

struct FileRecord {
  Name owner;
  RRType type = RRType::kA;
  std::vector<std::uint8_t> rdata;
  std::uint32_t line = 0;
};

// The records of `text`; faults go to `diagnostics` under the name `path`. No records is no fault here.
std::vector<FileRecord> read_records(const std::string& path, std::string_view text, Diagnostics& diagnostics);

// The octets of the file at `path`; the error says why not.
Result<std::string> read_record_file(const std::string& path);

// Tells of a fault in the record at `line`.
void add_record_fault(Diagnostics& diagnostics, Severity severity, std::string code, const std::string& path,
                      std::string_view text, std::uint32_t line, std::string message, std::string way_out);

}  // namespace dotmesh
