// Any message as a signed response: its DNSKEY RRsets are taken for trusted keys and its DS RRsets for trusted
// digests, everything in it is verified with them, and all its NSEC and NSEC3 records, taken for verified, must
// prove or not prove whatever is asked, within the bounds of work, and nothing that contradicts itself.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "dns/message.h"
#include "dnssec/denial_check.h"
#include "dnssec/keyset.h"
#include "dnssec/signature.h"

namespace dotmesh {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;

[[noreturn]] void broken(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void check_budget(const WorkBudget& budget) {
  if (budget.signature_checks > kMaxSignatureChecks || budget.failed_checks > kMaxFailedChecks ||
      budget.nsec3_rounds > kMaxNsec3Rounds) {
    broken("more work than there was");
  }
}

void verify_all(const std::vector<RRset>& rrsets) {
  static KeyCache cache(64);
  WorkBudget budget;
  for (const RRset& rrset : rrsets) {
    if (auto signer = signer_name(rrset); signer && !rrset.owner.view().is_at_or_below(*signer)) broken("signer");
    for (const RRset& keys : rrsets) {
      if (keys.type == RRType::kDNSKEY) {
        const SignatureVerdict verdict = verify_rrset(rrset, keys, kNow, cache, budget);
        if (verdict.secure() && (verdict.labels > rrset.owner.view().label_count() || verdict.ttl > rrset.ttl)) broken("verdict");
        extended_error(verdict.status);
      } else if (keys.type == RRType::kDS && rrset.type == RRType::kDNSKEY) {
        verify_keyset(rrset, keys.rdata, kNow, cache, budget);
        verify_anchored_keyset(rrset, keys.rdata, keys.rdata, kNow, cache, budget);
      }
    }
  }
  check_budget(budget);
  if (cache.size() > 64) broken("key cache");
}

void prove_all(const Message& message, const std::vector<RRset>& rrsets) {
  const SignatureVerdict secure{.status = SignatureStatus::kSecure, .labels = 0, .wildcard = false, .ttl = 60};
  const NameView qname = message.qname();
  WorkBudget budget;
  for (std::size_t labels = 0; labels <= std::min<std::size_t>(qname.label_count(), 4); ++labels) {
    DenialCheck check(qname.suffix(labels));
    for (const RRset& rrset : rrsets) check.add(rrset, secure);
    const bool nodata = check.nodata(qname, message.qtype(), budget).proven();
    const bool nxdomain = check.nxdomain(qname, budget).proven();
    const DsVerdict ds = check.no_ds(qname, budget);
    for (std::size_t source = 0; source <= qname.label_count(); ++source) {
      if (check.wildcard_answer(qname, source, budget).proven() && check.empty()) broken("a proof of nothing");
    }
    if (check.empty() && (nodata || nxdomain || ds.absence != DsAbsence::kNotProven)) broken("a proof of nothing");
    check_budget(budget);
  }
}

void check_records(const Message& message, const std::vector<RRset>& rrsets) {
  for (const RRset& rrset : rrsets) {
    if (auto nsec = Nsec::from(rrset)) {
      for (unsigned type = 0; type < 65536; type += 97) nsec->types.contains(static_cast<RRType>(type));
      const NsecRelation relation = nsec->relation(message.qname(), NameView());
      if (relation == NsecRelation::kMatches && !(message.qname() == nsec->owner)) broken("matches another name");
      if (nsec->closest_encloser_labels(message.qname()) > message.qname().label_count()) broken("closest encloser");
    }
    if (auto nsec3 = Nsec3::from(rrset)) {
      auto owner = nsec3_owner(nsec3->owner, nsec3->zone);
      if (!owner || !(owner->view() == rrset.owner.view())) broken("hash of an owner");
      if (nsec3->covers(nsec3->owner) || nsec3->covers(nsec3->next)) broken("covers its own ends");
    }
  }
}

}  // namespace
}  // namespace dotmesh

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dotmesh;
  Message message;
  if (!message.parse({data, size}) || !message.has_question()) return 0;
  std::vector<RRset> rrsets;
  for (Section section : {Section::kAnswer, Section::kAuthority, Section::kAdditional}) {
    for (RRset& rrset : message.rrsets(section)) rrsets.push_back(std::move(rrset));
  }
  if (rrsets.size() > 64) return 0;  // right as well, and takes its time
  check_records(message, rrsets);
  verify_all(rrsets);
  prove_all(message, rrsets);
  return 0;
}
