"""Zones that move, servers that differ, cuts that are skipped: what happens over time and between servers
(RFC 4035 section 5.5, RFC 8767, RFC 9520)."""
from rplmaker import ROOT, Key, Scenario, Zone, entry, plain, referral, silence

A, B, C = "192.0.2.10", "192.0.2.20", "192.0.2.30"
APEX = "NS SOA RRSIG NSEC DNSKEY"


def scenarios():
    return [servers_without_signatures(), both_fail_at_ds(), ghost_domain(), skipped_cut(), alias_with_referral(), stale_codes(), stale_not_after_news(),
            stale_ends(), only_ipv6(), island_of_forwarder(), forward_bogus_then_good(), forward_whole_tree(), forward_alias_out(),
            one_server_for_three(), secure_becomes_insecure(), bogus_is_mended(), unsigned_proof_of_insecurity(), deep_name()]


def root_entry():
    return entry(". NS", answer=plain(". 3600 NS k.root-servers.net."), additional=plain(f"k.root-servers.net. 3600 A {ROOT}"))


def pair(zone, first=A, second=B, extra=()):
    """A referral to two servers."""
    return entry(f"{zone} NS", "QR NOERROR", authority=plain(f"{zone} 3600 NS ns1.{zone}", f"{zone} 3600 NS ns2.{zone}") + list(extra),
                 additional=plain(f"ns1.{zone} 3600 A {first}", f"ns2.{zone} 3600 A {second}"), match="opcode subdomain",
                 adjust="copy_id copy_query")


def servers_without_signatures():
    """A server that leaves out what DNSSEC needs, beside one that does not: RFC 4035 section 4.7 asks to look further."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = Scenario("servers_without_signatures", "one of two servers has an old unsigned copy", f'trust-anchor: "{top.ds()}"')
    s.range(ROOT, root_entry(), pair("example."))
    names = [f"n{i}.example." for i in range(4)]
    www = {n: top.signed(f"{n} 3600 A 203.0.113.1") for n in names}
    nodata = top.soa() + top.nsec("www.example.", "x.example.", "A RRSIG NSEC")
    absent = top.soa() + top.nsec("y.example.", "example.", "A RRSIG NSEC") + top.nsec("example.", "b.example.", APEX)
    low = sub.signed("www.sub.example. 3600 A 203.0.113.2")
    s.range(A, *[entry(f"{n} A", answer=www[n][:1]) for n in names], entry("www.example. MX", authority=plain(top.soa_line())),
            entry("z.example. A", "QR AA NXDOMAIN", authority=plain(top.soa_line())), entry("sub.example. DS", authority=plain(top.soa_line())),
            entry("example. DNSKEY", answer=top.dnskeys()[:1]), referral("sub.example.", "ns.sub.example.", C),
            *[entry(f"{n} DS", authority=plain(top.soa_line())) for n in names])
    s.range(B, *[entry(f"{n} A", answer=www[n]) for n in names], entry("www.example. MX", authority=nodata),
            entry("z.example. A", "QR AA NXDOMAIN", authority=absent), entry("example. DNSKEY", answer=top.dnskeys()),
            entry("sub.example. DS", answer=top.signed(sub.ds())), referral("sub.example.", "ns.sub.example.", C, extra=top.signed(sub.ds())),
            *[entry(f"{n} DS", authority=top.soa() + top.nsec(n, n.replace(".", "z.", 1), "A RRSIG NSEC")) for n in names])
    s.range(C, entry("sub.example. DNSKEY", answer=sub.dnskeys()), entry("www.sub.example. A", answer=low))
    for n in names:
        s.ask(f"{n} A").expect("AD NOERROR", www[n])
    s.ask("www.example. MX").expect("AD NOERROR", (), nodata)
    s.ask("z.example. A").expect("AD NXDOMAIN", (), absent)
    s.ask("www.sub.example. A").expect("AD NOERROR", low)
    return s


def both_fail_at_ds():
    """Looking for an insecure delegation, both servers fail; that says nothing of the answer itself, which one has signed."""
    zone = Zone("example.")
    s = Scenario("both_fail_at_ds", "two servers, neither of which denies DS", f'trust-anchor: "{zone.ds()}"', "query-minimization: off")
    s.range(ROOT, root_entry(), pair("example."))
    names = [f"n{i}.example." for i in range(12)]
    www = {n: zone.signed(f"{n} 3600 A 203.0.113.1") for n in names}
    for address, size in ((A, 1), (B, 2)):
        s.range(address, entry("example. DNSKEY", answer=zone.dnskeys()), *[entry(f"{n} A", answer=www[n][:size]) for n in names],
                *[entry(f"{n} DS", authority=zone.soa()) for n in names],
                *[entry(f"ns{i}.example. {t}", authority=zone.soa()) for i in (1, 2) for t in ("A", "AAAA")])
    for n in names:
        s.ask(f"{n} A").expect("AD NOERROR", www[n])
    return s


def ghost_domain():
    """CVE-2012-1033: a zone that its parent has taken away ends with the parent's TTL, whatever its servers say."""
    s = Scenario("ghost_domain", "a zone that its parent has taken away")
    soa = plain(Zone("example.").soa_line())
    s.root(("example.", A))
    s.range(A, referral("gone.example.", "ns.gone.example.", B), last=25)
    s.range(A, *[entry(f"{n}.example. {t}", "QR AA NXDOMAIN", authority=soa) for n in ("gone", "www.gone", "ns.gone") for t in ("A", "NS", "AAAA")], first=26)
    ns = plain("gone.example. 86400 NS ns.gone.example.")
    s.range(B, entry("gone.example. NS", answer=ns, additional=plain(f"ns.gone.example. 86400 A {B}")),
            entry("www.gone.example. A", answer=plain("www.gone.example. 60 A 203.0.113.1"), authority=ns,
                  additional=plain(f"ns.gone.example. 86400 A {B}")))
    s.ask("www.gone.example. A").expect("NOERROR", plain("www.gone.example. 60 A 203.0.113.1"))
    s.ask("gone.example. NS").expect("NOERROR", ns)
    s.step = 30
    s.passes(1800)
    s.ask("www.gone.example. A").expect("NOERROR", plain("www.gone.example. 60 A 203.0.113.1"))
    s.passes(1900)
    s.ask("www.gone.example. A").expect("NXDOMAIN", (), soa)
    return s


