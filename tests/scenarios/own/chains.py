"""Aliases through wildcards, DNAMEs and zones (RFC 1034 section 3.6.2, RFC 4592, RFC 6672)."""
from rplmaker import ROOT, Key, Scenario, Zone, entry, plain, referral

A, B, C = "192.0.2.10", "192.0.2.20", "192.0.2.30"
APEX = "NS SOA RRSIG NSEC DNSKEY"


def scenarios():
    return [wildcard_alias(), alias_and_denial(), dname_chain(), dname_false(), long_chain(), alias_into_insecure(),
            alias_through_zones(), alias_bogus_target(), two_cnames(), alias_and_other_data()]


def base(name, title, zone, *config, others=()):
    s = Scenario(name, title, f'trust-anchor: "{zone.ds()}"', *config)
    return s.root((zone.name, A), *others)


def wildcard_alias():
    """An alias made from a wildcard, to a name made from a wildcard: the proofs of both (RFC 4035 section 3.1.3.3)."""
    zone = Zone("example.")
    alias = zone.signed("*.w.example. 300 CNAME x.v.example.", owner="a.w.example.")
    target = zone.signed("*.v.example. 300 A 203.0.113.1", owner="x.v.example.")
    gaps = zone.nsec("*.w.example.", "z.w.example.", "CNAME RRSIG NSEC") + zone.nsec("*.v.example.", "z.v.example.", "A RRSIG NSEC")
    none = zone.signed("*.u.example. 300 CNAME no.v.example.", owner="a.u.example.")
    first = zone.signed("c.example. 300 CNAME a.w.example.")
    s = base("wildcard_alias", "aliases made from wildcards", zone, "query-minimization: off")
    u_gap = zone.nsec("*.u.example.", "z.u.example.", "CNAME RRSIG NSEC")
    nodata = zone.soa() + zone.nsec("*.v.example.", "z.v.example.", "A RRSIG NSEC")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("a.w.example. A", answer=alias + target, authority=gaps),
            entry("x.v.example. A", answer=target, authority=gaps[2:]),
            entry("c.example. A", answer=first + alias + target, authority=gaps),
            entry("a.u.example. MX", answer=none, authority=u_gap + nodata), entry("no.v.example. MX", authority=nodata),
            entry("b.u.example. A", answer=zone.signed("*.u.example. 300 CNAME no.v.example.", owner="b.u.example.")),
            entry("b.u.example. DS", authority=zone.soa()))
    s.ask("c.example. A").expect("AD NOERROR", first + alias + target, gaps)
    s.ask("a.w.example. A").expect("AD NOERROR", alias + target, gaps)
    s.ask("b.u.example. A").expect("SERVFAIL")
    s.ask("a.u.example. MX").expect("AD NOERROR", none, u_gap + nodata)
    return s


def alias_and_denial():
    """An alias and the denial of its target in one response (RFC 2308 section 2.1)."""
    zone = Zone("example.")
    apex, gap = zone.nsec("example.", "b.example.", APEX), zone.nsec("m.example.", "p.example.", "A RRSIG NSEC")
    to_none, to_empty = zone.signed("a.example. 300 CNAME n.example."), zone.signed("c.example. 300 CNAME m.example.")
    bad = zone.signed("d.example. 300 CNAME o.example.")
    s = base("alias_and_denial", "an alias and a denial", zone, "query-minimization: off")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()),
            entry("a.example. A", "QR AA NXDOMAIN", answer=to_none, authority=zone.soa() + gap + apex),
            entry("n.example. A", "QR AA NXDOMAIN", authority=zone.soa() + gap + apex),
            entry("c.example. MX", answer=to_empty, authority=zone.soa() + gap), entry("m.example. MX", authority=zone.soa() + gap),
            entry("d.example. A", "QR AA NXDOMAIN", answer=bad, authority=zone.soa()),
            entry("o.example. A", "QR AA NXDOMAIN", authority=zone.soa()), entry("o.example. DS", authority=zone.soa()))
    s.ask("d.example. A").expect("SERVFAIL")
    s.ask("a.example. A").expect("AD NXDOMAIN", to_none, zone.soa() + gap + apex)
    s.ask("c.example. MX").expect("AD NOERROR", to_empty, zone.soa() + gap)
    s.ask("c.example. MX", "RD").expect("NOERROR", to_empty[:1], plain(zone.soa_line()))
    return s


