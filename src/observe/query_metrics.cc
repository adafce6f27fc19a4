#include "observe/query_metrics.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "dns/response_codes.h"
#include "dns/wire.h"

namespace dotmesh::observe {
namespace {

using Kind = MetricsText::Kind;

constexpr std::array<std::pair<Transport, std::string_view>, kTransports> kTransportWords{
    {{Transport::kUdp, "udp"}, {Transport::kTcp, "tcp"}}};
constexpr std::array<std::pair<ClientClass, std::string_view>, kAnsweredClasses> kClassWords{
    {{ClientClass::kLoopback, "loopback"},
     {ClientClass::kMesh, "mesh"},
     {ClientClass::kPublic, "public"}}};
// RCODEs below this have samples of their own; "other" are those that this program never sends but
// YXDOMAIN.
constexpr std::size_t kNamedRcodes = 6;

struct Kept {
  Transport transport;
  ClientClass client;
  std::string_view transport_word, class_word;
};

void add_role(MetricsText& text, const QueryStats& stats, const Kept& of, std::string_view role,
              std::initializer_list<AnswerSource> sources) {
  const auto count = [&](std::size_t rcode) {
    std::uint64_t sum = 0;
    for (AnswerSource source : sources)
      sum += stats.answers[answer_index(of.transport, source, of.client, rcode)];
    return sum;
  };
  const auto sample = [&](std::string_view word, std::uint64_t value) {
    text.sample(static_cast<double>(value), {{"transport", of.transport_word},
                                             {"role", role},
                                             {"class", of.class_word},
                                             {"rcode", word}});
  };
  for (std::size_t rcode = 0; rcode < kNamedRcodes; ++rcode)
    sample(rcode_text(static_cast<unsigned>(rcode)), count(rcode));
  sample(rcode_text(static_cast<unsigned>(Rcode::kBadVers)), count(kBadVersIndex));
  std::uint64_t other = 0;
  for (std::size_t rcode = kNamedRcodes; rcode < kBadVersIndex; ++rcode) other += count(rcode);
  sample("other", other);
}

std::uint64_t prepared_answers(const QueryStats& stats) {
  std::uint64_t sum = 0;
  for (const auto& [transport, ignored] : kTransportWords) {
    for (const auto& [client, ignored_too] : kClassWords) {
      for (std::size_t rcode = 0; rcode < kCountedRcodes; ++rcode)
        sum += stats.answers[answer_index(transport, AnswerSource::kPrepared, client, rcode)];
    }
  }
  return sum;
}

}  // namespace

void add_queries(MetricsText& text, const NodeFigures& figures) {
  const QueryStats& stats = figures.queries;
  text.metric("dotmesh_queries_answered_total", Kind::kCounter,
              "Queries with a response, by the role that made it and the class of the client.");
  for (const auto& [transport, transport_word] : kTransportWords) {
    for (const auto& [client, class_word] : kClassWords) {
      const Kept kept{transport, client, transport_word, class_word};
      add_role(text, stats, kept, "authority", {AnswerSource::kAuthority});
      add_role(text, stats, kept, "resolver", {AnswerSource::kPrepared, AnswerSource::kResolver});
    }
  }
  text.histogram("dotmesh_immediate_answer_duration_seconds",
                 "A sample of UDP queries that were answered at once: from when they are read "
                 "until the answer is sent.",
                 figures.server.answered_in);
  const auto questions = std::ranges::find(figures.resolver, "questions",
                                           &std::pair<std::string, std::uint64_t>::first);
  if (questions == figures.resolver.end()) return;
  text.histogram("dotmesh_resolved_answer_duration_seconds",
                 "Every query that waited for other servers: from its arrival until its answer.",
                 stats.resolved_in);
  text.one("dotmesh_answer_cache_hits_total", Kind::kCounter,
           "Queries answered from the cache of prepared answers.",
           static_cast<double>(prepared_answers(stats)));
  text.one("dotmesh_answer_cache_misses_total", Kind::kCounter,
           "Questions given to the resolver, which has a cache of its own.",
           static_cast<double>(questions->second));
}

}  // namespace dotmesh::observe
