#include "resolver/resolver.h"

#include <algorithm>
#include <utility>

#include "resolver/resolution.h"

namespace dotmesh {
namespace {

// How often it is asked whose keys are due, from a minute after the start on: by then the network
// is up, and clients' questions have mostly brought the keys.
constexpr std::chrono::seconds kAnchorWatch{60};

struct QuestionKey {
  QuestionKey(NameView qname, RRType qtype, bool cd)
      : name(qname),
        type(qtype),
        checking_disabled(cd),
        hash(NameHash()(qname) * 31 + static_cast<std::size_t>(type) * 2 + (cd ? 1 : 0)) {}
  bool operator==(const QuestionKey& other) const {
    return hash == other.hash && type == other.type && checking_disabled == other.checking_disabled &&
           name.view() == other.name.view();
  }

  Name name;
  RRType type;
  bool checking_disabled;
  std::size_t hash;
};

}  // namespace

class Resolver::Impl {
 public:
  Impl(std::shared_ptr<const ResolverSettings> settings, ResolverShared& shared, Upstream& upstream, AnswerSink& sink)
      : engine_(shared, upstream), settings_(std::move(settings)), sink_(sink), resolution_(engine_) {}

  void use(std::shared_ptr<const ResolverSettings> settings, const LocalZones* local_zones) {
    settings_ = std::move(settings);
    engine_.local_zones = local_zones;
  }
  void resolve(AnswerToken token, const ClientQuestion& question, ResolverTime now);
  void refresh(const ClientQuestion& question, ResolverTime now);
  void watch_anchors(ResolverTime now);
  void set_time(ResolverTime now) { engine_.now = now; }

  Engine& engine() { return engine_; }
  std::size_t open_questions() const { return waiting_; }

 private:
  struct Waiter {
    AnswerToken token;
    ClientQuestion question;
  };
  // One question under way, with all who ask it.
  struct Open {
    Open(const QuestionKey& question, std::shared_ptr<Context> of, Impl& owner)
        : key(question), context(std::move(of)), impl(owner) {}

    QuestionKey key;
    std::shared_ptr<Context> context;
    Impl& impl;
    std::vector<Waiter, PoolAllocator<Waiter>> waiters;
    Timer patience;  // set while somebody waits: until stale data may do, then until they get a failure
    nanoseconds give_up{};
    bool finished = false;
    Run run;
  };

  std::shared_ptr<Context> make_context() const;
  Run anchor_watch();
  void count_work(const WorkBudget& left);
  std::shared_ptr<Open> begin(const QuestionKey& key, const ClientQuestion& question);
  Run run(Open* open, Name qname);
  void finish(Open& open, ResolvedAnswer answer);
  void set_patience(Open& open);
  void lose_patience(Open& open);
  bool deliver_stale(Open& open);
  void deliver(Open& open, ResolvedAnswer answer);

