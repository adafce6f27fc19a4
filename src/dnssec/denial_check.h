// DenialCheck: what the NSEC or NSEC3 records of a response prove to be absent (RFC 4035 section 5.4,
// RFC 5155 section 8, RFC 6840 section 4). The one header that the resolver needs; nsec.h and nsec3.h have
// the parts.
//
//   DenialCheck check(zone);
//   for (each NSEC and NSEC3 RRset of the authority section) check.add(rrset, verify_rrset(...));
//   DenialVerdict verdict = check.nodata(qname, qtype, budget);
//
// The RRsets are borrowed and must outlive it. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "dns/rrset.h"
#include "dns/wire.h"
#include "dnssec/budget.h"
#include "dnssec/nsec.h"
#include "dnssec/nsec3.h"
#include "dnssec/signature.h"

namespace dotmesh {

enum class DenialStatus : std::uint8_t {
  kProven,
  kInsecure,   // all there, but it cannot be more than insecure: opt-out, or too many NSEC3 iterations
  kNotProven,  // bogus
};

struct DenialVerdict {
  DenialStatus status = DenialStatus::kNotProven;
  ExtendedError error = ExtendedError::kNsecMissing;  // why not proven or insecure; else kNone

  bool proven() const { return status == DenialStatus::kProven; }
};

// What is known of `name` after its DS RRset was asked for and is not there.
enum class DsAbsence : std::uint8_t {
  kInsecureDelegation,  // a zone cut without DS (or one that may be: opt-out, too many iterations)
  kNoDelegation,        // no zone cut: the name belongs to the zone, or does not exist
  kNotProven,           // bogus
};

struct DsVerdict {
  DsAbsence absence = DsAbsence::kNotProven;
  ExtendedError error = ExtendedError::kNsecMissing;
  // An opted-out range says so: the name may be an insecure delegation or nothing at all. Good enough to go on
  // without security, not to call the absence itself authentic (RFC 5155 section 9.2).
  bool opt_out = false;
};

class DenialCheck {
 public:
  // Of `zone`, whose keys signed the records. `hasher` may know some names' hashes already.
  explicit DenialCheck(NameView zone, Nsec3Hasher hasher = {}) : zone_(zone), hasher_(std::move(hasher)) {}

  // Takes a record of use; passes over what is not: not secure, made from a wildcard (RFC 4035 section
  // 5.3.4), of another zone, of an unknown hash or unknown flags (RFC 5155 sections 8.1 and 8.2).
  void add(const RRset& rrset, const SignatureVerdict& verdict);
  // Nothing of use was added: the zone sent no proof at all.
  bool empty() const { return nsec_.empty() && nsec3_.empty() && !too_many_iterations_; }

  // `qname` has no `qtype` and no CNAME: it exists without (empty non-terminals too), or the wildcard that
  // would answer for it does. For qtype DS see also no_ds().
  DenialVerdict nodata(NameView qname, RRType qtype, WorkBudget& budget);
  // Neither `qname` nor a wildcard for it exists.
  DenialVerdict nxdomain(NameView qname, WorkBudget& budget);
  // `qname` was rightly answered from the wildcard below the name of its last `labels` labels: it does not
  // exist itself, nor anything between (SignatureVerdict::labels).
  DenialVerdict wildcard_answer(NameView qname, std::size_t labels, WorkBudget& budget);
  // `name` has no DS RRset in the zone, which is above it.
  DsVerdict no_ds(NameView name, WorkBudget& budget);

 private:
  // RFC 5155 section 7.2.1: the closest encloser and the record that covers the next closer name.
  struct Encloser {
    NameView name;
    const Nsec3* next_closer;
  };

  DenialVerdict nsec_nodata(NameView qname, RRType qtype) const;
  DenialVerdict nsec_nxdomain(NameView qname) const;
  const Nsec* covering_nsec(NameView name) const;
  bool nsec_denies_type(NameView name, RRType type) const;

  DenialVerdict nsec3_nodata(NameView qname, RRType qtype, WorkBudget& budget);
  DenialVerdict nsec3_nxdomain(NameView qname, WorkBudget& budget);
  const Nsec3* matching_nsec3(NameView name, WorkBudget& budget);
  const Nsec3* covering_nsec3(NameView name, WorkBudget& budget);
  std::optional<Encloser> find_encloser(NameView name, WorkBudget& budget);
  DenialVerdict finish(DenialVerdict verdict) const;

  // A proof needs three; a response for a name behind aliases a few more. The rest is passed over.
  static constexpr std::size_t kMaxRecords = 32;

  Name zone_;
  std::vector<Nsec> nsec_;
  std::vector<Nsec3> nsec3_;  // all of one scheme
  bool too_many_iterations_ = false;  // RFC 9276 section 3.2
  Nsec3Hasher hasher_;
};

}  // namespace dotmesh
