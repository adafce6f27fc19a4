// The chains that prove absence in a signed zone: NSEC records in canonical order (RFC 4034 section 4)
// and NSEC3 records by hash (RFC 5155). Built once with the zone, immutable, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "dns/name.h"
#include "zone/node.h"

namespace dotmesh {

// Iterations that we are willing to hash for one answer. RFC 9276 asks for 0 and lets servers set a
// limit; a zone above it is served, its denials without proof.
inline constexpr std::uint16_t kMaxNsec3Iterations = 150;

using Nsec3Hash = std::array<std::uint8_t, 20>;  // SHA-1, the only algorithm that exists

struct Nsec3Parameters {
  std::uint16_t iterations = 0;
  std::vector<std::uint8_t> salt;
};

// RFC 5155 section 5; `name` is lowered.
Nsec3Hash nsec3_hash(NameView name, const Nsec3Parameters& parameters);

class DenialChains {
 public:
  // `nodes` are all nodes that own NSEC or NSEC3; they must outlive the chains.
  DenialChains(NameView origin, const std::vector<NodeView>& nodes, NodeView apex);

  bool has_nsec() const { return !nsec_.empty(); }
  bool has_nsec3() const { return !nsec3_.empty(); }
  const Nsec3Parameters& nsec3_parameters() const { return parameters_; }

  // The node whose NSEC matches or covers `name` (lowered). Precondition: has_nsec().
  NodeView nsec_at_or_before(NameView name) const;
  // The node whose NSEC3 owner hash is `hash`; empty view when there is none.
  NodeView nsec3_match(const Nsec3Hash& hash) const;
  // The node whose NSEC3 record covers `hash`. Precondition: has_nsec3().
  NodeView nsec3_cover(const Nsec3Hash& hash) const;

 private:
  struct Nsec3Entry {
    Nsec3Hash hash;
    NodeView node;
  };
  std::vector<NodeView> nsec_;    // canonical order of owner names
  std::vector<Nsec3Entry> nsec3_; // by hash
  Nsec3Parameters parameters_;
};

}  // namespace dotmesh
