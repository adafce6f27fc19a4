// Which entry meets a message, and what it answers (Deckard's scenario guide: entry matching, entry
// adjusting).
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "scenarios/scenario.h"

namespace dotmesh::scenarios {
namespace {

using Records = std::vector<PlainRecord>;

bool contains(const Records& records, const PlainRecord& wanted, bool with_ttl) {
  return std::ranges::any_of(records, [&](const PlainRecord& r) {
    return same_record(r, wanted) && (!with_ttl || r.ttl == wanted.ttl);
  });
}

// Records of one that are not in the other, and a differing number of them (duplicates).
std::string compare_records(std::string_view section, const Records& expected, const Records& got, bool with_ttl) {
  std::string out;
  for (const PlainRecord& record : expected) {
    if (!contains(got, record, with_ttl)) out += fmt::format("{} lacks {}\n", section, record.to_string());
  }
  for (const PlainRecord& record : got) {
    if (!contains(expected, record, with_ttl)) out += fmt::format("{} has unexpected {}\n", section, record.to_string());
  }
  if (out.empty() && expected.size() != got.size()) {
    out = fmt::format("{} has {} records, expected {}: one stands there twice\n", section, got.size(), expected.size());
  }
  return out;
}

std::string compare_types(const Records& expected, const Records& got) {
  auto types = [](const Records& records) {
    std::set<RRType> out;
    for (const PlainRecord& r : records) {
      if (r.type != RRType::kRRSIG) out.insert(r.type);
    }
    return out;
  };
  return types(expected) == types(got) ? "" : "the types in the answer differ\n";
}

// The name and type of the first question; an entry without question only meets a message without.
std::string compare_question(const Entry& entry, const PlainMessage& got) {
  if (!(entry.match & (kMatchQname | kMatchQtype | kMatchQcase))) return {};
  if (entry.message.questions.empty() || got.questions.empty()) {
    return entry.message.questions.empty() == got.questions.empty() ? "" : "one has no question\n";
  }
  const PlainQuestion& a = entry.message.questions[0];
  const PlainQuestion& b = got.questions[0];
  if (entry.match & kMatchQtype && a.type != b.type) {
    return fmt::format("qtype {}, expected {}\n", to_string(b.type), to_string(a.type));
  }
  bool same_case = a.name.size() == b.name.size() && std::memcmp(a.name.data(), b.name.data(), a.name.size()) == 0;
  if ((entry.match & kMatchQname && a.name.view() != b.name.view()) || (entry.match & kMatchQcase && !same_case)) {
    return fmt::format("qname {}, expected {}\n", b.name.to_string(), a.name.to_string());
  }
  return {};
}

std::string compare_subdomain(const Entry& entry, const PlainMessage& got) {
  if (!(entry.match & kMatchSubdomain) || entry.message.questions.empty()) return {};
  NameView above = entry.message.questions[0].name;
  NameView name = got.questions.empty() ? NameView() : got.questions[0].name.view();
  return name.is_at_or_below(above) ? "" : fmt::format("{} is not at or below {}\n", name.to_string(), above.to_string());
}

std::string compare_header(const Entry& entry, const PlainMessage& got, bool tcp) {
  const PlainMessage& expected = entry.message;
  std::string out;
  if (entry.match & kMatchOpcode && expected.opcode != got.opcode) out += fmt::format("opcode {}\n", got.opcode);
  if (entry.match & kMatchFlags && expected.flags != got.flags) {
    PlainMessage a{.flags = got.flags, .questions = {}, .sections = {}};
    PlainMessage b{.flags = expected.flags, .questions = {}, .sections = {}};
    constexpr std::size_t kNoError = 7;  // the word in front of the flags
    out += fmt::format("flags{}, expected{}\n", a.to_string().substr(kNoError), b.to_string().substr(kNoError));
  }
  if (entry.match & kMatchRcode && expected.rcode != got.rcode) {
    out += fmt::format("{}, expected {}\n", rcode_to_string(got.rcode), rcode_to_string(expected.rcode));
  }
  if (entry.match & kMatchEdns && (expected.edns != got.edns || expected.edns_version != got.edns_version ||
                                   expected.udp_payload != got.udp_payload)) {
    out += "EDNS differs\n";
  }
  if (entry.match & kMatchEde && expected.extended_error != got.extended_error) {
    auto text = [](std::optional<unsigned> code) { return code ? fmt::format("EDE {}", *code) : "no EDE"; };
    out += fmt::format("{}, expected {}\n", text(got.extended_error), text(expected.extended_error));
  }
  if (entry.match & kMatchDo && !got.dnssec_ok) out += "DO is not set\n";
  if ((entry.match & kMatchTcp && !tcp) || (entry.match & kMatchUdp && tcp)) out += "the transport differs\n";
  return out;
}

}  // namespace

std::string difference(const Entry& entry, const PlainMessage& got, bool tcp) {
  std::string out = compare_header(entry, got, tcp) + compare_question(entry, got) + compare_subdomain(entry, got);
  bool with_ttl = entry.match & kMatchTtl;
  constexpr struct {
    Match bit;
    Section section;
    std::string_view name;
  } kSections[] = {{kMatchAnswer, Section::kAnswer, "ANSWER"},
                   {kMatchAuthority, Section::kAuthority, "AUTHORITY"},
                   {kMatchAdditional, Section::kAdditional, "ADDITIONAL"}};
  for (auto [bit, section, name] : kSections) {
    if (!(entry.match & bit)) continue;
    out += compare_records(name, entry.message.section(section), got.section(section), with_ttl);
  }
  if (entry.match & kMatchAnswerTypes) {
    out += compare_types(entry.message.section(Section::kAnswer), got.section(Section::kAnswer));
  }
  return out;
}

std::optional<std::vector<std::uint8_t>> make_reply(const Entry& entry, const PlainMessage& query) {
  if (entry.do_not_answer) return std::nullopt;
  if (entry.raw) {
    std::vector<std::uint8_t> raw = *entry.raw;
    if (entry.raw_id && raw.size() >= 2) store16(raw.data(), query.id);
    return raw;
  }
  PlainMessage reply = entry.message;
  if (entry.copy_id) {
    reply.id = query.id;
    if (!reply.questions.empty() && !query.questions.empty()) reply.questions[0].name = query.questions[0].name;
  } else {
    reply.id = static_cast<std::uint16_t>(~query.id);
  }
  if (entry.copy_query) reply.questions = query.questions;
  reply.edns = query.edns;
  reply.dnssec_ok = query.dnssec_ok;
  return reply.to_wire();
}

}  // namespace dotmesh::scenarios
