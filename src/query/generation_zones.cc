#include "query/generation_zones.h"

#include "authority/answerer.h"
#include "dns/lookup_name.h"
#include "dns/query_message.h"
#include "dns/response_writer.h"

namespace dotmesh {

std::optional<NameView> GenerationZones::zone_of(NameView name) const {
  const Zone* zone = generation_->zones.find(LookupName(name));
  if (zone == nullptr) return std::nullopt;
  return zone->origin();
}

std::size_t GenerationZones::answer(std::span<const std::uint8_t> query, std::span<std::uint8_t> out) const {
  QueryMessage message;
  if (message.parse(query) != QueryVerdict::kAnswer) return 0;
  ResponseWriter writer(out, out.size(), query, message);
  Answerer(generation_->zones, message, writer).answer();
  return writer.finish();
}

}  // namespace dotmesh
