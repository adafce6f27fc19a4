// QueryCounters: what a worker has answered, by transport, by who made the answer, by class of client and by RCODE.
// One writer, any readers; an answer costs one plain addition. Bounded: all four are fixed sets; nothing of a
// client or a name is in them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/counter.h"
#include "base/histogram.h"
#include "query/client_classes.h"

namespace dotmesh {

enum class Transport : std::uint8_t { kUdp, kTcp };

enum class AnswerSource : std::uint8_t {
  kAuthority,  // the node's own zones, its identity, or a refusal of an address without the role resolver
  kPrepared,   // the resolver's cache of prepared answers
  kResolver,   // the resolver, or its refusal
};

inline constexpr std::size_t kTransports = 2;
inline constexpr std::size_t kAnswerSources = 3;
inline constexpr std::size_t kAnsweredClasses = 3;  // loopback, mesh, public: a bogon gets nothing
// Those of a header (RFC 1035), and BADVERS, the only extended one that is sent.
inline constexpr std::size_t kBadVersIndex = 16;
inline constexpr std::size_t kCountedRcodes = 17;

template <typename Number>
struct QueryCounts {
  std::array<Number, kTransports * kAnswerSources * kAnsweredClasses * kCountedRcodes> answers{};
};

inline constexpr std::size_t answer_index(Transport transport, AnswerSource source, ClientClass client,
                                          std::size_t rcode) {
  std::size_t index = static_cast<std::size_t>(transport);
  index = index * kAnswerSources + static_cast<std::size_t>(source);
  index = index * kAnsweredClasses + static_cast<std::size_t>(client) - static_cast<std::size_t>(ClientClass::kLoopback);
  return index * kCountedRcodes + rcode;
}

struct QueryCounters : QueryCounts<Counter> {
  // From the question's arrival to the answer, of all that the resolver could not answer at once.
  TimeHistogram resolved_in;

  void count(Transport transport, AnswerSource source, ClientClass client, std::size_t rcode) {
    answers[answer_index(transport, source, client, rcode)].add();
  }
};

struct QueryStats : QueryCounts<std::uint64_t> {
  TimeCounts resolved_in;

  void add(const QueryCounters& worker) {
    for (std::size_t i = 0; i < answers.size(); ++i) answers[i] += worker.answers[i].value();
    worker.resolved_in.add_to(resolved_in);
  }
};

}  // namespace dotmesh
