#include "scenarios/scenario_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace dotmesh::scenarios {
namespace {

struct Word {
  std::string_view text;
  std::uint32_t bits;
};

// As Deckard: "all" is everything but EDNS; "question" its two parts.
constexpr Word kMatches[] = {
    {"opcode", kMatchOpcode}, {"qtype", kMatchQtype}, {"qname", kMatchQname}, {"qcase", kMatchQcase},
    {"subdomain", kMatchSubdomain}, {"flags", kMatchFlags}, {"rcode", kMatchRcode}, {"answer", kMatchAnswer},
    {"authority", kMatchAuthority}, {"additional", kMatchAdditional}, {"edns", kMatchEdns}, {"DO", kMatchDo},
    {"UDP", kMatchUdp}, {"TCP", kMatchTcp}, {"ttl", kMatchTtl}, {"answertypes", kMatchAnswerTypes},
    {"question", kMatchQtype | kMatchQname},
    {"all", kMatchOpcode | kMatchQtype | kMatchQname | kMatchFlags | kMatchRcode | kMatchAnswer | kMatchAuthority |
                kMatchAdditional}};
constexpr Word kFlagWords[] = {{"QR", kQr}, {"AA", kAa}, {"TC", kTc}, {"RD", kRd}, {"RA", kRa}, {"AD", kAd}, {"CD", kCd}};
constexpr std::string_view kOpcodes[] = {"QUERY", "IQUERY", "STATUS", "", "NOTIFY", "UPDATE"};
// What an entry without MATCH line compares (Deckard's guide, default values).
constexpr std::uint32_t kDefaultMatch = kMatchOpcode | kMatchQtype | kMatchQname;

const Word* find_word(std::span<const Word> words, std::string_view text) {
  auto at = std::ranges::find(words, text, &Word::text);
  return at == words.end() ? nullptr : &*at;
}

std::optional<unsigned> number_of(std::string_view text) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

int open_parentheses(std::string_view text) {
  int open = 0;
  bool quoted = false;
  for (char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted) open += c == '(' ? 1 : c == ')' ? -1 : 0;
  }
  return open;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::string_view without_comment(std::string_view line) {
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); i++) {
    if (line[i] == '\\') {
      i++;
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ';' && !quoted) {
      return line.substr(0, i);
    }
  }
  return line;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < line.size();) {
    if (std::isspace(static_cast<unsigned char>(line[i]))) {
      i++;
      continue;
    }
    std::size_t begin = i;
    bool quoted = false;
    for (; i < line.size() && (quoted || !std::isspace(static_cast<unsigned char>(line[i]))); i++) {
      if (line[i] == '"') quoted = !quoted;
    }
    words.push_back(line.substr(begin, i - begin));
  }
  return words;
}

ScenarioReader::ScenarioReader(Scenario& scenario, std::string_view text) : scenario_(scenario), rest_(text) {}

bool ScenarioReader::next_line() {
  while (!rest_.empty()) {
    std::size_t end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    number_++;
    line_ = trimmed(without_comment(line));
    if (!line_.empty()) return true;
  }
  return false;
}

bool ScenarioReader::fail_here(std::string_view why) {
  error_ = fmt::format("{}.rpl:{}: {}", scenario_.name, number_, why);
  return false;
}

void ScenarioReader::not_understood(std::string_view what) {
  scenario_.not_understood.push_back(fmt::format("line {}: {}", number_, what));
}

bool ScenarioReader::read() {
  ConfigReader config(scenario_);
  bool in_config = true;
  while (next_line()) {
    auto words = words_of(line_);
    if (in_config) {
      in_config = words[0] != "CONFIG_END";
      if (in_config) config.read(number_, line_);
    } else if (words[0] == "SCENARIO_BEGIN") {
      scenario_.title = trimmed(line_.substr(words[0].size()));
    } else if (words[0] == "RANGE_BEGIN") {
      if (!read_range()) return false;
    } else if (words[0] == "STEP") {
      if (!read_step()) return false;
    } else if (words[0] == "ENTRY_BEGIN" && !scenario_.steps.empty() && !scenario_.steps.back().entry) {
      if (!read_entry(scenario_.steps.back().entry.emplace(), false)) return false;
    } else if (words[0] == "SCENARIO_END") {
      return true;
    } else {
      not_understood(line_);
    }
  }
  return scenario_.steps.empty() ? fail_here("no STEP; a scenario has CONFIG_END, SCENARIO_BEGIN, STEPs") : true;
}

