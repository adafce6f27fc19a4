"""Forwarders (design: [[resolver.forward]])."""
from rplmaker import ROOT, Scenario, Zone, entry, plain, silence

F1, F2, AUTH = "192.0.2.53", "192.0.2.54", "192.0.2.10"


def scenarios():
    return [forwarder_not_recursive(), forward_below_signed(), forward_all(), forwarder_strips(),
            forward_faults(), forward_partial(), forward_nested()]


def forwarder_not_recursive():
    """A server that refers its client elsewhere does not recurse: its referral is no NODATA; the next is asked."""
    s = Scenario("forwarder_not_recursive", "a forwarder that does not recurse", f'forward: "example. {F1} {F2}"')
    names = [f"n{i}.example." for i in range(6)]
    s.range(F1, *[entry(f"{n} A", "QR RD NOERROR", authority=plain("example. 3600 NS ns.example."),
                        additional=plain(f"ns.example. 3600 A {AUTH}")) for n in names])
    s.range(F2, *[entry(f"{n} A", "QR RD RA NOERROR", answer=plain(f"{n} 3600 A 203.0.113.1")) for n in names])
    for n in names:
        s.ask(f"{n} A").expect("NOERROR", plain(f"{n} 3600 A 203.0.113.1"))
    return s


def forward_below_signed():
    """A forwarded zone below a signed parent: its DS is the parent's (asked of the parent's servers), its data secure."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = Scenario("forward_below_signed", "a forwarded zone below a signed one", f'trust-anchor: "{top.ds()}"',
                 f'forward: "sub.example. {F1} {F2}"')
    s.root(("example.", AUTH))
    s.range(AUTH, entry("example. DNSKEY", answer=top.dnskeys()), entry("sub.example. DS", answer=top.signed(sub.ds())))
    www = sub.signed("www.sub.example. 3600 A 203.0.113.1")
    bad = plain("www.sub.example. 3600 A 203.0.113.66")
    nodata = sub.soa() + sub.nsec("www.sub.example.", "sub.example.", "A RRSIG NSEC")
    s.range(F1, entry("www.sub.example. A", "QR RD RA SERVFAIL"), entry("sub.example. DNSKEY", "QR RD RA REFUSED"),
            entry("www.sub.example. MX", "QR RD RA NOERROR", authority=nodata))
    s.range(F2, entry("www.sub.example. A", "QR RD RA NOERROR", answer=www),
            entry("sub.example. DNSKEY", "QR RD RA NOERROR", answer=sub.dnskeys()),
            entry("www.sub.example. MX", "QR RD RA NOERROR", authority=nodata),
            entry("x.sub.example. A", "QR RD RA NOERROR", answer=bad))
    s.ask("www.sub.example. A").expect("AD NOERROR", www)
    s.ask("www.sub.example. MX").expect("AD NOERROR", (), nodata)
    s.ask("sub.example. DS").expect("AD NOERROR", top.signed(sub.ds()))
    return s


def forward_all():
    """Everything forwarded: aliases, negative answers and referrals all come from the forwarder."""
    zone = Zone("example.")
    s = Scenario("forward_all", "a forwarder for everything", f'trust-anchor: "{zone.ds()}"', f'forward: ". {F1}"')
    alias, www = zone.signed("a.example. 3600 CNAME www.plain."), plain("www.plain. 3600 A 203.0.113.1")
    proof = zone.soa() + zone.nsec("example.", "a.example.", "NS SOA RRSIG NSEC DNSKEY") + zone.nsec("b.example.", "d.example.", "A RRSIG NSEC")
    s.range(F1, entry("example. DNSKEY", "QR RD RA NOERROR", answer=zone.dnskeys()),
            entry("a.example. A", "QR RD RA NOERROR", answer=alias + www),
            entry("www.plain. A", "QR RD RA NOERROR", answer=www),
            entry("c.example. A", "QR RD RA NXDOMAIN", authority=proof))
    s.ask("a.example. A").expect("NOERROR", alias + www)
    s.ask("c.example. A").expect("AD NXDOMAIN", (), proof)
    return s


def forwarder_strips():
    """A forwarder without signatures makes a secure zone bogus; a negative trust anchor, or CD, lets it through."""
    zone, other = Zone("example."), Zone("other.")
    s = Scenario("forwarder_strips", "a forwarder that takes signatures out", f'trust-anchor: "{zone.ds()}"',
                 f'trust-anchor: "{other.ds()}"', "domain-insecure: other.", f'forward: ". {F1}"')
    s.range(F1, entry("example. DNSKEY", "QR RD RA NOERROR", answer=plain(f"example. 3600 DNSKEY {zone.key.dnskey().to_text()}")),
            entry("www.example. DS", "QR RD RA NOERROR", authority=plain(zone.soa_line())),
            entry("www.example. A", "QR RD RA NOERROR", answer=plain("www.example. 3600 A 203.0.113.1")),
            entry("www.other. A", "QR RD RA NOERROR", answer=plain("www.other. 3600 A 203.0.113.2")))
    s.ask("www.example. A", "RD CD DO").expect("CD NOERROR", plain("www.example. 3600 A 203.0.113.1"))
    s.ask("www.example. A").expect("SERVFAIL")
    s.ask("www.example. A", "RD CD").expect("CD NOERROR", plain("www.example. 3600 A 203.0.113.1"))
    s.ask("www.other. A").expect("NOERROR", plain("www.other. 3600 A 203.0.113.2"))
    return s


def forward_faults():
    """What a forwarder cannot do, the next one is asked for; when none can, it is SERVFAIL."""
    s = Scenario("forward_faults", "forwarders that fail in every way", f'forward: "example. {F1} {F2}"')
    faults = {"refused": ["QR RD RA REFUSED"], "servfail": ["QR RD RA SERVFAIL"], "notimp": ["QR RD RA NOTIMP"], "formerr": ["QR RD RA FORMERR"],
              "notauth": ["QR RD RA NOTAUTH"]}
    s.range(F1, *[entry(f"{n}.example. A", *reply) for n, reply in faults.items()], silence("silent.example. A"), entry("both.example. A", "QR RD RA REFUSED"),
            entry("cut.example. A", "QR RD RA TC NOERROR", match="opcode qtype qname UDP"), entry("cut.example. A", "QR RD RA SERVFAIL"))
    good = {n: plain(f"{n}.example. 300 A 203.0.113.1") for n in [*faults, "silent", "cut"]}
    s.range(F2, *[entry(f"{n}.example. A", "QR RD RA NOERROR", answer=a) for n, a in good.items()], entry("both.example. A", "QR RD RA SERVFAIL"))
    for n in good:
        s.ask(f"{n}.example. A").expect("NOERROR", good[n])
    s.ask("both.example. A").expect("SERVFAIL", match="flags rcode question")
    return s


def forward_partial():
    """A forwarder that gives an alias alone is asked for its target; what answers another question is no answer."""
    s = Scenario("forward_partial", "forwarders that answer in part", f'forward: ". {F1}"')
    alias, www = plain("a.example. 300 CNAME www.other."), plain("www.other. 300 A 203.0.113.1")
    loop = plain("l.example. 300 CNAME m.example.") + plain("m.example. 300 CNAME l.example.")
    soa = plain(Zone("example.").soa_line())
    s.range(F1, entry("a.example. A", "QR RD RA NOERROR", answer=alias), entry("www.other. A", "QR RD RA NOERROR", answer=www),
            entry("l.example. A", "QR RD RA NOERROR", answer=loop), entry("m.example. A", "QR RD RA NOERROR", answer=loop),
            entry("x.example. A", "QR RD RA NOERROR", answer=plain("y.example. 300 A 203.0.113.66"), authority=soa),
            entry("y.example. A", "QR RD RA NOERROR", answer=plain("y.example. 300 A 203.0.113.2")),
            # An authoritative server may stand in as a forwarder.
            entry("z.example. A", "QR AA RD NOERROR", answer=plain("z.example. 300 A 203.0.113.3")))
    s.ask("a.example. A").expect("NOERROR", alias + www)
    s.ask("l.example. A").expect("SERVFAIL", match="flags rcode question")
    s.ask("x.example. A").expect("NOERROR", (), soa)
    s.ask("y.example. A").expect("NOERROR", plain("y.example. 300 A 203.0.113.2"))
    s.ask("z.example. A").expect("NOERROR", plain("z.example. 300 A 203.0.113.3"))
    return s


def forward_nested():
    """The longest zone decides; the DS RRset of a forwarded zone belongs to its parent, which another forwarder has."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = Scenario("forward_nested", "a forwarded zone below another", f'trust-anchor: "{top.ds()}"', f'forward: "example. {F1}"',
                 f'forward: "sub.example. {F2}"')
    www, low = top.signed("www.example. 300 A 203.0.113.1"), sub.signed("www.sub.example. 300 A 203.0.113.2")
    alias = top.signed("a.example. 300 CNAME www.sub.example.")
    s.range(F1, entry("example. DNSKEY", "QR RD RA NOERROR", answer=top.dnskeys()), entry("www.example. A", "QR RD RA NOERROR", answer=www),
            entry("sub.example. DS", "QR RD RA NOERROR", answer=top.signed(sub.ds())),
            entry("a.example. A", "QR RD RA NOERROR", answer=alias + plain("www.sub.example. 300 A 203.0.113.66")),
            entry("www.sub.example. A", "QR RD RA NOERROR", answer=plain("www.sub.example. 300 A 203.0.113.66")))
    s.range(F2, entry("sub.example. DNSKEY", "QR RD RA NOERROR", answer=sub.dnskeys()), entry("www.sub.example. A", "QR RD RA NOERROR", answer=low),
            entry("www.example. A", "QR RD RA NOERROR", answer=plain("www.example. 300 A 203.0.113.66")))
    s.ask("www.sub.example. A").expect("AD NOERROR", low)
    s.ask("www.example. A").expect("AD NOERROR", www)
    s.ask("a.example. A").expect("AD NOERROR", alias + low)
    s.ask("sub.example. DS").expect("AD NOERROR", top.signed(sub.ds()))
    return s
