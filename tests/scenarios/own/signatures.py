"""Keys and signatures (RFC 4034, RFC 4035 section 5.3, RFC 6840 section 5, RFC 8509)."""
import dns.dnssec
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from rplmaker import Key, Scenario, Zone, entry, plain, referral

A, B = "192.0.2.10", "192.0.2.20"


def scenarios():
    return [beside_good_ones(), unknown_ds(), revoked_ksk(), one_of_two(), foreign_signer(), stray_rrsig(), anchor_below_insecure(),
            cd_does_not_poison(), ad_bits(), sentinel_alias(), cname_without_rrsig(), capped_labels(), authority_bogus()]


def base(name, title, zone, *config, others=()):
    s = Scenario(name, title, f'trust-anchor: "{zone.ds()}"', *config)
    return s.root((zone.name, A), *others)


def beside_good_ones():
    """One good signature is enough, whatever stands beside it (RFC 6840 section 5.4)."""
    zone = Zone("example.")
    other = Key("another")

    def several(owner, *extra):
        record = f"{owner} 3600 A 203.0.113.1"
        good = zone.signed(record)
        return good[:1] + [line for how in extra for line in zone.signed(record, **how)[1:]] + good[1:]

    expired = {"inception": "20230101000000", "expiration": "20230201000000"}
    future = {"inception": "20250101000000", "expiration": "20250201000000"}
    a, b = several("a.example.", expired, future), several("b.example.", {"key": other})
    c, d = zone.signed("c.example. 3600 A 203.0.113.1", **expired), zone.signed("d.example. 3600 A 203.0.113.1", **future)
    s = base("rrsig_beside_good_ones", "expired, future and foreign signatures", zone)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()),
            *[entry(f"{name}.example. A", answer=answer) for name, answer in zip("abcd", (a, b, c, d))])
    s.ask("a.example. A").expect("AD NOERROR", a)
    s.ask("b.example. A").expect("AD NOERROR", b)
    s.ask("c.example. A").expect("SERVFAIL")
    s.ask("d.example. A").expect("SERVFAIL")
    return s


def unknown_ds():
    """DS records of unknown algorithms or digests alone: insecure; beside a known one: that counts (RFC 4035
    section 5.2, RFC 6840 section 5.2)."""
    top = Zone("example.")
    both, none = Zone("both.example."), Zone("none.example.")
    tag = dns.dnssec.key_id(none.key.dnskey())
    strange = [f"{{}} 3600 DS {tag} 200 2 {'00' * 32}", f"{{}} 3600 DS {tag} 15 200 {'00' * 32}"]
    s = base("unknown_ds", "DS records that nobody understands", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()),
            entry("both.example. DS", answer=top.signed(both.ds(), *[line.format("both.example.") for line in strange])),
            entry("none.example. DS", answer=top.signed(*[line.format("none.example.") for line in strange])),
            referral("both.example.", "ns.both.example.", B), referral("none.example.", "ns.none.example.", B))
    www = both.signed("www.both.example. 3600 A 203.0.113.1")
    s.range(B, entry("both.example. DNSKEY", answer=both.dnskeys()), entry("www.both.example. A", answer=www),
            entry("bad.both.example. A", answer=plain("bad.both.example. 3600 A 203.0.113.66")),
            entry("bad.both.example. DS", authority=both.soa() + both.nsec("bad.both.example.", "c.both.example.", "A RRSIG NSEC")),
            entry("none.example. DNSKEY", answer=none.dnskeys()),
            entry("www.none.example. A", answer=plain("www.none.example. 3600 A 203.0.113.2")))
    s.ask("www.both.example. A").expect("AD NOERROR", www)
    s.ask("bad.both.example. A").expect("SERVFAIL")
    s.ask("www.none.example. A").expect("NOERROR", plain("www.none.example. 3600 A 203.0.113.2"))
    return s


