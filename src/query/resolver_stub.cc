// Stands in for the resolver's core until that is in the tree: every question fails.
#include "resolver/resolver.h"

namespace dotmesh {

class Resolver::Impl {
 public:
  explicit Impl(AnswerSink& s) : sink(s) {}
  AnswerSink& sink;
};

Resolver::Resolver(std::shared_ptr<const ResolverSettings>, ResolverShared&, Upstream&, AnswerSink& sink)
    : impl_(std::make_unique<Impl>(sink)) {}
Resolver::~Resolver() = default;
void Resolver::use(std::shared_ptr<const ResolverSettings>) {}
void Resolver::resolve(AnswerToken token, const ClientQuestion& question, ResolverTime) {
  impl_->sink.on_answer(token, question, {});
}
void Resolver::on_response(ExchangeId, std::span<const std::uint8_t>, ResolverTime) {}
void Resolver::on_failure(ExchangeId, UpstreamFailure, ResolverTime) {}
void Resolver::on_time(ResolverTime) {}
std::optional<std::chrono::nanoseconds> Resolver::next_timer() const { return std::nullopt; }
std::size_t Resolver::open_questions() const { return 0; }

}  // namespace dotmesh
