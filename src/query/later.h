// Answers that are ready only after the call that asked for them (a name that must be looked up): to
// whom they go. A transport remembers the client and gives a ticket; whoever has the answer hands
// both back.
//
// All of one worker thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace dotmesh {

// What QueryHandler::finish() returns instead of a size when the answer comes later.
inline constexpr std::size_t kAnswerLater = std::numeric_limits<std::size_t>::max();

using ReplyTicket = std::uint64_t;

class LaterReplies {
 public:
  virtual ~LaterReplies() = default;
  // Exactly once for each ticket. The client may be gone. An empty response sends nothing.
  virtual void reply(ReplyTicket ticket, std::span<const std::uint8_t> response) = 0;
};

struct ReplyPlace {
  LaterReplies* transport = nullptr;
  ReplyTicket ticket = 0;
};

}  // namespace dotmesh
