#include "authority/answerer.h"

#include <algorithm>

#include "dns/rdata.h"

namespace dotmesh {

Answerer::Answerer(const ZoneSet& zones, const QueryMessage& query, ResponseWriter& writer)
    : zones_(zones), query_(query), writer_(writer), dnssec_(query.edns.dnssec_ok), name_(&query.qname) {}

// A DS record stands at the parent's side of a zone cut (RFC 4035 section 3.1.4.1).
const Zone* Answerer::find_zone() const {
  const Zone* zone = zones_.find(*name_);
  if (zone != nullptr && query_.qtype == RRType::kDS && zone->origin_labels() == name_->label_count() &&
      zone->origin_labels() != 0) {
    if (const Zone* parent = zones_.find(*name_, name_->label_count() - 1)) return parent;
  }
  return zone;
}

Answerer::Ending Answerer::answer() {
  zone_ = find_zone();
  if (zone_ == nullptr) {
    writer_.set_rcode(Rcode::kRefused);
    writer_.set_extended_error(ExtendedError::kNotAuthoritative);
    return Ending::kElsewhere;
  }
  writer_.set_authoritative(true);
  while (answer_name() == Next::kFollow) {
    zone_ = find_zone();
    if (zone_ == nullptr) {  // the rest of the chain is somebody else's
      ending_ = Ending::kElsewhere;
      break;
    }
  }
  require(add_wildcard_proofs());
  return ending_;
}

// The topmost delegation between the apex and the name, the name included; `labels` becomes its label
// count. Depths where no zone cut stands are not looked at.
NodeView Answerer::find_cut(std::size_t& labels) const {
  const DepthMask& depths = zone_->data().cut_depths;
  if (depths.empty()) return {};
  for (labels = zone_->origin_labels() + 1; labels <= name_->label_count(); labels++) {
    if (!depths.test(labels)) continue;
    NodeView node = zone_->find(*name_, labels);
    if (node && node.has(kNodeHasNs)) return node;
  }
  return {};
}

Answerer::Next Answerer::answer_name() {
  std::size_t labels = name_->label_count();
  std::size_t cut_labels = 0;
  if (query_.qtype == RRType::kDS && labels != 0 && labels == zone_->origin_labels()) ending_ = Ending::kElsewhere;
  if (NodeView cut = find_cut(cut_labels)) {
    if (cut_labels != labels || query_.qtype != RRType::kDS) {
      answer_referral(cut, cut_labels);
      return Next::kDone;
    }
  }
  if (NodeView node = zone_->find(*name_, labels)) return answer_node(node, labels, false);

  // RFC 4592 section 3.3.1: the closest encloser. The apex exists, so the search ends.
  NodeView encloser;
  do {
    encloser = zone_->find(*name_, --labels);
  } while (!encloser && labels > zone_->origin_labels());
  if (encloser && encloser.has(kNodeHasDname)) return answer_dname(encloser, encloser.find(RRType::kDNAME));
  if (zone_->data().wildcard_depths.test(labels + 1)) {
    if (NodeView wildcard = zone_->find_wildcard(name_->suffix(labels), name_->suffix_hash(labels))) {
      return answer_node(wildcard, labels, true);
    }
  }
  answer_nxdomain(labels);
  return Next::kDone;
}

Answerer::Next Answerer::answer_node(NodeView node, std::size_t encloser_labels, bool is_wildcard) {
  if (query_.qtype == RRType::kANY || query_.qtype == RRType::kRRSIG) {
    answer_any(node, encloser_labels, is_wildcard);
    return Next::kDone;
  }
  bool at_apex = node.data() == zone_->apex().data();
  RRsetView rrset = at_apex && query_.qtype == RRType::kSOA ? zone_->soa() : node.find(query_.qtype);
  if (rrset) {
    answer_rrset(node, rrset, encloser_labels, is_wildcard);
    return Next::kDone;
  }
  if (node.has(kNodeHasCname)) {
    return answer_cname(node, node.find(RRType::kCNAME), encloser_labels, is_wildcard);
  }
  answer_nodata(node, encloser_labels, is_wildcard);
  return Next::kDone;
}

bool Answerer::add_rrset(Section section, NameView owner, RRsetView rrset) {
  if (!rrset) return true;
  // The usual case: the question's own name, RDATA without names to compress.
  if (owner.data() == query_.qname.view().data() && !rdata_layout(rrset.type()).compressible) {
    return writer_.add_prepared(section, rrset.body(), rrset.count());
  }
  return writer_.add_records(section, owner, rrset.type(), rrset.body(), rrset.count());
}

void Answerer::answer_rrset(NodeView node, RRsetView rrset, std::size_t encloser_labels, bool is_wildcard) {
  bool fits = add_rrset(Section::kAnswer, owner(), rrset);
  if (dnssec_) {
    fits = fits && add_rrset(Section::kAnswer, owner(), node.find_rrsig(rrset.covered()));
    if (is_wildcard && proves()) wildcards_[wildcard_count_++] = {zone_, aliases_, encloser_labels};
  }
  require(fits);
}

// RFC 4035 section 3.1.3.3: that no closer match exists, for each wildcard that answered.
bool Answerer::add_wildcard_proofs() {
  bool fits = !writer_.truncated();
  for (std::size_t i = 0; i < wildcard_count_ && fits; i++) {
    const auto& [zone, alias, encloser_labels] = wildcards_[i];
    LookupName name;
    name.assign(alias == 0 ? query_.qname.view() : targets_[alias - 1].view());
    fits = DenialProof(*zone, name, writer_, sent_denials_).wildcard_answer(encloser_labels);
  }
  wildcard_count_ = 0;
  return fits || writer_.truncated();
}

// RFC 8482 section 4.1: one RRset of those that exist. For RRSIG the signatures of one RRset.
void Answerer::answer_any(NodeView node, std::size_t encloser_labels, bool is_wildcard) {
  bool wants_rrsig = query_.qtype == RRType::kRRSIG;
  RRsetView chosen;
  node.for_each_rrset([&](RRsetView rrset) {
    if (!chosen && rrset.is_rrsig() == wants_rrsig) chosen = rrset;
  });
  if (!chosen) return answer_nodata(node, encloser_labels, is_wildcard);
  if (!wants_rrsig) return answer_rrset(node, chosen, encloser_labels, is_wildcard);
  require(add_rrset(Section::kAnswer, owner(), chosen));
}

Answerer::Next Answerer::answer_cname(NodeView node, RRsetView cname, std::size_t encloser_labels,
                                      bool is_wildcard) {
  answer_rrset(node, cname, encloser_labels, is_wildcard);
  std::span<const std::uint8_t> target = RRView(cname.body().data()).rdata();
  return !writer_.truncated() && follow(NameView(target.data(), target.size())) ? Next::kFollow : Next::kDone;
}

// RFC 6672 section 3.2: the DNAME record and a CNAME made from it.
// Once: a chain may lead through the same DNAME again.
bool Answerer::add_dname(NodeView node, RRsetView dname) {
  for (std::size_t i = 0; i < dname_count_; ++i) {
    if (dnames_[i] == node.name()) return true;
  }
  dnames_[dname_count_++] = node.name();
  bool fits = writer_.add_records(Section::kAnswer, node.name(), RRType::kDNAME, dname.body(), dname.count());
  if (RRsetView signature = node.find_rrsig(RRType::kDNAME); dnssec_ && signature) {
    fits = fits && writer_.add_records(Section::kAnswer, node.name(), RRType::kRRSIG, signature.body(),
                                       signature.count());
  }
  return fits;
}

Answerer::Next Answerer::answer_dname(NodeView node, RRsetView dname) {
  RRView record(dname.body().data());
  bool fits = add_dname(node, dname);
  NameBuffer& target = targets_[aliases_];
  if (!target.replace_suffix(name_->view(), node.name(), NameView(record.rdata().data(), record.rdata().size()))) {
    require(fits);
    writer_.set_rcode(Rcode::kYxDomain);
    return Next::kDone;
  }
  NameView stays = target.view();
  fits = fits && writer_.add_record(Section::kAnswer, owner(), RRType::kCNAME,
                                    static_cast<std::uint16_t>(RRClass::kIN), record.ttl(), stays.wire());
  require(fits);
  // The synthesised CNAME itself may be what was asked for.
  if (query_.qtype == RRType::kCNAME || query_.qtype == RRType::kANY) return Next::kDone;
  return !writer_.truncated() && follow(stays) ? Next::kFollow : Next::kDone;
}

// Makes `target` the name to answer. False at a loop or the bound: the chain so far is the answer.
bool Answerer::follow(NameView target) {
  if (aliases_ == kMaxAliases) return false;
  for (std::size_t i = 0; i < aliases_; i++) {
    if (targets_[i].view().equals(target)) return false;
  }
  if (query_.qname.view().equals(target)) return false;
  targets_[aliases_++].assign(target);  // which may stand there already
  alias_.assign(target);
  name_ = &alias_;
  return true;
}

bool Answerer::add_soa() {
  if (name_ == &query_.qname) {
    const PreparedRecord& soa = zone_->negative_soa();
    std::uint8_t* at = writer_.add_space(Section::kAuthority, soa.octets.size());
    if (at == nullptr) return false;
    std::memcpy(at, soa.octets.data(), soa.octets.size());
    std::size_t origin_at = kHeaderSize + name_->size() - zone_->origin().size();
    for (std::size_t i = 0; i < soa.pointer_count; i++) {
      store16(at + soa.pointers[i].at, static_cast<std::uint16_t>(0xc000 | (origin_at + soa.pointers[i].offset)));
    }
  } else {
    RRsetView soa = zone_->soa();
    if (!writer_.add_records(Section::kAuthority, zone_->origin(), RRType::kSOA, soa.body(), soa.count(),
                             zone_->negative_ttl())) {
      return false;
    }
  }
  RRsetView signature = dnssec_ ? zone_->apex().find_rrsig(RRType::kSOA) : RRsetView{};
  return !signature || writer_.add_records(Section::kAuthority, zone_->origin(), RRType::kRRSIG, signature.body(),
                                           signature.count(), zone_->negative_ttl());
}

void Answerer::answer_nodata(NodeView node, std::size_t encloser_labels, bool is_wildcard) {
  bool fits = add_wildcard_proofs() && add_soa();
  if (fits && proves()) {
    DenialProof proof(*zone_, *name_, writer_, sent_denials_);
    fits = is_wildcard ? proof.wildcard_nodata(node, encloser_labels) : proof.nodata(node);
  }
  require(fits);
}

void Answerer::answer_nxdomain(std::size_t encloser_labels) {
  writer_.set_rcode(Rcode::kNxDomain);
  bool fits = add_wildcard_proofs() && add_soa();
  if (fits && proves()) fits = DenialProof(*zone_, *name_, writer_, sent_denials_).nxdomain(encloser_labels);
  require(fits);
}

void Answerer::answer_referral(NodeView cut, std::size_t labels) {
  // After an alias the answer section is ours, the referral is only help (RFC 1034 section 4.3.2).
  if (aliases_ == 0) writer_.set_authoritative(false);
  ending_ = Ending::kElsewhere;
  RRsetView ns = cut.find(RRType::kNS);
  bool fits = add_wildcard_proofs() &&
              writer_.add_records(Section::kAuthority, cut.name(), RRType::kNS, ns.body(), ns.count());
  if (fits && dnssec_) {
    // A DS record that nobody signed proves nothing.
    if (RRsetView ds = cut.find(RRType::kDS), signature = cut.find_rrsig(RRType::kDS); ds && signature) {
      fits = writer_.add_records(Section::kAuthority, cut.name(), RRType::kDS, ds.body(), ds.count()) &&
             writer_.add_records(Section::kAuthority, cut.name(), RRType::kRRSIG, signature.body(),
                                 signature.count());
    } else if (proves()) {
      fits = DenialProof(*zone_, *name_, writer_, sent_denials_).insecure_delegation(cut, labels);
    }
  }
  require(fits);
  // RFC 9471 section 3.1: TC when addresses that the client cannot do without are left out.
  if (fits && !add_glue(cut)) writer_.set_truncated();
}

bool Answerer::add_addresses(NodeView node) {
  for (RRType type : {RRType::kA, RRType::kAAAA}) {
    RRsetView rrset = node.find(type);
    if (rrset && !writer_.add_records(Section::kAdditional, node.name(), type, rrset.body(), rrset.count())) {
      return false;
    }
    // RFC 4035 section 3.1.1: with its signature, which may be left out where there is no room.
    if (RRsetView signature = node.find_rrsig(type); dnssec_ && signature) {
      writer_.add_records(Section::kAdditional, node.name(), RRType::kRRSIG, signature.body(), signature.count());
    }
  }
  return true;
}

// Addresses of the delegation's servers, those inside it first. False when one of those did not fit.
bool Answerer::add_glue(NodeView cut) {
  LookupName server;
  bool complete = true;
  for (bool in_domain : {true, false}) {
    for_each_rr(cut.find(RRType::kNS), [&](RRView rr) {
      NameView target(rr.rdata().data(), rr.rdata().size());
      if (!complete || target.is_at_or_below(cut.name()) != in_domain ||
          !target.is_at_or_below(zone_->origin())) {
        return;
      }
      server.assign(target);
      NodeView node = zone_->find(server, server.label_count());
      if (node && !add_addresses(node) && in_domain) complete = false;
    });
  }
  return complete;
}

}  // namespace dotmesh
