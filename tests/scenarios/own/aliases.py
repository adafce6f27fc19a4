"""CNAME and DNAME (RFC 1034 section 3.6.2, RFC 2181 section 10, RFC 6672)."""
from rplmaker import Scenario, Zone, entry, plain

SERVER, OTHER = "192.0.2.10", "192.0.2.20"


def scenarios():
    return [dname_qtype_below(), dname_beside_bogus_cname(), cname_for_ns_qtype(), cname_to_nodata(), cname_unsigned_signed(),
            dname_to_too_long(), dname_at_apex(), nsec_at_alias(), stale_below_dname()]


def dname_qtype_below():
    """A question for type DNAME below a DNAME is an alias as for any type but CNAME (RFC 6672 section 3.1)."""
    zone = Zone("example.")
    dname = zone.signed("d.example. 3600 DNAME t.example.")
    s = Scenario("dname_qtype_below", "type DNAME asked for below a DNAME", f'trust-anchor: "{zone.ds()}"')
    s.root(("example.", SERVER))
    s.range(SERVER, entry("example. DNSKEY", answer=zone.dnskeys()),
            entry("d.example. NS", answer=(), authority=zone.soa() + zone.nsec("d.example.", "e.example.", "DNAME RRSIG NSEC")),
            entry("d.example. DNAME", answer=dname),
            entry("t.example. NS", authority=zone.soa() + zone.nsec("s.example.", "x.t.example.", "A RRSIG NSEC")),
            entry("x.d.example. DNAME", answer=dname + plain("x.d.example. 3600 CNAME x.t.example.")),
            entry("x.d.example. A", answer=dname + plain("x.d.example. 3600 CNAME x.t.example.")),
            entry("x.d.example. CNAME", answer=dname + plain("x.d.example. 3600 CNAME x.t.example.")),
            entry("x.t.example. A", answer=zone.signed("x.t.example. 3600 A 203.0.113.1")),
            entry("x.t.example. DNAME", answer=zone.signed("x.t.example. 3600 DNAME elsewhere.example.")))
    made = plain("x.d.example. 3600 CNAME x.t.example.")
    s.ask("x.d.example. DNAME").expect("AD NOERROR", dname + made + zone.signed("x.t.example. 3600 DNAME elsewhere.example."))
    s.ask("d.example. DNAME").expect("AD NOERROR", dname)
    s.ask("x.d.example. CNAME").expect("AD NOERROR", dname + made)
    s.ask("x.d.example. DNAME").expect("AD NOERROR", dname + made + zone.signed("x.t.example. 3600 DNAME elsewhere.example."))
    return s


def dname_beside_bogus_cname():
    """The CNAME beside a DNAME is made anew from it; another target does not count (RFC 6672 section 5.3.1)."""
    zone = Zone("example.")
    dname = zone.signed("d.example. 3600 DNAME t.example.")
    s = Scenario("dname_beside_bogus_cname", "a CNAME that its DNAME does not make", f'trust-anchor: "{zone.ds()}"',
                 "query-minimization: off")
    s.root(("example.", SERVER))
    s.range(SERVER, entry("example. DNSKEY", answer=zone.dnskeys()),
            entry("x.d.example. A", answer=dname + plain("x.d.example. 3600 CNAME bad.example.", "bad.example. 3600 A 203.0.113.66")),
            entry("x.t.example. A", answer=zone.signed("x.t.example. 3600 A 203.0.113.1")))
    s.ask("x.d.example. A").expect("AD NOERROR", dname + plain("x.d.example. 3600 CNAME x.t.example.") +
                                   zone.signed("x.t.example. 3600 A 203.0.113.1"))
    return s


