// DenialProof: the NSEC or NSEC3 records that prove, to a client that set DO, why a response says
// what it says (RFC 4035 section 3.1.3, RFC 5155 section 7.2). One per answer, on the stack.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "dns/lookup_name.h"
#include "dns/response_writer.h"
#include "zone/zone.h"

namespace dotmesh {

// The nodes whose denial records a response has already: one record may prove several things.
class SentDenials {
 public:
  // True when `node` was not there before. Beyond the bound a record may be sent twice.
  bool add(NodeView node) {
    auto end = nodes_.begin() + static_cast<std::ptrdiff_t>(count_);
    if (std::find(nodes_.begin(), end, node.data()) != end) return false;
    if (count_ < nodes_.size()) nodes_[count_++] = node.data();
    return true;
  }

 private:
  std::array<const std::uint8_t*, 8> nodes_{};
  std::size_t count_ = 0;
};

class DenialProof {
 public:
  // Precondition: zone.data().denial is not null. All must outlive the proof.
  DenialProof(const Zone& zone, const LookupName& name, ResponseWriter& writer, SentDenials& sent)
      : zone_(zone), chains_(*zone.data().denial), name_(name), writer_(writer), sent_(sent) {}

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
  // `labels`: of the closest encloser; becomes that of the closest one that can be proved.
  bool nsec3_closest_encloser(std::size_t& labels);

  const Zone& zone_;
  const DenialChains& chains_;
  const LookupName& name_;
  ResponseWriter& writer_;
  SentDenials& sent_;
};

}  // namespace dotmesh
