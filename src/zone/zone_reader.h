// Reads zone files (RFC 1035 section 5, RFC 2308 $TTL, RFC 3597 unknown types) through libzscanner
// and hands each record to a sink. $INCLUDE is followed inside the FileTree only, to a depth of
// kMaxIncludeDepth. All faults of a file are reported in one run, with file, line and column.
// One ZoneReader serves one load on one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "dns/name.h"
#include "zone/file_tree.h"
#include "zone/record.h"

namespace dotmesh {

// Nested $INCLUDE: deep enough for any real layout, shallow enough to end a loop at once.
inline constexpr std::size_t kMaxIncludeDepth = 8;
// All files of one zone, so that $INCLUDE chains that fan out end as well; and their octets.
inline constexpr std::size_t kMaxFilesPerZone = 1000;
inline constexpr std::size_t kMaxZoneOctets = std::size_t{2} << 30;
// A file with more faults than people read is not a zone file; reading it further helps nobody.
inline constexpr std::size_t kMaxFaultsPerFile = 1000;
// And those of all its files together: includes multiply them.
inline constexpr std::size_t kMaxFaultsPerZone = 5 * kMaxFaultsPerFile;
// A zone without $TTL and without a TTL on its first record.
inline constexpr std::uint32_t kDefaultTtl = 3600;

class ZoneReader {
 public:
  // Both must outlive the reader.
  ZoneReader(const FileTree& tree, Diagnostics& diagnostics);

  // Reads `path` with the initial origin `origin`. Returns false when a fault was found; records
  // before and after it are still delivered, but not those that would inherit the owner name of a
  // faulty record. A zone without any record is a fault.
  bool read(std::string_view path, NameView origin, RecordSink& sink);

  // Files opened so far; RecordView::file indexes it.
  const std::vector<std::string>& files() const { return files_; }

 private:
  const FileTree& tree_;
  Diagnostics& diagnostics_;
  std::vector<std::string> files_;
};

// The serial of the first SOA record in `text`, without reading further; nullopt if there is none
// before a fault. Used for serials of past commits (docs/adr/0004-serial.md).
std::optional<std::uint32_t> find_soa_serial(std::string_view text);

}  // namespace dotmesh