def revoked_ksk():
    """A revoked key signs nothing but its own RRset (RFC 5011 section 2.1)."""
    zone = Zone("example.")
    revoked = Key("example. old")
    flagged = revoked.dnskey(257 | 0x80)
    answer = plain("www.example. 3600 A 203.0.113.1")
    s = base("revoked_key", "a revoked key", zone)
    keys = zone.dnskeys(flagged)

    class Flagged:
        private = revoked.private

        @staticmethod
        def dnskey():
            return flagged

    by_revoked = zone.signed("www.example. 3600 A 203.0.113.1", key=Flagged)
    s.range(A, entry("example. DNSKEY", answer=keys), entry("www.example. A", answer=by_revoked),
            entry("good.example. A", answer=zone.signed("good.example. 3600 A 203.0.113.2")))
    s.ask("www.example. A").expect("SERVFAIL")
    s.ask("good.example. A").expect("AD NOERROR", zone.signed("good.example. 3600 A 203.0.113.2"))
    s.ask("www.example. A", "RD CD").expect("CD NOERROR", answer)
    return s


def one_of_two():
    """An answer of an alias and its target, one of them unsigned: bogus as a whole."""
    zone = Zone("example.")
    alias, target = zone.signed("a.example. 3600 CNAME b.example."), plain("b.example. 3600 A 203.0.113.66")
    s = base("one_of_two_signed", "one RRset of an answer without RRSIG", zone, "query-minimization: off")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("a.example. A", answer=alias + target),
            entry("b.example. A", answer=target),
            entry("b.example. DS", authority=zone.soa() + zone.nsec("b.example.", "c.example.", "A RRSIG NSEC")))
    s.ask("a.example. A").expect("SERVFAIL")
    s.ask("a.example. A", "RD CD DO").expect("CD NOERROR", alias + target)
    s.ask("a.example. CNAME").expect("AD NOERROR", alias)
    return s


def cname_without_rrsig():
    """The same the other way round."""
    zone = Zone("example.")
    alias, target = plain("a.example. 3600 CNAME b.example."), zone.signed("b.example. 3600 A 203.0.113.1")
    s = base("cname_without_rrsig", "an alias without RRSIG in a signed zone", zone, "query-minimization: off")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("a.example. A", answer=alias + target),
            entry("a.example. DS", authority=zone.soa() + zone.nsec("a.example.", "b.example.", "CNAME RRSIG NSEC")),
            entry("b.example. A", answer=target))
    s.ask("a.example. A").expect("SERVFAIL")
    s.ask("b.example. A").expect("AD NOERROR", target)
    return s


def foreign_signer():
    """Signatures by a zone beside or below are none (RFC 4035 section 5.3.1)."""
    top, sub, beside = Zone("example."), Zone("sub.example."), Zone("beside.example.")
    s = base("foreign_signer", "an RRset signed by another zone", top, "query-minimization: off")
    lines = {"beside": beside.signed("www.example. 3600 A 203.0.113.66"), "below": sub.signed("example. 3600 A 203.0.113.66")}
    nsec = top.nsec("www.example.", "x.example.", "A RRSIG NSEC")
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("www.example. A", answer=lines["beside"]),
            entry("example. A", answer=lines["below"]), entry("www.example. DS", authority=top.soa() + nsec),
            *[entry(f"{z.name} DS", answer=top.signed(z.ds())) for z in (sub, beside)],
            *[entry(f"{z.name} DNSKEY", answer=z.dnskeys()) for z in (sub, beside)])
    s.ask("www.example. A").expect("SERVFAIL")
    s.ask("example. A").expect("SERVFAIL")
    return s


def stray_rrsig():
    """RRSIGs in a zone that is provably insecure do no harm, whoever they name as signer."""
    top = Zone("example.")
    proof = top.nsec("sub.example.", "t.example.", "NS RRSIG NSEC")
    s = base("stray_rrsig", "an insecure zone with an RRSIG that names its parent as signer", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("sub.example. DS", authority=top.soa() + proof),
            referral("sub.example.", "ns.sub.example.", B, extra=proof))
    stray = Zone("example.", Key("not the key")).signed("www.sub.example. 3600 A 203.0.113.1")
    s.range(B, entry("www.sub.example. A", answer=stray))
    s.ask("www.sub.example. A").expect("NOERROR", stray)
    return s