  Engine engine_;
  std::shared_ptr<const ResolverSettings> settings_;
  AnswerSink& sink_;
  Resolution resolution_;
  std::size_t waiting_ = 0;
  TableByKey<Open> open_;
  Run anchor_watch_;
};

std::shared_ptr<Context> Resolver::Impl::make_context() const {
  auto context = make_pooled<Context>();
  context->settings = settings_;
  context->budget.deadline = engine_.now.monotonic + kMaxResolutionTime;
  return context;
}

void Resolver::Impl::resolve(AnswerToken token, const ClientQuestion& question, ResolverTime now) {
  set_time(now);
  engine_.on_time();  // what should have ended by now takes no new clients with it
  engine_.counters.questions.add();
  const QuestionKey key(question.qname, question.qtype, question.checking_disabled);
  auto found = open_.find(key);
  if (found != open_.end()) {
    engine_.counters.joined.add();
    (*found)->waiters.push_back({token, question});
    ++waiting_;
    if (!(*found)->patience.is_set()) set_patience(**found);
    return;
  }
  if (waiting_ >= kMaxOpenQuestions) {
    engine_.counters.refused_full.add();
    sink_.on_answer(token, question, ResolvedAnswer{});
    return;
  }
  auto open = begin(key, question);
  open->waiters.push_back({token, question});
  ++waiting_;
  open->run.start();
  engine_.settle();
  if (!open->finished) set_patience(*open);
}

void Resolver::Impl::refresh(const ClientQuestion& question, ResolverTime now) {
  set_time(now);
  const QuestionKey key(question.qname, question.qtype, question.checking_disabled);
  if (open_.contains(key) || open_.size() >= kMaxOpenQuestions / 2) return;
  engine_.counters.prefetched.add();
  auto open = begin(key, question);
  open->context->refresh = true;
  open->run.start();
  engine_.settle();
}

std::shared_ptr<Resolver::Impl::Open> Resolver::Impl::begin(const QuestionKey& key, const ClientQuestion& question) {
  auto open = make_pooled<Open>(key, make_context(), *this);
  open->run = run(open.get(), question.qname);
  open_.insert(open);
  return open;
}

// `open` stays in open_ until finish() and alive until nothing of this runs any more. Questions wait for jobs and
// no job for a question, so that a question closes no circle.
Run Resolver::Impl::run(Open* open, Name qname) {
  Caller caller{open->context, nullptr, 0};
  ResolvedAnswer answer = co_await resolution_.answer(caller, qname, open->key.type, open->key.checking_disabled);
  if (answer.rcode == Rcode::kServFail) deliver_stale(*open);
  finish(*open, std::move(answer));
}

void Resolver::Impl::finish(Open& open, ResolvedAnswer answer) {
  count_work(open.context->budget.crypto);
  deliver(open, std::move(answer));
  engine_.timers.cancel(open.patience);
  open.finished = true;
  auto found = open_.find(open.key);
  engine_.bury(*found);
  open_.erase(found);
}

void Resolver::Impl::count_work(const WorkBudget& left) {
  engine_.counters.signature_checks.add(kMaxSignatureChecks - left.signature_checks);
  engine_.counters.failed_signature_checks.add(kMaxFailedChecks - left.failed_checks);
  engine_.counters.nsec3_rounds.add(kMaxNsec3Rounds - left.nsec3_rounds);
}

void Resolver::Impl::watch_anchors(ResolverTime now) {
  set_time(now);
  anchor_watch_ = anchor_watch();
  anchor_watch_.start();
}

// One zone after the other, each with a budget of its own. A look that fails is as if there had
// been none: the time to try again is set already.
Run Resolver::Impl::anchor_watch() {
  while (true) {
    Engine::Pause pause(engine_, kAnchorWatch);
    co_await pause;
    const std::vector<Name> due =
        engine_.shared.anchors.claim_due(settings_->trust_anchors, engine_.now.seconds());
    for (const Name& zone : due) {
      const Caller caller{make_context(), nullptr, 0};
      co_await resolution_.lookup().refresh_keys(caller, zone);
      count_work(caller.context->budget.crypto);
    }
  }
}

// Clients do not wait as long as the resolution may: it goes on for the next who asks. Before that, stale data
// will do.
void Resolver::Impl::set_patience(Open& open) {
  open.give_up = engine_.now.monotonic + kClientPatience;
  const bool stale_first = settings_->serve_stale.count() != 0;
  engine_.timers.set(open.patience, stale_first ? engine_.now.monotonic + kStalePatience : open.give_up,
                     [](void* self) { static_cast<Open*>(self)->impl.lose_patience(*static_cast<Open*>(self)); }, &open);
}

void Resolver::Impl::lose_patience(Open& open) {
  if (deliver_stale(open) || open.waiters.empty()) return;
  if (engine_.now.monotonic < open.give_up) {
    return engine_.timers.set(
        open.patience, open.give_up,
        [](void* self) { static_cast<Open*>(self)->impl.lose_patience(*static_cast<Open*>(self)); }, &open);
  }
  ResolvedAnswer late;
  late.error = ExtendedError::kNoReachableAuthority;
  deliver(open, std::move(late));
}

// From the cache alone, expired or not; it never waits (Jobs::get()), so the answer is there when
// start() returns.
bool Resolver::Impl::deliver_stale(Open& open) {
  if (open.waiters.empty() || open.context->settings->serve_stale.count() == 0) return false;
  auto context = make_pooled<Context>();
  context->settings = open.context->settings;
  context->budget.deadline = engine_.now.monotonic;
  context->cache_only = context->allow_stale = true;
  std::optional<ResolvedAnswer> stale;
  auto from_cache = [](Resolution& resolution, Caller caller, const QuestionKey& key,
                       std::optional<ResolvedAnswer>& out) -> Run {
    out = co_await resolution.answer(caller, key.name, key.type, key.checking_disabled);
  };
  Run run = from_cache(resolution_, Caller{context, nullptr, 0}, open.key, stale);
  run.start();
  if (!stale || stale->rcode == Rcode::kServFail) return false;
  engine_.counters.stale.add();
  deliver(open, std::move(*stale));
  return true;
}

void Resolver::Impl::deliver(Open& open, ResolvedAnswer answer) {
  auto waiters = std::exchange(open.waiters, {});
  waiting_ -= waiters.size();
  if (answer.rcode == Rcode::kServFail) engine_.counters.failed.add(waiters.size());
  // First those who want signatures; then they are taken out, once for all others.
  for (bool dnssec_ok : {true, false}) {
    if (!dnssec_ok) drop_dnssec(answer);
    for (const Waiter& waiter : waiters) {
      if (waiter.question.dnssec_ok == dnssec_ok) sink_.on_answer(waiter.token, waiter.question, answer);
    }
  }
}

Resolver::Resolver(std::shared_ptr<const ResolverSettings> settings, ResolverShared& shared, Upstream& upstream,
                   AnswerSink& sink)
    : impl_(std::make_unique<Impl>(std::move(settings), shared, upstream, sink)) {}

Resolver::~Resolver() = default;

void Resolver::use(std::shared_ptr<const ResolverSettings> settings, const LocalZones* local_zones) {
  impl_->use(std::move(settings), local_zones);
}

void Resolver::trace_to(TraceSink* sink) {
  impl_->engine().trace = sink;
}

void Resolver::resolve(AnswerToken token, const ClientQuestion& question, ResolverTime now) {
  impl_->resolve(token, question, now);
}

void Resolver::refresh(const ClientQuestion& question, ResolverTime now) { impl_->refresh(question, now); }

void Resolver::watch_anchors(ResolverTime now) {
  impl_->watch_anchors(now);
}

void Resolver::on_response(ExchangeId id, std::span<const std::uint8_t> message, ResolverTime now) {
  impl_->set_time(now);
  impl_->engine().on_response(id, message);
}

void Resolver::on_failure(ExchangeId id, UpstreamFailure failure, ResolverTime now) {
  impl_->set_time(now);
  impl_->engine().on_failure(id, failure);
}

void Resolver::on_time(ResolverTime now) {
  impl_->set_time(now);
  impl_->engine().on_time();
}

std::optional<std::chrono::nanoseconds> Resolver::next_timer() const { return impl_->engine().timers.next(); }
std::size_t Resolver::open_questions() const { return impl_->open_questions(); }
const ResolverCounters& Resolver::counters() const { return impl_->engine().counters; }

}  // namespace dotmesh
