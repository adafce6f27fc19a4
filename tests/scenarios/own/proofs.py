"""What proves an absence and what does not (RFC 4035 section 5.4, RFC 5155 section 8, RFC 6672, RFC 8914)."""
import dns.dnssec

from rplmaker import Key, Scenario, Zone, entry, hex32, plain, referral, unhex32

A, B = "192.0.2.10", "192.0.2.20"
APEX = "NS SOA RRSIG NSEC DNSKEY"
APEX3 = "NS SOA RRSIG DNSKEY NSEC3PARAM"


def scenarios():
    return [nsec_half_proofs(), nsec_last(), nsec3_half_proofs(), nsec3_strange(), nxdomain_opt_out(), nsec3_salted(),
            wildcard_at_apex(), denial_of_sibling(), extended_errors()]


def base(name, title, zone, *config, others=()):
    s = Scenario(name, title, f'trust-anchor: "{zone.ds()}"', *config)
    return s.root((zone.name, A), *others)


def nsec_half_proofs():
    """Each part of a proof is needed (RFC 4035 section 5.4): the name, the wildcard, the type, the alias."""
    zone = Zone("example.")
    soa, name = zone.soa(), zone.nsec("m.example.", "o.example.", "A RRSIG NSEC")
    root_wild = zone.nsec("example.", "b.example.", APEX)
    broken = [line.replace("b.example. NS SOA", "b.example. A NS SOA") for line in root_wild]
    s = base("nsec_half_proofs", "proofs of which a part is missing or false", zone, "query-minimization: off")
    lies = {
        "n1.example. A": ("QR AA NXDOMAIN", soa + name),                     # no word of the wildcard
        "n2.example. A": ("QR AA NXDOMAIN", soa + root_wild),                # no word of the name
        "n3.example. A": ("QR AA NXDOMAIN", soa + name + broken),            # that of the wildcard is false
        "n4.example. A": ("QR AA NXDOMAIN", plain(zone.soa_line()) + name + root_wild),   # SOA without signature
        "n5.example. A": ("QR AA NOERROR", soa + name),                      # NODATA of a name that is not there
        "t1.example. A": ("QR AA NOERROR", soa + zone.nsec("t1.example.", "u.example.", "A RRSIG NSEC")),
        "t2.example. A": ("QR AA NOERROR", soa + zone.nsec("t2.example.", "u.example.", "CNAME RRSIG NSEC")),
        "t3.example. A": ("QR AA NOERROR", soa),
        "t4.example. A": ("QR AA NXDOMAIN", soa + zone.nsec("t4.example.", "u.example.", "A RRSIG NSEC") + root_wild),
        "w.w.example. A": ("QR AA NOERROR", soa + zone.nsec("*.w.example.", "x.w.example.", "TXT RRSIG NSEC").copy()[:1]),
        "v.w.example. A": ("QR AA NOERROR", soa + zone.nsec("*.w.example.", "a.w.example.", "TXT RRSIG NSEC")),
        "u.w.example. A": ("QR AA NXDOMAIN", soa + zone.nsec("*.w.example.", "x.w.example.", "A RRSIG NSEC")),
    }
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()),
            *[entry(question, reply, authority=authority) for question, (reply, authority) in lies.items()],
            *[entry(question.replace(" A", " DS"), authority=zone.soa()) for question in lies])
    for question in lies:
        s.ask(question).expect("SERVFAIL")
    return s


def nsec_last():
    """The last NSEC record ends at the apex (RFC 4034 section 4.1.1), and covers all that comes after it."""
    zone = Zone("example.")
    last, first = zone.nsec("y.example.", "example.", "A RRSIG NSEC"), zone.nsec("example.", "b.example.", APEX)
    sole = Zone("sole.")
    only = sole.nsec("sole.", "sole.", APEX)
    s = Scenario("nsec_last", "the last NSEC record, and the only one", f'trust-anchor: "{zone.ds()}"', f'trust-anchor: "{sole.ds()}"')
    s.root(("example.", A), ("sole.", B))
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("z.example. A", "QR AA NXDOMAIN", authority=zone.soa() + last + first),
            entry("Z.y.example. A", "QR AA NXDOMAIN", authority=zone.soa() + last + zone.nsec("y.example.", "example.", "A RRSIG NSEC")))
    s.range(B, entry("sole. DNSKEY", answer=sole.dnskeys()), entry("a.sole. A", "QR AA NXDOMAIN", authority=sole.soa() + only),
            entry("sole. MX", authority=sole.soa() + only))
    s.ask("z.example. A").expect("AD NXDOMAIN", (), zone.soa() + last + first)
    s.ask("a.sole. A").expect("AD NXDOMAIN", (), sole.soa() + only)
    s.ask("sole. MX").expect("AD NOERROR", (), sole.soa() + only)
    return s


