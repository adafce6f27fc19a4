// Any octets as a cache file: no crash, and what is loaded is sound. The checksums are put right first, so
// that the octets behind them are read at all.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "resolver/cache/cache_file.h"
#include "resolver/cache/cache_file_format.h"
#include "resolver/cache/entry_codec.h"
#include "resolver/cache/rrset_cache.h"

namespace dotmesh {
namespace {

namespace format = cache_file;

// `octets` as the content of one block.
std::vector<std::uint8_t> as_file(std::span<const std::uint8_t> octets) {
  std::vector<std::uint8_t> file;
  format::put_header(file, {.settings_tag = 0, .saved_at = 1000});
  format::put_block_header(file, octets);
  file.insert(file.end(), octets.begin(), octets.end());
  format::put_block_header(file, {});
  return file;
}

void load(RRsetCache& cache, std::span<const std::uint8_t> file) {
  const ResolverTime now{.monotonic = std::chrono::seconds(100), .wall = 1010};
  if (!load_cache_octets(cache, file, "cache", {.keep_stale = std::chrono::seconds(50)}, now)) return;
  RRsetCache::Place place;
  for (bool more = true; more;) {
    more = cache.walk(place, [](const RRsetCache::RawEntry& raw) {
      auto entry = decode_entry(raw.name, raw.type, raw.facts, raw.body);
      if (!entry || !format::is_sound(*entry)) {
        std::fprintf(stderr, "an entry that is not sound was loaded\n");
        std::abort();
      }
    });
  }
}

}  // namespace
}  // namespace dotmesh

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static dotmesh::RRsetCache cache(dotmesh::RRsetCache::kMinCapacity);
  cache.clear();
  std::span<const std::uint8_t> octets(data, size);
  dotmesh::load(cache, octets);
  dotmesh::load(cache, dotmesh::as_file(octets));
  return 0;
}
