// The life of one query. Every transport ends here: message octets and client in, response out.
//
//   octets -> begin():  read the message, find its zone, ask for the memory that the answer needs
//             fetch():  once that is there, ask for the rest
//             finish(): the answer cache; or policy, then authority, resolver or CHAOS identity
//   ... or the resolver must ask others: finish() says kAnswerLater, and the response goes to the place
//   that wait() was given, when it is there (query/recursion.h).
//
// In steps, so that a batch of queries overlaps its memory accesses: a transport calls begin() for
// every message of a batch, then fetch() for each, then finish() for each. All three of one Slot must
// see the same Generation: refresh(), between batches, moves on to a newer one.
//
// What is answered where: the zones of the generation on every address, with AA; everything else on
// addresses with the role resolver, to clients who may ask for it and set RD (docs/adr/0013).
//
// A QueryHandler belongs to one worker thread; no locks, no allocation but for what is asked of others.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/snapshot.h"
#include "dns/query_message.h"
#include "dns/response_writer.h"
#include "dns/wire.h"
#include "network/generation.h"
#include "query/amplification_limit.h"
#include "query/client_classes.h"
#include "query/later.h"
#include "query/policy.h"
#include "query/query_counters.h"
#include "query/recursion.h"
#include "query/server_cookie.h"
#include "resolver/upstream.h"

namespace dotmesh {

// Who asks and over what. Addresses are borrowed until finish().
struct ClientInfo {
  Transport transport = Transport::kUdp;
  const sockaddr* address = nullptr;  // null: the process itself
  std::uint8_t roles = kRoleAuthority;  // of the listening address (config/values.h)
};

// What goes back in one datagram at the most, whatever the client says: to a network, what fits every path
// without fragments (RFC 9715), or what the node file says; to this machine, where nothing is fragmented, what
// resolvers usually ask for.
inline constexpr std::size_t kMaxNetworkUdpResponse = ResponseWriter::kUdpPayload;
inline constexpr std::size_t kMaxUdpResponse = 4096;

// What a node says about itself.
struct NodeIdentity {
  std::string name;     // NSID, id.server; at most ResponseWriter::kMaxNsid octets are sent
  std::string version;  // version.server
};

// Against those who are not who they say.
struct ClientDefence {
  const ServerCookies* cookies = nullptr;  // null: DNS cookies are ignored
  const Clock* clock = nullptr;            // for cookies
  std::uint32_t amplification = 0;         // octets a second (query/amplification_limit.h)
};

class QueryHandler {
 public:
  // One query in flight. Plain storage; reuse it.
  struct Slot {
    QueryMessage message;
    QueryVerdict verdict = QueryVerdict::kDrop;
    Transport transport = Transport::kUdp;
    ClientClass client_class = ClientClass::kPublic;
    AnswerSource source = AnswerSource::kAuthority;
    bool resolves = false;       // the address has the role resolver
    bool may_recurse = false;    // it has, and the client is one of those whom we serve so
    bool may_be_prepared = false;  // and the answer cache may know the answer
    bool refresh = false;        // it does, but not for long
    std::uint32_t ticket = 0;    // of an answer that comes later
    std::uint64_t prepared_hash = 0;
    bool limited = false;        // its response counts (query/amplification_limit.h)
    std::uint64_t limit_key = 0;
    std::array<std::uint8_t, ServerCookies::kSize> cookie;  // for the response, if the query had one
    const sockaddr* client = nullptr;
    std::size_t udp_limit = kMaxNetworkUdpResponse;
    const Zone* zone = nullptr;  // that the question's name lies in
  };

  // An authority without a resolver. Both must outlive the handler.
  QueryHandler(const Snapshot<Generation>& generations, const NodeIdentity& identity);
  // All must outlive the handler. `recursion`: null if no address has the role resolver.
  QueryHandler(const Snapshot<Generation>& generations, const NodeIdentity& identity, PolicySource& policies,
               std::unique_ptr<Recursion> recursion, ClientDefence defence = {});
  ~QueryHandler();

  // Between batches; `now` is the time for all that follows.
  void refresh(Clock::Monotonic now = {}) {
    if (generations_.get() != generation_ || policy_ == nullptr) [[unlikely]] take_generation();
    if (recursion_ != nullptr) recursion_->refresh(now);
    limit_.refresh(now);
  }

  // False: no response will be sent; do not call the others.
  bool begin(Slot& slot, std::span<const std::uint8_t> query, const ClientInfo& client);
  void fetch(Slot& slot);
  // The response's size, at most out.size() (at least kMaxUdpResponse for UDP); 0: none;
  // kAnswerLater: call wait() or refuse_to_wait() before anything else.
  std::size_t finish(Slot& slot, std::span<const std::uint8_t> query, std::span<std::uint8_t> out);
  // The answer goes to `place` when it is there.
  void wait(Slot& slot, ReplyPlace place) { recursion_->wait(slot.ticket, place); }
  // There is no such place: a response now, as finish().
  std::size_t refuse_to_wait(Slot& slot, std::span<const std::uint8_t> query, std::span<std::uint8_t> out);

  // For the resolver (resolver/upstream.h).
  void on_response(ExchangeId id, std::span<const std::uint8_t> message);
  void on_failure(ExchangeId id, UpstreamFailure failure);
  std::optional<Clock::Monotonic> next_timer() const;
  void on_time();

  // For their counters; any thread. The recursion is null without the role resolver.
  const AmplificationLimit& amplification() const { return limit_; }
  const Recursion* recursion() const { return recursion_.get(); }
  const QueryCounters& counters() const { return counters_; }

 private:
  enum class Outcome : std::uint8_t { kWritten, kRecurse };

  void take_generation();
  void count(const Slot& slot, std::span<const std::uint8_t> response);
  void check_cookie(Slot& slot, std::span<const std::uint8_t> query);
  std::span<const std::uint8_t> reply_cookie(const Slot& slot) const;
  std::size_t answer_or_ask(Slot& slot, std::span<const std::uint8_t> query, std::span<std::uint8_t> out);
  std::size_t limit(const Slot& slot, std::span<const std::uint8_t> query, std::span<std::uint8_t> out, std::size_t size);
  Outcome answer(Slot& slot, ResponseWriter& writer);
  Outcome answer_internet(Slot& slot, ResponseWriter& writer);
  Outcome answer_zone(Slot& slot, ResponseWriter& writer);
  Outcome answer_beyond(Slot& slot, ResponseWriter& writer);
  void answer_chaos(Slot& slot, ResponseWriter& writer);
  bool write_if_prepared(Slot& slot, ResponseWriter& writer);
  RecursionRequest request(const Slot& slot, std::span<const std::uint8_t> query, std::size_t room) const;

  Snapshot<Generation>::Reader generations_;
  const Generation* generation_ = nullptr;
  const NodeIdentity& identity_;
  std::unique_ptr<PolicySource> own_policies_;
  PolicySource& policies_;
  std::shared_ptr<const Policy> policy_;
  ClientDefence defence_;
  AmplificationLimit limit_;
  QueryCounters counters_;
  std::unique_ptr<Recursion> recursion_;  // last: it uses the limit and the counters
};

}  // namespace dotmesh