bool ScenarioReader::read_range() {
  auto words = words_of(line_);
  auto first = words.size() > 1 ? number_of(words[1]) : std::nullopt;
  auto last = words.size() > 2 ? number_of(words[2]) : std::nullopt;
  if (!first || !last) return fail_here("RANGE_BEGIN needs two step numbers");
  Range range{*first, *last, {}, {}};
  for (std::size_t i = 3; i < words.size(); i++) {
    if (!read_address(range, words[i])) return false;
  }
  while (next_line()) {
    words = words_of(line_);
    if (words[0] == "RANGE_END") {
      scenario_.ranges.push_back(std::move(range));
      return true;
    }
    if (words[0] == "ADDRESS" && words.size() > 1) {
      if (!read_address(range, words[1])) return false;
    } else if (words[0] == "ENTRY_BEGIN") {
      if (!read_entry(range.entries.emplace_back(), true)) return false;
    } else {
      not_understood(line_);
    }
  }
  return fail_here("RANGE_END is missing");
}

bool ScenarioReader::read_address(Range& range, std::string_view text) {
  auto address = SocketAddress::parse(text, 53);
  if (!address) return fail_here(address.error().message);
  range.addresses.push_back(*address);
  return true;
}

bool ScenarioReader::read_step() {
  auto words = words_of(line_);
  auto number = words.size() > 1 ? number_of(words[1]) : std::nullopt;
  if (!number || words.size() < 3) return fail_here("STEP needs a number and what to do");
  using Kind = Step::Kind;
  constexpr std::pair<std::string_view, Kind> kKinds[] = {
      {"QUERY", Kind::kQuery}, {"CHECK_ANSWER", Kind::kCheckAnswer}, {"ANSWER", Kind::kCheckAnswer},
      {"CHECK_OUT_QUERY", Kind::kCheckOutQuery}, {"REPLY", Kind::kReply}, {"MOCK", Kind::kReply},
      {"TIME_PASSES", Kind::kTimePasses}, {"TIMEOUT", Kind::kTimeout}, {"NOTHING", Kind::kNothing}};
  auto kind = std::ranges::find(kKinds, words[2], &std::pair<std::string_view, Kind>::first);
  Step step;
  step.number = *number;
  step.line = number_;
  if (kind == std::end(kKinds)) {
    not_understood(line_);
  } else {
    step.kind = kind->second;
  }
  if (step.kind == Kind::kTimePasses) {
    auto seconds = words.size() > 4 && words[3] == "ELAPSE" ? number_of(words[4]) : std::nullopt;
    if (!seconds) return fail_here("TIME_PASSES needs ELAPSE and a number of seconds");
    step.seconds = *seconds;
  }
  step.tcp = std::ranges::find(words, "TCP") != words.end();
  scenario_.steps.push_back(std::move(step));
  return true;
}

bool ScenarioReader::read_entry(Entry& entry, bool is_answer) {
  entry.line = number_;
  section_ = {};
  bool matched = false;
  bool adjusted = false;
  while (next_line()) {
    auto words = words_of(line_);
    if (words[0] == "ENTRY_END") {
      if (!matched) entry.match = kDefaultMatch;
      if (!adjusted && is_answer) entry.copy_id = true;
      return true;
    }
    matched = matched || words[0] == "MATCH";
    adjusted = adjusted || words[0] == "ADJUST";
    if (!read_entry_line(entry, words[0], words)) return false;
  }
  return fail_here("ENTRY_END is missing");
}

bool ScenarioReader::read_entry_line(Entry& entry, std::string_view keyword,
                                     const std::vector<std::string_view>& words) {
  std::span rest = std::span(words).subspan(1);
  if (keyword == "MATCH") {
    for (std::string_view word : rest) read_match(entry, word);
  } else if (keyword == "ADJUST") {
    for (std::string_view word : rest) read_adjust(entry, word);
  } else if (keyword == "REPLY" || keyword == "FLAGS") {
    for (std::string_view word : rest) read_reply(entry, word);
  } else if (keyword == "MANDATORY") {
    entry.mandatory = true;
  } else if (keyword == "SECTION" && !rest.empty()) {
    section_ = rest[0];
  } else if (keyword == "RAW") {
    section_ = keyword;
  } else if (section_ == "QUESTION") {
    return read_question(entry);
  } else if (section_ == "ANSWER") {
    return read_record(entry, Section::kAnswer);
  } else if (section_ == "AUTHORITY") {
    return read_record(entry, Section::kAuthority);
  } else if (section_ == "ADDITIONAL") {
    return read_record(entry, Section::kAdditional);
  } else if (section_ == "RAW") {
    return read_raw(entry);
  } else {
    not_understood(line_);
  }
  return true;
}