def cname_for_ns_qtype():
    """Every type but CNAME itself follows an alias, also from the cache (RFC 1034 section 3.6.2)."""
    s = Scenario("cname_for_ns_qtype", "types asked for at an alias")
    s.root(("example.", SERVER))
    alias = plain("a.example. 3600 CNAME b.example.")
    s.range(SERVER, *[entry(f"a.example. {kind}", answer=alias) for kind in ("A", "NS", "SOA", "MX", "CNAME", "DS", "NAPTR")],
            entry("b.example. A", answer=plain("b.example. 3600 A 203.0.113.1")),
            entry("b.example. MX", answer=plain("b.example. 3600 MX 1 m.example.")),
            *[entry(f"b.example. {kind}", authority=plain(Zone("example.").soa_line())) for kind in ("NS", "SOA", "DS", "NAPTR")])
    s.ask("a.example. CNAME").expect("NOERROR", alias)
    s.ask("a.example. A").expect("NOERROR", alias + plain("b.example. 3600 A 203.0.113.1"))
    s.ask("a.example. MX").expect("NOERROR", alias + plain("b.example. 3600 MX 1 m.example."))
    for kind in ("NS", "SOA", "NAPTR", "DS"):
        s.ask(f"a.example. {kind}").expect("NOERROR", alias, plain(Zone("example.").soa_line()))
    return s


def cname_to_nodata():
    """rcode and SOA are of the last name (RFC 2308 section 2, RFC 6604)."""
    zone, other = Zone("example."), Zone("other.")
    alias = zone.signed("a.example. 3600 CNAME no.other.")
    s = Scenario("cname_to_nxdomain_elsewhere", "an alias to a name that another zone denies",
                 f'trust-anchor: "{zone.ds()}"', f'trust-anchor: "{other.ds()}"')
    s.root(("example.", SERVER), ("other.", OTHER))
    s.range(SERVER, entry("example. DNSKEY", answer=zone.dnskeys()),
            # The server has no say about the other zone, whatever rcode it sends.
            entry("a.example. A", reply="QR AA NXDOMAIN", answer=alias, authority=plain("other. 3600 SOA ns.other. x.other. 1 1 1 1 1")))
    proof = other.nsec("n.other.", "x.other.", "A RRSIG NSEC") + other.nsec("other.", "b.other.", "NS SOA RRSIG NSEC DNSKEY")
    s.range(OTHER, entry("other. DNSKEY", answer=other.dnskeys()),
            entry("no.other. A", reply="QR AA NXDOMAIN", authority=other.soa() + proof),
            entry("no.other. AAAA", reply="QR AA NXDOMAIN", authority=other.soa() + proof))
    s.ask("a.example. A").expect("AD NXDOMAIN", alias, other.soa() + proof)
    s.ask("a.example. A", "RD AD").expect("AD NXDOMAIN", plain("a.example. 3600 CNAME no.other."), plain(other.soa_line()))
    return s


def cname_unsigned_signed():
    """AD only when every part of the answer is secure (RFC 4035 section 3.2.3)."""
    zone = Zone("example.")
    s = Scenario("cname_unsigned_signed", "aliases between a signed and an unsigned zone", f'trust-anchor: "{zone.ds()}"')
    s.root(("example.", SERVER), ("plain.", OTHER))
    out, target = zone.signed("out.example. 3600 CNAME www.plain."), zone.signed("www.example. 3600 A 203.0.113.2")
    s.range(SERVER, entry("example. DNSKEY", answer=zone.dnskeys()), entry("out.example. A", answer=out),
            entry("www.example. A", answer=target))
    s.range(OTHER, entry("www.plain. A", answer=plain("www.plain. 3600 A 203.0.113.1")),
            entry("in.plain. A", answer=plain("in.plain. 3600 CNAME www.example.")))
    s.ask("out.example. A").expect("NOERROR", out + plain("www.plain. 3600 A 203.0.113.1"))
    s.ask("in.plain. A").expect("NOERROR", plain("in.plain. 3600 CNAME www.example.") + target)
    s.ask("www.example. A").expect("AD NOERROR", target)
    return s


