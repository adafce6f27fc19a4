// The life of one query. Every transport ends here: message octets and client in, response out.
//
//   octets -> begin():  read the message, find its zone, ask for the memory that the answer needs
//             fetch():  once that is there, ask for the rest
//             finish(): policy, then authority or CHAOS identity, response written
//
// In steps, so that a batch of queries overlaps its memory accesses: a transport calls begin() for
// every message of a batch, then fetch() for each, then finish() for each. All three of one Slot must
// see the same Generation: refresh(), between batches, moves on to a newer one.
//
// A QueryHandler belongs to one worker thread; no locks, no allocation.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/snapshot.h"
#include "dns/query_message.h"
#include "dns/response_writer.h"
#include "dns/wire.h"
#include "network/generation.h"
#include "query/later.h"
#include "resolver/upstream.h"

namespace dotmesh {

enum class Transport : std::uint8_t { kUdp, kTcp };

// Who asks and over what. Addresses are borrowed for the duration of begin().
struct ClientInfo {
  Transport transport = Transport::kUdp;
  const sockaddr* address = nullptr;
  std::uint8_t roles = 0;  // of the listening address, as the transport was told
};

// What goes back in one datagram at the most, whatever the client says: fits every path without
// fragments (RFC 9715).
inline constexpr std::size_t kMaxUdpResponse = ResponseWriter::kUdpPayload;

// What a node says about itself.
struct NodeIdentity {
  std::string name;     // NSID, id.server; at most ResponseWriter::kMaxNsid octets are sent
  std::string version;  // version.server
};

class QueryHandler {
 public:
  // One query in flight. Plain storage; reuse it.
  struct Slot {
    QueryMessage message;
    QueryVerdict verdict = QueryVerdict::kDrop;
    Transport transport = Transport::kUdp;
    const Zone* zone = nullptr;  // that the question's name lies in
  };

  // Both must outlive the handler.
  QueryHandler(const Snapshot<Generation>& generations, const NodeIdentity& identity)
      : generations_(generations), identity_(identity) {}

  void refresh(Clock::Monotonic /*now*/ = {}) { generation_ = generations_.get(); }

  // False: no response will be sent; do not call the others.
  bool begin(Slot& slot, std::span<const std::uint8_t> query, const ClientInfo& client);
  void fetch(Slot& slot);
  // The response's size, at most out.size() (at least kMaxUdpResponse for UDP); 0: none;
  // kAnswerLater: call wait() or refuse_to_wait() before anything else.
  std::size_t finish(Slot& slot, std::span<const std::uint8_t> query, std::span<std::uint8_t> out);
  // The answer goes to `place` when it is there.
  void wait(Slot& /*slot*/, ReplyPlace /*place*/) {}
  // There is no such place: a response now, as finish().
  std::size_t refuse_to_wait(Slot& /*slot*/, std::span<const std::uint8_t> /*query*/, std::span<std::uint8_t> /*out*/) { return 0; }

  void on_response(ExchangeId /*id*/, std::span<const std::uint8_t> /*message*/) {}
  void on_failure(ExchangeId /*id*/, UpstreamFailure /*failure*/) {}
  std::optional<Clock::Monotonic> next_timer() const { return std::nullopt; }
  void on_time() {}

 private:
  void answer(Slot& slot, ResponseWriter& writer);
  void answer_internet(Slot& slot, ResponseWriter& writer);
  void answer_chaos(Slot& slot, ResponseWriter& writer);

  Snapshot<Generation>::Reader generations_;
  const Generation* generation_ = nullptr;
  const NodeIdentity& identity_;
};

}  // namespace dotmesh
