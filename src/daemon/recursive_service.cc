#include "daemon/recursive_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "base/log.h"
#include "repo/state_folder.h"
#include "resolver/record_file.h"
#include "resolver/root_hints.h"
#include "resolver/trust_anchors.h"

namespace dotmesh {
namespace {

// Of the cache's memory, prepared answers get this much: an answer takes as much as the RRset in it, and
// not every RRset is asked for by clients.
struct Share {
  std::size_t part, whole;
};
constexpr Share kAnswerShare{3, 8};

// The text of a file that the node file names; nothing, and a fault at its line, when it cannot be read.
std::optional<std::string> text_of(const NodeConfig& config, const FilePath& file, const char* what, Diagnostics& diagnostics) {
  Result<std::string> text = read_record_file(file.path);
  if (text) return *text;
  diagnostics.add(config.fault(Severity::kError, "unreadable-file", file.place,
                               Error{fmt::format("cannot read {}: {}; {}", file.path, text.error().message, what)}));
  return std::nullopt;
}

NodePolicy node_policy(const NodeConfig& config, ResolverFiles files) {
  const ResolverSection& section = config.resolver;
  NodePolicy out;
  out.allow = section.allow;
  out.attached = attached_networks();
  out.public_recursion = section.public_recursion;
  out.has_authority = std::ranges::any_of(config.listen, [](const ListenEntry& e) { return e.role.authority(); });
  out.resolver = resolver_settings(section);
  out.resolver.root_hints = std::move(files.root_hints);
  out.resolver.trust_anchors = std::move(files.trust_anchors);
  return out;
}

std::unique_ptr<ServerCookies> make_cookies(const LimitsSection& section) {
  std::vector<ServerCookies::Secret> secrets;
  for (const Located<std::string>& text : section.cookie_secrets) {
    // None that is none comes so far (node_config.cc).
    if (auto secret = ServerCookies::parse_secret(text.value)) secrets.push_back(*secret);
  }
  if (secrets.empty()) secrets.push_back(ServerCookies::random_secret());
  return std::make_unique<ServerCookies>(std::move(secrets));
}

unsigned workers_of(const NodeConfig& config) {
  return config.node.workers != 0 ? config.node.workers : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

ResolverFiles read_resolver_files(const NodeConfig& config, Diagnostics& diagnostics) {
  ResolverFiles files;
  const FilePath& hints = config.resolver.root_hints;
  if (hints.empty()) {
    files.root_hints = built_in_root_hints();
  } else if (auto text = text_of(config, hints, "name a file of the root's NS records and their addresses, or leave the setting out",
                                 diagnostics)) {
    files.root_hints = parse_root_hints(hints.path, *text, diagnostics);
  }
  const std::optional<FilePath>& anchors = config.resolver.trust_anchors;
  if (!anchors || anchors->empty()) {
    files.trust_anchors = built_in_trust_anchors();
  } else if (auto text = text_of(config, *anchors, "name a file of DS or DNSKEY records, or an empty one for no validation",
                                 diagnostics)) {
    files.trust_anchors = parse_trust_anchors(anchors->path, *text, diagnostics);
  }
  return files;
}

RecursiveService::RecursiveService(const NodeConfig& config, ResolverFiles files, const Clock& clock)
    : enabled_(std::ranges::any_of(config.listen, [](const ListenEntry& e) { return e.role.resolver(); })),
      persists_(config.resolver.keeps_cache()),
      real_clock_(clock),
      clock_(clock),
      policies_(node_policy(config, std::move(files))),
      cookies_(make_cookies(config.limits)),
      amplification_(static_cast<std::uint32_t>(config.limits.amplification.bytes)) {
  // Spoofed queries come from all ports, so they spread over the workers.
  if (amplification_ != 0) amplification_ = std::max(1U, amplification_ / workers_of(config));
  if (!enabled_) return;
  followed_.policy = policies_.of(nullptr);
  const std::size_t octets = config.resolver.cache_size.bytes;
  const std::size_t for_answers = octets / kAnswerShare.whole * kAnswerShare.part;
  shared_ = std::make_unique<ResolverShared>(octets - for_answers);
  answers_ = std::make_unique<AnswerCache>(for_answers);
}

void RecursiveService::start_cache(const std::string& file) {
  if (!enabled_ || !persists_) {
    CacheKeeper::discard(file);
    return;
  }
  const ResolverSettings& settings = *policies_.of(nullptr)->resolver;
  const CacheFileOptions options{.settings_tag = cache_settings_tag(settings), .keep_stale = settings.serve_stale};
  keeper_ = std::make_unique<CacheKeeper>(shared_->cache, file, options, real_clock_, clock_);
  keeper_->start();
  keeper_->wait_until_loaded(kWaitForCache);
}

void RecursiveService::stop_cache() {
  if (keeper_ != nullptr) keeper_->stop();
}

void RecursiveService::restore_anchors(const std::string& file) {
  if (!enabled_) return;
  anchors_file_ = file;
  if (!std::filesystem::exists(file)) return;
  Result<std::string> text = read_record_file(file);
  Result<std::vector<StoredAnchors>> stored = text ? parse_rollover_state(*text) : std::unexpected(text.error());
  if (!stored) {
    spdlog::warn("{}: {}; the trust anchors are those of the node file again", file, stored.error().message);
    return;
  }
  shared_->anchors.restore(std::move(*stored));
}

void RecursiveService::keep_anchors() {
  if (!enabled_ || anchors_file_.empty()) return;
  std::optional<std::string> text = shared_->anchors.take_changed();
  if (!text) return;
  if (Result<void> written = write_file_atomically(anchors_file_, *text); !written) {
    spdlog::warn("{}; new trust anchors begin to wait again after a restart", written.error().message);
  }
}

std::size_t RecursiveService::forget(NameView name) {
  if (!enabled_) return 0;
  std::size_t gone = shared_->cache.remove_subtree(name);
  shared_->denials.remove_subtree(name);
  return gone + answers_->remove_subtree(name);  // last: made of the others
}

void RecursiveService::take_generation(const std::shared_ptr<const Generation>& generation) {
  if (!enabled_) return;
  PolicyOfGeneration next{generation, policies_.of(generation)};
  for (const Name& name : changed_names(followed_, next)) {
    // What was loaded from the file belongs to the first; only what was answered until now does not.
    const bool first = followed_.generation == nullptr;
    const std::size_t gone = first ? answers_->remove_subtree(name) : forget(name);
    if (gone != 0) spdlog::info("{} and below: {} cached entries forgotten, by this commit", name.to_string(), gone);
  }
  followed_ = std::move(next);
}

std::unique_ptr<BatchHandler> RecursiveService::handler(const Snapshot<Generation>& generations,
                                                        const NodeIdentity& identity, Upstream& upstream) {
  std::unique_ptr<Recursion> recursion;
  if (enabled_) {
    recursion = std::make_unique<Recursion>(policies_.of(nullptr)->resolver, *shared_, upstream, clock_, identity.name,
                                            answers_.get());
    recursion->watch_anchors(real_clock_.monotonic());
  }
  ClientDefence defence{cookies_.get(), &real_clock_, amplification_};
  auto made = std::make_unique<SteppedHandler<QueryHandler>>(generations, identity, policies_, std::move(recursion), defence);
  std::lock_guard lock(mutex_);
  handlers_.push_back(&made->handler());
  return made;
}

Result<std::string> RecursiveService::trace(const Snapshot<Generation>& generations,
                                            const NodeIdentity& identity,
                                            const TraceQuestion& question) {
  std::unique_lock only(tracing_, std::try_to_lock);
  if (!only) return fail("another trace is running; ask again in some seconds");
  return trace_query(
      {generations, identity, policies_, real_clock_, clock_, shared_.get(), answers_.get()},
      question);
}

std::vector<TrustPoint> RecursiveService::trust_points() const {
  if (!enabled_) return {};
  return shared_->anchors.points(clock_.at(real_clock_.monotonic()));
}

QueryStats RecursiveService::query_stats() const {
  QueryStats sum;
  std::lock_guard lock(mutex_);
  for (const QueryHandler* handler : handlers_) sum.add(handler->counters());
  return sum;
}

std::vector<std::pair<std::string, std::uint64_t>> RecursiveService::counts() const {
  struct Row {
    const char* name;
    Counter ResolverCounters::*counter;
  };
  static constexpr Row kRows[] = {
      {"questions", &ResolverCounters::questions},
      {"joined", &ResolverCounters::joined},
      {"from_cache", &ResolverCounters::from_cache},
      {"stale", &ResolverCounters::stale},
      {"failed", &ResolverCounters::failed},
      {"refused_full", &ResolverCounters::refused_full},
      {"upstream_queries", &ResolverCounters::upstream_queries},
      {"upstream_tcp", &ResolverCounters::upstream_tcp},
      {"upstream_timeouts", &ResolverCounters::upstream_timeouts},
      {"upstream_failures", &ResolverCounters::upstream_failures},
      {"upstream_malformed", &ResolverCounters::upstream_malformed},
      {"upstream_forged", &ResolverCounters::upstream_forged},
      {"upstream_lame", &ResolverCounters::upstream_lame},
      {"upstream_errors", &ResolverCounters::upstream_errors},
      {"budget_exhausted", &ResolverCounters::budget_exhausted},
      {"validated_secure", &ResolverCounters::validated_secure},
      {"validated_insecure", &ResolverCounters::validated_insecure},
      {"validated_bogus", &ResolverCounters::validated_bogus},
      {"signature_checks", &ResolverCounters::signature_checks},
      {"failed_signature_checks", &ResolverCounters::failed_signature_checks},
      {"nsec3_rounds", &ResolverCounters::nsec3_rounds},
      {"synthesised", &ResolverCounters::synthesised},
      {"prefetched", &ResolverCounters::prefetched},
  };
  std::vector<std::pair<std::string, std::uint64_t>> out;
  std::lock_guard lock(mutex_);
  const auto add = [&](const char* name, auto&& count_of) {
    std::uint64_t sum = 0;
    for (const QueryHandler* handler : handlers_) sum += count_of(*handler);
    out.emplace_back(name, sum);
  };
  add("amplification_limited", [](const QueryHandler& handler) { return handler.amplification().limited().value(); });
  if (!enabled_) return out;
  for (const Row& row : kRows) {
    add(row.name, [&row](const QueryHandler& handler) { return (handler.recursion()->resolver_counters().*row.counter).value(); });
  }
  add("answered_later", [](const QueryHandler& handler) { return handler.recursion()->counters().answered_later.value(); });
  add("refused_client", [](const QueryHandler& handler) { return handler.recursion()->counters().refused_client.value(); });
  const auto rrsets = shared_->cache.stats();
  out.emplace_back("cache_entries", rrsets.entries);
  out.emplace_back("cache_octets", rrsets.octets);
  out.emplace_back("cache_evicted", rrsets.evicted);
  const auto answers = answers_->stats();
  out.emplace_back("answer_cache_entries", answers.entries);
  out.emplace_back("answer_cache_octets", answers.octets);
  return out;
}

}  // namespace dotmesh