def dname_chain():
    """A DNAME to a DNAME to an alias (RFC 6672 section 3.2); CNAMEs made from DNAMEs need no signature."""
    zone = Zone("example.")
    one, two = zone.signed("d1.example. 300 DNAME d2.example."), zone.signed("d2.example. 300 DNAME t.example.")
    made = plain("x.d1.example. 300 CNAME x.d2.example."), plain("x.d2.example. 300 CNAME x.t.example.")
    alias, target = zone.signed("x.t.example. 300 CNAME www.example."), zone.signed("www.example. 300 A 203.0.113.1")
    whole = one + made[0] + two + made[1] + alias + target
    s = base("dname_chain", "DNAMEs that lead to a DNAME and an alias", zone, "query-minimization: off")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("x.d1.example. A", answer=whole),
            entry("x.d2.example. A", answer=two + made[1] + alias + target), entry("x.t.example. A", answer=alias + target),
            entry("www.example. A", answer=target),
            # Without the CNAME, as a server before RFC 6672 may send it; and in another order.
            entry("y.d2.example. A", answer=two), entry("y.t.example. A", answer=zone.signed("y.t.example. 300 A 203.0.113.2")),
            entry("z.d2.example. A", answer=plain("z.d2.example. 300 CNAME z.t.example.") + two),
            entry("z.t.example. A", answer=zone.signed("z.t.example. 300 A 203.0.113.3")))
    s.ask("x.d1.example. A").expect("AD NOERROR", whole)
    for name, last in (("y", 2), ("z", 3)):
        s.ask(f"{name}.d2.example. A").expect("AD NOERROR", two + plain(f"{name}.d2.example. 300 CNAME {name}.t.example.") +
                                              zone.signed(f"{name}.t.example. 300 A 203.0.113.{last}"))
    return s


def dname_false():
    """A DNAME with a false signature, or none, moves no name of a signed zone (RFC 6672 section 5.3)."""
    zone = Zone("example.")
    bare, forged = plain("d1.example. 300 DNAME evil."), Zone("example.", Key("nobody's")).signed("d2.example. 300 DNAME evil.")
    s = base("dname_false", "DNAMEs without and with a false signature", zone, "query-minimization: off", others=[("evil.", B)])
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("x.d1.example. A", answer=bare + plain("x.d1.example. 300 CNAME x.evil.")),
            entry("x.d2.example. A", answer=forged + plain("x.d2.example. 300 CNAME x.evil.")),
            *[entry(f"{n} DS", authority=zone.soa() + zone.nsec("d1.example.", "e.example.", "DNAME RRSIG NSEC")) for n in ("d1.example.", "x.d1.example.")],
            # A CNAME alone where there is a DNAME: it must be signed.
            entry("x.d3.example. A", answer=plain("x.d3.example. 300 CNAME x.evil.")), entry("x.d3.example. DS", authority=zone.soa()))
    s.range(B, entry("x.evil. A", answer=plain("x.evil. 300 A 203.0.113.66")))
    for n in (1, 2, 3):
        s.ask(f"x.d{n}.example. A").expect("SERVFAIL")
    s.ask("x.d2.example. A", "RD CD").expect("CD NOERROR", forged[:1] + plain("x.d2.example. 300 CNAME x.evil.", "x.evil. 300 A 203.0.113.66"))
    return s


def long_chain():
    """Chains of eight aliases resolve, over two zones and back."""
    s = Scenario("long_chain", "a chain of aliases between two zones")
    s.root(("example.", A), ("other.", B))
    names = [f"n{i}.{'example' if i % 2 == 0 else 'other'}." for i in range(9)]
    links = [plain(f"{a} 300 CNAME {b}") for a, b in zip(names, names[1:])]
    last = plain(f"{names[-1]} 300 A 203.0.113.1")
    for address, zone in ((A, 0), (B, 1)):
        s.range(address, *[entry(f"{n} A", answer=link) for n, link in list(zip(names, [*links, last]))[zone::2]])
    s.ask(f"{names[0]} A").expect("NOERROR", [line for link in links for line in link] + last)
    return s


def alias_into_insecure():
    """An alias of a signed zone into an insecure child, and back: no AD (RFC 4035 section 3.2.3)."""
    zone = Zone("example.")
    proof = zone.nsec("sub.example.", "t.example.", "NS RRSIG NSEC")
    s = base("alias_into_insecure", "an alias into an insecure child zone", zone)
    into, www = zone.signed("a.example. 300 CNAME b.sub.example."), zone.signed("www.example. 300 A 203.0.113.1")
    back = plain("b.sub.example. 300 CNAME www.example.")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("a.example. A", answer=into), entry("www.example. A", answer=www),
            entry("sub.example. DS", authority=zone.soa() + proof), referral("sub.example.", "ns.sub.example.", B, extra=proof))
    s.range(B, entry("b.sub.example. A", answer=back), entry("no.sub.example. A", "QR AA NXDOMAIN", authority=plain(Zone("sub.example.").soa_line())))
    s.ask("a.example. A").expect("NOERROR", into + back + www)
    s.ask("b.sub.example. A").expect("NOERROR", back + www)
    s.ask("no.sub.example. A").expect("NXDOMAIN", (), plain(Zone("sub.example.").soa_line()))
    return s


