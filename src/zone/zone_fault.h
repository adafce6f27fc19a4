// Says what is wrong with an entry of a zone file in the words of the person who wrote it.
// libzscanner gives an error number and the place where it stopped; people need "record type left
// out", not "bad time unit". Pure functions, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "zone/zone_lexer.h"

namespace dotmesh {

struct ZoneFault {
  std::string code;         // stable, kebab-case
  std::string message;
  std::string way_out;
  std::size_t offset = 0;   // what to underline, in the whole text
  std::size_t width = 1;
  std::string counterpart;  // with counterpart_offset
  std::optional<std::size_t> counterpart_offset;
};

// `scanner_error` is a code of libzscanner/error.h, `stopped_at` the offset at which it stopped,
// inside `entry` or at its end.
ZoneFault explain_zone_fault(const ZoneEntry& entry, int scanner_error, std::size_t stopped_at);

// A record that was read well, but whose TTL is above 2^31 - 1 (RFC 2181 section 8).
ZoneFault explain_ttl_too_large(const ZoneEntry& entry);
// Text that goes on inside parentheses after the record was complete; `from` is where it ended.
ZoneFault explain_text_after_record(const ZoneEntry& entry, std::size_t from);

// `text` in double quotes for a message: shortened, control characters replaced.
std::string quote_for_message(std::string_view text);
// `line` as a Diagnostic's source line or record: shortened, control characters but tabs replaced
// octet by octet, so that columns stay right and a terminal is not steered by a zone file.
std::string printable_line(std::string_view line);

}  // namespace dotmesh
