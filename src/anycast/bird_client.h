// BirdClient: asks BIRD 2 to enable and disable protocols, through its control socket, and reads
// its replies (BIRD's doc/reply_codes: four digits, then "-" when more lines follow, " " when it is
// the last).
//
// One command at a time; the others wait. A socket that is absent, forbidden, silent for kPatience,
// cut, or that says too much is a fault in words, and is opened again after kRetry. Never blocks.
// One thread; time is given.
#pragma once

#include <poll.h>

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/descriptor.h"

namespace dotmesh::anycast {

class BirdClient {
 public:
  static constexpr std::chrono::milliseconds kPatience{
      1000};  // a busy BIRD answers within tens of milliseconds
  // Then it has so long more, for whoever waits may have stood still, too, and BIRD with it.
  static constexpr std::chrono::milliseconds kGrace{250};
  static constexpr std::chrono::milliseconds kRetry{200};
  static constexpr std::size_t kMaxReply = 16 * 1024;  // our commands have replies of some lines
  static constexpr std::size_t kMaxQueue = 256;  // more than all protocols of kMaxServices, twice

  struct Reply {
    int code = 0;       // of the line that says most: 8 already disabled, 9 disabled, 10 already
                        // enabled, 11 enabled
    std::string text;   // of that line
    std::string lines;  // all of them, without codes
    bool good() const { return code > 0 && code < 8000; }
  };
  using OnReply = std::function<void(const Reply&)>;

  explicit BirdClient(std::string path) : path_(std::move(path)) {}

  // Connected and greeted.
  bool ready() const { return greeted_; }
  const std::string& fault() const { return fault_; }
  // How many times a connection has been greeted: who sees it change must say everything again.
  unsigned incarnation() const { return incarnation_; }
  // False when not ready or full. `on_reply` is called by look(), unless the connection ends
  // before.
  bool send(const std::string& command, OnReply on_reply, Clock::Monotonic now);
  bool idle() const { return queue_.empty(); }

  void on_time(Clock::Monotonic now);
  void add_to(std::vector<pollfd>& waits) const;
  void look(Clock::Monotonic now);

 private:
  struct Command {
    std::string text;
    OnReply on_reply;
  };
  void connect(Clock::Monotonic now);
  void give_up(std::string why, Clock::Monotonic now);
  void send_next(Clock::Monotonic now);
  void take_lines(Clock::Monotonic now);
  void take_line(std::string_view line, Clock::Monotonic now);

  std::string path_;
  Descriptor socket_;
  std::string fault_;
  bool greeted_ = false;
  unsigned incarnation_ = 0;
  std::string buffer_;
  std::deque<Command> queue_;  // the first is under way
  Reply reply_;
  Clock::Monotonic since_{};    // of what is waited for, or of the last failure
  Clock::Monotonic overdue_{};  // when it was first seen to last too long
};

}  // namespace dotmesh::anycast