def anchor_below_insecure():
    """A trust anchor below a zone without security makes what is below it secure (RFC 4033 section 2, "island")."""
    top, island = Zone("example."), Zone("island.plain.example.")
    s = Scenario("anchor_below_insecure", "an island of security", f'trust-anchor: "{top.ds()}"', f'trust-anchor: "{island.ds()}"')
    s.root(("example.", A))
    proof = top.nsec("plain.example.", "q.example.", "NS RRSIG NSEC")
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("plain.example. DS", authority=top.soa() + proof),
            referral("plain.example.", "ns.plain.example.", B, extra=proof))
    www = island.signed("www.island.plain.example. 3600 A 203.0.113.1")
    s.range(B, entry("island.plain.example. DNSKEY", answer=island.dnskeys()), entry("www.island.plain.example. A", answer=www),
            entry("island.plain.example. NS", answer=island.signed("island.plain.example. 3600 NS ns.plain.example.")),
            entry("bad.island.plain.example. A", answer=plain("bad.island.plain.example. 60 A 203.0.113.66")),
            entry("bad.island.plain.example. DS", authority=island.soa() + island.nsec("bad.island.plain.example.", "c.island.plain.example.", "A RRSIG NSEC")),
            entry("www.plain.example. A", answer=plain("www.plain.example. 60 A 203.0.113.2")))
    s.ask("www.island.plain.example. A").expect("AD NOERROR", www)
    s.ask("www.plain.example. A").expect("NOERROR", plain("www.plain.example. 60 A 203.0.113.2"))
    s.ask("bad.island.plain.example. A").expect("SERVFAIL")
    return s


def cd_does_not_poison():
    """What was fetched for a client with CD is checked for one without (RFC 4035 section 4.3)."""
    zone = Zone("example.")
    s = base("cd_does_not_poison", "CD and then not", zone)
    fake = [line.replace("203.0.113.1", "203.0.113.66") for line in zone.signed("www.example. 3600 A 203.0.113.1")]
    lie = plain(zone.soa_line())
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("www.example. A", answer=fake),
            entry("no.example. A", "QR AA NXDOMAIN", authority=lie),
            entry("no.example. DS", "QR AA NXDOMAIN", authority=lie))
    s.ask("www.example. A", "RD CD DO").expect("CD NOERROR", fake)
    s.ask("www.example. A").expect("SERVFAIL")
    s.ask("www.example. A", "RD").expect("SERVFAIL")
    s.ask("www.example. A", "RD CD AD").expect("CD NOERROR", fake[:1])
    s.ask("no.example. A", "RD CD").expect("CD NXDOMAIN", (), lie)
    s.ask("no.example. A").expect("SERVFAIL")
    return s


def ad_bits():
    """AD in an answer when AD or DO is in the query (RFC 6840 sections 5.7 and 5.8); DNSSEC records with DO alone."""
    zone = Zone("example.")
    www = zone.signed("www.example. 3600 A 203.0.113.1")
    nsec = zone.nsec("www.example.", "example.", "A RRSIG NSEC")
    s = base("ad_bits", "AD, CD and DO in queries", zone)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("www.example. A", answer=www),
            entry("www.example. MX", authority=zone.soa() + nsec), entry("www.example. NSEC", answer=nsec))
    for flags, got, dnssec in (("RD", "", False), ("RD AD", "AD ", False), ("RD DO", "AD ", True), ("RD CD DO", "CD ", True),
                               ("RD CD", "CD ", False), ("RD AD CD", "CD ", False)):
        s.ask("www.example. A", flags).expect(got + "NOERROR", www if dnssec else www[:1])
        s.ask("www.example. MX", flags).expect(got + "NOERROR", (), zone.soa() + nsec if dnssec else plain(zone.soa_line()))
        s.ask("www.example. NSEC", flags).expect(got + "NOERROR", nsec if dnssec else nsec[:1])
    return s


