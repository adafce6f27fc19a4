"""Proofs of absence (RFC 4035 section 5.4, RFC 5155 section 8, RFC 6840 section 4, RFC 9276)."""
from rplmaker import Scenario, Zone, entry, plain, referral

A, B = "192.0.2.10", "192.0.2.20"
APEX = "NS SOA RRSIG NSEC DNSKEY"
APEX3 = "NS SOA RRSIG DNSKEY NSEC3PARAM"


def scenarios():
    return [nsec_of_parent(), nsec_wildcard(), ent_nsec(), ent_opt_out(), ds_by_child(), cname_at_ds(), iterations(),
            white_lies(), ds_denied_with_soa_only(), nsec_across_dname(), insecure_by_opt_out(), nsec3_of_child()]


def base(name, title, zone, *config, others=()):
    s = Scenario(name, title, f'trust-anchor: "{zone.ds()}"', *config)
    return s.root((zone.name, A), *others)


def nsec_of_parent():
    """The parent's NSEC at a cut denies nothing but DS (RFC 6840 section 4.1)."""
    zone = Zone("example.")
    lie = zone.soa() + zone.nsec("sub.example.", "t.example.", "NS RRSIG NSEC")
    below = zone.soa() + zone.nsec("sub.example.", "t.example.", "NS RRSIG NSEC") + zone.nsec("example.", "b.example.", APEX)
    s = base("nsec_of_parent", "an ancestor's NSEC at a zone cut", zone, "query-minimization: off")
    sub = Zone("s2.example.")
    secure = zone.soa() + zone.nsec("s2.example.", "t.example.", "NS DS RRSIG NSEC")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("sub.example. A", authority=lie),
            entry("sub.example. DS", authority=lie), entry("x.sub.example. A", "QR AA NXDOMAIN", authority=below),
            entry("s2.example. A", authority=secure), entry("s2.example. DS", answer=zone.signed(sub.ds())),
            entry("s2.example. DNSKEY", answer=sub.dnskeys()))
    # Of a child that is signed, the denial is false; of one that is not, it has no weight but no harm either.
    s.ask("s2.example. A").expect("SERVFAIL")
    s.ask("sub.example. A").expect("NOERROR", (), lie)
    s.ask("x.sub.example. A").expect("NXDOMAIN", (), below)
    s.ask("sub.example. DS").expect("AD NOERROR", (), lie)
    return s


def nsec3_of_child():
    """The child's NSEC3 does not deny DS (RFC 6840 section 4.4)."""
    zone, sub = Zone("example."), Zone("sub.example.")
    s = base("nsec3_of_child", "the child's NSEC3 for type DS", zone, "query-minimization: off")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()),
            entry("sub.example. DS", authority=zone.signed(zone.soa_line()) +
                  zone.nsec3("sub.example.", "NS SOA RRSIG DNSKEY NSEC3PARAM")),
            entry("www.sub.example. A", answer=plain("www.sub.example. 60 A 203.0.113.66")),
            entry("www.sub.example. DS", authority=zone.soa() + zone.nsec3("www.sub.example.", "A RRSIG")))
    s.ask("www.sub.example. A").expect("SERVFAIL")
    s.ask("sub.example. DS").expect("SERVFAIL")
    return s


def nsec_wildcard():
    """Answers from a wildcard need the proof that the name is not there (RFC 4035 section 5.3.4)."""
    zone = Zone("example.")
    a = zone.signed("*.w.example. 3600 A 203.0.113.1", owner="a.w.example.")
    b = zone.signed("*.w.example. 3600 A 203.0.113.1", owner="b.w.example.")
    c = zone.signed("*.w.example. 3600 A 203.0.113.1", owner="c.w.example.")
    good, bad = zone.nsec("w.example.", "d.w.example.", "RRSIG NSEC"), zone.nsec("*.w.example.", "b.w.example.", "A RRSIG NSEC")
    nodata = zone.soa() + zone.nsec("*.w.example.", "m.w.example.", "A RRSIG NSEC")
    s = base("nsec_wildcard", "answers from a wildcard, with and without proof", zone, "query-minimization: off")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()),
            entry("a.w.example. A", answer=a, authority=zone.nsec("*.w.example.", "d.w.example.", "A RRSIG NSEC")),
            entry("b.w.example. A", answer=b, authority=bad), entry("c.w.example. A", answer=c),
            entry("k.w.example. MX", authority=nodata), entry("*.w.example. A", answer=zone.signed("*.w.example. 3600 A 203.0.113.1")))
    s.ask("b.w.example. A").expect("SERVFAIL")
    s.ask("c.w.example. A").expect("SERVFAIL")
    s.ask("a.w.example. A").expect("AD NOERROR", a, zone.nsec("*.w.example.", "d.w.example.", "A RRSIG NSEC"))
    s.ask("k.w.example. MX").expect("AD NOERROR", (), nodata)
    s.ask("*.w.example. A").expect("AD NOERROR", zone.signed("*.w.example. 3600 A 203.0.113.1"))
    return s