def nsec3_half_proofs():
    """The closest encloser, the next closer name, the wildcard (RFC 5155 sections 8.4 to 8.8)."""
    zone = Zone("example.")
    soa, apex = zone.soa(), zone.nsec3("example.", APEX3)

    def covers(name, **how):
        return zone.nsec3(name, "A RRSIG", covering=True, **how)

    wild = covers("*.example.")
    s = base("nsec3_half_proofs", "NSEC3 proofs of which a part is missing or false", zone, "query-minimization: off")
    lies = {
        "a1.example. A": ("QR AA NXDOMAIN", soa + apex + covers("a1.example.")),           # no wildcard
        "a2.example. A": ("QR AA NXDOMAIN", soa + apex + wild),                            # no next closer name
        "a3.example. A": ("QR AA NXDOMAIN", soa + covers("a3.example.") + wild),           # no closest encloser
        "x.a4.example. A": ("QR AA NXDOMAIN", soa + apex + covers("x.a4.example.") + wild),   # it is not the next closer
        "a5.example. A": ("QR AA NOERROR", soa + zone.nsec3("a5.example.", "A RRSIG")),    # has the type
        "a6.example. A": ("QR AA NOERROR", soa + zone.nsec3("a6.example.", "CNAME RRSIG")),
        "a7.example. A": ("QR AA NOERROR", soa + apex + covers("a7.example.") + wild),     # NODATA of nothing
        "x.cut.example. A": ("QR AA NXDOMAIN", soa + zone.nsec3("cut.example.", "NS DS RRSIG") + covers("x.cut.example.") + covers("*.cut.example.")),
        "x.dn.example. A": ("QR AA NXDOMAIN", soa + zone.nsec3("dn.example.", "DNAME RRSIG") + covers("x.dn.example.") + covers("*.dn.example.")),
        "a8.example. A": ("QR AA NXDOMAIN", soa + zone.nsec3("a8.example.", "A RRSIG") + apex + wild),
        # NODATA from a wildcard that has the type; and one beside a next closer name that is not covered.
        "x.w1.example. A": ("QR AA NOERROR", soa + zone.nsec3("w1.example.", "A RRSIG") + covers("x.w1.example.") + zone.nsec3("*.w1.example.", "A RRSIG")),
        "x.w2.example. A": ("QR AA NOERROR", soa + zone.nsec3("w2.example.", "A RRSIG") + zone.nsec3("*.w2.example.", "TXT RRSIG")),
    }
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()),
            *[entry(question, reply, authority=authority) for question, (reply, authority) in lies.items()],
            *[entry(question.replace(" A", " DS"), authority=soa) for question in lies], entry("cut.example. DS", authority=soa))
    for question in lies:
        s.ask(question).expect("SERVFAIL")
    return s


def nsec3_strange():
    """Records of an unknown hash algorithm, with unknown flags, or of other parameters than the rest are ignored
    (RFC 5155 sections 8.1 and 8.2)."""
    zone = Zone("example.")
    soa = zone.soa()

    def nsec3(name, types, fields, covering=False, salt=None, iterations=0):
        raw = int.from_bytes(unhex32(dns.dnssec.nsec3_hash(dns.name.from_text(name), salt, iterations, 1)), "big")
        first = raw - 1 if covering else raw
        return zone.signed(f"{hex32(first)}.example. 300 NSEC3 {fields} {hex32(raw + 1)} {types}")

    s = base("nsec3_strange", "NSEC3 records that must be ignored", zone, "query-minimization: off")
    lies = {
        "a.example. MX": soa + nsec3("a.example.", "A RRSIG", "2 0 0 -"),
        "b.example. MX": soa + nsec3("b.example.", "A RRSIG", "1 2 0 -"),
        "c.example. MX": soa + zone.nsec3("example.", APEX3) + nsec3("c.example.", "A RRSIG", "1 1 0 ab", covering=True, salt="ab") +
        nsec3("*.example.", "A RRSIG", "1 0 0 ab", salt="ab"),
    }
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), *[entry(q, authority=a) for q, a in lies.items()],
            *[entry(q.replace("MX", "DS"), authority=soa) for q in lies],
            entry("d.example. MX", authority=soa + nsec3("d.example.", "A RRSIG", "1 0 3 abcd", salt="abcd", iterations=3)))
    for q in lies:
        s.ask(q).expect("SERVFAIL")
    s.ask("d.example. MX").expect("AD NOERROR", (), soa + nsec3("d.example.", "A RRSIG", "1 0 3 abcd", salt="abcd", iterations=3))
    return s


