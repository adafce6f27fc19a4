// TraceSteps: the steps of a trace as JSON, each with a sentence for people ("text") and its facts
// for programs. It sees messages to servers as they pass (an Upstream around the real one) and is
// told the rest by the core. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "dns/message.h"
#include "resolver/trace.h"
#include "resolver/upstream.h"

namespace dotmesh {

class TraceSteps final : public Upstream, public TraceSink {
 public:
  TraceSteps(const Clock& clock, std::size_t max_steps);

  // Where messages really go; before the first question.
  void carry_by(Upstream& upstream) { upstream_ = &upstream; }
  void add(std::string_view kind, std::string text,
           nlohmann::json facts = nlohmann::json::object());
  // What became of an exchange; before the core hears of it.
  void heard(ExchangeId id, std::span<const std::uint8_t> message);
  void failed(ExchangeId id, UpstreamFailure failure);
  // The steps so far, and how many were too many.
  nlohmann::json take_steps() { return std::move(steps_); }
  std::size_t left_out() const { return left_out_; }

  void send(ExchangeId id, UpstreamTransport transport, const SocketAddress& server,
            std::span<const std::uint8_t> query) override;
  void forget(ExchangeId id) override;
  void random(std::span<std::uint8_t> octets) override { upstream_->random(octets); }

  void found(NameView name, RRType type, const CacheEntry& entry, From from) override;
  void begins(NameView name, RRType type, const Route& route, const Delegation& at) override;
  void judged(NameView name, RRType type, const CacheEntry& entry) override;
  void keys(NameView zone, Security security, ExtendedError error) override;

 private:
  struct Asked {
    Clock::Monotonic at;
    nlohmann::json facts;
    std::string text;  // "asked 192.0.2.53@53 for www.example. A"
  };
  void end(ExchangeId id, std::string_view outcome, const std::string& words, nlohmann::json more);

  const Clock& clock_;
  const Clock::Monotonic start_;
  const std::size_t max_steps_;
  Upstream* upstream_ = nullptr;
  nlohmann::json steps_ = nlohmann::json::array();
  std::size_t left_out_ = 0;
  std::unordered_map<ExchangeId, Asked>
      asked_;  // as many as the resolver's budget lets it have open
  Message message_;
};

}  // namespace dotmesh
