#include "daemon/recursive_service.h"

#include <algorithm>

#include "base/log.h"
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

NodePolicy node_policy(const NodeConfig& config, Diagnostics& diagnostics) {
  const ResolverSection& section = config.resolver;
  NodePolicy out;
  out.allow = section.allow;
  out.attached = attached_networks();
  out.public_recursion = section.public_recursion;
  out.has_authority = std::ranges::any_of(config.listen, [](const ListenEntry& e) { return e.role.authority(); });
  out.resolver = resolver_settings(section);
  out.resolver.root_hints =
      section.root_hints.empty() ? built_in_root_hints() : load_root_hints(section.root_hints.path, diagnostics);
  out.resolver.trust_anchors =
      section.trust_anchors ? load_trust_anchors(section.trust_anchors->path, diagnostics) : built_in_trust_anchors();
  return out;
}

}  // namespace

RecursiveService::RecursiveService(const NodeConfig& config, const Clock& clock, Diagnostics& diagnostics)
    : enabled_(std::ranges::any_of(config.listen, [](const ListenEntry& e) { return e.role.resolver(); })),
      persists_(config.resolver.persist_cache),
      real_clock_(clock),
      clock_(clock),
      policies_(node_policy(config, diagnostics)) {
  if (!enabled_) return;
  followed_.policy = policies_.of(nullptr);
  const std::size_t octets = config.resolver.cache_size.bytes;
  const std::size_t for_answers = octets / kAnswerShare.whole * kAnswerShare.part;
  shared_ = std::make_unique<ResolverShared>(octets - for_answers);
  answers_ = std::make_unique<AnswerCache>(for_answers);
}

void RecursiveService::start_cache(const std::string& file) {
  if (!enabled_ || !persists_) return;
  const ResolverSettings& settings = *policies_.of(nullptr)->resolver;
  const CacheFileOptions options{.settings_tag = cache_settings_tag(settings), .keep_stale = settings.serve_stale};
  keeper_ = std::make_unique<CacheKeeper>(shared_->cache, file, options, real_clock_, clock_);
  keeper_->start();
  keeper_->wait_until_loaded(kWaitForCache);
}

void RecursiveService::stop_cache() {
  if (keeper_ != nullptr) keeper_->stop();
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
  }
  return std::make_unique<SteppedHandler<QueryHandler>>(generations, identity, policies_, std::move(recursion));
}

}  // namespace dotmesh
