// DenialProof: the NSEC or NSEC3 records that prove, to a client that set DO, why a response says
// what it says (RFC 4035 section 3.1.3, RFC 5155 section 7.2). One per answer, on the stack.
#pragma once

#include <array>
#include <cstddef>

#include "dns/lookup_name.h"
#include "dns/response_writer.h"
#include "zone/zone.h"

namespace dotmesh {

class DenialProof {
 public:
  // Precondition: zone.data().denial is not null. All must outlive the proof.
  DenialProof(const Zone& zone, const LookupName& name, ResponseWriter& writer)
      : zone_(zone), chains_(*zone.data().denial), name_(name), writer_(writer) {}

  // Each writes to the authority section; false when it does not fit.
  // `encloser_labels` is the closest encloser's label count.
  bool nxdomain(std::size_t encloser_labels);
  // `node`: the name asked for, or the wildcard that stands for it.
  bool nodata(NodeView node);
  bool wildcard_nodata(NodeView wildcard, std::size_t encloser_labels);
  bool wildcard_answer(std::size_t encloser_labels);
  // No DS at the delegation `cut`, whose label count is `labels`.
  bool insecure_delegation(NodeView cut, std::size_t labels);

 private:
  bool add(NodeView node, RRType type);
  bool nsec3_match_or_closest(std::size_t labels);
  bool nsec3_cover(NameView name);
  bool nsec3_closest_encloser(std::size_t encloser_labels);

  const Zone& zone_;
  const DenialChains& chains_;
  const LookupName& name_;
  ResponseWriter& writer_;
  std::array<const std::uint8_t*, 4> added_{};  // one record may prove several things; send it once
  std::size_t added_count_ = 0;
};

}  // namespace dotmesh
