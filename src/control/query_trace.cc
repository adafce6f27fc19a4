#include "control/query_trace.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "control/trace_steps.h"
#include "dns/query_writer.h"
#include "dns/rdata.h"
#include "dns/response_codes.h"
#include "server/batch_handler.h"
#include "server/counters.h"
#include "server/descriptor.h"
#include "server/upstream_sockets.h"

namespace dotmesh {
namespace {

using nlohmann::json;

// One question asks few servers at a time.
constexpr UpstreamOptions kTraceSockets{.max_udp_sockets = 64, .max_tcp_connections = 16};
// Of caches that one question fills.
constexpr std::size_t kFreshCache = std::size_t{8} << 20;
constexpr std::chrono::milliseconds kMaxSleep{100};
constexpr int kMaxEvents = 16;

// The transport and the event loop of the one question.
class Trace final : public BatchHandler, private LaterReplies {
 public:
  Trace(const TraceNode& node, const TraceQuestion& question)
      : node_(node),
        question_(question),
        steps_(node.clock, kMaxTraceSteps),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  Result<std::string> run();

  void refresh(Clock::Monotonic now) override { handler_->refresh(now); }
  void answer(std::span<Exchange> /*batch*/) override {}
  void on_response(ExchangeId id, std::span<const std::uint8_t> message) override {
    steps_.heard(id, message);
    handler_->on_response(id, message);
  }
  void on_failure(ExchangeId id, UpstreamFailure failure) override {
    steps_.failed(id, failure);
    handler_->on_failure(id, failure);
  }

 private:
  void reply(ReplyTicket /*ticket*/, std::span<const std::uint8_t> response) override {
    response_.assign(response.begin(), response.end());
    answered_ = true;
  }
  void make_handler();
  void ask();
  void tell_source(const QueryHandler::Slot& slot);
  void turn();
  json answer_json();

