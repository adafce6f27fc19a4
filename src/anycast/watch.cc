#include "anycast/watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "anycast/announcer.h"
#include "anycast/beat.h"
#include "anycast/intent.h"
#include "anycast/interfaces.h"
#include "anycast/link_message.h"
#include "anycast/mesh_check.h"
#include "anycast/patience.h"
#include "anycast/probe.h"
#include "anycast/status.h"
#include "anycast/verdict.h"
#include "anycast/watcher.h"
#include "anycast/worker_threads.h"
#include "base/clock.h"
#include "base/log.h"

namespace dotmesh::anycast {
namespace {

using std::chrono::milliseconds;

// Reports come at least so often; the keeper counts on a turn in that time, too.
constexpr milliseconds kReport{500};
// How often the machine's interfaces are looked at for the addresses.
constexpr milliseconds kPlace{500};
// The address interface that could not be made is tried again: the node that ran before ends a
// moment later, the tun driver is loaded.
constexpr milliseconds kTryInterface{250};
// Without an intent there is nothing to do but to wait for one.
constexpr milliseconds kIdle{200};

void tell(const std::string& text, int descriptor = -1) {
  send_message(kLinkDescriptor, text,
               std::span(&descriptor, descriptor >= 0 ? std::size_t{1} : std::size_t{0}));
}

// One service address, watched.
struct Watched {
  Watched(const SocketAddress& where, const VerdictSettings& settings)
      : address(where), probe(where), mesh(where), verdict(settings) {}

  SocketAddress address;
  Service service;
  Probe probe;
  MeshCheck mesh;
  Verdict verdict;
  Patience patience;              // of the round under way
  bool asked = false;             // it has questions
  std::uint64_t beat_judged = 0;  // the last one that a round has counted
  std::size_t turn = 0;           // of the questions
  Clock::Monotonic placed{};
  std::string holder_fault;  // the address is on a foreign interface, or could not be put on ours
  std::string why;
  Route route = Route::kNone;  // as wanted
  ServiceStatus status;
};

class Watch {
 public:
  explicit Watch(const WatchStart& start)
      : start_(start), server_(static_cast<int>(::syscall(SYS_pidfd_open, start.server, 0))) {}

  int run() {
    tell("hello", start_.address_interface);
    while (!gone_) {
      if (address_interface_is_free()) return kInterfaceFree;
      wait();
      const auto now = clock_.monotonic();
      if (now >= next_round_) round(now);
      if (changed_ || now >= next_report_) report(now);
      [[maybe_unused]] auto written = ::write(start_.pulse, ".", 1);
    }
    withdraw_all();
    return kServerGone;
  }

 private:
  // The keeper makes it, and holds it: here it only shows whether it can be made.
  bool address_interface_is_free() {
    const auto now = clock_.monotonic();
    if (start_.address_interface >= 0 || !announcer_ || now < next_try_) return false;
    next_try_ = now + kTryInterface;
    return make_interface(intent_.settings.interface + "-addr").has_value();
  }

