// For tests of the resolver's side of a query: a core whose answers the test gives. It defines the
// members of class Resolver itself, so include it in one file of a test program and call nothing else
// of the core there.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "resolver/resolver.h"
#include "resolver/upstream.h"

namespace dotmesh::testing {

// What the core under test sees and does. One at a time.
struct ScriptedCore {
  struct Open {
    AnswerToken token;
    ClientQuestion question;
  };
  std::vector<Open> open;
  std::size_t asked = 0;
  std::vector<std::string> refreshed;
  std::map<std::string, ResolvedAnswer> known;  // lowered name -> answered at once
  std::vector<std::pair<ExchangeId, std::string>> heard;
  std::shared_ptr<const ResolverSettings> settings;
  std::optional<std::chrono::nanoseconds> timer;
  bool watches_anchors = false;
  ResolverTime now;
  AnswerSink* sink = nullptr;

  static ScriptedCore*& current() {
    static ScriptedCore* core = nullptr;
    return core;
  }
  ScriptedCore() { current() = this; }
  ~ScriptedCore() { current() = nullptr; }

  // Answers the oldest open question.
  void answer(const ResolvedAnswer& answer) {
    Open first = std::move(open.front());
    open.erase(open.begin());
    sink->on_answer(first.token, first.question, answer);
  }
};

class NoUpstream final : public Upstream {
 public:
  void send(ExchangeId, UpstreamTransport, const SocketAddress&, std::span<const std::uint8_t>) override {}
  void forget(ExchangeId) override {}
  void random(std::span<std::uint8_t>) override {}
};

}  // namespace dotmesh::testing

namespace dotmesh {

struct ResolverShared {};
class Resolver::Impl {};

Resolver::Resolver(std::shared_ptr<const ResolverSettings> settings, ResolverShared&, Upstream&, AnswerSink& sink) {
  testing::ScriptedCore::current()->sink = &sink;
  testing::ScriptedCore::current()->settings = std::move(settings);
}
Resolver::~Resolver() = default;
void Resolver::refresh(const ClientQuestion& question, ResolverTime) {
  testing::ScriptedCore::current()->refreshed.push_back(question.qname.to_string());
}
const ResolverCounters& Resolver::counters() const {
  static ResolverCounters none;
  return none;
}
void Resolver::use(std::shared_ptr<const ResolverSettings> settings, const LocalZones*) {
  testing::ScriptedCore::current()->settings = std::move(settings);
}
void Resolver::resolve(AnswerToken token, const ClientQuestion& question, ResolverTime now) {
  auto& core = *testing::ScriptedCore::current();
  core.now = now;
  ++core.asked;
  auto found = core.known.find(question.qname.lowered().to_string());
  if (found != core.known.end()) return core.sink->on_answer(token, question, found->second);
  core.open.push_back({token, question});
}
void Resolver::on_response(ExchangeId id, std::span<const std::uint8_t> message, ResolverTime) {
  testing::ScriptedCore::current()->heard.emplace_back(id, std::string(message.begin(), message.end()));
}
void Resolver::on_failure(ExchangeId id, UpstreamFailure, ResolverTime) {
  testing::ScriptedCore::current()->heard.emplace_back(id, "failed");
}
void Resolver::watch_anchors(ResolverTime) {
  testing::ScriptedCore::current()->watches_anchors = true;
}
void Resolver::on_time(ResolverTime now) { testing::ScriptedCore::current()->now = now; }
std::optional<std::chrono::nanoseconds> Resolver::next_timer() const {
  return testing::ScriptedCore::current()->timer;
}
std::size_t Resolver::open_questions() const { return testing::ScriptedCore::current()->open.size(); }

}  // namespace dotmesh
