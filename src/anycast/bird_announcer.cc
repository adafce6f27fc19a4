#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "anycast/announcer.h"
#include "anycast/bird_client.h"
#include "anycast/bird_routes.h"
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
constexpr std::string_view kAddressPlace = "{address}";  // of a protocol's name

// The routes in BIRD's configuration lead through our interface, which is set up only when BIRD has
// confirmed that all of the protocols are off: what an earlier watcher left switched on does not
// come to life by it. It is made before that, for a second dotmesh, which cannot, must not switch
// off what the first has switched on. And a protocol is switched on only when BIRD says that its
// routes lead through the interface: others would outlive us, or not be there at all.
class BirdAnnouncer final : public Announcer {
 public:
  explicit BirdAnnouncer(const Settings& settings)
      : client_(settings.bird_socket),
        interface_(settings.interface),
        pattern_(settings.bird_protocol) {}

  void want(const SocketAddress& address, Route route, Clock::Monotonic now) override {
    auto entry = std::ranges::find(entries_, address, &Entry::address);
    if (entry == entries_.end())
      entry = entries_.insert(entries_.end(), Entry{address, Route::kNone, {}, {}, {}, false});
    if (entry->wanted == route) return;
    entry->wanted = route;
    entry->since = now;
    say(*entry, now);
  }

  Route confirmed(const SocketAddress& address) const override {
    auto entry = std::ranges::find(entries_, address, &Entry::address);
    if (entry == entries_.end() || !up_) return Route::kNone;
    if (entry->normal.announces()) return Route::kNormal;
    return entry->last.announces() ? Route::kLastResort : Route::kNone;
  }

  std::string fault(const SocketAddress& address) const override {
    if (!client_.fault().empty()) return client_.fault();
    if (!interface_fault_.empty()) return interface_fault_;
    auto entry = std::ranges::find(entries_, address, &Entry::address);
    if (entry == entries_.end()) return {};
    if (entry->normal.asleep || entry->last.asleep)
      return fmt::format(
          "BIRD does not use the route of {}: is interface {} down, or \"protocol device\" "
          "missing?",
          protocol_name(pattern_, address, Route::kNormal), interface_);
    return entry->normal.fault.empty() || entry->wanted == Route::kLastResort ? entry->last.fault
                                                                              : entry->normal.fault;
  }

  void on_time(Clock::Monotonic now) override {
    client_.on_time(now);
    begin_again(now);
    force(now);
    if (!up_ || now - repeated_ < kRepeat) return;
    repeated_ = now;
    set_up(now);
    if (!up_) return ask_again(now);
    for (Entry& entry : entries_) check(entry, now);
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
    std::string misled = {};  // what is wrong with where its routes lead
    bool dormant = false;     // BIRD has said so the last time
    bool asleep = false;      // BIRD does not use them, for the interface is down
    bool announces() const { return on && !asleep; }
  };
  struct Entry {
    SocketAddress address;
    Route wanted;
    Switch normal;
    Switch last;
    Clock::Monotonic since;
    bool checked;  // `misled` of both is known
  };

  // A new connection: everything off, then the interface, then what is wanted.
  void begin_again(Clock::Monotonic now) {
    if (!client_.ready()) {
      if (seen_ != 0) drop();
      seen_ = 0;
      return;
    }
    if (seen_ == client_.incarnation() && (!again_ || now < again_at_)) return;
    if (seen_ != client_.incarnation()) drop();
    seen_ = client_.incarnation();
    again_ = false;
    if (!route_.valid()) {
      auto made = open_interface(interface_);
      interface_fault_ = made ? std::string() : made.error().message;
      if (!made) return ask_again(now);
      route_ = std::move(*made);
    }
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
    set_up(now);
    if (!up_) return ask_again(now);
    for (Entry& entry : entries_) say(entry, now);
  }

  // Again now and then: somebody may have set it down.
  void set_up(Clock::Monotonic now) {
    const auto set = set_interface_up(interface_);
    interface_fault_ = set ? std::string() : set.error().message;
    if (set && !up_) up_since_ = now;
    up_ = set.has_value();
  }

  void ask_again(Clock::Monotonic now) {
    again_ = true;
    again_at_ = now + kRepeat;
  }

  void drop() {
    route_.reset();  // the interface, and so every route through it
    up_ = false;
    for (Entry& entry : entries_) {
      entry.normal = entry.last = {};
      entry.checked = false;
    }
  }

  // Asks BIRD where the routes of both protocols lead, and then says what is wanted.
  void check(Entry& entry, Clock::Monotonic now) {
    for (const Route route : {Route::kNormal, Route::kLastResort}) {
      client_.send(
          fmt::format("show static {}", protocol_name(pattern_, entry.address, route)),
          [this, address = entry.address, route, now](const BirdClient::Reply& reply) {
            on_routes(address, route, reply, now);
          },
          now);
    }
  }

  void on_routes(const SocketAddress& address, Route route, const BirdClient::Reply& reply,
                 Clock::Monotonic now) {
    auto entry = std::ranges::find(entries_, address, &Entry::address);
    if (entry == entries_.end()) return;
    Switch& one = route == Route::kNormal ? entry->normal : entry->last;
    const std::string name = protocol_name(pattern_, address, route);
    // What is no static protocol, or none at all, is BIRD's to say when it is switched on.
    one.misled = reply.good() ? misled_routes(name, reply.lines, interface_) : std::string();
    // BIRD hears of an interface a moment after it is there, and when it ends it says so of all:
    // once is nothing.
    const bool dormant = asleep(reply.lines);
    one.asleep = dormant && one.dormant && now - up_since_ >= kRepeat;
    one.dormant = dormant;
    if (route != Route::kLastResort) return;
    entry->checked = true;
    say(*entry, now);
  }

  // The new route before the old one goes.
  void say(Entry& entry, Clock::Monotonic now) {
    if (!up_) return;
    if (!entry.checked && entry.wanted != Route::kNone) return check(entry, now);
    const auto tell = [&](Route route) {
      Switch& one = route == Route::kNormal ? entry.normal : entry.last;
      const bool on = entry.wanted == route && one.misled.empty();
      if (entry.wanted == route) one.fault = one.misled;
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
      one.fault = one.misled;
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
    if (!late || !up_) return;
    drop();
    seen_ = 0;
  }

  BirdClient client_;
  std::string interface_;
  std::string pattern_;
  std::string interface_fault_;
  Descriptor route_;  // the interface
  bool up_ = false;   // it is, and BIRD may be told
  Clock::Monotonic up_since_{};
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
  if (auto at = name.find(kAddressPlace); at != std::string::npos)
    name.replace(at, kAddressPlace.size(), text);
  return route == Route::kLastResort ? name + "_last" : name;
}

std::string protocol_pattern(std::string_view pattern) {
  return std::string(pattern.substr(0, pattern.find(kAddressPlace))) + "*";
}

}  // namespace dotmesh::anycast
