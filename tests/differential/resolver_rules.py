"""What a resolver's reply says, and why two resolvers' replies may differ: each difference has a rule with a name, a
reason and a test of its shape. docs/differences.md has the same table for readers; test_resolver.py checks that."""
import dataclasses

import dns.flags
import dns.name
import dns.rcode
import dns.rdatatype

SIGNATURES = {dns.rdatatype.RRSIG}
DENIALS = {dns.rdatatype.NSEC, dns.rdatatype.NSEC3}


class Reply:
    """What is compared: TTLs, the order and SOA serials are free; RRSIG records are there or not."""
    PARTS = ("rcode", "ad", "answer", "signed", "soa", "denied")

    def __init__(self, message):
        self.message = message
        self.rcode = dns.rcode.to_text(message.rcode())
        self.ad = bool(message.flags & dns.flags.AD)
        self.answer = frozenset((str(rrset.name).lower(), dns.rdatatype.to_text(rrset.rdtype), rdata.to_digestable())
                                for rrset in message.answer if rrset.rdtype not in SIGNATURES for rdata in rrset)
        self.signed = frozenset((str(rrset.name).lower(), dns.rdatatype.to_text(rrset.covers))
                                for rrset in message.answer if rrset.rdtype in SIGNATURES)
        in_authority = {rrset.rdtype for rrset in message.authority}
        self.soa = dns.rdatatype.SOA in in_authority
        self.denied = bool(in_authority & DENIALS)

    def differences(self, other):
        if "SERVFAIL" in (self.rcode, other.rcode):      # nothing else counts in a failure
            return ["rcode"] if self.rcode != other.rcode else []
        return [part for part in self.PARTS if getattr(self, part) != getattr(other, part)]

    def describe(self):
        lines = [line for rrset in self.message.answer + self.message.authority for line in rrset.to_text().splitlines()]
        shown = "".join(f"      {line[:110]}\n" for line in lines)
        return f"    {self.rcode} ad {self.ad}, {len(self.message.answer)} RRsets of answer, then authority\n{shown}"


@dataclasses.dataclass
class Case:
    name: object
    rrtype: str
    shape: dict
    ours: Reply
    theirs: dict            # peer: Reply
    zones: dict             # origin: resolver_zones.Zone

    def parts(self, peer):
        return self.ours.differences(self.theirs[peer])


def zone_of(name, zones):
    """The zone of the plan that the name is in."""
    return max((zone for zone in zones.values() if name.is_subdomain(dns.name.from_text(zone.origin))),
               key=lambda zone: len(zone.origin.strip(".")))


def aliases(message):
    return [rdata.target for rrset in message.answer if rrset.rdtype == dns.rdatatype.CNAME for rdata in rrset]


def many_iterations(case):
    """A zone with more than 50 NSEC3 iterations is insecure to dotmesh (RFC 9276, ADR 15), as to BIND 9.20 and Knot
    Resolver 6; Unbound and Knot Resolver of Debian 12 go to 150."""
    names = [case.name, *aliases(case.ours.message)]
    at_odds = {part for peer in case.theirs for part in case.parts(peer)}
    return (any(zone_of(name, case.zones).signing == "many-iterations" for name in names) and not case.ours.ad
            and at_odds <= {"ad", "denied"})


def wildcard_after_the_name(case):
    """The NSEC record that covers the name ends at the very wildcard that makes the answer (! sorts before *). Unbound
    and Knot Resolver, using it for another question (RFC 8198), take it for a proof that there is no such wildcard;
    dotmesh answers as the zone's servers do, and the peers do too as long as they have not cached the record."""
    wildcard = dns.name.Name((b"*",) + case.name.labels[1:])
    exists = any(owner == str(wildcard) for owner, _, _ in zone_of(case.name, case.zones).records)
    return (exists and case.name < wildcard and case.ours.rcode == "NOERROR" and bool(case.ours.answer)
            and not any(reply.answer for reply in case.theirs.values()))


def referral_instead_of_an_answer(case):
    """The server of a delegation has only its parent zone and answers with that same referral. To Unbound it is a NODATA
    response without SOA, Knot Resolver hands the referral to its client; dotmesh says SERVFAIL, since no server of that
    zone has answered."""
    cut = dns.name.Name(next((case.name.labels[i:] for i, label in enumerate(case.name.labels) if label == b"gone"), ()))
    return (len(cut) > 0 and case.ours.rcode == "SERVFAIL" and
            all(reply.rcode == "NOERROR" and not reply.answer and not reply.soa for reply in case.theirs.values()))


RULES = [many_iterations, wildcard_after_the_name, referral_instead_of_an_answer]


def explain(case):
    """The name of the first rule that explains the case; None when nothing does."""
    return next((rule.__name__ for rule in RULES if rule(case)), None)
