// A small Internet for attack tests: the root and honest zones that a test lists, and servers that it scripts.
// Counts what the resolver sends to whom.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "resolver/resolver.h"
#include "simulation/dns_text.h"
#include "simulation/resolver_under_test.h"
#include "simulation/simulated_network.h"

namespace dotmesh::attacks {

using simulation::Duration;
using simulation::PlainMessage;
using simulation::PlainRecord;

inline constexpr const char* kRoot = "192.0.2.1";
inline constexpr const char* kAttacker = "192.0.2.66";
inline constexpr const char* kVictim = "192.0.2.99";

// Stands in a query's udp_payload when it came by TCP.
inline constexpr std::uint16_t kOverTcp = 0;

// What a scripted server says: fill in `response` (question, QR and AA are set); false: silence.
using Script = std::function<bool(const PlainMessage& query, PlainMessage& response)>;

PlainRecord record(const std::string& line);
void refer(PlainMessage& response, const std::vector<std::string>& ns, const std::vector<std::string>& glue);

class Attack final : public simulation::Servers, public AnswerSink {
 public:
  explicit Attack(std::size_t cache_octets = 4 << 20);

  ResolverSettings& settings() { return *settings_; }
  // At `address`; before the first question.
  void serve(const std::string& address, Script script) { scripts_[address] = std::move(script); }
  // The root refers `zone` to a server at `address`.
  void delegate(const std::string& zone, const std::string& address, std::uint32_t ttl = 3600);
  // The node itself serves `zone`; before the first question.
  void own(const std::string& zone, Script script);
  void withdraw(const std::string& zone) { delegations_.erase(zone); }

  // The answer, or none within `limit`.
  std::optional<ResolvedAnswer> ask(const std::string& name, RRType type = RRType::kA,
                                    Duration limit = std::chrono::seconds(5));
  void ask_later(const std::string& name, RRType type = RRType::kA);
  void pass(Duration time) { network_->pass(time); }
  std::size_t answered() const { return answers_.size(); }

  std::uint64_t queries() const { return network_->queries_sent(); }
  std::uint64_t queries_to(const std::string& address) const;
  ResolverShared& shared() { return under_test_->shared(); }
  Duration now() const { return network_->now().monotonic; }

 private:
  void start();
  bool root(const PlainMessage& query, PlainMessage& response);
  void on_query(const simulation::SentQuery& query, std::vector<simulation::Arrival>& arrivals) override;
  void on_answer(AnswerToken token, const ClientQuestion& question, const ResolvedAnswer& answer) override;

  struct Cut {
    std::string address;
    std::uint32_t ttl;
  };
  // The zones of own(), asked in process.
  class OwnZones final : public LocalZones {
   public:
    std::map<std::string, Script> scripts;
    std::optional<NameView> zone_of(NameView name) const override;
    std::size_t answer(std::span<const std::uint8_t> query,
                       std::span<std::uint8_t> out) const override;

   private:
    mutable Name zone_;
  };
  OwnZones own_;
  std::size_t cache_octets_;
  std::shared_ptr<ResolverSettings> settings_;
  std::map<std::string, Script> scripts_;
  std::map<std::string, Cut> delegations_;
  std::map<std::string, std::uint64_t> sent_to_;
  std::map<AnswerToken, ResolvedAnswer> answers_;
  AnswerToken last_token_ = 0;
  std::unique_ptr<simulation::SimulatedNetwork> network_;
  std::unique_ptr<simulation::ResolverUnderTest> under_test_;
};

}  // namespace dotmesh::attacks
