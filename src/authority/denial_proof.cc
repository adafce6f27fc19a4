#include "authority/denial_proof.h"

namespace dotmesh {

bool DenialProof::add(NodeView node, RRType type) {
  if (!node || !sent_.add(node)) return true;
  for (RRsetView rrset : {node.find(type), node.find_rrsig(type)}) {
    // RFC 9077: the TTL of a denial is at most that of the negative response.
    if (rrset && !writer_.add_records(Section::kAuthority, node.name(), rrset.type(), rrset.body(), rrset.count(),
                                      zone_.negative_ttl())) {
      return false;
    }
  }
  return true;
}

bool DenialProof::nsec3_cover(NameView name) {
  return add(chains_.nsec3_cover(nsec3_hash(name, chains_.nsec3_parameters())), RRType::kNSEC3);
}

// RFC 5155 section 7.2.1: the closest encloser exists, the next closer name does not.
bool DenialProof::nsec3_closest_encloser(std::size_t& labels) {
  NodeView match;
  // With opt-out the closest encloser itself may have no NSEC3 record: the closest provable one.
  for (;; labels--) {
    match = chains_.nsec3_match(nsec3_hash(name_.suffix(labels), chains_.nsec3_parameters()));
    if (match || labels == zone_.origin_labels()) break;
  }
  return add(match, RRType::kNSEC3) && nsec3_cover(name_.suffix(labels + 1));
}

bool DenialProof::nsec3_match_or_closest(std::size_t labels) {
  NodeView match = chains_.nsec3_match(nsec3_hash(name_.suffix(labels), chains_.nsec3_parameters()));
  if (match) return add(match, RRType::kNSEC3);
  if (labels == zone_.origin_labels()) return true;  // a zone without NSEC3 at its apex proves nothing
  return nsec3_closest_encloser(--labels);
}

bool DenialProof::nxdomain(std::size_t encloser_labels) {
  if (chains_.has_nsec3()) {
    // The wildcard to deny is that of the encloser that was proved (RFC 5155 section 8.4).
    if (!nsec3_closest_encloser(encloser_labels)) return false;
    NameBuffer wildcard;
    return !wildcard.make_wildcard(name_.suffix(encloser_labels)) || nsec3_cover(wildcard.view());
  }
  if (!chains_.has_nsec()) return true;
  NameBuffer wildcard;
  const bool fits = wildcard.make_wildcard(name_.suffix(encloser_labels));
  return add(chains_.nsec_at_or_before(name_.view()), RRType::kNSEC) &&
         (!fits || add(chains_.nsec_at_or_before(wildcard.view()), RRType::kNSEC));
}

bool DenialProof::nodata(NodeView node) {
  if (chains_.has_nsec3()) return nsec3_match_or_closest(name_.label_count());
  if (!chains_.has_nsec()) return true;
  // An empty non-terminal has no NSEC of its own; the one before it covers it.
  return add(node.find(RRType::kNSEC) ? node : chains_.nsec_at_or_before(name_.view()), RRType::kNSEC);
}

bool DenialProof::wildcard_nodata(NodeView wildcard, std::size_t encloser_labels) {
  if (chains_.has_nsec3()) {
    NodeView match = chains_.nsec3_match(nsec3_hash(wildcard.name(), chains_.nsec3_parameters()));
    return nsec3_closest_encloser(encloser_labels) && add(match, RRType::kNSEC3);
  }
  if (!chains_.has_nsec()) return true;
  return add(chains_.nsec_at_or_before(wildcard.name()), RRType::kNSEC) &&
         add(chains_.nsec_at_or_before(name_.view()), RRType::kNSEC);
}

bool DenialProof::wildcard_answer(std::size_t encloser_labels) {
  if (chains_.has_nsec3()) return nsec3_cover(name_.suffix(encloser_labels + 1));
  if (!chains_.has_nsec()) return true;
  return add(chains_.nsec_at_or_before(name_.view()), RRType::kNSEC);
}

bool DenialProof::insecure_delegation(NodeView cut, std::size_t labels) {
  if (chains_.has_nsec3()) return nsec3_match_or_closest(labels);
  if (!chains_.has_nsec() || !cut.find(RRType::kNSEC)) return true;
  return add(cut, RRType::kNSEC);
}

}  // namespace dotmesh