def dname_to_too_long():
    """RFC 6672 section 2.2: YXDOMAIN, with the DNAME."""
    long = ".".join(["a" * 60] * 3) + ".example."
    dname = plain(f"d.example. 3600 DNAME {long}")
    name = "b" * 60 + "." + "c" * 10 + ".d.example."
    s = Scenario("dname_to_too_long", "a DNAME that makes a name too long", "query-minimization: off")
    s.root(("example.", SERVER))
    s.range(SERVER, entry(f"{name} A", reply="QR AA YXDOMAIN", answer=dname))
    s.ask(f"{name} A").expect("YXDOMAIN", dname)
    s.ask(f"{name} TXT").expect("YXDOMAIN", dname)
    return s


def dname_at_apex():
    """A zone's apex may have a DNAME beside its SOA (RFC 6672 section 2.3)."""
    zone = Zone("example.")
    dname = zone.signed("example. 3600 DNAME other.")
    s = Scenario("dname_at_apex", "a DNAME at the apex", f'trust-anchor: "{zone.ds()}"')
    s.root(("example.", SERVER), ("other.", OTHER))
    s.range(SERVER, entry("example. DNSKEY", answer=zone.dnskeys()), entry("example. SOA", answer=zone.soa()),
            *[entry(f"{name}.example. A", answer=dname + plain(f"{name}.example. 3600 CNAME {name}.other.")) for name in ("x", "y")],
            entry("example. MX", authority=zone.soa() + zone.nsec("example.", "example.", "NS SOA DNAME RRSIG NSEC DNSKEY")))
    s.range(OTHER, *[entry(f"{name}.other. A", answer=plain(f"{name}.other. 3600 A 203.0.113.1")) for name in ("x", "y")])
    for name in ("x", "y"):
        s.ask(f"{name}.example. A").expect("NOERROR", dname + plain(f"{name}.example. 3600 CNAME {name}.other.",
                                                                    f"{name}.other. 3600 A 203.0.113.1"))
    s.ask("example. SOA").expect("AD NOERROR", zone.soa())
    s.ask("example. MX").expect("AD NOERROR", (), zone.soa() + zone.nsec("example.", "example.", "NS SOA DNAME RRSIG NSEC DNSKEY"))
    return s


def nsec_at_alias():
    """NSEC stands beside a CNAME (RFC 4035 section 2.5): asked for, it is the answer, alias in the cache or not."""
    zone = Zone("example.")
    alias, nsec = zone.signed("a.example. 3600 CNAME b.example."), zone.nsec("a.example.", "b.example.", "CNAME RRSIG NSEC")
    s = Scenario("nsec_at_alias", "NSEC asked for at an alias", f'trust-anchor: "{zone.ds()}"')
    s.root(("example.", SERVER))
    s.range(SERVER, entry("example. DNSKEY", answer=zone.dnskeys()), entry("a.example. A", answer=alias),
            entry("a.example. NSEC", answer=nsec), entry("b.example. A", answer=zone.signed("b.example. 3600 A 203.0.113.1")),
            entry("b.example. NSEC", answer=zone.nsec("b.example.", "c.example.", "A RRSIG NSEC")))
    s.ask("a.example. A").expect("AD NOERROR", alias + zone.signed("b.example. 3600 A 203.0.113.1"))
    s.ask("a.example. NSEC").expect("AD NOERROR", nsec)
    return s


def stale_below_dname():
    """RFC 8767: what a DNAME led to is there when the servers are not, after all TTLs."""
    dname = plain("d.example. 60 DNAME t.example.")
    s = Scenario("stale_below_dname", "stale data below a DNAME", "serve-stale: 86400", "query-minimization: off")
    s.root(("example.", SERVER))
    answer = dname + plain("x.d.example. 60 CNAME x.t.example.", "x.t.example. 60 A 203.0.113.1")
    s.range(SERVER, entry("x.d.example. A", answer=answer), entry("x.t.example. A", answer=answer[-1:]), last=15)
    s.ask("x.d.example. A").expect("NOERROR", answer)
    s.passes(4000)
    s.ask("x.d.example. A").expect("NOERROR", answer)
    return s