  void wait() {
    const auto now = clock_.monotonic();
    std::vector<pollfd> waits{{kLinkDescriptor, POLLIN, 0}, {server_.get(), POLLIN, 0}};
    if (announcer_) announcer_->add_to(waits);
    const std::size_t probes = waits.size();
    for (const auto& one : watched_) {
      one->probe.add_to(waits);
      one->mesh.add_to(waits);
    }
    const auto limit =
        std::max(std::min(next_round_, next_report_) - now, Clock::Monotonic::duration::zero());
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(limit);
    const timespec time{static_cast<time_t>(left.count() / 1'000'000'000),
                        static_cast<long>(left.count() % 1'000'000'000)};
    ::ppoll(waits.data(), waits.size(), &time, nullptr);
    if (waits[1].revents != 0) gone_ = true;
    if (waits[0].revents != 0) take_messages();
    const bool answered = std::any_of(waits.begin() + static_cast<std::ptrdiff_t>(probes),
                                      waits.end(), [](const pollfd& w) { return w.revents != 0; });
    if (announcer_ && !gone_) {
      announcer_->look(clock_.monotonic());
      note_announced();
    }
    for (const auto& one : watched_) {
      if (!answered) continue;
      one->probe.look();
      one->mesh.look();
    }
  }

  void take_messages() {
    while (true) {
      LinkMessage message = receive_message(kLinkDescriptor);
      if (message.nothing) return;
      if (message.closed) {  // the server has closed its end, which only its death does
        gone_ = true;
        return;
      }
      if (!message.descriptors.empty()) workers_.take(std::move(message.descriptors));
      take_message(message.text);
    }
  }

  void take_message(std::string_view text) {
    if (auto intent = read_intent(text)) return take_intent(std::move(*intent));
    const auto beat = nlohmann::json::parse(text, nullptr, false);
    if (!beat.is_object() || !beat.contains("stuck") || !beat["stuck"].is_number_unsigned()) return;
    beat_.hear(beat["stuck"].get<unsigned>(), clock_.monotonic());
  }

  void take_intent(Intent intent) {
    const auto now = clock_.monotonic();
    const bool undrained = intent_.drained && !intent.drained;
    intent_ = std::move(intent);
    if (!announcer_) {
      announcer_ = intent_.settings.method == "bird" ? make_bird_announcer(intent_.settings)
                                                     : make_interface_announcer(intent_.settings);
      next_round_ = now;
    }
    std::vector<std::unique_ptr<Watched>> kept;
    for (Service& service : intent_.services) {
      auto address = SocketAddress::parse(service.address, 53);
      if (!address) continue;
      auto known = std::ranges::find_if(
          watched_, [&](const auto& one) { return one && one->address == *address; });
      kept.push_back(known != watched_.end()
                         ? std::move(*known)
                         : std::make_unique<Watched>(*address, intent_.settings.verdict));
      kept.back()->service = std::move(service);
      if (undrained) kept.back()->verdict.ask_again();
    }
    for (const auto& left : watched_) {
      if (left) forget(*left, now);
    }
    watched_ = std::move(kept);
    decide(now);
  }

  // No longer a service address of the network.
  void forget(Watched& one, Clock::Monotonic now) {
    announcer_->want(one.address, Route::kNone, now);
    if (start_.address_interface >= 0)
      remove_local_route(intent_.settings.interface + "-addr", one.address);
    changed_ = true;
  }

  // Each address has rounds of its own; here those whose time has come.
  void round(Clock::Monotonic now) {
    next_round_ = now + (announcer_ ? intent_.settings.probe_interval : kIdle);
    if (!announcer_) return;
    for (const auto& one : watched_) {
      if (one->patience.due() <= now && over(*one)) {
        if (one->asked) judge(*one, now);
        ask(*one);
      }
      next_round_ = std::min(next_round_, one->patience.due());
    }
    announcer_->on_time(now);
    decide(now);
  }

  bool over(Watched& one) {
    if (!one.asked) return true;
    one.probe.look();  // what has come in the meantime counts
    if (one.probe.refuted() || (one.probe.answered() && beat_.stuck() == 0)) return true;
    const auto now = clock_.monotonic();
    return one.patience.over(now, workers_.wait_for_processor(now));
  }

  void judge(Watched& one, Clock::Monotonic now) {
    std::optional<std::string> fault = one.probe.fault();
    if (!fault && beat_.stuck() != 0) {
      if (!beat_.fails_again(one.beat_judged, intent_.settings.probe_interval, now)) return;
      fault = fmt::format("{} of the workers hang", beat_.stuck());
    }
    one.beat_judged = beat_.number();
    one.status.probes++;
    if (fault) {
      one.status.failures++;
      one.why = *fault;
    } else if (one.verdict.up()) {
      one.why.clear();
    }
    const bool was_up = one.verdict.up();
    one.verdict.note(!fault, now);
    if (was_up && !one.verdict.up()) one.status.withdrawals++;
    if (one.verdict.up()) one.why.clear();
  }

  void ask(Watched& one) {
    const bool answerable = ready_to_ask(one);
    const auto now = clock_.monotonic();  // the kernel may have kept us waiting
    one.asked = answerable;
    one.patience.begin(now, intent_.settings.probe_interval);
    if (!answerable) return;
    one.probe.begin(one.service.questions[one.turn++ % one.service.questions.size()]);
    queries_sent_ += one.mesh.on_time(one.service.mesh_questions, now) ? 4 : 2;
  }

  bool ready_to_ask(Watched& one) {
    if (intent_.drained || !one.service.obstacle.empty())
      return false;  // what still arrives then is the clients'
    if (const auto now = clock_.monotonic(); now - one.placed >= kPlace) {
      one.placed = now;
      place(one);
    }
    return !one.service.questions.empty() && one.holder_fault.empty();
  }

  // The copy of the address that is answered on whatever the routing does.
  void place(Watched& one) {
    if (auto holder = foreign_holder(one.address, intent_.settings.interface)) {
      const std::string address = one.address.address_to_string();
      one.holder_fault = fmt::format(
          "{} is already on interface {}, where dotmesh cannot withdraw it: take it off "
          "(ip address del {}/{} dev {})",
          address, *holder, address, one.address.address().size() * 8, *holder);
      return;
    }
    if (start_.address_interface < 0) {
      one.holder_fault = start_.address_fault;
      return;
    }
    auto added = add_local_route(intent_.settings.interface + "-addr", one.address);
    one.holder_fault = added ? std::string() : added.error().message;
  }

  Route route_for(const Watched& one) const {
    if (intent_.drained || !one.holder_fault.empty() || !one.service.obstacle.empty())
      return Route::kNone;
    if (one.verdict.up()) return Route::kNormal;
    // Its process lives and has answered before: better than nothing, where there is nothing
    // better.
    return intent_.settings.last_resort && one.verdict.was_up() ? Route::kLastResort : Route::kNone;
  }

  void decide(Clock::Monotonic now) {
    for (const auto& one : watched_) {
      const Route route = route_for(*one);
      if (route != one->route) {
        spdlog::info("anycast: {}: announced: {}{}{}", one->service.address, route_word(route),
                     route == Route::kNormal ? "" : "; ",
                     route == Route::kNormal ? "" : why_of(*one));
        one->route = route;
      }
      announcer_->want(one->address, route, now);
    }
    note_announced();
  }

  std::string why_of(const Watched& one) const {
    if (!one.service.obstacle.empty()) return one.service.obstacle;
    if (!one.holder_fault.empty()) return one.holder_fault;
    if (intent_.drained) return "drained";
    if (one.verdict.up()) return {};
    if (one.service.questions.empty()) return "no generation is served yet";
    if (one.verdict.waiting())
      return fmt::format("it is well again and must stay so for {} ms",
                         one.verdict.hold_down().count());
    return one.why.empty() ? "not asked yet" : one.why;
  }

  void note_announced() {
    for (const auto& one : watched_) {
      ServiceStatus& status = one->status;
      const Route now = announcer_->confirmed(one->address);
      if (now != status.announced || status.since == 0) {
        status.announced = now;
        status.since =
            std::chrono::duration_cast<std::chrono::seconds>(clock_.wall().time_since_epoch())
                .count();
        changed_ = true;
      }
      const bool ready = one->verdict.up() && !intent_.drained && one->service.obstacle.empty() &&
                         one->holder_fault.empty();
      changed_ = changed_ || ready != status.ready;
      status.ready = ready;
    }
  }

  void report(Clock::Monotonic now) {
    changed_ = false;
    next_report_ = now + kReport;
    Status status;
    status.method = intent_.settings.method;
    status.watched = true;
    status.alive = beat_.stuck() == 0 && !beat_.silent(now);
    status.drained = intent_.drained;
    status.restarts = start_.restarts;
    status.note = start_.note;
    status.queries_sent = queries_sent_;
    for (const auto& one : watched_) {
      ServiceStatus service = one->status;
      service.address = one->service.address;
      service.presented = one->service.presented;
      service.mesh_fault = one->mesh.fault();
      service.why = why_of(*one);
      if (service.why.empty() && service.announced != one->route)
        service.why = announcer_->fault(one->address);
      if (status.fault.empty()) status.fault = announcer_->fault(one->address);
      service.hold_down_ms = static_cast<std::uint64_t>(one->verdict.hold_down().count());
      status.services.push_back(std::move(service));
    }
    tell(write_status(status));
  }

  // The interfaces go with this process in any case; a routing daemon that listens is told besides.
  void withdraw_all() {
    if (intent_.drained) {
      spdlog::info("anycast: the server has ended");
    } else {
      spdlog::error("anycast: the server is gone; its addresses are withdrawn");
    }
    const auto now = clock_.monotonic();
    for (const auto& one : watched_) announcer_->want(one->address, Route::kNone, now);
  }

  WatchStart start_;
  Descriptor server_;  // pidfd
  Clock clock_;
  Intent intent_;
  std::unique_ptr<Announcer> announcer_;
  std::vector<std::unique_ptr<Watched>> watched_;
  Clock::Monotonic next_round_{};
  Clock::Monotonic next_report_{};
  Clock::Monotonic next_try_{};
  Beat beat_;
  WorkerThreads workers_{processor_tick()};
  std::uint64_t queries_sent_ = 0;
  bool changed_ = false;
  bool gone_ = false;
};

}  // namespace

int watch(const WatchStart& start) {
  return Watch(start).run();
}

}  // namespace dotmesh::anycast