def nsec3_salted():
    """Salt and iterations as the records say, and the salt in either case; NXDOMAIN, NODATA, wildcard (RFC 9276)."""
    zone = Zone("example.")
    soa = zone.soa()

    def nsec3(name, types, covering=False):
        raw = int.from_bytes(unhex32(dns.dnssec.nsec3_hash(dns.name.from_text(name), "aabbccdd", 12, 1)), "big")
        return zone.signed(f"{hex32(raw - covering)}.example. 300 NSEC3 1 0 12 AABBCCDD {hex32(raw + 1)} {types}")

    s = base("nsec3_salted", "NSEC3 with salt and iterations", zone, "query-minimization: off")
    absent = soa + nsec3("example.", APEX3) + nsec3("no.example.", "A RRSIG", True) + nsec3("*.example.", "A RRSIG", True)
    made = zone.signed("*.w.example. 300 A 203.0.113.1", owner="x.w.example.")
    cover = nsec3("x.w.example.", "A RRSIG", True)
    none = soa + nsec3("w.example.", "") + nsec3("y.w.example.", "A RRSIG", True) + nsec3("*.w.example.", "A RRSIG")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("no.example. A", "QR AA NXDOMAIN", authority=absent),
            entry("x.w.example. A", answer=made, authority=cover), entry("y.w.example. MX", authority=none))
    s.ask("no.example. A").expect("AD NXDOMAIN", (), absent)
    s.ask("x.w.example. A").expect("AD NOERROR", made, cover)
    s.ask("y.w.example. MX").expect("AD NOERROR", (), none)
    return s


def nxdomain_opt_out():
    """Where only an opted-out range says that a name is not there, AD is not set (RFC 5155 section 9.2)."""
    zone = Zone("example.")
    soa, apex = zone.soa(), zone.nsec3("example.", APEX3)
    absent = soa + apex + zone.nsec3("no.example.", "A RRSIG", covering=True, opt_out=True) + zone.nsec3("*.example.", "A RRSIG", covering=True)
    full = soa + apex + zone.nsec3("never.example.", "A RRSIG", covering=True) + zone.nsec3("*.example.", "A RRSIG", covering=True, opt_out=True)
    s = base("nxdomain_opt_out", "NXDOMAIN in an opted-out range", zone, "query-minimization: off")
    made = zone.signed("*.w.example. 300 A 203.0.113.1", owner="x.w.example.")
    cover = zone.nsec3("x.w.example.", "A RRSIG", covering=True, opt_out=True)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("no.example. A", "QR AA NXDOMAIN", authority=absent),
            entry("never.example. A", "QR AA NXDOMAIN", authority=full), entry("x.w.example. A", answer=made, authority=cover))
    s.ask("no.example. A").expect("NXDOMAIN", (), absent)
    s.ask("no.example. A").expect("NXDOMAIN", (), absent)
    s.ask("never.example. A").expect("AD NXDOMAIN", (), full)
    s.ask("x.w.example. A").expect("NOERROR", made, cover)
    return s


def wildcard_at_apex():
    """A wildcard right below the apex answers for all but what exists, and below what exists for nothing."""
    zone = Zone("example.")
    made = zone.signed("*.example. 300 A 203.0.113.1", owner="x.y.example.")
    gap = zone.nsec("www.example.", "example.", "A RRSIG NSEC")
    below = zone.soa() + gap
    s = base("wildcard_at_apex", "a wildcard below the apex", zone, "query-minimization: off")
    wrong = zone.signed("*.example. 300 A 203.0.113.1", owner="x.www.example.")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("x.y.example. A", answer=made, authority=gap),
            entry("b.www.example. A", "QR AA NXDOMAIN", authority=below), entry("x.www.example. A", answer=wrong, authority=gap),
            entry("x.www.example. DS", "QR AA NXDOMAIN", authority=below))
    s.ask("x.www.example. A").expect("SERVFAIL")
    s.ask("x.y.example. A").expect("AD NOERROR", made, gap)
    s.ask("b.www.example. A").expect("AD NXDOMAIN", (), below + zone.nsec("example.", "*.example.", APEX)[:0])
    return s