def skipped_cut():
    """A server with a zone and its child refers to the grandchild at once: the DS between are asked for (RFC 4035 section 5)."""
    top, mid, low = Zone("example."), Zone("mid.example."), Zone("low.mid.example.")
    s = Scenario("skipped_cut", "a referral over two cuts", f'trust-anchor: "{top.ds()}"', "query-minimization: off")
    s.root(("example.", A))
    ds = mid.signed(low.ds())
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("mid.example. DS", answer=top.signed(mid.ds())),
            entry("mid.example. DNSKEY", answer=mid.dnskeys()), entry("low.mid.example. DS", answer=ds),
            referral("low.mid.example.", "ns.low.mid.example.", B, extra=ds))
    www = low.signed("www.low.mid.example. 3600 A 203.0.113.1")
    s.range(B, entry("low.mid.example. DNSKEY", answer=low.dnskeys()), entry("www.low.mid.example. A", answer=www),
            entry("bad.low.mid.example. A", answer=plain("bad.low.mid.example. 3600 A 203.0.113.66")),
            entry("bad.low.mid.example. DS", authority=low.soa()))
    s.ask("www.low.mid.example. A").expect("AD NOERROR", www)
    s.ask("bad.low.mid.example. A").expect("SERVFAIL")
    return s


def alias_with_referral():
    """RFC 1034 section 4.3.2 step 3b: the answer section has the alias, the authority section a referral to its target's zone."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = Scenario("alias_with_referral", "an alias and a referral in one response", f'trust-anchor: "{top.ds()}"', "query-minimization: off")
    s.root(("example.", A))
    alias, www = top.signed("a.example. 3600 CNAME www.sub.example."), sub.signed("www.sub.example. 3600 A 203.0.113.1")
    ds = top.signed(sub.ds())
    glue = plain(f"ns.sub.example. 3600 A {B}")
    cut = plain("sub.example. 3600 NS ns.sub.example.") + ds
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("a.example. A", answer=alias, authority=cut, additional=glue),
            entry("a.example. MX", "QR NOERROR", answer=alias, authority=cut, additional=glue),
            entry("sub.example. DS", answer=ds), referral("sub.example.", "ns.sub.example.", B, extra=ds))
    nodata = sub.soa() + sub.nsec("www.sub.example.", "x.sub.example.", "A RRSIG NSEC")
    s.range(B, entry("sub.example. DNSKEY", answer=sub.dnskeys()), entry("www.sub.example. A", answer=www), entry("www.sub.example. MX", authority=nodata))
    s.ask("a.example. A").expect("AD NOERROR", alias + www)
    s.ask("a.example. MX").expect("AD NOERROR", alias, nodata)
    return s


def stale_codes():
    """RFC 8914 sections 4.4 and 4.20: stale answers say so, and which kind."""
    s = Scenario("stale_codes", "extended errors of stale answers", "serve-stale: 86400", "query-minimization: off")
    s.root(("example.", A))
    soa, www = plain("example. 60 SOA ns.example. admin.example. 1 7200 3600 1209600 60"), plain("www.example. 60 A 203.0.113.1")
    first = [entry("www.example. A", answer=www), entry("no.example. A", "QR AA NXDOMAIN", authority=soa), entry("www.example. MX", authority=soa)]
    s.range(A, *first, last=35)
    s.range(A, *[silence(q) for q in ("www.example. A", "no.example. A", "www.example. MX")], first=36)
    match = "flags rcode question answer ede="
    s.ask("www.example. A").expect("NOERROR", www, match=match + "none")
    s.ask("no.example. A").expect("NXDOMAIN", match=match + "none")
    s.ask("www.example. MX").expect("NOERROR", match=match + "none")
    s.step = 40
    s.passes(3000)
    s.ask("www.example. A").expect("NOERROR", www, match=match + "3")
    s.ask("no.example. A").expect("NXDOMAIN", match=match + "19")
    s.ask("www.example. MX").expect("NOERROR", match=match + "3")
    return s


def stale_not_after_news():
    """RFC 8767 section 4: stale data is no answer when the zone has one, NXDOMAIN and NODATA too."""
    s = Scenario("stale_not_after_news", "stale data that its zone has taken back", "serve-stale: 86400", "query-minimization: off")
    s.root(("example.", A))
    soa = plain("example. 60 SOA ns.example. admin.example. 1 7200 3600 1209600 60")
    names = ("a.example.", "b.example.", "c.example.")
    s.range(A, *[entry(f"{n} A", answer=plain(f"{n} 60 A 203.0.113.1")) for n in names], last=35)
    s.range(A, entry("a.example. A", "QR AA NXDOMAIN", authority=soa), entry("b.example. A", authority=soa),
            entry("c.example. A", answer=plain("c.example. 60 A 203.0.113.2")), first=36)
    for n in names:
        s.ask(f"{n} A").expect("NOERROR", plain(f"{n} 60 A 203.0.113.1"))
    s.step = 40
    s.passes(3000)
    s.ask("a.example. A").expect("NXDOMAIN", (), soa)
    s.ask("b.example. A").expect("NOERROR", (), soa)
    s.ask("c.example. A").expect("NOERROR", plain("c.example. 60 A 203.0.113.2"))
    return s


def stale_ends():
    """RFC 8767 section 5: stale data has an end; and without the setting there is none at all."""
    s = Scenario("stale_ends", "stale data that is too old", "serve-stale: 600", "query-minimization: off")
    s.root(("example.", A))
    www = plain("www.example. 60 A 203.0.113.1")
    s.range(A, entry("www.example. A", answer=www), last=15)
    s.range(A, entry("www.example. A", "QR SERVFAIL"), first=16)
    s.ask("www.example. A").expect("NOERROR", www)
    s.step = 20
    s.passes(300)
    s.ask("www.example. A").expect("NOERROR", www)
    s.passes(700)
    s.ask("www.example. A").expect("SERVFAIL", match="rcode question")
    return s


def only_ipv6():
    """A zone whose servers have IPv6 addresses alone, in glue or looked up."""
    v6 = "2001:db8::10"
    s = Scenario("only_ipv6", "servers with IPv6 addresses alone")
    s.range(ROOT, root_entry(),
            entry("six.test. NS", "QR NOERROR", authority=plain("six.test. 3600 NS ns.six.test."), additional=plain(f"ns.six.test. 3600 AAAA {v6}"),
                  match="opcode subdomain", adjust="copy_id copy_query"),
            referral("sought.test.", "ns.example."), referral("example.", "ns1.example.", A))
    s.range(A, entry("ns.example. A", authority=plain(Zone("example.").soa_line())), entry("ns.example. AAAA", answer=plain(f"ns.example. 3600 AAAA {v6}")))
    s.range(v6, *[entry(f"www.{z}.test. A", answer=plain(f"www.{z}.test. 3600 A 203.0.113.1")) for z in ("six", "sought")])
    for z in ("six", "sought"):
        s.ask(f"www.{z}.test. A").expect("NOERROR", plain(f"www.{z}.test. 3600 A 203.0.113.1"))
    return s


def island_of_forwarder():
    """A forwarded zone with an anchor of its own is validated by it, although nothing above it is signed."""
    zone = Zone("corp.example.")
    s = Scenario("island_of_forwarder", "a forwarded zone with a trust anchor", f'trust-anchor: "{zone.ds()}"', f'forward: "corp.example. {A}"')
    s.root(("example.", B))
    www, bad = zone.signed("www.corp.example. 3600 A 203.0.113.1"), plain("bad.corp.example. 3600 A 203.0.113.66")
    s.range(A, entry("corp.example. DNSKEY", "QR RD RA NOERROR", answer=zone.dnskeys()), entry("www.corp.example. A", "QR RD RA NOERROR", answer=www),
            entry("bad.corp.example. A", "QR RD RA NOERROR", answer=bad), entry("bad.corp.example. DS", "QR RD RA NOERROR", authority=zone.soa()))
    s.range(B, entry("www.corp.example. A", answer=plain("www.corp.example. 3600 A 203.0.113.66")))
    s.ask("www.corp.example. A").expect("AD NOERROR", www)
    s.ask("bad.corp.example. A").expect("SERVFAIL")
    return s


def forward_bogus_then_good():
    """What one forwarder makes of signed data, another may do better (RFC 4035 section 4.7)."""
    zone = Zone("example.")
    s = Scenario("forward_bogus_then_good", "two forwarders, one of which loses signatures", f'trust-anchor: "{zone.ds()}"', f'forward: ". {A} {B}"')
    names = [f"n{i}.example." for i in range(4)]
    www = {n: zone.signed(f"{n} 3600 A 203.0.113.1") for n in names}
    s.range(A, entry("example. DNSKEY", "QR RD RA NOERROR", answer=zone.dnskeys()[:1]), *[entry(f"{n} A", "QR RD RA NOERROR", answer=www[n][:1]) for n in names],
            *[entry(f"{n} DS", "QR RD RA NOERROR", authority=plain(zone.soa_line())) for n in names])
    s.range(B, entry("example. DNSKEY", "QR RD RA NOERROR", answer=zone.dnskeys()), *[entry(f"{n} A", "QR RD RA NOERROR", answer=www[n]) for n in names],
            *[entry(f"{n} DS", "QR RD RA NOERROR", authority=zone.soa() + zone.nsec(n, "x.example.", "A RRSIG NSEC")) for n in names])
    for n in names:
        s.ask(f"{n} A").expect("AD NOERROR", www[n])
    return s


def forward_whole_tree():
    """Below a forwarder the chain of trust is asked for as anywhere: DS, their absence, wildcards, aliases (RFC 4035 section 5)."""
    root, top = Zone("."), Zone("example.")
    s = Scenario("forward_whole_tree", "validation with everything forwarded", f'trust-anchor: "{root.ds()}"', f'forward: ". {A}"')
    plain_proof = top.nsec("plain.example.", "q.example.", "NS RRSIG NSEC")
    made, gap = top.signed("*.w.example. 300 A 203.0.113.1", owner="a.w.example."), top.nsec("*.w.example.", "z.w.example.", "A RRSIG NSEC")
    www, into = plain("www.plain.example. 300 A 203.0.113.2"), top.signed("in.example. 300 CNAME www.plain.example.")
    answers = {". DNSKEY": root.dnskeys(), "example. DS": root.signed(top.ds()), "example. DNSKEY": top.dnskeys(), "a.w.example. A": made,
               "www.plain.example. A": www, "in.example. A": into + www}
    none = top.soa() + plain_proof
    s.range(A, *[entry(q, "QR RD RA AD NOERROR", answer=a, authority=gap if "w.example" in q and "*" not in q and q.startswith("a.") else ()) for q, a in answers.items()],
            entry("plain.example. DS", "QR RD RA NOERROR", authority=none), entry("www.plain.example. DS", "QR RD RA NOERROR", authority=plain(Zone("plain.example.").soa_line())),
            entry("bad.example. A", "QR RD RA AD NOERROR", answer=plain("bad.example. 300 A 203.0.113.66")),
            entry("bad.example. DS", "QR RD RA NOERROR", authority=top.soa() + top.nsec("bad.example.", "c.example.", "A RRSIG NSEC")),
            entry("no.example. A", "QR RD RA NXDOMAIN", authority=top.soa() + top.nsec("m.example.", "o.example.", "A RRSIG NSEC") + top.nsec("example.", "b.example.", APEX)))
    s.ask("a.w.example. A").expect("AD NOERROR", made, gap)
    s.ask("www.plain.example. A").expect("NOERROR", www)
    s.ask("in.example. A").expect("NOERROR", into + www)
    s.ask("plain.example. DS").expect("AD NOERROR", (), none)
    # The AD bit of a forwarder is its own word, not ours (RFC 4035 section 4.9.3).
    s.ask("bad.example. A").expect("SERVFAIL")
    s.ask("no.example. A").expect("AD NXDOMAIN", (), top.soa() + top.nsec("m.example.", "o.example.", "A RRSIG NSEC") + top.nsec("example.", "b.example.", APEX))
    return s


def forward_alias_out():
    """An alias out of a forwarded zone: its target is looked up where it belongs."""
    s = Scenario("forward_alias_out", "an alias out of a forwarded zone", f'forward: "corp.example. {A}"')
    s.root(("other.", B))
    alias = plain("a.corp.example. 300 CNAME www.other.")
    s.range(A, entry("a.corp.example. A", "QR RD RA NOERROR", answer=alias + plain("www.other. 300 A 203.0.113.66")))
    s.range(B, entry("www.other. A", answer=plain("www.other. 300 A 203.0.113.1")))
    s.ask("a.corp.example. A").expect("NOERROR", alias + plain("www.other. 300 A 203.0.113.1"))
    s.ask("www.other. A").expect("NOERROR", plain("www.other. 300 A 203.0.113.1"))
    return s


def one_server_for_three():
    """One server for a zone, its child and grandchild, which never refers: cuts show in signers and DS alone."""
    top, mid, low = Zone("example."), Zone("mid.example."), Zone("low.mid.example.")
    s = Scenario("one_server_for_three", "three zones on one server", f'trust-anchor: "{top.ds()}"')
    s.root(("example.", A))
    www = low.signed("www.low.mid.example. 3600 A 203.0.113.1")
    nodata = low.soa() + low.nsec("www.low.mid.example.", "x.low.mid.example.", "A RRSIG NSEC")
    absent = mid.soa() + mid.nsec("m.mid.example.", "o.mid.example.", "A RRSIG NSEC") + mid.nsec("mid.example.", "b.mid.example.", APEX)
    s.range(A, *[entry(f"{z.name} DNSKEY", answer=z.dnskeys()) for z in (top, mid, low)],
            entry("mid.example. DS", answer=top.signed(mid.ds())), entry("low.mid.example. DS", answer=mid.signed(low.ds())),
            *[entry(f"{z.name} NS", answer=z.signed(f"{z.name} 3600 NS ns.example.")) for z in (mid, low)],
            entry("www.low.mid.example. A", answer=www), entry("www.low.mid.example. MX", authority=nodata),
            entry("n.mid.example. A", "QR AA NXDOMAIN", authority=absent),
            entry("bare.low.mid.example. A", answer=plain("bare.low.mid.example. 3600 A 203.0.113.66")),
            entry("bare.low.mid.example. DS", authority=low.soa() + low.nsec("bare.low.mid.example.", "c.low.mid.example.", "A RRSIG NSEC")))
    s.ask("www.low.mid.example. A").expect("AD NOERROR", www)
    s.ask("www.low.mid.example. MX").expect("AD NOERROR", (), nodata)
    s.ask("n.mid.example. A").expect("AD NXDOMAIN", (), absent)
    s.ask("bare.low.mid.example. A").expect("SERVFAIL")
    return s


def secure_becomes_insecure():
    """A zone whose DS is taken away is insecure when the DS' TTL has ended, and not before (RFC 6781 section 4.4)."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = Scenario("secure_becomes_insecure", "a zone that stops being signed", f'trust-anchor: "{top.ds()}"')
    s.root(("example.", A))
    proof = top.nsec("sub.example.", "t.example.", "NS RRSIG NSEC")
    ds = top.signed(sub.ds())
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("sub.example. DS", answer=ds),
            referral("sub.example.", "ns.sub.example.", B, extra=ds), last=15)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("sub.example. DS", authority=top.soa() + proof),
            referral("sub.example.", "ns.sub.example.", B, extra=proof), first=16)
    old, new = sub.signed("www.sub.example. 60 A 203.0.113.1"), plain("www.sub.example. 60 A 203.0.113.2")
    s.range(B, entry("sub.example. DNSKEY", answer=sub.dnskeys()), entry("www.sub.example. A", answer=old), last=25)
    s.range(B, entry("www.sub.example. A", answer=new), entry("sub.example. DNSKEY", authority=plain(sub.soa_line())),
            entry("www.sub.example. DS", authority=plain(sub.soa_line())), first=26)
    s.ask("www.sub.example. A").expect("AD NOERROR", old)
    s.step = 30
    s.passes(600)
    s.ask("www.sub.example. A").expect("SERVFAIL")
    s.passes(3100)
    s.ask("www.sub.example. A").expect("NOERROR", new)
    return s