def ent_nsec():
    """An empty non-terminal exists: NODATA by the NSEC before it."""
    zone = Zone("example.")
    proof = zone.nsec("d.example.", "a.ent.example.", "A RRSIG NSEC")
    s = base("ent_nsec", "an empty non-terminal proved with NSEC", zone, "query-minimization: off")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("ent.example. A", authority=zone.soa() + proof),
            entry("ent.example. DS", authority=zone.soa() + proof),
            entry("ent.example. MX", "QR AA NXDOMAIN", authority=zone.soa() + proof),
            entry("ent.example. TXT", "QR AA NXDOMAIN", authority=zone.soa()))
    # The rcode is wrong, the proof right; without proof the denial is false, for this type alone (RFC 4035 section 4.7).
    s.ask("ent.example. TXT").expect("SERVFAIL")
    s.ask("ent.example. MX").expect("AD NOERROR", (), zone.soa() + proof)
    s.ask("ent.example. A").expect("AD NOERROR", (), zone.soa() + proof)
    s.ask("ent.example. DS").expect("AD NOERROR", (), zone.soa() + proof)
    return s


def ent_opt_out():
    """An empty non-terminal above insecure delegations alone has no NSEC3 record (RFC 5155 section 7.1, erratum 3441)."""
    zone = Zone("example.")
    proof = zone.nsec3("example.", APEX3) + zone.nsec3("ent.example.", "A RRSIG", covering=True, opt_out=True)
    s = base("ent_opt_out", "an empty non-terminal in an opted-out range", zone)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()),
            entry("ent.example. A", authority=zone.soa() + proof), entry("ent.example. NS", authority=zone.soa() + proof),
            entry("ent.example. DS", authority=zone.soa() + proof),
            entry("sub.ent.example. DS", authority=zone.soa() + proof),
            referral("sub.ent.example.", "ns.sub.ent.example.", B, extra=proof))
    s.range(B, entry("www.sub.ent.example. A", answer=plain("www.sub.ent.example. 3600 A 203.0.113.1")),
            entry("sub.ent.example. A", answer=plain("sub.ent.example. 3600 A 203.0.113.2")))
    s.ask("ent.example. A").expect("NOERROR", (), zone.soa() + proof)
    s.ask("www.sub.ent.example. A").expect("NOERROR", plain("www.sub.ent.example. 3600 A 203.0.113.1"))
    s.ask("sub.ent.example. A").expect("NOERROR", plain("sub.ent.example. 3600 A 203.0.113.2"))
    return s


def insecure_by_opt_out():
    """An unsigned child of a signed parent, by opt-out: no AD, and its DS is not there, without AD either."""
    zone = Zone("example.")
    proof = zone.nsec3("example.", APEX3) + zone.nsec3("sub.example.", "A RRSIG", covering=True, opt_out=True)
    s = base("insecure_by_opt_out", "an insecure delegation by opt-out", zone)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("sub.example. DS", authority=zone.soa() + proof),
            referral("sub.example.", "ns.sub.example.", B, extra=proof))
    # RRSIGs of a zone without DS count for nothing.
    island = Zone("sub.example.")
    www = island.signed("www.sub.example. 3600 A 203.0.113.1")
    s.range(B, entry("www.sub.example. A", answer=www), entry("sub.example. DNSKEY", answer=island.dnskeys()))
    s.ask("www.sub.example. A").expect("NOERROR", www)
    s.ask("sub.example. DS").expect("NOERROR", (), zone.soa() + proof)
    s.ask("sub.example. DNSKEY").expect("NOERROR", island.dnskeys())
    return s


