"""Every known difference between dotmesh and its peers, each with a name, a reason and a test of its shape.
docs/differences.md has the same table for readers; test_differential.py checks that it is complete.

A rule is a function of a Case; it returns true when it explains the difference whole."""
import dataclasses

import dns.dnssec
import dns.name
import dns.rdatatype


@dataclasses.dataclass
class Case:
    peer: str
    name: object
    rrtype: str
    shape: dict
    ours: object          # compare.Reply
    theirs: object
    parts: list           # what differs: rcode, aa, tc, answer, authority, glue
    origins: list         # of all zones served

    @property
    def answer_types(self):
        return [rrset.rdtype for rrset in self.ours.message.answer]


def aliases(message):
    """[(owner, target)] of the CNAME records of an answer, in order."""
    return [(rrset.name, rdata.target) for rrset in message.answer if rrset.rdtype == dns.rdatatype.CNAME
            for rdata in rrset]


def zone_of(name, origins):
    holding = [origin for origin in origins if name.is_subdomain(origin)]
    return max(holding, key=len) if holding else None


def without_ttl(records):
    return frozenset((owner, rrtype, rdata) for owner, rrtype, _, rdata in records)


def bind_negative_soa_ttl_zero(case):
    """BIND answers a negative response to a question for SOA with TTL 0 (an idea of RFC 1035's time); the others
    and RFC 2308 section 3 say: the SOA's negative TTL."""
    return (case.peer == "bind" and case.parts == ["authority"] and case.rrtype == "SOA"
            and without_ttl(case.ours.authority) == without_ttl(case.theirs.authority))


def bind_minimal_glue(case):
    """BIND with minimal responses leaves out addresses of servers that are not below the delegation (sibling glue);
    RFC 9471 section 2.2 lets a server give them, and a resolver is spared a query."""
    return case.peer == "bind" and case.parts == ["glue"] and case.theirs.additional <= case.ours.additional


def alias_loop_rcode(case):
    """An alias loop: BIND says SERVFAIL with the loop in the answer; NSD, Knot and dotmesh say NOERROR, since every
    record given is true."""
    owners = [owner for owner, _ in aliases(case.ours.message)]
    loops = any(target in owners for _, target in aliases(case.ours.message))
    return case.parts == ["rcode"] and case.theirs.rcode == 2 and loops


def alias_into_another_own_zone(case):
    """An alias that leads into another zone of the same server: dotmesh follows it, so that a resolver need not ask
    again; Knot and BIND stop at the zone's edge, as a server without the other zone would."""
    crossing = any(zone_of(owner, case.origins) != zone_of(target, case.origins) and zone_of(target, case.origins)
                   for owner, target in aliases(case.ours.message))
    ends = not any(rrset.rdtype == dns.rdatatype.SOA for rrset in case.theirs.message.authority)
    return crossing and case.theirs.rcode == 0 and ends and case.theirs.answer <= case.ours.answer


def nsec_at_unsigned_alias(case):
    """Asked for NSEC at an alias, BIND and Knot (behind a wildcard) answer NODATA; dotmesh and NSD give the alias, as for
    any other type (RFC 4034 allows both NSEC and CNAME at a name only in signed zones)."""
    return (case.peer in ("bind", "knot") and case.rrtype in ("NSEC", "RRSIG", "KEY") and not case.theirs.answer
            and dns.rdatatype.CNAME in case.answer_types)


def bind_nsec_at_cut(case):
    """Asked for NSEC at a zone cut, BIND answers from the parent's side, with AA; dotmesh, Knot and NSD give the
    referral, since RFC 4035 section 3.1.4.1 makes that exception for DS only."""
    return case.peer == "bind" and case.rrtype == "NSEC" and case.ours.referral and not case.theirs.referral


def nsec_by_wildcard(case):
    """NSEC asked for by itself at a name that a wildcard covers: dotmesh and NSD send the proof that belongs to every
    answer from a wildcard (RFC 4035 section 3.1.3.3); Knot and BIND leave it out."""
    return (case.peer in ("knot", "bind") and case.rrtype == "NSEC" and case.parts == ["authority"]
            and case.theirs.authority < case.ours.authority)


def nsd_dname_denial(case):
    """Where a DNAME leads to a name that does not exist, NSD leaves out one of the NSEC records that RFC 4035
    section 3.1.3.2 asks for; Knot and BIND send both as dotmesh does, and a validator needs them."""
    return (case.peer == "nsd" and case.parts == ["authority"] and dns.rdatatype.DNAME in case.answer_types
            and case.theirs.authority < case.ours.authority)


def nsd_literal_wildcard(case):
    """NODATA at a wildcard's own name, asked for literally: NSD adds a proof that the name itself does not exist, which
    it does; the NSEC or NSEC3 record that matches is enough, as Knot and BIND think."""
    return (case.peer == "nsd" and case.parts == ["authority"] and case.name.labels[0] == b"*" and not case.ours.answer
            and case.ours.authority < case.theirs.authority)


def proves_an_encloser(message, name):
    """Whether an NSEC3 record of the authority section matches an ancestor of the name."""
    for rrset in message.authority:
        if rrset.rdtype == dns.rdatatype.NSEC3:
            salt, iterations = rrset[0].salt, rrset[0].iterations
            hashes = {dns.dnssec.nsec3_hash(dns.name.Name(name.labels[i:]), salt, iterations, 1).lower().encode()
                      for i in range(1, len(name.labels) - 1)}
            if rrset.name.labels[0].lower() in hashes:
                return True
    return False


def nsd_optout_encloser(case):
    """Below an empty non-terminal that has no NSEC3 record, since opt-out skips the insecure delegation below it: the
    proof starts at the closest encloser that has one (RFC 5155 section 7.2.1). NSD sends none at all; dotmesh, Knot
    and BIND do, and delv accepts it (conformance)."""
    return (case.peer == "nsd" and case.parts == ["authority"] and proves_an_encloser(case.ours.message, case.name)
            and not proves_an_encloser(case.theirs.message, case.name))


RULES = [bind_negative_soa_ttl_zero, bind_minimal_glue, alias_loop_rcode, alias_into_another_own_zone, nsec_at_unsigned_alias,
         bind_nsec_at_cut, nsec_by_wildcard, nsd_dname_denial, nsd_literal_wildcard, nsd_optout_encloser]



def explain(case):
    """The name of the first rule that explains the case; None when nothing does."""
    return next((rule.__name__ for rule in RULES if rule(case)), None)
