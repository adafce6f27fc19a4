#include "dnssec/denial_check.h"

namespace dotmesh {
namespace {

constexpr DenialVerdict kProven{.status = DenialStatus::kProven, .error = ExtendedError::kNone};
constexpr DenialVerdict kOptedOut{.status = DenialStatus::kInsecure, .error = ExtendedError::kNone};
constexpr DenialVerdict kTooManyIterations{.status = DenialStatus::kInsecure,
                                           .error = ExtendedError::kUnsupportedNsec3Iterations};

// Whether the types at `name` leave no answer to `qtype`. The two sides of a zone cut speak for different
// types: the parent's for DS alone, the child's for all but DS (RFC 6840 sections 4.1 and 4.4).
bool types_deny(const TypeBitmap& types, NameView name, RRType qtype) {
  if (types.contains(qtype) || types.contains(RRType::kCNAME)) return false;
  if (qtype == RRType::kDS) return !types.contains(RRType::kSOA) || name.is_root();
  return !types.is_delegation();
}

DsVerdict ds_verdict(const TypeBitmap& types, NameView name) {
  if (types.contains(RRType::kDS) || (types.contains(RRType::kSOA) && !name.is_root())) return {};
  return {.absence = types.is_delegation() ? DsAbsence::kInsecureDelegation : DsAbsence::kNoDelegation,
          .error = ExtendedError::kNone,
          .opt_out = false};
}

}  // namespace

void DenialCheck::add(const RRset& rrset, const SignatureVerdict& verdict) {
  if (!verdict.secure() || verdict.wildcard) return;
  if (rrset.type == RRType::kNSEC && nsec_.size() < kMaxRecords) {
    std::optional<Nsec> nsec = Nsec::from(rrset);
    if (nsec && nsec->owner.is_at_or_below(zone_)) nsec_.push_back(*nsec);
  } else if (rrset.type == RRType::kNSEC3 && nsec3_.size() < kMaxRecords) {
    std::optional<Nsec3> nsec3 = Nsec3::from(rrset);
    if (!nsec3 || !(nsec3->zone == zone_.view())) return;
    if (nsec3->scheme.iterations > kMaxTrustedNsec3Iterations) {
      too_many_iterations_ = true;
    } else if (nsec3_.empty() || nsec3_.front().scheme.equals(nsec3->scheme)) {  // RFC 5155 section 8.2
      nsec3_.push_back(*nsec3);
    }
  }
}

DenialVerdict DenialCheck::finish(DenialVerdict verdict) const {
  return verdict.status == DenialStatus::kNotProven && too_many_iterations_ ? kTooManyIterations : verdict;
}

DenialVerdict DenialCheck::nodata(NameView qname, RRType qtype, WorkBudget& budget) {
  DenialVerdict verdict = nsec_nodata(qname, qtype);
  if (!verdict.proven() && !nsec3_.empty()) verdict = nsec3_nodata(qname, qtype, budget);
  return finish(verdict);
}

DenialVerdict DenialCheck::nxdomain(NameView qname, WorkBudget& budget) {
  DenialVerdict verdict = nsec_nxdomain(qname);
  if (!verdict.proven() && !nsec3_.empty()) verdict = nsec3_nxdomain(qname, budget);
  return finish(verdict);
}

DenialVerdict DenialCheck::wildcard_answer(NameView qname, std::size_t labels, WorkBudget& budget) {
  if (qname.label_count() <= labels || !qname.is_at_or_below(zone_)) return {};
  const Nsec* nsec = covering_nsec(qname);
  if (nsec != nullptr && nsec->closest_encloser_labels(qname) == labels) return kProven;
  const Nsec3* nsec3 = nsec3_.empty() ? nullptr : covering_nsec3(qname.suffix(labels + 1), budget);
  if (nsec3 == nullptr) return finish({});
  return nsec3->opt_out() ? kOptedOut : kProven;
}

DsVerdict DenialCheck::no_ds(NameView name, WorkBudget& budget) {
  if (!name.is_at_or_below(zone_)) return {};
  for (const Nsec& nsec : nsec_) {
    switch (nsec.relation(name, zone_)) {
      case NsecRelation::kMatches: return ds_verdict(nsec.types, name);
      case NsecRelation::kEmptyNonTerminal: case NsecRelation::kCovers:
        return {.absence = DsAbsence::kNoDelegation, .error = ExtendedError::kNone, .opt_out = false};
      case NsecRelation::kNothing: break;
    }
  }
  if (const Nsec3* match = matching_nsec3(name, budget)) return ds_verdict(match->types, name);
  if (std::optional<Encloser> encloser = find_encloser(name, budget)) {
    const bool opt_out = encloser->next_closer->opt_out();
    return {.absence = opt_out ? DsAbsence::kInsecureDelegation : DsAbsence::kNoDelegation,
            .error = ExtendedError::kNone,
            .opt_out = opt_out};
  }
  if (!too_many_iterations_) return {};
  return {.absence = DsAbsence::kInsecureDelegation, .error = ExtendedError::kUnsupportedNsec3Iterations, .opt_out = false};
}

// NSEC

const Nsec* DenialCheck::covering_nsec(NameView name) const {
  for (const Nsec& nsec : nsec_) {
    if (nsec.relation(name, zone_) == NsecRelation::kCovers) return &nsec;
  }
  return nullptr;
}

bool DenialCheck::nsec_denies_type(NameView name, RRType type) const {
  for (const Nsec& nsec : nsec_) {
    switch (nsec.relation(name, zone_)) {
      case NsecRelation::kMatches:
        if (types_deny(nsec.types, name, type)) return true;
        break;
      case NsecRelation::kEmptyNonTerminal: return true;
      case NsecRelation::kNothing: case NsecRelation::kCovers: break;
    }
  }
  return false;
}

DenialVerdict DenialCheck::nsec_nodata(NameView qname, RRType qtype) const {
  if (nsec_denies_type(qname, qtype)) return kProven;
  const Nsec* covering = covering_nsec(qname);
  if (covering == nullptr) return {};
  std::optional<Name> wildcard = Name::wildcard_of(qname.suffix(covering->closest_encloser_labels(qname)));
  return wildcard && nsec_denies_type(*wildcard, qtype) ? kProven : DenialVerdict{};
}

DenialVerdict DenialCheck::nsec_nxdomain(NameView qname) const {
  const Nsec* covering = covering_nsec(qname);
  if (covering == nullptr) return {};
  std::optional<Name> wildcard = Name::wildcard_of(qname.suffix(covering->closest_encloser_labels(qname)));
  return !wildcard || covering_nsec(*wildcard) != nullptr ? kProven : DenialVerdict{};
}

// NSEC3

const Nsec3* DenialCheck::matching_nsec3(NameView name, WorkBudget& budget) {
  if (nsec3_.empty() || !name.is_at_or_below(zone_)) return nullptr;
  std::optional<Nsec3Hash> hash = hasher_.hash(name, nsec3_.front().scheme, budget);
  for (const Nsec3& nsec3 : nsec3_) {
    if (hash && nsec3.matches(*hash)) return &nsec3;
  }
  return nullptr;
}

const Nsec3* DenialCheck::covering_nsec3(NameView name, WorkBudget& budget) {
  if (nsec3_.empty() || !name.is_at_or_below(zone_)) return nullptr;
  std::optional<Nsec3Hash> hash = hasher_.hash(name, nsec3_.front().scheme, budget);
  for (const Nsec3& nsec3 : nsec3_) {
    if (hash && nsec3.covers(*hash)) return &nsec3;
  }
  return nullptr;
}

// Of a `name` that no record matches. RFC 5155 section 8.3: an encloser at a zone cut or a DNAME says nothing of
// what is below it.
std::optional<DenialCheck::Encloser> DenialCheck::find_encloser(NameView name, WorkBudget& budget) {
  while (name.is_below(zone_)) {
    const NameView next_closer = name;
    name = name.parent();
    const Nsec3* match = matching_nsec3(name, budget);
    if (match == nullptr) {
      if (budget.nsec3_rounds == 0) return std::nullopt;
      continue;
    }
    if (match->types.is_delegation() || match->types.contains(RRType::kDNAME)) return std::nullopt;
    const Nsec3* cover = covering_nsec3(next_closer, budget);
    if (cover == nullptr) return std::nullopt;
    return Encloser{.name = name, .next_closer = cover};
  }
  return std::nullopt;
}

DenialVerdict DenialCheck::nsec3_nodata(NameView qname, RRType qtype, WorkBudget& budget) {
  if (const Nsec3* match = matching_nsec3(qname, budget)) {
    return types_deny(match->types, qname, qtype) ? kProven : DenialVerdict{};
  }
  std::optional<Encloser> encloser = find_encloser(qname, budget);
  if (!encloser) return {};
  // RFC 5155 section 9.2. What lies in an opted-out range may be an insecure delegation, or an empty
  // non-terminal above one, which has no record.
  if (encloser->next_closer->opt_out()) return kOptedOut;
  std::optional<Name> wildcard = Name::wildcard_of(encloser->name);
  const Nsec3* match = wildcard ? matching_nsec3(*wildcard, budget) : nullptr;
  return match != nullptr && types_deny(match->types, *wildcard, qtype) ? kProven : DenialVerdict{};
}

DenialVerdict DenialCheck::nsec3_nxdomain(NameView qname, WorkBudget& budget) {
  if (matching_nsec3(qname, budget) != nullptr) return {};
  std::optional<Encloser> encloser = find_encloser(qname, budget);
  if (!encloser) return {};
  std::optional<Name> wildcard = Name::wildcard_of(encloser->name);
  if (wildcard && covering_nsec3(*wildcard, budget) == nullptr) return {};
  return encloser->next_closer->opt_out() ? kOptedOut : kProven;
}

}  // namespace dotmesh