void ScenarioReader::read_match(Entry& entry, std::string_view word) {
  if (const Word* known = find_word(kMatches, word)) {
    entry.match |= known->bits;
  } else if (word.starts_with("ede=") && (number_of(word.substr(4)) || word == "ede=none")) {
    entry.match |= kMatchEde;
    entry.message.extended_error = number_of(word.substr(4));
  } else {
    not_understood(fmt::format("MATCH {}", word));
  }
}

void ScenarioReader::read_adjust(Entry& entry, std::string_view word) {
  if (word == "copy_id") {
    entry.copy_id = true;
  } else if (word == "copy_query") {
    entry.copy_query = true;
  } else if (word == "do_not_answer") {
    entry.do_not_answer = true;
  } else if (word == "raw_id") {
    entry.raw_id = true;
  } else {
    not_understood(fmt::format("ADJUST {}", word));
  }
}

void ScenarioReader::read_reply(Entry& entry, std::string_view word) {
  PlainMessage& message = entry.message;
  auto opcode = std::ranges::find(kOpcodes, word);
  if (const Word* flag = find_word(kFlagWords, word)) {
    message.flags |= static_cast<std::uint16_t>(flag->bits);
  } else if (word == "DO") {
    message.dnssec_ok = true;
  } else if (auto rcode = parse_rcode(word)) {
    message.rcode = *rcode;
  } else if (opcode != std::end(kOpcodes)) {
    message.opcode = static_cast<unsigned>(opcode - std::begin(kOpcodes));
  } else {
    not_understood(fmt::format("REPLY {}", word));
  }
}

bool ScenarioReader::read_question(Entry& entry) {
  auto words = words_of(line_);
  auto name = Name::parse(words[0]);
  if (!name) return fail_here(name.error().message);
  PlainQuestion question{*name, RRType::kA, 1};
  for (std::string_view word : std::span(words).subspan(1)) {
    if (word == "IN") continue;
    if (word == "CH" || word == "ANY_CLASS") {
      question.qclass = word == "CH" ? 3 : 255;
      continue;
    }
    auto type = parse_rr_type(word);
    if (!type) return fail_here(fmt::format("\"{}\" is no type", word));
    question.type = *type;
  }
  entry.message.questions.push_back(question);
  return true;
}

bool ScenarioReader::read_record(Entry& entry, Section section) {
  std::string text(line_);
  while (open_parentheses(text) > 0 && next_line()) text += fmt::format(" {}", line_);
  auto record = records_.parse(text);
  if (!record) return fail_here(record.error().message);
  entry.message.section(section).push_back(std::move(*record));
  return true;
}

bool ScenarioReader::read_raw(Entry& entry) {
  std::vector<std::uint8_t>& raw = entry.raw ? *entry.raw : entry.raw.emplace();
  if (line_ == "NULL") return true;
  for (std::string_view word : words_of(line_)) {
    for (std::size_t i = 0; i + 1 < word.size(); i += 2) {
      unsigned value = 0;
      auto [end, error] = std::from_chars(&word[i], &word[i] + 2, value, 16);
      if (error != std::errc() || end != &word[i] + 2) return fail_here("RAW needs hexadecimal digits");
      raw.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return true;
}

Result<Scenario> read_scenario(std::string_view name, std::string_view text) {
  Scenario scenario;
  scenario.name = name;
  scenario.settings.ipv6 = true;
  ScenarioReader reader(scenario, text);
  if (!reader.read()) return fail(reader.error());
  if (scenario.roots.empty() && !scenario.ranges.empty()) scenario.roots = scenario.ranges.front().addresses;
  auto& hints = scenario.settings.root_hints;
  if (hints.empty()) hints.push_back({Name::parse("k.root-servers.net.").value(), {}});
  hints[0].addresses = scenario.roots;
  return scenario;
}

}  // namespace dotmesh::scenarios
