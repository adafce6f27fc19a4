#include "resolver/resolver.h"

#include <algorithm>
#include <unordered_map>

#include "resolver/resolution.h"

namespace dotmesh {
namespace {

struct QuestionKey {
  Name name;  // lowered
  RRType type;
  bool checking_disabled;
  bool operator==(const QuestionKey& other) const {
    return type == other.type && checking_disabled == other.checking_disabled && name.view() == other.name.view();
  }
};

struct QuestionKeyHash {
  std::size_t operator()(const QuestionKey& key) const {
    return NameHash()(key.name) * 31 + static_cast<std::size_t>(key.type) * 2 + (key.checking_disabled ? 1 : 0);
  }
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
  void set_time(ResolverTime now) { engine_.now = now; }

  Engine& engine() { return engine_; }
  std::size_t open_questions() const { return waiting_; }

 private:
  struct Waiter {
    AnswerToken token;
    ClientQuestion question;
    bool answered = false;
  };
  // One question under way, with all who ask it.
  struct Open {
    QuestionKey key;
    Job job;  // so that waiting in circles is seen from the top
    std::shared_ptr<Context> context;
    std::vector<Waiter> waiters;
    Timers::Id patience{};
    Timers::Id stale_patience{};
    bool has_patience = false;
    bool has_stale_patience = false;
    Run run;
  };

  std::shared_ptr<Context> make_context() const;
  std::shared_ptr<Open> begin(const QuestionKey& key, const ClientQuestion& question);
  Run run(Open* open, Name qname);
  void finish(Open& open, const ResolvedAnswer& answer);
  void set_patience(Open& open);
  bool deliver_stale(Open& open);
  void deliver(Open& open, const ResolvedAnswer& answer);

  Engine engine_;
  std::shared_ptr<const ResolverSettings> settings_;
  AnswerSink& sink_;
  Resolution resolution_;
  std::size_t waiting_ = 0;
  std::unordered_map<QuestionKey, std::shared_ptr<Open>, QuestionKeyHash> open_;
};

std::shared_ptr<Context> Resolver::Impl::make_context() const {
  auto context = std::make_shared<Context>();
  context->settings = settings_;
  context->budget.deadline = engine_.now.monotonic + kMaxResolutionTime;
  return context;
}

void Resolver::Impl::resolve(AnswerToken token, const ClientQuestion& question, ResolverTime now) {
  set_time(now);
  engine_.counters.questions.add();
  const QuestionKey key{question.qname.lowered(), question.qtype, question.checking_disabled};
  auto found = open_.find(key);
  if (found != open_.end()) {
    engine_.counters.joined.add();
    found->second->waiters.push_back({token, question, false});
    ++waiting_;
    if (!found->second->has_patience) set_patience(*found->second);
    return;
  }
  if (waiting_ >= kMaxOpenQuestions) {
    engine_.counters.refused_full.add();
    sink_.on_answer(token, question, ResolvedAnswer{});
    return;
  }
  auto open = begin(key, question);
  open->waiters.push_back({token, question, false});
  ++waiting_;
  open->run.start();
  engine_.settle();
  if (open_.contains(key) && !open->has_patience) set_patience(*open);
}

void Resolver::Impl::refresh(const ClientQuestion& question, ResolverTime now) {
  set_time(now);
  const QuestionKey key{question.qname.lowered(), question.qtype, question.checking_disabled};
  if (open_.contains(key) || open_.size() >= kMaxOpenQuestions / 2) return;
  engine_.counters.prefetched.add();
  auto open = begin(key, question);
  open->context->refresh = true;
  open->run.start();
  engine_.settle();
}

std::shared_ptr<Resolver::Impl::Open> Resolver::Impl::begin(const QuestionKey& key, const ClientQuestion& question) {
  auto open = std::make_shared<Open>();
  open->key = key;
  open->context = make_context();
  open->run = run(open.get(), question.qname);
  open_.emplace(key, open);
  return open;
}

// `open` stays in open_ until finish() and alive until nothing of this runs any more.
Run Resolver::Impl::run(Open* open, Name qname) {
  Caller caller{open->context, &open->job, 0};
  ResolvedAnswer answer = co_await resolution_.answer(caller, qname, open->key.type, open->key.checking_disabled);
  if (answer.rcode == Rcode::kServFail) deliver_stale(*open);
  finish(*open, answer);
}

void Resolver::Impl::finish(Open& open, const ResolvedAnswer& answer) {
  deliver(open, answer);
  if (open.has_patience) engine_.timers.cancel(open.patience);
  if (open.has_stale_patience) engine_.timers.cancel(open.stale_patience);
  open.has_patience = open.has_stale_patience = false;
  auto found = open_.find(open.key);
  engine_.bury(std::move(found->second));
  open_.erase(found);
}

// Clients do not wait as long as the resolution may: it goes on for the next who asks.
void Resolver::Impl::set_patience(Open& open) {
  open.has_patience = true;
  open.patience = engine_.timers.set(engine_.now.monotonic + kClientPatience, [this, &open] {
    open.has_patience = false;
    ResolvedAnswer late;
    late.error = ExtendedError::kNoReachableAuthority;
    if (!deliver_stale(open)) deliver(open, late);
  });
  if (settings_->serve_stale.count() == 0) return;
  open.has_stale_patience = true;
  open.stale_patience = engine_.timers.set(engine_.now.monotonic + kStalePatience, [this, &open] {
    open.has_stale_patience = false;
    deliver_stale(open);
  });
}

// From the cache alone, expired or not; it never waits, so the answer is there when start() returns.
bool Resolver::Impl::deliver_stale(Open& open) {
  if (open.waiters.empty() || open.context->settings->serve_stale.count() == 0) return false;
  auto context = std::make_shared<Context>();
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
  deliver(open, *stale);
  return true;
}

void Resolver::Impl::deliver(Open& open, const ResolvedAnswer& answer) {
  std::vector<Waiter> waiters;
  waiters.swap(open.waiters);
  waiting_ -= waiters.size();
  for (const Waiter& waiter : waiters) {
    if (answer.rcode == Rcode::kServFail) engine_.counters.failed.add();
    sink_.on_answer(waiter.token, waiter.question, for_client(answer, waiter.question));
  }
}

Resolver::Resolver(std::shared_ptr<const ResolverSettings> settings, ResolverShared& shared, Upstream& upstream,
                   AnswerSink& sink)
    : impl_(std::make_unique<Impl>(std::move(settings), shared, upstream, sink)) {}

Resolver::~Resolver() = default;

void Resolver::use(std::shared_ptr<const ResolverSettings> settings, const LocalZones* local_zones) {
  impl_->use(std::move(settings), local_zones);
}

void Resolver::resolve(AnswerToken token, const ClientQuestion& question, ResolverTime now) {
  impl_->resolve(token, question, now);
}

void Resolver::refresh(const ClientQuestion& question, ResolverTime now) { impl_->refresh(question, now); }

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
