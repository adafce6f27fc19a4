#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "anycast/announcer.h"
#include "anycast/bird_client.h"
#include "anycast/interfaces.h"

namespace dotmesh::anycast {
namespace {

// BIRD may have been told otherwise by a person, or have read its configuration again; put right
// within this time.
constexpr std::chrono::seconds kRepeat{1};
// A withdrawal that BIRD has not confirmed by then is forced: the interface goes, and the routes
// through it.
constexpr std::chrono::milliseconds kForceAfter{250};
constexpr std::size_t kMaxReplyShown = 200;

// The routes in BIRD's configuration lead through our interface, which is made only when BIRD has
// confirmed that all of the protocols are off: what an earlier watcher left switched on does not
// come to life by it.
class BirdAnnouncer final : public Announcer {
 public:
  explicit BirdAnnouncer(const Settings& settings)
      : client_(settings.bird_socket),
        interface_(settings.interface),
        pattern_(settings.bird_protocol) {}

  void want(const SocketAddress& address, Route route, Clock::Monotonic now) override {
    auto entry = std::ranges::find(entries_, address, &Entry::address);
    if (entry == entries_.end())
      entry = entries_.insert(entries_.end(), Entry{address, Route::kNone, {}, {}, {}});
    if (entry->wanted == route) return;
    entry->wanted = route;
    entry->since = now;
    say(*entry, now);
  }

  Route confirmed(const SocketAddress& address) const override {
    auto entry = std::ranges::find(entries_, address, &Entry::address);
    if (entry == entries_.end() || !route_.valid()) return Route::kNone;
    if (entry->normal.on) return Route::kNormal;
    return entry->last.on ? Route::kLastResort : Route::kNone;
  }

  std::string fault(const SocketAddress& address) const override {
    if (!client_.fault().empty()) return client_.fault();
    if (!interface_fault_.empty()) return interface_fault_;
    auto entry = std::ranges::find(entries_, address, &Entry::address);
    if (entry == entries_.end()) return {};
    return entry->normal.fault.empty() || entry->wanted == Route::kLastResort ? entry->last.fault
                                                                              : entry->normal.fault;
  }

  void on_time(Clock::Monotonic now) override {
    client_.on_time(now);
    begin_again(now);
    force(now);
    if (!route_.valid() || now - repeated_ < kRepeat) return;
    repeated_ = now;
    for (Entry& entry : entries_) say(entry, now);
  }

  void add_to(std::vector<pollfd>& waits) const override { client_.add_to(waits); }

  void look(Clock::Monotonic now) override {
    client_.look(now);
    begin_again(now);
  }

 private:
  struct Switch {
    bool on = false;
    std::string fault;
  };
  struct Entry {
    SocketAddress address;
    Route wanted;
    Switch normal;
    Switch last;
    Clock::Monotonic since;
  };

  // A new connection: everything off, then the interface, then what is wanted.
  void begin_again(Clock::Monotonic now) {
    if (!client_.ready()) {
      if (seen_ != 0) drop();
      seen_ = 0;
      return;
    }
    if (seen_ == client_.incarnation() && (!again_ || now < again_at_)) return;
    drop();
    seen_ = client_.incarnation();
    again_ = false;
    client_.send(
        fmt::format("disable \"{}\"", protocol_pattern(pattern_)),
        [this, now](const BirdClient::Reply& reply) { on_all_off(reply, now); }, now);
  }

  void on_all_off(const BirdClient::Reply& reply, Clock::Monotonic now) {
    if (!reply.good()) {
      interface_fault_ = fmt::format(
          "BIRD has no protocol {} ({}); `dotmesh anycast example` shows what its configuration "
          "needs",
          protocol_pattern(pattern_), reply.text.substr(0, kMaxReplyShown));
      return ask_again(now);
    }
    auto made = make_interface(interface_);
    interface_fault_ = made ? std::string() : made.error().message;
    if (!made) return ask_again(now);
    route_ = std::move(*made);
    for (Entry& entry : entries_) say(entry, now);
  }

  void ask_again(Clock::Monotonic now) {
    again_ = true;
    again_at_ = now + kRepeat;
  }

  void drop() {
    route_.reset();  // the interface, and so every route through it
    for (Entry& entry : entries_) entry.normal = entry.last = {};
  }

  // The new route before the old one goes.
  void say(Entry& entry, Clock::Monotonic now) {
    if (!route_.valid()) return;
    const auto tell = [&](Route route) {
      const bool on = entry.wanted == route;
      client_.send(
          fmt::format("{} {}", on ? "enable" : "disable",
                      protocol_name(pattern_, entry.address, route)),
          [this, address = entry.address, route, on](const BirdClient::Reply& reply) {
            on_reply(address, route, on, reply);
          },
          now);
    };
    if (entry.wanted == Route::kLastResort) {
      tell(Route::kLastResort);
      tell(Route::kNormal);
    } else {
      tell(Route::kNormal);
      tell(Route::kLastResort);
    }
  }

  void on_reply(const SocketAddress& address, Route route, bool on,
                const BirdClient::Reply& reply) {
    auto entry = std::ranges::find(entries_, address, &Entry::address);
    if (entry == entries_.end()) return;
    Switch& one = route == Route::kNormal ? entry->normal : entry->last;
    if (reply.good()) {
      one.on = on;
      one.fault.clear();
      return;
    }
    one.on = false;
    if (!on) return;  // a protocol that is not there is not on
    one.fault = fmt::format(
        "BIRD does not enable {} ({}); `dotmesh anycast example` shows what its configuration "
        "needs",
        protocol_name(pattern_, address, route), reply.text.substr(0, kMaxReplyShown));
  }

  void force(Clock::Monotonic now) {
    const bool late = std::ranges::any_of(entries_, [now](const Entry& entry) {
      const bool wrong = (entry.normal.on && entry.wanted != Route::kNormal) ||
                         (entry.last.on && entry.wanted == Route::kNone);
      return wrong && now - entry.since >= kForceAfter;
    });
    if (!late || !route_.valid()) return;
    drop();
    seen_ = 0;
  }

  BirdClient client_;
  std::string interface_;
  std::string pattern_;
  std::string interface_fault_;
  Descriptor route_;
  std::vector<Entry> entries_;
  unsigned seen_ = 0;  // the incarnation of BIRD that has been told to begin with all off
  bool again_ = false;
  Clock::Monotonic again_at_{};
  Clock::Monotonic repeated_{};
};

}  // namespace

std::unique_ptr<Announcer> make_bird_announcer(const Settings& settings) {
  return std::make_unique<BirdAnnouncer>(settings);
}

std::string protocol_name(std::string_view pattern, const SocketAddress& address, Route route) {
  std::string text = address.address_to_string();
  std::ranges::replace_if(
      text, [](char c) { return c == '.' || c == ':' || c == '%'; }, '_');
  std::string name(pattern);
  constexpr std::string_view kPlace = "{address}";
  if (auto at = name.find(kPlace); at != std::string::npos) name.replace(at, kPlace.size(), text);
  return route == Route::kLastResort ? name + "_last" : name;
}

std::string protocol_pattern(std::string_view pattern) {
  std::string name(pattern);
  constexpr std::string_view kPlace = "{address}";
  if (auto at = name.find(kPlace); at != std::string::npos)
    return name.replace(at, kPlace.size(), "*");
  return name + "*";
}

}  // namespace dotmesh::anycast
