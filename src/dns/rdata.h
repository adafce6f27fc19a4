// Where domain names stand inside RDATA, for every type that has them, and RDATA as text.
// One table drives all of it: compression (only RFC 1035's types may be compressed, RFC 3597
// section 4), rewriting for twins, and checks of targets. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"

namespace dotmesh {

// A domain name's place in RDATA, in octets from its start.
struct RdataName {
  std::uint16_t offset;
  std::uint16_t size;
};

// The shape of a type's RDATA as far as names go: fixed octets, names, then the rest.
struct RdataLayout {
  std::uint8_t fixed_before = 0;  // octets in front of the first name
  std::uint8_t names = 0;         // names, one behind the other
  bool strings_before = false;    // NAPTR: three <character-string>s between the fixed octets and the name
  bool compressible = false;      // RFC 3597 section 4: may be compressed by a sender
};

// The layout of `type`; names == 0 for types without names and for unknown types.
RdataLayout rdata_layout(RRType type);

// The names of an uncompressed, well-formed RDATA. Writes at most two places; returns how many.
// Malformed RDATA gives 0.
std::size_t rdata_names(RRType type, std::span<const std::uint8_t> rdata, RdataName (&places)[2]);

// `rdata` with every name that is at or below `from` moved below `to` (a twin's records).
// nullopt when a name would become too long.
std::optional<std::vector<std::uint8_t>> replace_rdata_suffix(RRType type,
                                                              std::span<const std::uint8_t> rdata,
                                                              NameView from, NameView to);

// Presentation form for messages to people: addresses, names, strings; RFC 3597 form for the rest.
std::string rdata_to_string(RRType type, std::span<const std::uint8_t> rdata);

}  // namespace dotmesh
