// ResolverUnderTest: a Resolver with a cache of its own, as a worker of the daemon has one.
#pragma once

#include <memory>
#include <utility>

#include "resolver/resolver.h"
#include "resolver/shared.h"

namespace dotmesh::simulation {

class ResolverUnderTest {
 public:
  static constexpr std::size_t kCacheOctets = 4 << 20;

  // `upstream` and `sink` must outlive it.
  ResolverUnderTest(std::shared_ptr<const ResolverSettings> settings, Upstream& upstream, AnswerSink& sink,
                    std::size_t cache_octets = kCacheOctets)
      : shared_(cache_octets), resolver_(std::move(settings), shared_, upstream, sink) {}

  Resolver& resolver() { return resolver_; }
  ResolverShared& shared() { return shared_; }

 private:
  ResolverShared shared_;
  Resolver resolver_;
};

}  // namespace dotmesh::simulation
