// Answerer: the authoritative answer to one question from a ZoneSet.
//
// The algorithm is that of RFC 1034 section 4.3.2 with RFC 4592 (wildcards), RFC 6672 (DNAME),
// RFC 2308 (negative responses), RFC 4035 section 3.1 and RFC 5155 section 7.2 (signed zones),
// RFC 8482 (ANY), RFC 9471 (glue). Responses are minimal: no records that nobody asked for.
// CNAME and DNAME are followed through all zones of the set.
//
// No allocation, no lock. An Answerer lives for one answer on one worker's stack.
#pragma once

#include <array>
#include <cstddef>

#include "authority/denial_proof.h"
#include "dns/query_message.h"
#include "dns/response_writer.h"
#include "zone/zone_set.h"

namespace dotmesh {

// Aliases followed for one question. Real chains have one or two links; a loop ends here at the latest.
inline constexpr std::size_t kMaxAliases = 16;

class Answerer {
 public:
  // All must outlive the Answerer.
  Answerer(const ZoneSet& zones, const QueryMessage& query, ResponseWriter& writer);

  enum class Ending : std::uint8_t {
    kComplete,
    kElsewhere,  // the rest is with other servers: a referral, an alias out of the set, a DS record at the
                 // apex of a zone whose parent is not ours
  };

  // Writes the answer: records, RCODE, AA, TC. REFUSED when no zone of the set holds the name.
  Ending answer();

 private:
  enum class Next : std::uint8_t { kDone, kFollow };

  const Zone* find_zone() const;
  Next answer_name();
  Next answer_node(NodeView node, std::size_t encloser_labels, bool is_wildcard);
  Next answer_cname(NodeView node, RRsetView cname, std::size_t encloser_labels, bool is_wildcard);
  Next answer_dname(NodeView node, RRsetView dname);
  bool add_dname(NodeView node, RRsetView dname);
  void answer_rrset(NodeView node, RRsetView rrset, std::size_t encloser_labels, bool is_wildcard);
  void answer_any(NodeView node, std::size_t encloser_labels, bool is_wildcard);
  void answer_nodata(NodeView node, std::size_t encloser_labels, bool is_wildcard);
  void answer_nxdomain(std::size_t encloser_labels);
  void answer_referral(NodeView cut, std::size_t labels);

  // The name being answered, where it stays until the response is finished.
  NameView owner() const { return aliases_ == 0 ? query_.qname.view() : targets_[aliases_ - 1].view(); }
  NodeView find_cut(std::size_t& labels) const;
  bool follow(NameView target);
  bool add_rrset(Section section, NameView owner, RRsetView rrset);
  bool add_soa();
  bool add_wildcard_proofs();
  bool add_glue(NodeView cut);
  bool add_addresses(NodeView node);
  bool proves() const { return dnssec_ && zone_->data().denial != nullptr; }
  // Ends the answer when something that must be there does not fit.
  void require(bool fits) {
    if (!fits) writer_.truncate();
  }

  const ZoneSet& zones_;
  const QueryMessage& query_;
  ResponseWriter& writer_;
  bool dnssec_;
  const Zone* zone_ = nullptr;
  const LookupName* name_;           // the name being answered: the question's, then alias targets
  LookupName alias_;
  // Targets followed so far, and one place more for a DNAME's; the writer points into them.
  std::array<NameView, kMaxAliases + 1> dnames_;  // owners whose DNAME is in the answer
  std::size_t dname_count_ = 0;
  std::array<NameBuffer, kMaxAliases + 1> targets_;
  std::size_t aliases_ = 0;
  // Wildcards that answered so far. Their proofs go to the authority section, so they wait until the
  // answer section is complete.
  struct WildcardAnswer {
    const Zone* zone;
    std::size_t alias;  // how many aliases led to the name: 0 is the question's
    std::size_t encloser_labels;
  };
  std::array<WildcardAnswer, kMaxAliases + 1> wildcards_;
  SentDenials sent_denials_;
  std::size_t wildcard_count_ = 0;
  Ending ending_ = Ending::kComplete;
};

}  // namespace dotmesh
