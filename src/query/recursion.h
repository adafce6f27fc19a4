// Recursion: the resolver of one worker as the query handler sees it. It hands questions to the core
// (resolver/resolver.h), remembers who waits for an answer, and writes the response when it comes.
//
//   ask() -> an answer at once, or kAnswerLater; then wait() or abandon()
//   ... on_response(), on_failure(), on_time() -> the core answers -> LaterReplies::reply()
//
// Bounded: kMaxWaiting clients in all, fewer of one client. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/counter.h"
#include "dns/query_message.h"
#include "dns/response_writer.h"
#include "query/amplification_limit.h"
#include "query/client_classes.h"
#include "query/later.h"
#include "query/query_counters.h"
#include "resolver/cache/answer_cache.h"
#include "resolver/resolver.h"

namespace dotmesh {

// The time as the resolver counts it (resolver/time.h), one instant for all workers. The monotonic clock
// begins a day before: libfaketime may set it to any value, below zero too.
class ResolverClock {
 public:
  explicit ResolverClock(const Clock& clock) : clock_(clock), start_(clock.monotonic() - kHeadStart) {}

  ResolverTime at(Clock::Monotonic now) const {
    return {now - start_, std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch()).count()};
  }
  CacheSeconds seconds_at(Clock::Monotonic now) const { return ResolverTime{now - start_, 0}.seconds(); }
  Clock::Monotonic monotonic(std::chrono::nanoseconds since_start) const { return start_ + since_start; }

 private:
  static constexpr std::chrono::hours kHeadStart{24};
  const Clock& clock_;
  Clock::Monotonic start_;
};

// What can be told about a worker's clients that wait; one writer, any readers.
struct RecursionCounters {
  Counter asked;           // questions given to the core
  Counter answered_later;  // of those, not at once
  Counter refused_full;    // too many waited
  Counter refused_client;  // too many of one client waited
};

// A client's question as ask() needs it. Everything is borrowed for the call.
struct RecursionRequest {
  const QueryMessage& query;
  std::span<const std::uint8_t> message;  // whose octets `query` was read from
  std::size_t limit = 0;                  // the largest response
  std::span<const std::uint8_t> cookie;   // for the response; may be empty
  const sockaddr* client = nullptr;
  ClientClass client_class = ClientClass::kPublic;
  bool refresh = false;  // the answer is near its end: if it is still known, look for a new one behind it
  bool limited = false;  // a response that comes later counts (query/amplification_limit.h)
  std::uint64_t limit_key = 0;
  Transport transport = Transport::kUdp;
};

class Recursion final : private AnswerSink {
 public:
  // As many as the transport keeps (server/waiting_peers.h) and then those over TCP; 400 octets each.
  static constexpr std::size_t kMaxWaiting = 20'000;
  // One client of the mesh may wait for ten thousand names of a dead server without keeping the others out
  // (a resolver of its own, a crawler); one from outside for a page or two (DNSBomb).
  static constexpr std::size_t kMaxWaitingMesh = 12'288;
  static constexpr std::size_t kMaxWaitingPublic = 512;

  // All must outlive this.
  Recursion(std::shared_ptr<const ResolverSettings> settings, ResolverShared& shared, Upstream& upstream,
            const ResolverClock& clock, std::string_view nsid, AnswerCache* answers = nullptr);
  ~Recursion() override;

  // Responses that come later are counted there; it must outlive this.
  void limit_with(AmplificationLimit& limit) { limit_ = &limit; }
  // So are they there, and how long they took; it must outlive this.
  void count_in(QueryCounters& counters) { query_counters_ = &counters; }
  // Looks after the node's trust anchors, as Resolver::watch_anchors().
  void watch_anchors(Clock::Monotonic now) { resolver_.watch_anchors(clock_.at(now)); }
  // For `dotmesh trace`; it must outlive this.
  void trace_to(TraceSink& sink) { resolver_.trace_to(&sink); }
  // Answers that were prepared before; null: none are kept.
  const AnswerCache* answers() const { return answers_; }
  // The time that the caches count in.
  CacheSeconds seconds() const { return seconds_; }

