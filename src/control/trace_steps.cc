#include "control/trace_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dns/response_codes.h"
#include "resolver/iterator.h"

namespace dotmesh {
namespace {

using nlohmann::json;

double milliseconds(Clock::Monotonic::duration time) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(time).count()) /
         1000;
}

std::string question_text(NameView name, RRType type) {
  return fmt::format("{} {}", name.to_string(), to_string(type));
}

std::string_view security_word(Security security) {
  switch (security) {
    case Security::kSecure:
      return "secure";
    case Security::kInsecure:
      return "insecure";
    case Security::kBogus:
      return "bogus";
    case Security::kUnchecked:
      break;
  }
  return "unchecked";
}

std::string_view kind_word(EntryKind kind) {
  switch (kind) {
    case EntryKind::kRRset:
      return "records";
    case EntryKind::kNodata:
      return "nodata";
    case EntryKind::kNxdomain:
      return "nxdomain";
    case EntryKind::kDelegation:
      return "delegation";
    case EntryKind::kFailure:
      break;
  }
  return "failure";
}

std::string_view from_words(TraceSink::From from) {
  switch (from) {
    case TraceSink::From::kCache:
      return "from the cache";
    case TraceSink::From::kDenials:
      return "made from denials in the cache";
    case TraceSink::From::kAnotherWorker:
      return "a worker was asking, and has it";
  }
  return "";
}

std::string error_suffix(ExtendedError error) {
  if (error == ExtendedError::kNone) return {};
  return fmt::format(" ({})", extended_error_text(static_cast<unsigned>(error)));
}

// The zone that a referral leads to; none: it is no referral.
std::optional<std::string> referral_of(const Message& message) {
  if (message.rcode() != 0 || message.authoritative()) return std::nullopt;
  std::optional<std::string> zone;
  for (const Message::Record& record : message.records()) {
    if (record.section == Section::kAnswer) return std::nullopt;
    if (record.section == Section::kAuthority && record.type == RRType::kNS)
      zone = message.owner(record).to_string();
  }
  return zone;
}

std::size_t answers_in(const Message& message) {
  return static_cast<std::size_t>(
      std::ranges::count(message.records(), Section::kAnswer, &Message::Record::section));
}

}  // namespace

TraceSteps::TraceSteps(const Clock& clock, std::size_t max_steps)
    : clock_(clock), start_(clock.monotonic()), max_steps_(max_steps) {}

void TraceSteps::add(std::string_view kind, std::string text, json facts) {
  if (steps_.size() >= max_steps_) {
    ++left_out_;
    return;
  }
  facts["step"] = kind;
  facts["at_ms"] = milliseconds(clock_.monotonic() - start_);
  facts["text"] = std::move(text);
  steps_.push_back(std::move(facts));
}

void TraceSteps::send(ExchangeId id, UpstreamTransport transport, const SocketAddress& server,
                      std::span<const std::uint8_t> query) {
  const bool tcp = transport == UpstreamTransport::kTcp;
  Asked asked{clock_.monotonic(), {}, {}};
  asked.facts = {{"server", server.to_string()}, {"transport", tcp ? "tcp" : "udp"}};
  if (message_.parse(query) && message_.has_question()) {
    const Name name = Name(message_.qname()).lowered();
    asked.facts["name"] = name.to_string();
    asked.facts["type"] = to_string(message_.qtype());
    asked.text = fmt::format("asked {}{} for {}", server.to_string(), tcp ? " over TCP" : "",
                             question_text(name, message_.qtype()));
  }
  asked_[id] = std::move(asked);
  upstream_->send(id, transport, server, query);
}

void TraceSteps::forget(ExchangeId id) {
  end(id, "silence", "no response", {});
  upstream_->forget(id);
}

void TraceSteps::end(ExchangeId id, std::string_view outcome, const std::string& words, json more) {
  auto found = asked_.find(id);
  if (found == asked_.end()) return;
  Asked asked = std::move(found->second);
  asked_.erase(found);
  const double took = milliseconds(clock_.monotonic() - asked.at);
  if (more.is_object()) asked.facts.update(more);
  asked.facts["outcome"] = outcome;
  asked.facts["took_ms"] = took;
  add("server", fmt::format("{}: {}, {:.1f} ms", asked.text, words, took), std::move(asked.facts));
}

void TraceSteps::heard(ExchangeId id, std::span<const std::uint8_t> octets) {
  if (!message_.parse(octets) && !message_.truncated())
    return end(id, "malformed", "a malformed message", {});
  json facts{{"rcode", rcode_text(message_.rcode())}, {"authoritative", message_.authoritative()}};
  if (message_.truncated()) return end(id, "truncated", "truncated", std::move(facts));
  if (auto zone = referral_of(message_)) {
    facts["referral"] = *zone;
    return end(id, "referral", fmt::format("a referral to {}", *zone), std::move(facts));
  }
  const std::size_t records = answers_in(message_);
  facts["answer_records"] = records;
  end(id, "response",
      fmt::format("{}, {} record{}", rcode_text(message_.rcode()), records,
                  records == 1 ? "" : "s"),
      std::move(facts));
}

void TraceSteps::failed(ExchangeId id, UpstreamFailure failure) {
  switch (failure) {
    case UpstreamFailure::kUnreachable:
      return end(id, "unreachable", "unreachable", {});
    case UpstreamFailure::kClosed:
      return end(id, "closed", "the connection ended too early", {});
    case UpstreamFailure::kNoResources:
      return end(id, "no-resources", "this node has no socket left", {});
    case UpstreamFailure::kForged:
      return end(id, "forged", "too many forged responses", {});
  }
}

void TraceSteps::found(NameView name, RRType type, const CacheEntry& entry, From from) {
  json facts{{"name", name.to_string()},
             {"type", to_string(type)},
             {"what", kind_word(entry.kind)},
             {"security", security_word(entry.security)}};
  add("cache",
      fmt::format("{}: {}, {}, {}{}", question_text(name, type), kind_word(entry.kind),
                  from_words(from), security_word(entry.security), error_suffix(entry.error)),
      std::move(facts));
}

void TraceSteps::begins(NameView name, RRType type, const Route& route, const Delegation& at) {
  std::string_view way = "iteration";
  std::string words = fmt::format("beginning at the servers of {}", at.zone.to_string());
  if (route.source == Delegation::Source::kLocal) {
    way = "own-zone";
    words = fmt::format("in this node's own zone {}", route.base.to_string());
  } else if (route.forward != nullptr) {
    const bool forwarded = route.forward->kind == ForwardZone::Kind::kForward;
    way = forwarded ? "forward" : "stub";
    words = fmt::format("by the {} zone {}, {}", way, route.forward->zone.to_string(), words);
  }
  add("route", fmt::format("{} is looked for {}", question_text(name, type), words),
      {{"name", name.to_string()},
       {"type", to_string(type)},
       {"way", way},
       {"zone", at.zone.to_string()}});
}

void TraceSteps::judged(NameView name, RRType type, const CacheEntry& entry) {
  add("validation",
      fmt::format("{} is {}{}", question_text(name, type), security_word(entry.security),
                  error_suffix(entry.error)),
      {{"name", name.to_string()},
       {"type", to_string(type)},
       {"security", security_word(entry.security)}});
}

void TraceSteps::keys(NameView zone, Security security, ExtendedError error) {
  add("keys",
      fmt::format("the keys of {} are {}{}", zone.to_string(), security_word(security),
                  error_suffix(error)),
      {{"zone", zone.to_string()}, {"security", security_word(security)}});
}

}  // namespace dotmesh
