#include "zone/zone_fault.h"

#include <fmt/format.h>

extern "C" {
#include <libzscanner/error.h>
}

#include <algorithm>
#include <array>
#include <span>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "zone/zone_words.h"

namespace dotmesh {
namespace {

constexpr std::size_t kMaxQuoted = 60;
constexpr std::size_t kMaxLine = 400;

ZoneFault fault_at(const ZoneToken& token, std::string code, std::string message, std::string way_out) {
  return {.code = std::move(code), .message = std::move(message), .way_out = std::move(way_out),
          .offset = token.offset, .width = token.text.size(), .counterpart = {}, .counterpart_offset = {}};
}

ZoneFault fault_at(std::size_t offset, std::string code, std::string message, std::string way_out) {
  return {.code = std::move(code), .message = std::move(message), .way_out = std::move(way_out),
          .offset = offset, .width = 1, .counterpart = {}, .counterpart_offset = {}};
}

// The fields of a record: [owner] [TTL] [class] type rdata..., TTL and class in any order.
struct Fields {
  const ZoneToken* owner = nullptr;
  const ZoneToken* ttl = nullptr;
  const ZoneToken* rclass = nullptr;
  const ZoneToken* type = nullptr;
  std::span<const ZoneToken> rdata;
};

Fields split_fields(const ZoneEntry& entry) {
  Fields fields;
  std::span<const ZoneToken> rest = entry.tokens;
  if (!entry.blank_owner && !rest.empty()) {
    fields.owner = &rest[0];
    rest = rest.subspan(1);
  }
  for (; !rest.empty() && !rest[0].quoted; rest = rest.subspan(1)) {
    if (fields.ttl == nullptr && is_ttl_word(rest[0].text)) {
      fields.ttl = &rest[0];
    } else if (fields.rclass == nullptr && is_class_word(rest[0].text)) {
      fields.rclass = &rest[0];
    } else {
      break;
    }
  }
  if (!rest.empty()) {
    fields.type = &rest[0];
    fields.rdata = rest.subspan(1);
  }
  return fields;
}

bool contains(const ZoneToken* token, std::size_t offset) {
  return token != nullptr && offset >= token->offset && offset <= token->end();
}

// The token in which, or behind which, the scanner stopped.
const ZoneToken& token_before(std::span<const ZoneToken> tokens, std::size_t offset) {
  std::size_t i = tokens.size() - 1;
  while (i > 0 && tokens[i].offset > offset) i--;
  return tokens[i];
}

ZoneFault explain_parentheses_and_quotes(const ZoneEntry& entry) {
  if (entry.unclosed_parenthesis) {
    return fault_at(*entry.unclosed_parenthesis, "unclosed-parenthesis",
                    "this parenthesis is never closed", "put \")\" at the end of the record");
  }
  if (entry.unclosed_quote) {
    ZoneFault fault = fault_at(*entry.unclosed_quote, "unclosed-quote",
                               "this quotation mark is never closed", "put '\"' at the end of the text");
    return fault;
  }
  return fault_at(*entry.stray_parenthesis, "stray-parenthesis",
                  "this parenthesis has no counterpart", "remove it; parentheses do not nest");
}

ZoneFault explain_directive(const ZoneEntry& entry, std::size_t stopped_at) {
  const ZoneToken& directive = entry.tokens[0];
  std::string word = upper_case(directive.text);
  const ZoneToken& token = token_before(entry.tokens, stopped_at);
  if (word == "$GENERATE") {
    return fault_at(directive, "unknown-directive", "$GENERATE is not a directive of zone files (RFC 1035)",
                    "write [[zone.generate]] in the network file instead");
  }
  if (word != "$TTL" && word != "$ORIGIN" && word != "$INCLUDE") {
    return fault_at(directive, "unknown-directive", quote_for_message(directive.text) + " is not a directive",
                    "use $TTL, $ORIGIN or $INCLUDE; a name that begins with \"$\" is written \"\\$\"");
  }
  if (entry.tokens.size() == 1) {
    std::string_view what = word == "$TTL" ? "a time" : word == "$ORIGIN" ? "a name" : "a file";
    return fault_at(directive, "bad-directive", fmt::format("{} lacks {}", word, what),
                    fmt::format("write {}", word == "$TTL"      ? "$TTL 1h"
                                            : word == "$ORIGIN" ? "$ORIGIN example.org."
                                                                : "$INCLUDE file.zone"));
  }
  std::size_t arguments = word == "$INCLUDE" ? 2 : 1;
  if (entry.tokens.size() > arguments + 1) {
    return fault_at(entry.tokens[arguments + 1], "extra-text",
                    fmt::format("{} stands after the end of {}",
                                quote_for_message(entry.tokens[arguments + 1].text), word),
                    "put \";\" in front of a comment");
  }
  if (word == "$TTL") {
    return fault_at(token, "bad-ttl", fmt::format("{} is not a TTL", quote_for_message(token.text)),
                    "write seconds, or a number with s, m, h, d or w, up to 2147483647 seconds");
  }
  if (word == "$INCLUDE" && (entry.tokens.size() == 2 || contains(&entry.tokens[1], stopped_at))) {
    return fault_at(entry.tokens[1], "include-unreadable",
                    fmt::format("{} is not the name of a file", quote_for_message(entry.tokens[1].text)),
                    "name a file of the repository, relative to this file's folder");
  }
  const ZoneToken& name = entry.tokens[arguments];
  return fault_at(name, "bad-origin",
                  fmt::format("{} is not a domain name that can be an origin", quote_for_message(name.text)),
                  "write a whole name with its final dot");
}

ZoneFault explain_name(const ZoneToken& token) {
  auto parsed = Name::parse(token.text);
  std::string quoted = quote_for_message(token.text);
  if (!parsed) {
    const std::string& why = parsed.error().message;
    if (why.find("63 octets") != std::string::npos) {
      return fault_at(token, "label-too-long", fmt::format("a label of {} is longer than 63 octets", quoted),
                      "shorten what stands between two dots");
    }
    if (why.find("255 octets") != std::string::npos) {
      return fault_at(token, "name-too-long", fmt::format("the name {} is longer than 255 octets", quoted),
                      "shorten it");
    }
    if (why.find("empty label") != std::string::npos) {
      return fault_at(token, "bad-name", fmt::format("{} is not a domain name: it has an empty label", quoted),
                      "remove the dot too many");
    }
  }
  std::size_t at = token.text.find_first_not_of(
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./*\\");
  if (at == std::string_view::npos) {
    if (parsed && parsed->size() + token.text.size() < kMaxNameLength && token.text.size() < 128) {
      return fault_at(token, "bad-name", fmt::format("{} is not a domain name", quoted), "correct the name");
    }
    return fault_at(token, "name-too-long",
                    fmt::format("the name {} is longer than 255 octets with its origin", quoted), "shorten it");
  }
  char c = token.text[at];
  std::string way_out = "write names with letters, digits, \"-\" and \"_\"";
  if (c == '@') {
    way_out = "write a mailbox with a dot: hostmaster.example.org. for hostmaster@example.org";
  } else if (static_cast<unsigned char>(c) >= 0x80) {
    way_out = "write letters outside ASCII in their xn-- form";
  } else if (token.quoted) {
    way_out = "write the name without quotation marks";
  }
  std::string shown = static_cast<unsigned char>(c) >= 0x80 ? "an octet outside ASCII"
                                                            : quote_for_message(std::string_view(&c, 1));
  return fault_at(token, "bad-name", fmt::format("{} is not a domain name: {} cannot stand in it", quoted, shown),
                  way_out);
}

// A token stands where the type belongs and is none.
ZoneFault explain_type(const ZoneEntry& entry, const Fields& fields) {
  if (fields.type == nullptr) {
    const ZoneToken& last = entry.tokens.back();
    if (entry.tokens.size() == 1 && fields.owner != nullptr) {
      return fault_at(last, "free-text", fmt::format("{} alone is not a record", quote_for_message(last.text)),
                      "put \";\" in front of a comment, or complete the record");
    }
    return fault_at(last, "missing-type", "the record ends before its type", "write a type and its data");
  }
  const ZoneToken& token = *fields.type;
  std::string owner = fields.owner != nullptr ? std::string(fields.owner->text) : std::string(" ");
  std::string quoted = quote_for_message(token.text);
  if (fields.owner != nullptr && parse_rr_type(fields.owner->text) && !is_meta_type(*parse_rr_type(fields.owner->text))) {
    return fault_at(*fields.owner, "missing-owner",
                    fmt::format("{} stands where the owner name belongs, and {} is not a record type",
                                quote_for_message(fields.owner->text), quoted),
                    "begin the line with a name, or with a blank for the name of the record before");
  }
  if (looks_like_ipv4(token.text) || looks_like_ipv6(token.text)) {
    std::string_view type = looks_like_ipv4(token.text) ? "A" : "AAAA";
    return fault_at(token, "missing-type", fmt::format("record type left out before {}", quoted),
                    printable_line(fmt::format("write {} {} {}", owner, type, token.text)));
  }
  if (is_name_like(token.text) && fields.rdata.empty()) {
    return fault_at(token, "missing-type", fmt::format("record type left out before {}", quoted),
                    printable_line(fmt::format("write {} CNAME {}, or another type", owner, token.text)));
  }
  if (auto type = parse_rr_type(token.text)) {
    if (is_meta_type(*type)) {
      return fault_at(token, "meta-type", fmt::format("{} is a type of queries and cannot stand in a zone", quoted),
                      "remove the record");
    }
    return fault_at(token, "unsupported-type", fmt::format("the text form of {} records is not supported", quoted),
                    fmt::format("write it as TYPE{} \\# LENGTH HEX (RFC 3597)", static_cast<unsigned>(*type)));
  }
  std::string_view near = nearest_type(token.text);
  if (token.text.size() < 3 && fields.rdata.size() >= 2) near = {};  // "this is the list": no misspelt NS
  if (near.empty() && fields.rdata.empty() && fields.owner != nullptr && !token.quoted && Name::parse(token.text)) {
    return fault_at(token, "missing-type", fmt::format("{} is not a record type", quoted),
                    printable_line(fmt::format("write {} CNAME {}, or another type; for a comment, put \";\" in front",
                                               owner, token.text)));
  }
  bool prose = fields.rdata.size() >= 2 || near.empty();
  std::string way_out = near.empty() ? std::string() : fmt::format("did you mean {}?", near);
  if (prose) way_out += way_out.empty() ? "put \";\" in front of a comment" : " For a comment, put \";\" in front";
  return fault_at(token, near.empty() ? "free-text" : "unknown-type",
                  fmt::format("{} is not a record type", quoted), way_out);
}

ZoneFault explain_address(const ZoneToken& token, RRType type) {
  std::string quoted = quote_for_message(token.text);
  if (token.quoted) {
    return fault_at(token, "bad-address", fmt::format("{} is in quotation marks", quoted),
                    "write the address without them");
  }
  if (type == RRType::kA && looks_like_ipv6(token.text)) {
    return fault_at(token, "wrong-address-family", fmt::format("IPv6 address {} in an A record", quoted),
                    "write AAAA for A");
  }
  if (type == RRType::kAAAA && looks_like_ipv4(token.text)) {
    return fault_at(token, "wrong-address-family", fmt::format("IPv4 address {} in an AAAA record", quoted),
                    "write A for AAAA");
  }
  if (type == RRType::kA && looks_like_ipv4(token.text)) {
    return fault_at(token, "bad-address",
                    fmt::format("{} is not an IPv4 address: {}", quoted, ipv4_fault(token.text)),
                    "write four numbers from 0 to 255 with dots between");
  }
  std::string_view family = type == RRType::kA ? "IPv4" : "IPv6";
  if (is_name_like(token.text) || (type == RRType::kA && !looks_like_ipv6(token.text))) {
    return fault_at(token, "bad-address", fmt::format("{} is not an {} address", quoted, family),
                    "write an address; to point at a name, use CNAME");
  }
  return fault_at(token, "bad-address", fmt::format("{} is not an {} address", quoted, family),
                  "correct the address");
}

// The parts of a record's data, for the types that people write by hand.
struct Parts {
  RRType type;
  std::size_t count;
  std::string_view words;
};
constexpr std::array kParts = std::to_array<Parts>({
    {RRType::kA, 1, "an IPv4 address"},
    {RRType::kAAAA, 1, "an IPv6 address"},
    {RRType::kNS, 1, "the name of a server"},
    {RRType::kCNAME, 1, "the name that it stands for"},
    {RRType::kDNAME, 1, "the name that it stands for"},
    {RRType::kPTR, 1, "a name"},
    {RRType::kTXT, 1, "a text"},
    {RRType::kMX, 2, "preference and server name"},
    {RRType::kSRV, 4, "priority, weight, port and name"},
    {RRType::kSOA, 7, "server, mailbox, serial, refresh, retry, expire and minimum"},
    {RRType::kCAA, 3, "flags, tag and value"},
    {RRType::kSSHFP, 3, "algorithm, fingerprint type and fingerprint"},
    {RRType::kTLSA, 4, "usage, selector, matching type and data"},
    {RRType::kDS, 4, "key tag, algorithm, digest type and digest"},
    {RRType::kNAPTR, 6, "order, preference, flags, service, expression and replacement"},
    {RRType::kHTTPS, 2, "priority and target name"},
    {RRType::kSVCB, 2, "priority and target name"},
});

ZoneFault explain_missing_parts(const Fields& fields, RRType type) {
  const auto* parts = std::ranges::find(kParts, type, &Parts::type);
  const ZoneToken& last = fields.rdata.empty() ? *fields.type : fields.rdata.back();
  if (parts == kParts.end()) {
    return fault_at(last, "missing-data", fmt::format("the {} record ends too early", to_string(type)),
                    "complete the record");
  }
  if (parts->count == 1) {
    return fault_at(last, "missing-data", fmt::format("the {} record has no data", to_string(type)),
                    fmt::format("write {} after {}", parts->words, to_string(type)));
  }
  return fault_at(last, "missing-data",
                  fmt::format("the {} record has {} of its {} parts", to_string(type), fields.rdata.size(),
                              parts->count),
                  fmt::format("write {}", parts->words));
}

ZoneFault explain_text(const ZoneToken& token, int scanner_error) {
  if (scanner_error == ZS_TEXT_OVERFLOW || scanner_error == ZS_ITEM_OVERFLOW) {
    return fault_at(token, "text-too-long", fmt::format("a text of {} octets; one holds at most 255",
                                token.text.size() - (token.quoted ? 2 : 0)),
                    "split it into several, each in quotation marks: \"...\" \"...\"");
  }
  return fault_at(token, "bad-text", fmt::format("{} is not a text", quote_for_message(token.text)),
                  "put texts into quotation marks, with blanks between; write \\\" for a quotation mark inside");
}

ZoneFault explain_rdata(const Fields& fields, RRType type, int scanner_error, std::size_t stopped_at) {
  const auto* parts = std::ranges::find(kParts, type, &Parts::type);
  if (type == RRType::kMX && !fields.rdata.empty() && !is_number(fields.rdata[0].text)) {
    std::string_view name = fields.rdata[0].text;
    bool swapped = fields.rdata.size() > 1 && is_number(fields.rdata[1].text);
    if (looks_like_ipv4(name) || looks_like_ipv6(name)) {  // two faults at once: to mend one only would lead to the next
      return fault_at(fields.rdata[0], "missing-preference",
                      fmt::format("MX preference left out before {}", quote_for_message(name)),
                      printable_line(fmt::format("write MX 10 and a name, and give that name the address {}", name)));
    }
    return fault_at(fields.rdata[0], "missing-preference",
                    swapped ? "MX preference stands after the name"
                            : fmt::format("MX preference left out before {}", quote_for_message(name)),
                    printable_line(fmt::format("write MX {} {}", swapped ? fields.rdata[1].text : "10", name)));
  }
  bool at_end = fields.rdata.empty() || stopped_at >= fields.rdata.back().end() ||
                (scanner_error == ZS_BAD_NUMBER && stopped_at >= fields.rdata.back().offset);
  if (fields.rdata.empty() || (parts != kParts.end() && fields.rdata.size() < parts->count && at_end)) {
    return explain_missing_parts(fields, type);
  }
  const ZoneToken& token = token_before(fields.rdata, stopped_at);
  std::string quoted = quote_for_message(token.text);
  if (scanner_error == ZS_BAD_REST ||
      (parts != kParts.end() && type != RRType::kTXT && parts->count < fields.rdata.size() &&
       token.offset == fields.rdata[parts->count].offset)) {
    return fault_at(token, "extra-text",
                    fmt::format("{} stands after the end of the {} record", quoted, to_string(type)),
                    "put \";\" in front of a comment");
  }
  if (type == RRType::kA || type == RRType::kAAAA) return explain_address(fields.rdata[0], type);
  switch (scanner_error) {
    case ZS_BAD_DNAME_CHAR: case ZS_LABEL_OVERFLOW: case ZS_DNAME_OVERFLOW:
      return explain_name(token);
    case ZS_BAD_TEXT: case ZS_BAD_TEXT_CHAR: case ZS_TEXT_OVERFLOW: case ZS_ITEM_OVERFLOW:
      return explain_text(token, scanner_error);
    case ZS_NUMBER8_OVERFLOW: case ZS_NUMBER16_OVERFLOW: case ZS_NUMBER32_OVERFLOW:
    case ZS_NUMBER64_OVERFLOW: {
      std::string_view most = scanner_error == ZS_NUMBER8_OVERFLOW    ? "255"
                              : scanner_error == ZS_NUMBER16_OVERFLOW ? "65535"
                                                                      : "4294967295";
      return fault_at(token, "number-too-large", fmt::format("{} is above {}", quoted, most),
                      "correct the number");
    }
    case ZS_BAD_NUMBER: case ZS_BAD_TIME_UNIT:
      return fault_at(token, "bad-number", fmt::format("{} is not a number", quoted),
                      parts != kParts.end() && parts->count > 1
                          ? fmt::format("{} has {}", to_string(type), parts->words) : "correct the number");
    case ZS_BAD_RDATA:
      if (token.quoted) return explain_name(token);
      break;
    default: break;
  }
  return fault_at(token, "bad-data", fmt::format("{} record: {}", to_string(type), zs_strerror(scanner_error)),
                  "correct the record");
}

}  // namespace

ZoneFault explain_zone_fault(const ZoneEntry& entry, int scanner_error, std::size_t stopped_at) {
  if (entry.unclosed_parenthesis || entry.unclosed_quote || entry.stray_parenthesis) {
    return explain_parentheses_and_quotes(entry);
  }
  if (entry.tokens.empty()) {
    return fault_at(stopped_at, "syntax", zs_strerror(scanner_error), "correct the line");
  }
  if (!entry.blank_owner && entry.tokens[0].text.starts_with('$')) return explain_directive(entry, stopped_at);
  Fields fields = split_fields(entry);
  if (scanner_error == ZS_BAD_PREVIOUS_OWNER) {
    return fault_at(entry.tokens[0], "no-owner", "the record has no owner name: no record stands before it",
                    "begin the line with a name, or with \"@\" for the zone itself");
  }
  if (fields.owner != nullptr && (fields.owner->text.starts_with('#') || fields.owner->text.starts_with("//"))) {
    std::string_view mark = fields.owner->text.substr(0, fields.owner->text[0] == '#' ? 1 : 2);
    return fault_at(*fields.owner, "free-text", fmt::format("{} does not begin a comment", quote_for_message(mark)),
                    "write \";\"");
  }
  if (entry.tokens.size() > 1 && contains(fields.owner, stopped_at) && stopped_at < fields.owner->end()) {
    // A sentence is not one bad name.
    bool prose = fields.type == nullptr || !parse_rr_type(fields.type->text);
    if (prose && entry.tokens.size() > 2) {
      return fault_at(*fields.owner, "free-text",
                      fmt::format("the line that begins with {} is not a record", quote_for_message(fields.owner->text)),
                      "put \";\" in front of a comment");
    }
    return explain_name(*fields.owner);
  }
  bool name_overflow = scanner_error == ZS_LABEL_OVERFLOW || scanner_error == ZS_DNAME_OVERFLOW;
  if (name_overflow && contains(fields.owner, stopped_at)) return explain_name(*fields.owner);
  if (contains(fields.ttl, stopped_at) && fields.type != nullptr && parse_rr_type(fields.type->text)) {
    return explain_ttl_too_large(entry);
  }
  if (fields.rclass != nullptr && upper_case(fields.rclass->text) != "IN") {
    return fault_at(*fields.rclass, "wrong-class", fmt::format("class {}; zones here are of class IN",
                                                               quote_for_message(fields.rclass->text)),
                    "write IN, or leave the class out");
  }
  if (fields.type == nullptr || fields.type->quoted || stopped_at < fields.type->offset) {
    return explain_type(entry, fields);
  }
  std::optional<RRType> type = parse_rr_type(fields.type->text);
  if (!type || (contains(fields.type, stopped_at) &&
                       (scanner_error == ZS_UNSUPPORTED_TYPE || stopped_at < fields.type->end()))) {
    return explain_type(entry, fields);
  }
  return explain_rdata(fields, *type, scanner_error, stopped_at);
}

ZoneFault explain_ttl_too_large(const ZoneEntry& entry) {
  Fields fields = split_fields(entry);
  constexpr std::string_view kWayOut = "a day (86400) is usual";
  if (fields.ttl == nullptr) {
    if (entry.tokens.empty()) return fault_at(entry.begin, "ttl-too-large", "the TTL is above 2147483647", "");
    return fault_at(entry.tokens[0], "ttl-too-large", "the TTL that $TTL set is above 2147483647 (RFC 2181 section 8)",
                    std::string(kWayOut));
  }
  return fault_at(*fields.ttl, "ttl-too-large",
                  fmt::format("TTL {} is above 2147483647 (RFC 2181 section 8)", quote_for_message(fields.ttl->text)),
                  std::string(kWayOut));
}

ZoneFault explain_text_after_record(const ZoneEntry& entry, std::size_t from) {
  for (const ZoneToken& token : entry.tokens) {
    if (token.offset < from) continue;
    return fault_at(token, "extra-text",
                    fmt::format("{} stands after the end of the record, in its parentheses",
                                quote_for_message(token.text)),
                    "put \";\" in front of a comment, or close the parenthesis before");
  }
  return fault_at(from, "extra-text", "text after the end of the record", "remove it");
}

std::string quote_for_message(std::string_view text) {
  bool whole_string = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (whole_string) text = text.substr(1, text.size() - 2);
  std::string out = "\"";
  for (char c : text.substr(0, kMaxQuoted)) {
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  if (text.size() > kMaxQuoted) out += "...";
  return out + '"';
}

std::string printable_line(std::string_view line) {
  std::string out(line.substr(0, kMaxLine));
  for (char& c : out) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) c = '?';
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
  return out;
}

}  // namespace dotmesh
