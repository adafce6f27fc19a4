#include <algorithm>
#include <array>
#include <chrono>

#include "anycast/announcer.h"
#include "anycast/interfaces.h"

namespace dotmesh::anycast {
namespace {

// Somebody may take an address off behind our back; put back within this time.
constexpr std::chrono::seconds kRepeat{1};

class InterfaceAnnouncer final : public Announcer {
 public:
  explicit InterfaceAnnouncer(const Settings& settings)
      : sides_{Side{Route::kNormal, settings.interface, {}, {}},
               Side{Route::kLastResort, settings.interface + "-last", {}, {}}} {
    open_interfaces();
  }

  void want(const SocketAddress& address, Route route, Clock::Monotonic now) override {
    auto entry = std::ranges::find(entries_, address, &Entry::address);
    if (entry == entries_.end())
      entry = entries_.insert(entries_.end(), Entry{address, Route::kNone, Route::kNone, {}});
    if (entry->wanted == route && entry->is == route) return;
    entry->wanted = route;
    apply(*entry);
    repeated_ = now;
  }

  Route confirmed(const SocketAddress& address) const override {
    auto entry = std::ranges::find(entries_, address, &Entry::address);
    return entry == entries_.end() ? Route::kNone : entry->is;
  }

  std::string fault(const SocketAddress& address) const override {
    for (const Side& side : sides_) {
      if (!side.fault.empty()) return side.fault;
    }
    auto entry = std::ranges::find(entries_, address, &Entry::address);
    return entry == entries_.end() ? std::string() : entry->fault;
  }

  void on_time(Clock::Monotonic now) override {
    if (now - repeated_ < kRepeat) return;
    repeated_ = now;
    open_interfaces();
    for (Entry& entry : entries_) apply(entry);
  }

  void add_to(std::vector<pollfd>&) const override {}
  void look(Clock::Monotonic) override {}

 private:
  struct Side {
    Route route;
    std::string name;
    Descriptor descriptor;
    std::string fault;
  };
  struct Entry {
    SocketAddress address;
    Route wanted;
    Route is;
    std::string fault;
  };

  void open_interfaces() {
    for (Side& side : sides_) {
      if (side.descriptor.valid()) continue;
      auto made = make_interface(side.name);
      side.fault = made ? std::string() : made.error().message;
      if (made) side.descriptor = std::move(*made);
    }
  }

  // Puts the new route there before it takes the old one away.
  void apply(Entry& entry) {
    entry.fault.clear();
    const auto note = [&entry](const Result<void>& done) {
      if (!done) entry.fault = done.error().message;
      return done.has_value();
    };
    if (entry.wanted != Route::kNone) {
      const Side& side = entry.wanted == Route::kNormal ? sides_[0] : sides_[1];
      if (!side.descriptor.valid() || !note(add_address(side.name, entry.address))) {
        entry.is = Route::kNone;
        return;
      }
    }
    for (const Side& side : sides_) {
      if (side.route != entry.wanted && side.descriptor.valid() &&
          !note(remove_address(side.name, entry.address)))
        return;
    }
    entry.is = entry.wanted;
  }

  std::array<Side, 2> sides_;
  std::vector<Entry> entries_;
  Clock::Monotonic repeated_{};
};

}  // namespace

std::unique_ptr<Announcer> make_interface_announcer(const Settings& settings) {
  return std::make_unique<InterfaceAnnouncer>(settings);
}

}  // namespace dotmesh::anycast
