#include "network/generate.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "network/rdata_text.h"

namespace dotmesh {
namespace {

// Reads a decimal number off the front of `text`.
bool take_number(std::string_view& text, std::int64_t& number) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_octet(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// "7", "1-8000", "1-100/2"
bool parse_range(std::string_view text, GenerateRule& rule) {
  if (!take_number(text, rule.first)) return false;
  rule.last = rule.first;
  if (take_octet(text, '-') && !take_number(text, rule.last)) return false;
  if (take_octet(text, '/') && !take_number(text, rule.step)) return false;
  return text.empty() && rule.step > 0;
}

// `offset` octets into a string value; exact as long as the string holds no TOML escapes in front.
Place inside(const Place& value, std::size_t offset) {
  Place place = value;
  if (offset + 2 >= value.width) return value;
  place.column += static_cast<std::uint32_t>(offset) + 1;
  place.width = 1;
  return place;
}

// As in a zone file, where these separate or begin something else.
bool parse_owner(std::string_view text, NameView origin, Name& owner, std::string& why) {
  bool escaped = false;
  for (char c : text) {
    if (!escaped && (c == ' ' || c == '\t' || c == '"' || c == ';' || c == '(' || c == ')')) {
      why = fmt::format("\"{}\" is not a domain name: \"{}\" needs a backslash in front", text, c);
      return false;
    }
    escaped = !escaped && c == '\\';
  }
  Result<Name> name = Name::parse(text, origin);
  if (!name) {
    why = name.error().message;
    return false;
  }
  owner = *name;
  return true;
}

// Counts the numbers of one rule that make no record, and keeps the first.
struct Failures {
  const GenerateRule& rule;
  std::uint64_t count = 0;
  std::int64_t first_n = 0;
  bool in_owner = false;
  std::string why;

  void add(std::int64_t n, bool owner, const std::string& message) {
    if (count++ != 0) return;
    first_n = n;
    in_owner = owner;
    why = message;
  }
  void report(const SourceText& source, Diagnostics& diagnostics) const {
    std::size_t split = why.rfind("; ");
    std::string way_out(split == std::string::npos ? "" : why.substr(split + 2));
    if (count > 1) {
      way_out += fmt::format("{}{} more number{} of the range {} wrong", way_out.empty() ? "" : "; ",
                             count - 1, count == 2 ? "" : "s", count == 2 ? "is" : "are");
    }
    diagnostics.add(source.fault(
        Severity::kError, "generate", in_owner ? rule.entry.owner.place : rule.entry.rdata.place,
        fmt::format("n = {} makes no {} record: {}", first_n, to_string(rule.type), why.substr(0, split)),
        std::move(way_out)));
  }
};

}  // namespace

std::optional<GenerateRule> compile_rule(const GenerateEntry& entry, const SourceText& source,
                                         Diagnostics& diagnostics) {
  GenerateRule rule;
  rule.entry = entry;
  bool good = true;
  // Of one that is missing or of another type the reader of the file has told.
  for (const auto* text : {&entry.range, &entry.owner, &entry.type, &entry.rdata}) {
    if (text->place.line == 0) return std::nullopt;
  }
  const auto fault = [&](const Place& place, std::string message, std::string way_out) {
    diagnostics.add(source.fault(Severity::kError, "generate", place, std::move(message),
                                 std::move(way_out)));
    good = false;
  };
  if (!parse_range(entry.range.value, rule)) {
    fault(entry.range.place, fmt::format("\"{}\" is not a range", entry.range.value),
          "write \"FIRST-LAST\" or \"FIRST-LAST/STEP\", such as \"1-8000\"");
  } else if (rule.last < rule.first) {
    fault(entry.range.place, fmt::format("the range \"{}\" ends before it begins", entry.range.value),
          fmt::format("write \"{}-{}\"", rule.last, rule.first));
  } else if (rule.count() > kMaxGenerated) {
    fault(entry.range.place, fmt::format("the range \"{}\" holds {} numbers", entry.range.value, rule.count()),
          fmt::format("a rule makes at most {} records", kMaxGenerated));
  }
  if (auto type = parse_rr_type(entry.type.value)) {
    rule.type = *type;
    if (is_meta_type(*type) || *type == RRType::kSOA) {
      fault(entry.type.place, fmt::format("{} records are not generated", to_string(*type)), "");
    }
  } else {
    fault(entry.type.place, fmt::format("\"{}\" is not an RR type", entry.type.value),
          "write a mnemonic such as \"A\" or \"PTR\", or \"TYPE65280\"");
  }
  for (auto [text, target] : {std::pair(&entry.owner, &rule.owner), std::pair(&entry.rdata, &rule.rdata)}) {
    auto compiled = Template::compile(text->value);
    if (compiled) {
      *target = std::move(*compiled);
    } else {
      fault(inside(text->place, compiled.error().offset), compiled.error().message,
            "a placeholder is such as {n}, {n/100} or {n:04}; a brace itself is {{ or }}");
    }
  }
  if (!good) return std::nullopt;
  return rule;
}

bool run_rule(const GenerateRule& rule, NameView origin, const SourceText& source,
              Diagnostics& diagnostics, RecordSink& sink) {
  RdataText rdata_text(origin);
  Failures failures{.rule = rule, .why = {}};
  std::string text;
  std::string why;
  Name owner;
  RecordView record;
  record.type = rule.type;
  record.ttl = static_cast<std::uint32_t>(rule.entry.ttl.count() / 1000);
  record.file = kNetworkFileIndex;
  record.line = rule.entry.place.line;
  std::uint64_t count = rule.count();
  for (std::uint64_t i = 0; i < count; i++) {
    std::int64_t n = rule.first + static_cast<std::int64_t>(i) * rule.step;
    text.clear();
    if (Result<void> done = rule.owner.expand(n, text); !done) {
      failures.add(n, true, done.error().message);
      continue;
    }
    if (!parse_owner(text, origin, owner, why)) {
      failures.add(n, true, why);
      continue;
    }
    text.clear();
    if (Result<void> done = rule.rdata.expand(n, text); !done) {
      failures.add(n, false, done.error().message);
      continue;
    }
    auto rdata = rdata_text.parse(rule.type, text);
    if (!rdata) {
      failures.add(n, false, rdata.error().message);
      continue;
    }
    record.owner = owner;
    record.rdata = *rdata;
    sink.on_record(record);
  }
  if (failures.count == 0) return true;
  failures.report(source, diagnostics);
  return false;
}

}  // namespace dotmesh