def alias_through_zones():
    """An alias from a zone into its child and parent, all on one server that answers with the whole chain."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = base("alias_through_zones", "one answer with RRsets of a parent and its child", top)
    down, up = top.signed("a.example. 300 CNAME b.sub.example."), sub.signed("b.sub.example. 300 CNAME c.example.")
    last = top.signed("c.example. 300 A 203.0.113.1")
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("sub.example. DNSKEY", answer=sub.dnskeys()),
            entry("sub.example. DS", answer=top.signed(sub.ds())),
            entry("sub.example. NS", answer=sub.signed("sub.example. 300 NS ns.example.")),
            entry("a.example. A", answer=down + up + last), entry("b.sub.example. A", answer=up + last), entry("c.example. A", answer=last))
    s.ask("a.example. A").expect("AD NOERROR", down + up + last)
    s.ask("b.sub.example. A").expect("AD NOERROR", up + last)
    return s


def alias_bogus_target():
    """A true alias to a false target is SERVFAIL as a whole; to one who asked with CD, all is given."""
    zone, other = Zone("example."), Zone("other.")
    s = Scenario("alias_bogus_target", "an alias to bogus data", f'trust-anchor: "{zone.ds()}"', f'trust-anchor: "{other.ds()}"')
    s.root(("example.", A), ("other.", B))
    alias = zone.signed("a.example. 300 CNAME www.other.")
    false = [line.replace("113.1", "113.66") for line in other.signed("www.other. 300 A 203.0.113.1")]
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), *[entry(f"a.example. {t}", answer=alias) for t in ("A", "MX")])
    s.range(B, entry("other. DNSKEY", answer=other.dnskeys()), entry("www.other. A", answer=false),
            entry("www.other. MX", authority=other.soa()), entry("www.other. DS", authority=other.soa()))
    s.ask("a.example. A").expect("SERVFAIL")
    s.ask("a.example. MX").expect("SERVFAIL")
    s.ask("a.example. CNAME").expect("AD NOERROR", alias)
    s.ask("a.example. A", "RD CD DO").expect("CD NOERROR", alias + false)
    return s


def two_cnames():
    """RFC 2181 section 10.1: a name has one CNAME. Two are neither an answer nor a denial; a good server is asked."""
    s = Scenario("two_cnames", "two CNAMEs of one name", "query-minimization: off")
    two = entry("example. NS", "QR NOERROR", authority=plain("example. 3600 NS ns1.example.", "example. 3600 NS ns2.example."),
                additional=plain(f"ns1.example. 3600 A {A}", f"ns2.example. 3600 A {B}"), match="opcode subdomain", adjust="copy_id copy_query")
    s.range(ROOT, entry(". NS", answer=plain(". 3600 NS k.root-servers.net."), additional=plain(f"k.root-servers.net. 3600 A {ROOT}")),
            referral("alone.", "ns.alone.", C), two)
    names = [f"n{i}.example." for i in range(6)]
    s.range(A, *[entry(f"{n} A", answer=[f"{n} 300 IN CNAME {to}.example." for to in "xy"]) for n in names])
    s.range(B, *[entry(f"{n} A", answer=plain(f"{n} 300 A 203.0.113.1")) for n in names])
    s.range(C, entry("a.alone. A", answer=[f"a.alone. 300 IN CNAME {to}.alone." for to in "xy"]),
            *[entry(f"{n}.alone. A", answer=plain(f"{n}.alone. 300 A 203.0.113.66")) for n in "xy"])
    for n in names:
        s.ask(f"{n} A").expect("NOERROR", plain(f"{n} 300 A 203.0.113.1"))
    s.ask("a.alone. A").expect("SERVFAIL", match="rcode question")
    return s


def alias_and_other_data():
    """A name that has both a CNAME and the type asked for: the zone is at fault (RFC 1034 section 3.6.2), the data is an answer."""
    s = Scenario("alias_and_other_data", "a CNAME and other data")
    s.root(("example.", A))
    both = plain("a.example. 300 CNAME b.example.", "a.example. 300 A 203.0.113.1")
    s.range(A, entry("a.example. A", answer=both), entry("b.example. A", answer=plain("b.example. 300 A 203.0.113.2")))
    s.ask("a.example. A").expect("NOERROR", match="flags rcode question")
    return s