def bogus_is_mended():
    """RFC 4035 section 4.7: bogus data is not kept for its TTL; what has been mended is seen soon."""
    zone = Zone("example.")
    s = Scenario("bogus_is_mended", "a zone that is signed again", f'trust-anchor: "{zone.ds()}"')
    s.root(("example.", A))
    old = zone.signed("www.example. 86400 A 203.0.113.1", inception="20240101000000", expiration="20240201000000")
    new = zone.signed("www.example. 86400 A 203.0.113.1")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("www.example. A", answer=old), last=25)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("www.example. A", answer=new), first=26)
    s.ask("www.example. A").expect("SERVFAIL")
    s.ask("www.example. A").expect("SERVFAIL")
    s.step = 30
    s.passes(301)
    s.ask("www.example. A").expect("AD NOERROR", new)
    return s


def unsigned_proof_of_insecurity():
    """That a delegation is insecure must be proved by signed records: a stripped or forged proof makes it bogus (RFC 4035 section 5.2)."""
    top = Zone("example.")
    s = Scenario("unsigned_proof_of_insecurity", "false proofs that a delegation is insecure", f'trust-anchor: "{top.ds()}"')
    s.root(("example.", A))
    nobody = Zone("example.", Key("nobody's"))
    proofs = {"stripped.example.": top.nsec("stripped.example.", "t.example.", "NS RRSIG NSEC")[:1],
              "forged.example.": nobody.nsec("forged.example.", "t.example.", "NS RRSIG NSEC"),
              # Proves that there is a DS, or that there is no delegation.
              "hasds.example.": top.nsec("hasds.example.", "t.example.", "NS DS RRSIG NSEC"),
              "host.example.": top.nsec("host.example.", "t.example.", "A RRSIG NSEC"),
              "beside.example.": top.nsec("other.example.", "t.example.", "NS RRSIG NSEC")}
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), *[entry(f"{n} DS", authority=top.soa() + p) for n, p in proofs.items()],
            *[referral(n, f"ns.{n}", B, extra=p) for n, p in proofs.items()])
    s.range(B, *[entry(f"www.{n} A", answer=plain(f"www.{n} 3600 A 203.0.113.66")) for n in proofs])
    for n in proofs:
        s.ask(f"www.{n} A").expect("SERVFAIL")
    return s


def deep_name():
    """A name with thirty labels, most of them empty non-terminals: few queries find it (RFC 9156 section 2.3)."""
    zone = Zone("example.")
    name = ".".join(f"l{i}" for i in range(30)) + ".example."
    s = Scenario("deep_name", "a name with many labels", f'trust-anchor: "{zone.ds()}"')
    s.root(("example.", A))
    answer = zone.signed(f"{name} 3600 A 203.0.113.1")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry(f"{name} A", answer=answer),
            entry("example. NS", authority=zone.soa() + zone.nsec("d.example.", name, "A RRSIG NSEC"), match="opcode qtype subdomain",
                  adjust="copy_id copy_query"))
    s.ask(f"{name} A").expect("AD NOERROR", answer)
    return s