def ds_by_child():
    """NODATA for DS with the child's SOA is not the parent's word (RFC 4035 section 5.2, RFC 6840 section 4.4)."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = base("ds_by_child", "DS denied by the child", top, "query-minimization: off")
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()),
            entry("sub.example. DS", authority=sub.soa() + sub.nsec("sub.example.", "a.sub.example.", APEX)),
            entry("www.sub.example. A", answer=plain("www.sub.example. 60 A 203.0.113.66")),
            entry("www.sub.example. DS", authority=plain(sub.soa_line())),
            entry("sub.example. DNSKEY", answer=sub.dnskeys()))
    s.ask("www.sub.example. A").expect("SERVFAIL")
    return s


def cname_at_ds():
    """An alias where DS is asked for: no zone cut (RFC 4035 section 5.2 needs the absence of NS)."""
    zone = Zone("example.")
    s = base("cname_at_ds", "an alias at the name whose DS is asked for", zone)
    alias = zone.signed("a.example. 3600 CNAME b.example.")
    nodata = zone.soa() + zone.nsec("b.example.", "c.example.", "A RRSIG NSEC")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("a.example. DS", answer=alias), entry("a.example. NS", answer=alias),
            entry("a.example. A", answer=alias), entry("b.example. A", answer=zone.signed("b.example. 3600 A 203.0.113.1")),
            entry("b.example. DS", authority=nodata), entry("x.a.example. A", answer=plain("x.a.example. 60 A 203.0.113.66")),
            entry("x.a.example. DS", authority=zone.soa() + zone.nsec("x.a.example.", "b.example.", "A RRSIG NSEC")))
    s.ask("a.example. DS").expect("AD NOERROR", alias, nodata)
    s.ask("x.a.example. A").expect("SERVFAIL")
    s.ask("a.example. A").expect("AD NOERROR", alias + zone.signed("b.example. 3600 A 203.0.113.1"))
    return s


def iterations():
    """RFC 9276 section 3.2: more iterations than are trusted make a denial insecure, not false."""
    zone = Zone("example.")
    few = zone.soa() + zone.nsec3("a.example.", "A RRSIG", iterations=1)
    many = zone.soa() + zone.nsec3("b.example.", "A RRSIG", iterations=500)
    forged = zone.soa() + zone.nsec3("c.example.", "A RRSIG", iterations=500)
    forged = [line.replace(" A RRSIG", " RRSIG") for line in forged]
    s = base("nsec3_iterations", "many NSEC3 iterations", zone)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("a.example. MX", authority=few),
            entry("b.example. MX", authority=many), entry("c.example. MX", authority=forged))
    s.ask("a.example. MX").expect("AD NOERROR", (), few)
    s.ask("b.example. MX").expect("NOERROR", (), many)
    s.ask("c.example. MX").expect("SERVFAIL")
    return s


def white_lies():
    """Minimally covering records (RFC 4470), and those of "compact" denial: NSEC at the name that is asked for."""
    zone = Zone("example.")
    lies = zone.soa() + zone.nsec("nn.example.", "np.example.", "RRSIG NSEC") + zone.nsec("example.", "0.example.", APEX)
    compact = zone.soa() + zone.nsec("black.example.", r"\000.black.example.", "RRSIG NSEC")
    s = base("white_lies", "minimally covering NSEC records", zone)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("no.example. A", "QR AA NXDOMAIN", authority=lies),
            entry("no.example. MX", "QR AA NXDOMAIN", authority=lies), entry("black.example. A", authority=compact),
            entry("x.black.example. A", authority=zone.soa() + zone.nsec("x.black.example.", r"\000.x.black.example.", "RRSIG NSEC")),
            entry("black.example. NS", authority=compact), entry("www.example. A", answer=zone.signed("www.example. 60 A 203.0.113.1")))
    s.ask("no.example. A").expect("AD NXDOMAIN", (), lies)
    s.ask("no.example. MX").expect("AD NXDOMAIN", (), lies)
    s.ask("black.example. A").expect("AD NOERROR", (), compact)
    s.ask("x.black.example. A").expect("AD NOERROR", (), zone.soa() + zone.nsec("x.black.example.", r"\000.x.black.example.", "RRSIG NSEC"))
    s.ask("www.example. A").expect("AD NOERROR", zone.signed("www.example. 60 A 203.0.113.1"))
    return s


def ds_denied_with_soa_only():
    """A signed parent must prove that there is no DS: a SOA is no proof (RFC 4035 section 5.2)."""
    zone = Zone("example.")
    s = base("ds_denied_with_soa_only", "an insecure delegation without proof", zone)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("sub.example. DS", authority=zone.soa()),
            referral("sub.example.", "ns.sub.example.", B))
    s.range(B, entry("www.sub.example. A", answer=plain("www.sub.example. 3600 A 203.0.113.66")))
    s.ask("www.sub.example. A").expect("SERVFAIL")
    s.ask("www.sub.example. A", "RD CD").expect("CD NOERROR", plain("www.sub.example. 3600 A 203.0.113.66"))
    s.ask("www.sub.example. A").expect("SERVFAIL")
    return s


def nsec_across_dname():
    """The NSEC at a DNAME denies nothing below it (RFC 6672 section 5.3.2)."""
    zone = Zone("example.")
    lie = zone.soa() + zone.nsec("d.example.", "e.example.", "DNAME RRSIG NSEC") + zone.nsec("example.", "b.example.", APEX)
    s = base("nsec_across_dname", "a denial below a DNAME", zone, "query-minimization: off")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("x.d.example. A", "QR AA NXDOMAIN", authority=lie))
    s.ask("x.d.example. A").expect("SERVFAIL")
    return s
