// TcpConnection: the state of one DNS-over-TCP connection (RFC 7766). It holds buffers only while it
// has half a message or an unsent response; an idle connection costs a few hundred octets.
//
// Owned by TcpService, touched only by its worker's thread.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <vector>

#include "base/clock.h"
#include "server/sockets.h"

namespace dotmesh {

// Octets in order of arrival, taken from the front. Gives its memory back when empty.
class OctetQueue {
 public:
  std::span<const std::uint8_t> octets() const { return std::span(bytes_).subspan(start_); }
  bool empty() const { return start_ == bytes_.size(); }
  std::size_t size() const { return bytes_.size() - start_; }

  void append(std::span<const std::uint8_t> more) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(start_));
    start_ = 0;
    bytes_.insert(bytes_.end(), more.begin(), more.end());
  }
  void take(std::size_t count) {
    start_ += count;
    if (start_ == bytes_.size()) {
      std::vector<std::uint8_t>().swap(bytes_);
      start_ = 0;
    }
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t start_ = 0;
};

// One limit for one client: an IPv4 address, or an IPv6 /64, which is what one household has.
struct ClientKey {
  std::uint64_t high = 0;  // the /64, or 0
  std::uint64_t low = 0;   // the IPv4 address, or 0
  bool operator==(const ClientKey&) const = default;
};
ClientKey client_key(const sockaddr_storage& address);

struct TcpConnection : EventSource {
  // Each connection waits for exactly one thing, and stands in the list of those that wait for it.
  enum class Waiting : std::uint8_t {
    kForQuery,   // the client has to send a complete query
    kForTurn,    // complete queries are here, the worker has other work first
    kForReader,  // the client has to take its responses
    kForAnswer,  // some of its answers come later; meanwhile it may send more queries
  };

  TcpConnection() : EventSource(Kind::kConnection) {}

  Descriptor socket;
  sockaddr_storage peer{};
  std::uint8_t roles = 0;
  std::uint64_t id = 0;     // never used again by this worker
  std::size_t unanswered = 0;  // queries whose answers come later
  Waiting waiting = Waiting::kForQuery;
  bool finishing = false;   // no more queries: send what is left, then close
  bool progressed = false;  // since it was last put in a list
  std::uint32_t interest = 0;  // epoll events asked for
  Clock::Monotonic opened;
  Clock::Monotonic waiting_since;  // its last progress; the order of the lists
  OctetQueue input;                // starts at the length of a message
  OctetQueue output;
  std::list<TcpConnection>::iterator self;
};

}  // namespace dotmesh