def sentinel_alias():
    """RFC 8509 section 3: the whole answer must be secure for the sentinel to act, aliases too."""
    root = Zone(".")
    tag = dns.dnssec.key_id(root.key.dnskey())
    zone, not_name = Zone("example."), f"root-key-sentinel-not-ta-{tag:05}.example."
    s = Scenario("sentinel_alias", "a key sentinel that is an alias", f'trust-anchor: "{root.ds()}"')
    is_name, wrong = f"root-key-sentinel-is-ta-{tag:05}.example.", f"root-key-sentinel-is-ta-{(tag + 1) % 65536:05}.example."
    keyed = root.signed(zone.ds())
    proof = root.nsec("plain.", "z.", "NS RRSIG NSEC")
    s.range("192.0.2.1", entry(". NS", answer=root.signed(". 3600 NS k.root-servers.net."),
                               additional=plain("k.root-servers.net. 3600 A 192.0.2.1")),
            entry(". DNSKEY", answer=root.dnskeys()), entry("example. DS", answer=keyed),
            entry("plain. DS", authority=root.soa() + proof),
            referral("example.", "ns.example.", A, extra=keyed), referral("plain.", "ns.plain.", B, extra=proof))
    alias = {name: zone.signed(f"{name} 3600 CNAME www.plain.") for name in (wrong, not_name)}
    www = zone.signed(f"{is_name} 3600 A 203.0.113.1")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry(f"{is_name} A", answer=www),
            entry(f"{is_name} MX", authority=zone.soa() + zone.nsec(is_name, "z.example.", "A RRSIG NSEC")),
            *[entry(f"{name} A", answer=alias[name]) for name in (wrong, not_name)],
            *[entry(f"{name} AAAA", answer=zone.signed(f"{name} 3600 AAAA 2001:db8::1")) for name in (wrong, not_name)])
    s.range(B, entry("www.plain. A", answer=plain("www.plain. 3600 A 203.0.113.2")))
    s.ask(f"{is_name} A").expect("AD NOERROR", www)
    s.ask(f"{is_name} MX").expect("AD NOERROR", (), zone.soa() + zone.nsec(is_name, "z.example.", "A RRSIG NSEC"))
    s.ask(f"{wrong} AAAA").expect("SERVFAIL")
    s.ask(f"{not_name} AAAA").expect("SERVFAIL")
    s.ask(f"{not_name} AAAA", "RD CD").expect("CD NOERROR", plain(f"{not_name} 3600 AAAA 2001:db8::1"))
    # An answer that is not secure as a whole passes.
    s.ask(f"{wrong} A").expect("NOERROR", alias[wrong] + plain("www.plain. 3600 A 203.0.113.2"))
    s.ask(f"{not_name} A").expect("NOERROR", alias[not_name] + plain("www.plain. 3600 A 203.0.113.2"))
    return s


def capped_labels():
    """A signature made for a wildcard does not make the wildcard's other names true: labels count (RFC 4035 5.3.1)."""
    zone = Zone("example.")
    s = base("rrsig_more_labels", "RRSIG labels beyond the owner's", zone, "query-minimization: off")
    answer = zone.signed("www.example. 3600 A 203.0.113.1")
    more = [answer[0], answer[1].replace(" A ED25519 2 ", " A 15 3 ").replace(" A 15 2 ", " A 15 3 ")]
    assert more != answer
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("www.example. A", answer=more))
    s.ask("www.example. A").expect("SERVFAIL")
    return s


def authority_bogus():
    """What stands beside an answer does not make it false; it is not handed on."""
    zone = Zone("example.")
    s = base("authority_bogus", "a false authority section beside a true answer", zone)
    www = zone.signed("www.example. 3600 A 203.0.113.1")
    lie = zone.signed("example. 3600 NS ns.example.")
    lie = [line.replace("ns.example.", "ns.evil.") if " NS ns." in line else line for line in lie]
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()),
            entry("www.example. A", answer=www, authority=lie, additional=plain("ns.evil. 3600 A 203.0.113.66")),
            entry("example. NS", answer=zone.signed("example. 3600 NS ns.example.")))
    s.ask("www.example. A").expect("AD NOERROR", www, ())
    s.ask("example. NS").expect("AD NOERROR", zone.signed("example. 3600 NS ns.example."))
    return s