  const TraceNode& node_;
  const TraceQuestion& question_;
  TraceSteps steps_;
  Descriptor epoll_;
  UpstreamCounters counters_;
  std::unique_ptr<ResolverShared> fresh_;
  std::unique_ptr<UpstreamSockets> sockets_;
  std::unique_ptr<QueryHandler> handler_;
  std::vector<std::uint8_t> query_, response_;
  bool answered_ = false;
};

void Trace::make_handler() {
  sockets_ = std::make_unique<UpstreamSockets>(kTraceSockets, counters_, epoll_.get());
  steps_.carry_by(*sockets_);
  std::unique_ptr<Recursion> recursion;
  if (node_.shared != nullptr) {
    if (question_.fresh) fresh_ = std::make_unique<ResolverShared>(kFreshCache);
    recursion = std::make_unique<Recursion>(
        node_.policies.of(nullptr)->resolver, fresh_ ? *fresh_ : *node_.shared, steps_,
        node_.resolver_clock, node_.identity.name, question_.fresh ? nullptr : node_.answers);
    recursion->trace_to(steps_);
  }
  handler_ = std::make_unique<QueryHandler>(node_.generations, node_.identity, node_.policies,
                                            std::move(recursion));
}

void Trace::ask() {
  const Clock::Monotonic now = node_.clock.monotonic();
  sockets_->begin_turn(now);
  handler_->refresh(now);
  // As who validates would ask.
  query_ = write_query({.name = question_.name,
                        .type = static_cast<std::uint16_t>(question_.type),
                        .recursion_desired = true,
                        .udp_payload = kMaxUdpResponse});
  const std::uint8_t roles =
      node_.shared != nullptr ? kRoleAuthority | kRoleResolver : kRoleAuthority;
  QueryHandler::Slot slot;
  std::vector<std::uint8_t> out(kMaxMessage);
  // Over TCP, so that nothing is cut off. A message of our own is never dropped.
  if (!handler_->begin(slot, query_, {Transport::kTcp, nullptr, roles})) return;
  handler_->fetch(slot);
  const auto zone = slot.zone != nullptr ? slot.zone->origin().to_string() : std::string();
  if (!zone.empty())
    steps_.add("zone",
               fmt::format("the name lies in {}, a zone of the commit that is served", zone),
               {{"zone", zone}});
  const std::size_t size = handler_->finish(slot, query_, out);
  tell_source(slot);
  if (size == kAnswerLater) return handler_->wait(slot, {this, 0});
  response_.assign(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size));
  answered_ = true;
}

void Trace::tell_source(const QueryHandler::Slot& slot) {
  if (slot.source == AnswerSource::kPrepared) {
    steps_.add(
        "prepared",
        "the answer was prepared for somebody who asked before; fresh caches show how one is made");
  }
  if (slot.source == AnswerSource::kAuthority && slot.zone == nullptr) {
    steps_.add("refused", "the name lies in no zone that is served, and this node has no resolver");
  }
}

void Trace::turn() {
  auto sleep = std::chrono::nanoseconds(kMaxSleep);
  if (auto timer = handler_->next_timer()) {
    sleep = std::clamp<std::chrono::nanoseconds>(*timer - node_.clock.monotonic(),
                                                 std::chrono::nanoseconds{}, sleep);
  }
  if (sockets_->has_failures()) sleep = {};
  std::array<epoll_event, kMaxEvents> events;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(sleep);
  const int n =
      ::epoll_wait(epoll_.get(), events.data(), kMaxEvents, static_cast<int>(wait.count()));
  const Clock::Monotonic now = node_.clock.monotonic();
  sockets_->begin_turn(now);
  handler_->refresh(now);
  for (int i = 0; i < n; ++i) {
    auto& event = events[static_cast<std::size_t>(i)];
    sockets_->on_event(*static_cast<EventSource*>(event.data.ptr), event.events, *this);
  }
  if (auto timer = handler_->next_timer(); timer && *timer <= now) handler_->on_time();
  sockets_->end_turn(*this);
}

Result<std::string> Trace::run() {
  if (!epoll_.valid()) return fail(fmt::format("cannot trace now: {}", std::strerror(errno)));
  make_handler();
  const Clock::Monotonic start = node_.clock.monotonic();
  ask();
  sockets_->end_turn(*this);
  while (!answered_ && node_.clock.monotonic() - start < kMaxTraceTime) turn();
  const std::chrono::duration<double, std::milli> took = node_.clock.monotonic() - start;
  json out{{"name", question_.name.to_string()},
           {"type", to_string(question_.type)},
           {"fresh", question_.fresh}};
  out["steps"] = steps_.take_steps();
  out["steps_left_out"] = steps_.left_out();
  out["took_ms"] = took.count();
  out["answer"] = answered_ ? answer_json() : json();
  handler_.reset();  // before what it asks by
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

json Trace::answer_json() {
  Message message;
  if (!message.parse(response_)) return {};
  json out{{"rcode", rcode_text(message.rcode())},
           {"authoritative", message.authoritative()},
           {"authenticated", message.authenticated()},
           {"extended_error", json()},
           {"records", json::array()}};
  if (auto error = message.edns().extended_error) {
    out["extended_error"] = {{"code", *error}, {"text", extended_error_text(*error)}};
  }
  for (const Message::Record& record : message.records()) {
    static constexpr std::array<std::string_view, 3> kSections{"answer", "authority", "additional"};
    out["records"].push_back({{"section", kSections.at(static_cast<std::size_t>(record.section))},
                              {"name", message.owner(record).to_string()},
                              {"ttl", record.ttl},
                              {"type", to_string(record.type)},
                              {"data", rdata_to_string(record.type, message.rdata(record))}});
  }
  return out;
}

}  // namespace

Result<TraceQuestion> parse_trace_question(const std::string& argument) {
  std::istringstream words(argument);
  std::string name;
  std::string type;
  std::string fresh;
  words >> name >> type >> fresh;
  TraceQuestion question;
  auto parsed = Name::parse(name.ends_with('.') ? name : name + ".");
  if (!parsed) return std::unexpected(parsed.error());
  question.name = *parsed;
  const auto rr_type = type.empty() ? question.type : parse_rr_type(type);
  if (!rr_type)
    return fail(fmt::format("\"{}\" is no type of records; A, AAAA, MX, TYPE65280, ...", type));
  question.type = *rr_type;
  question.fresh = fresh == "fresh";
  return question;
}

Result<std::string> trace_query(const TraceNode& node, const TraceQuestion& question) {
  return Trace(node, question).run();
}

}  // namespace dotmesh
