// Policy: who may ask what, and what the resolver is told, for one generation. PolicySource makes it
// from the node file's part, which never changes, and the generation's.
#pragma once

#include <memory>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "base/ip_prefix.h"
#include "config/node_config.h"
#include "network/generation.h"
#include "query/client_classes.h"
#include "resolver/settings.h"

namespace dotmesh {

// Immutable; any thread.
struct Policy {
  ClientClasses clients;
  bool public_recursion = false;  // recursion for the class public too
  // Whether zones of the generation are answered here; false on a node without the role authority, where
  // the network has service addresses to ask.
  bool in_process = true;
  std::shared_ptr<const ResolverSettings> resolver;
  // Zones of the generation for which there is a local trust anchor: the resolver validates them.
  std::unordered_set<const Zone*> anchored;

  bool may_recurse(ClientClass client) const { return client != ClientClass::kPublic || public_recursion; }
};

// The node's own part.
struct NodePolicy {
  std::vector<IpPrefix> allow;     // further prefixes of the class mesh
  std::vector<IpPrefix> attached;  // networks at the node's interfaces: the mesh where nothing says what it is
  bool public_recursion = false;
  bool has_authority = true;       // the role, on any listening address
  ResolverSettings resolver;       // without what the generation adds
};

class PolicySource {
 public:
  explicit PolicySource(NodePolicy node) : node_(std::move(node)) {}

  // For this generation (null: none yet). Made once, and kept for those who ask next. Any thread.
  std::shared_ptr<const Policy> of(const std::shared_ptr<const Generation>& generation);

 private:
  std::shared_ptr<const Policy> make(const Generation* generation) const;

  const NodePolicy node_;
  std::mutex mutex_;
  std::weak_ptr<const Generation> made_for_;  // its memory is not used again while this points there
  std::shared_ptr<const Policy> made_;
};

// [resolver] and [[resolver.forward]] of the node file. Hints and anchors are files: not in here.
ResolverSettings resolver_settings(const ResolverSection& section);
// Addresses of this machine's interfaces with their networks. Not cached: ask once.
std::vector<IpPrefix> attached_networks();

}  // namespace dotmesh