def denial_of_sibling():
    """Records of a zone beside or below prove nothing here, however well they are signed."""
    zone, sub = Zone("example."), Zone("sub.example.")
    s = base("denial_of_sibling", "a denial signed by a zone below", zone, "query-minimization: off")
    lie = sub.soa() + sub.nsec("a.sub.example.", "z.sub.example.", "A RRSIG NSEC")
    reach = zone.soa() + zone.nsec("example.", "z.example.", APEX)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("sub.example. DS", answer=zone.signed(sub.ds())),
            referral("sub.example.", "ns.sub.example.", B, extra=zone.signed(sub.ds())),
            entry("www.example. A", "QR AA NXDOMAIN", authority=lie), entry("www.example. DS", authority=lie))
    s.range(B, entry("sub.example. DNSKEY", answer=sub.dnskeys()), entry("m.sub.example. A", "QR AA NXDOMAIN", authority=reach),
            entry("m.sub.example. DS", "QR AA NXDOMAIN", authority=reach))
    s.ask("www.example. A").expect("SERVFAIL")
    # The parent's range reaches over all names of the child, and is cut there (RFC 6840 section 4.1).
    s.ask("m.sub.example. A").expect("SERVFAIL")
    return s


def extended_errors():
    """RFC 8914: why it is bogus, the first time and out of the cache."""
    top = Zone("example.")
    s = base("extended_errors", "the extended error of each kind of bogus data", top, "query-minimization: off")
    record = "{}.example. 3600 A 203.0.113.66"
    soa = top.soa()
    nokey, flagless, unknown, digest = (Zone(f"{n}.example.", Key(n, flags)) for n, flags in
                                        (("nokey", 257), ("flagless", 1), ("unknown", 257), ("digest", 257)))
    sets = {
        "forged.example. A": [line.replace("113.66", "113.67") for line in top.signed(record.format("forged"))],
        "old.example. A": top.signed(record.format("old"), inception="20240101000000", expiration="20240201000000"),
        "early.example. A": top.signed(record.format("early"), inception="20250101000000", expiration="20250201000000"),
        "bare.example. A": plain(record.format("bare")),
        "www.nokey.example. A": nokey.signed("www.nokey.example. 3600 A 203.0.113.66"),
        "www.flagless.example. A": flagless.signed("www.flagless.example. 3600 A 203.0.113.66"),
    }
    codes = {"forged.example. A": 6, "old.example. A": 7, "early.example. A": 8, "bare.example. A": 10, "www.nokey.example. A": 9,
             "www.flagless.example. A": 11}
    tag = dns.dnssec.key_id(unknown.key.dnskey())
    ds = {nokey: Zone("nokey.example.", Key("another")).ds(), flagless: flagless.ds(), unknown: f"unknown.example. 3600 DS {tag} 200 2 {'00' * 32}",
          digest: f"digest.example. 3600 DS {tag} 15 200 {'00' * 32}"}
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), *[entry(q, answer=a) for q, a in sets.items() if q.count(".") == 2],
            entry("bare.example. DS", authority=soa + top.nsec("bare.example.", "c.example.", "A RRSIG NSEC")),
            entry("no.example. A", "QR AA NXDOMAIN", authority=soa), entry("type.example. A", authority=soa),
            entry("many.example. MX", authority=soa + top.nsec3("many.example.", "A RRSIG", iterations=500)),
            *[e for z, line in ds.items() for e in (entry(f"{z.name} DS", answer=top.signed(line)),
                                                    referral(z.name, f"ns.{z.name}", B, extra=top.signed(line)))])
    s.range(B, entry("nokey.example. DNSKEY", answer=nokey.dnskeys()), entry("flagless.example. DNSKEY", answer=flagless.dnskeys()),
            *[entry(q, answer=a) for q, a in sets.items() if q.count(".") == 3],
            *[entry(f"www.{n}.example. A", answer=plain(f"www.{n}.example. 3600 A 203.0.113.1")) for n in ("unknown", "digest")])
    for q, code in codes.items():
        s.ask(q).expect("SERVFAIL", match=f"flags rcode question answer ede={code}")
        s.ask(q).expect("SERVFAIL", match=f"flags rcode question answer ede={code}")
    for q in ("no.example. A", "type.example. A"):
        s.ask(q).expect("SERVFAIL", match="flags rcode question answer ede=12")
        s.ask(q).expect("SERVFAIL", match="flags rcode question answer ede=12")
    s.ask("many.example. MX").expect("NOERROR", (), soa + top.nsec3("many.example.", "A RRSIG", iterations=500),
                                     match="flags rcode question answer ede=27")
    for n, code in (("unknown", 1), ("digest", 2)):
        for _ in range(2):
            s.ask(f"www.{n}.example. A").expect("NOERROR", plain(f"www.{n}.example. 3600 A 203.0.113.1"),
                                                match=f"flags rcode question answer ede={code}")
    s.ask("example. DNSKEY").expect("AD NOERROR", top.dnskeys(), match="flags rcode question answer ede=none")
    return s
