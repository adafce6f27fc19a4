"""Every known difference between dotmesh and its peers, each with a name, a reason and a test of its shape.
docs/differences.md has the same table for readers; test_differential.py checks that it is complete.

A rule is a function of a Case; it returns true when it explains the difference whole."""
import dataclasses

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

    @property
    def answer_types(self):
        return [rrset.rdtype for rrset in self.ours.message.answer]


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
    loops = dns.rdatatype.CNAME in case.answer_types and not case.ours.authority
    return case.parts == ["rcode"] and case.theirs.rcode == 2 and loops


def nsec_at_unsigned_alias(case):
    """Asked for NSEC at an alias, BIND and Knot (behind a wildcard) answer NODATA; dotmesh and NSD give the alias, as for
    any other type (RFC 4034 allows both NSEC and CNAME at a name only in signed zones)."""
    return (case.peer in ("bind", "knot") and case.rrtype in ("NSEC", "RRSIG", "KEY") and not case.theirs.answer
            and dns.rdatatype.CNAME in case.answer_types)


RULES = [bind_negative_soa_ttl_zero, bind_minimal_glue, alias_loop_rcode, nsec_at_unsigned_alias]


def explain(case):
    """The name of the first rule that explains the case; None when nothing does."""
    return next((rule.__name__ for rule in RULES if rule(case)), None)
