#include "anycast/question.h"

#include <fmt/format.h>

#include <algorithm>

#include "dns/message.h"
#include "dns/query_writer.h"
#include "dns/response_codes.h"
#include "dns/wire.h"

namespace dotmesh::anycast {
namespace {

constexpr std::size_t kSoaNumbers =
    20;  // serial and four timers, behind the two names (RFC 1035 section 3.3.13)

std::optional<std::string> serial_fault(const Question& question, const Message& message) {
  for (const Message::Record& record : message.records()) {
    if (record.section != Section::kAnswer || record.type != RRType::kSOA ||
        record.rdata_size < kSoaNumbers)
      continue;
    const std::uint32_t serial = load32(message.rdata(record).last(kSoaNumbers).data());
    if (std::ranges::find(question.serials, serial) != question.serials.end()) return std::nullopt;
    return fmt::format("{} is answered with serial {}, not {}", question.name, serial,
                       question.serials.front());
  }
  return fmt::format("{} is answered without an SOA record", question.name);
}

}  // namespace

std::vector<std::uint8_t> query_message(const Question& question, std::uint16_t id) {
  auto name = Name::parse(question.name);
  if (!name) return {};
  return write_query({.name = *name,
                      .type = question.type,
                      .rclass = question.rclass,
                      .id = id,
                      .recursion_desired = question.recursion_desired});
}

std::optional<std::string> reply_fault(const Question& question, std::uint16_t id,
                                       std::span<const std::uint8_t> reply) {
  Message message;
  if (!message.parse(reply))
    return fmt::format("{} is answered with octets that are no DNS message", question.name);
  auto name = Name::parse(question.name);
  if (!name || message.id() != id || !message.is_response() || !message.has_question() ||
      !(message.qname() == name->view()) ||
      static_cast<std::uint16_t>(message.qtype()) != question.type) {
    return fmt::format("{} is answered with something else", question.name);
  }
  if (message.rcode() != 0)
    return fmt::format("{} is answered with {}", question.name, rcode_text(message.rcode()));
  const bool answered = std::ranges::any_of(
      message.records(), [](const Message::Record& r) { return r.section == Section::kAnswer; });
  if (!answered) return fmt::format("{} is answered without a record", question.name);
  return question.serials.empty() ? std::nullopt : serial_fault(question, message);
}

}  // namespace dotmesh::anycast