  // The time for what follows; once a turn.
  void refresh(Clock::Monotonic now) {
    if (now != now_) wall_is_known_ = false;
    now_ = now;
    seconds_ = clock_.seconds_at(now);
  }
  // A new generation: settings, and the zones that are asked in process (null: none).
  void use(std::shared_ptr<const ResolverSettings> settings, std::unique_ptr<const LocalZones> zones) {
    resolver_.use(std::move(settings), zones.get());
    zones_ = std::move(zones);
  }

  // Writes the response to `out` and returns its size; or kAnswerLater, and `ticket` stands for the client
  // until wait() or abandon(), one of which must follow at once.
  std::size_t ask(const RecursionRequest& request, std::span<std::uint8_t> out, std::uint32_t& ticket);
  void wait(std::uint32_t ticket, ReplyPlace place);
  // There is no place for the answer: writes a failure instead, as ask().
  std::size_t abandon(std::uint32_t ticket, const RecursionRequest& request, std::span<std::uint8_t> out);

  void on_response(ExchangeId id, std::span<const std::uint8_t> message);
  void on_failure(ExchangeId id, UpstreamFailure failure);
  std::optional<Clock::Monotonic> next_timer() const;
  void on_time();

  std::size_t waiting() const { return waiting_; }
  // Any thread.
  const RecursionCounters& counters() const { return counters_; }
  const ResolverCounters& resolver_counters() const { return resolver_.counters(); }

 private:
  static constexpr std::size_t kMaxQuestion = kMaxNameLength + 4;

  // A client that waits: what its response needs of its query.
  struct Waiting {
    std::array<std::uint8_t, kHeaderSize + kMaxQuestion> message;  // header and question
    std::uint16_t message_size = 0;
    EdnsQuery edns;
    std::array<std::uint8_t, ResponseWriter::kMaxCookie> cookie;
    std::uint8_t cookie_size = 0;
    std::uint16_t limit = 0;
    std::uint64_t client = 0;
    ClientClass client_class = ClientClass::kPublic;
    bool limited = false;
    std::uint64_t limit_key = 0;
    std::uint16_t query_size = 0;
    Transport transport = Transport::kUdp;
    Clock::Monotonic since{};
    ReplyPlace place;  // none: abandoned
  };
  // The question that the core is being asked right now, should it know at once.
  struct Asking {
    AnswerToken token;
    const RecursionRequest& request;
    std::span<std::uint8_t> out;
    std::size_t size = 0;
  };

  // The response to a client, kept for the next; its size.
  std::size_t respond(const QueryMessage& query, const ResolvedAnswer& answer, ResponseWriter& writer);
  void on_answer(AnswerToken token, const ClientQuestion& question, const ResolvedAnswer& answer) override;
  std::uint32_t take_place();
  bool may_wait(const RecursionRequest& request, std::uint64_t client);
  void reply_later(const Waiting& waiting, const ResolvedAnswer& answer);
  void count_later(const Waiting& waiting);
  void keep(std::uint32_t index, const RecursionRequest& request, std::uint64_t client);
  void release(std::uint32_t index);
  // The wall clock is read when the first question of a turn needs it.
  ResolverTime time() {
    if (!wall_is_known_) time_ = clock_.at(now_);
    wall_is_known_ = true;
    return time_;
  }
  std::size_t fail(const RecursionRequest& request, ExtendedError error, std::span<std::uint8_t> out) const;

  const ResolverClock& clock_;
  std::string_view nsid_;
  AnswerCache* answers_;
  AmplificationLimit* limit_ = nullptr;
  QueryCounters* query_counters_ = nullptr;
  Clock::Monotonic now_{};
  CacheSeconds seconds_ = 0;
  ResolverTime time_;
  bool wall_is_known_ = false;
  RecursionCounters counters_;
  std::vector<std::unique_ptr<Waiting>> table_;  // by ticket
  std::vector<std::uint32_t> free_;
  std::size_t waiting_ = 0;
  std::unordered_map<std::uint64_t, std::uint32_t> of_client_;  // how many wait, by client
  Asking* asking_ = nullptr;
  std::unique_ptr<std::array<std::uint8_t, kMaxMessage>> scratch_;
  std::unique_ptr<const LocalZones> zones_;
  Resolver resolver_;  // last: it may answer while it is being destroyed
};

}  // namespace dotmesh
