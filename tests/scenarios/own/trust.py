"""From anchors to keys (RFC 4035 section 5, RFC 4509, RFC 6840)."""
import hashlib

import dns.dnssec

from rplmaker import ROOT, Key, Scenario, Zone, entry, plain, referral

A, B, C = "192.0.2.10", "192.0.2.20", "192.0.2.30"
APEX = "NS SOA RRSIG NSEC DNSKEY"


def scenarios():
    return [equal_tags(), ds_without_key(), sha1_beside_better(), two_signers(), split_keys(), keys_not_for_zones(),
            insecure_between(), nearest_anchor(), ds_of_nothing(), unsigned_below_cut(), wrong_ds_at_cut(), dnskey_expired()]


def base(name, title, zone, *config, others=()):
    s = Scenario(name, title, f'trust-anchor: "{zone.ds()}"', *config)
    return s.root((zone.name, A), *others)


def equal_tags():
    """Two keys of one tag and algorithm: both are tried (RFC 4034 section 8, RFC 6840 section 5.12)."""
    first, second = Key("tag 429"), Key("tag 450")
    assert dns.dnssec.key_id(first.dnskey()) == dns.dnssec.key_id(second.dnskey())
    zone = Zone("example.", first)
    one, two = zone.signed("one.example. 3600 A 203.0.113.1"), zone.signed("two.example. 3600 A 203.0.113.2", key=second)
    bad = zone.signed("bad.example. 3600 A 203.0.113.3", key=second)
    bad = [line.replace("203.0.113.3", "203.0.113.66") for line in bad]
    s = base("equal_tags", "two keys with the same tag", zone)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys(second.dnskey())), entry("one.example. A", answer=one),
            entry("two.example. A", answer=two), entry("bad.example. A", answer=bad))
    s.ask("one.example. A").expect("AD NOERROR", one)
    s.ask("two.example. A").expect("AD NOERROR", two)
    s.ask("bad.example. A").expect("SERVFAIL")
    return s


def delegate(top, zone, address, ds):
    """The entries of the parent for a signed child."""
    return [entry(f"{zone} DS", answer=top.signed(*ds)), referral(zone, f"ns.{zone}", address, extra=top.signed(*ds))]


def ds_without_key():
    """One DS of several that leads to a key is enough (RFC 6840 section 5.11); none that does: bogus."""
    top, good, bad = Zone("example."), Zone("good.example."), Zone("bad.example.")
    other = Key("elsewhere").dnskey()
    stray = {z.name: f"{z.name} 3600 DS {dns.dnssec.make_ds(z.apex, other, 'SHA256').to_text()}" for z in (good, bad)}
    s = base("ds_without_key", "DS records that no key meets", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), *delegate(top, good.name, B, [stray[good.name], good.ds()]),
            *delegate(top, bad.name, B, [stray[bad.name]]))
    www = {z.name: z.signed(f"www.{z.name} 3600 A 203.0.113.1") for z in (good, bad)}
    s.range(B, *[entry(f"{z.name} DNSKEY", answer=z.dnskeys()) for z in (good, bad)], *[entry(f"www.{n} A", answer=www[n]) for n in www])
    s.ask("www.good.example. A").expect("AD NOERROR", www[good.name])
    s.ask("www.bad.example. A").expect("SERVFAIL")
    s.ask("www.bad.example. A", "RD CD DO").expect("CD NOERROR", www[bad.name])
    s.ask("www.bad.example. A").expect("SERVFAIL")
    s.ask("bad.example. DS").expect("AD NOERROR", top.signed(stray[bad.name]))
    return s


def sha1_beside_better():
    """RFC 4509 section 3: a SHA-1 DS is not used where one of SHA-256 stands beside it; alone it counts."""
    top, old, lured = Zone("example."), Zone("old.example."), Zone("lured.example.")

    def sha1(zone):
        key = zone.key.dnskey()
        digest = hashlib.sha1(zone.apex.to_digestable() + key.to_digestable()).hexdigest()
        return f"{zone.name} 3600 DS {dns.dnssec.key_id(key)} {int(key.algorithm)} 1 {digest}"

    wrong = lured.ds().rsplit(" ", 1)[0] + " " + "ab" * 32
    s = base("sha1_beside_better", "DS records of SHA-1", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), *delegate(top, old.name, B, [sha1(old)]),
            *delegate(top, lured.name, B, [sha1(lured), wrong]))
    www = {z.name: z.signed(f"www.{z.name} 3600 A 203.0.113.1") for z in (old, lured)}
    s.range(B, *[entry(f"{z.name} DNSKEY", answer=z.dnskeys()) for z in (old, lured)], *[entry(f"www.{n} A", answer=www[n]) for n in www])
    s.ask("www.old.example. A").expect("AD NOERROR", www[old.name])
    s.ask("www.lured.example. A").expect("SERVFAIL")
    return s


def two_signers():
    """RFC 4035 section 5.3.1: the signature of the zone that has the RRset counts, wherever it stands in the list."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = base("two_signers", "an RRset with signatures of two zones", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), *delegate(top, sub.name, B, [sub.ds()]))

    def both(owner, stray_first):
        record = f"{owner} 3600 A 203.0.113.1"
        good, stray = sub.signed(record), Zone("example.", Key("nobody's")).signed(record)
        return good[:1] + (stray[1:] + good[1:] if stray_first else good[1:] + stray[1:])

    answers = {name: both(name, first) for name, first in (("a.sub.example.", True), ("b.sub.example.", False))}
    denial = sub.nsec("www.sub.example.", "z.sub.example.", "A RRSIG NSEC")
    stray = Zone("example.", Key("nobody's")).nsec("www.sub.example.", "z.sub.example.", "A RRSIG NSEC")
    mixed = sub.soa() + denial[:1] + stray[1:] + denial[1:]
    lie = [line.replace("203.0.113.1", "203.0.113.66") for line in both("bad.sub.example.", True)]
    s.range(B, entry("sub.example. DNSKEY", answer=sub.dnskeys()), *[entry(f"{n} A", answer=answers[n]) for n in answers],
            entry("www.sub.example. MX", authority=mixed), entry("bad.sub.example. A", answer=lie))
    for name, answer in answers.items():
        s.ask(f"{name} A").expect("AD NOERROR", answer)
    s.ask("www.sub.example. MX").expect("AD NOERROR", (), mixed)
    s.ask("bad.sub.example. A").expect("SERVFAIL")
    return s


def split_keys():
    """A key that a signed DNSKEY RRset holds verifies data (RFC 4035 section 5.2); one that signs alone does not."""
    top, good, bad = Zone("example."), Zone("good.example."), Zone("bad.example.")
    zsk = {z.name: Key(f"{z.name} zsk", 256) for z in (good, bad)}
    s = base("split_keys", "keys that sign keys and keys that sign data", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), *delegate(top, good.name, B, [good.ds()]),
            *delegate(top, bad.name, B, [bad.ds()]))

    def keys(zone, by):
        return zone.signed(*[f"{zone.name} 3600 DNSKEY {key.dnskey().to_text()}" for key in (zone.key, zsk[zone.name])], key=by)

    www = {z.name: z.signed(f"www.{z.name} 3600 A 203.0.113.1", key=zsk[z.name]) for z in (good, bad)}
    s.range(B, entry("good.example. DNSKEY", answer=keys(good, good.key)), entry("bad.example. DNSKEY", answer=keys(bad, zsk[bad.name])),
            *[entry(f"www.{n} A", answer=www[n]) for n in www])
    s.ask("www.good.example. A").expect("AD NOERROR", www[good.name])
    s.ask("www.bad.example. A").expect("SERVFAIL")
    s.ask("bad.example. DNSKEY").expect("SERVFAIL")
    s.ask("good.example. DNSKEY").expect("AD NOERROR", keys(good, good.key))
    return s


def keys_not_for_zones():
    """RFC 4034 section 2.1.1: a key without the Zone Key flag signs no zone; the SEP flag means nothing here."""
    top, flagless, plain_zone = Zone("example."), Zone("flagless.example.", Key("flagless", 1)), Zone("nosep.example.", Key("nosep", 256))
    s = base("keys_not_for_zones", "flags of keys", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), *[e for z in (flagless, plain_zone) for e in delegate(top, z.name, B, [z.ds()])])
    www = {z.name: z.signed(f"www.{z.name} 3600 A 203.0.113.1") for z in (flagless, plain_zone)}
    s.range(B, *[entry(f"{z.name} DNSKEY", answer=z.dnskeys()) for z in (flagless, plain_zone)], *[entry(f"www.{n} A", answer=www[n]) for n in www])
    s.ask("www.flagless.example. A").expect("SERVFAIL")
    s.ask("www.nosep.example. A").expect("AD NOERROR", www[plain_zone.name])
    return s


def insecure_between():
    """Below an insecure delegation a DS leads nowhere (RFC 4035 section 4.3): insecure, not bogus, whatever it says."""
    top, mid, low = Zone("example."), Zone("mid.example."), Zone("low.mid.example.")
    proof = top.nsec("mid.example.", "n.example.", "NS RRSIG NSEC")
    s = base("insecure_between", "a signed zone below one that is not", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("mid.example. DS", authority=top.soa() + proof),
            referral("mid.example.", "ns.mid.example.", B, extra=proof))
    wrong = low.ds().rsplit(" ", 1)[0] + " " + "ab" * 32
    s.range(B, entry("low.mid.example. DS", answer=mid.signed(wrong)), entry("mid.example. DNSKEY", answer=mid.dnskeys()),
            referral("low.mid.example.", "ns.low.mid.example.", C, extra=mid.signed(wrong)))
    www = low.signed("www.low.mid.example. 3600 A 203.0.113.1")
    nodata = low.soa() + low.nsec("www.low.mid.example.", "x.low.mid.example.", "A RRSIG NSEC")
    s.range(C, entry("low.mid.example. DNSKEY", answer=low.dnskeys()), entry("www.low.mid.example. A", answer=www),
            entry("www.low.mid.example. MX", authority=nodata))
    s.ask("www.low.mid.example. A").expect("NOERROR", www)
    s.ask("www.low.mid.example. MX").expect("NOERROR", (), nodata)
    s.ask("low.mid.example. DS").expect("NOERROR", mid.signed(wrong))
    return s


def nearest_anchor():
    """Of several trust anchors the nearest counts (RFC 6840 appendix C.1), also where the chain from above is broken."""
    top, sub = Zone("example."), Zone("sub.example.")
    wrong = sub.ds().rsplit(" ", 1)[0] + " " + "ab" * 32
    s = Scenario("nearest_anchor", "a trust anchor below a broken chain", f'trust-anchor: "{top.ds()}"', f'trust-anchor: "{sub.ds()}"')
    s.root((top.name, A))
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), *delegate(top, sub.name, B, [wrong]))
    www = sub.signed("www.sub.example. 3600 A 203.0.113.1")
    s.range(B, entry("sub.example. DNSKEY", answer=sub.dnskeys()), entry("www.sub.example. A", answer=www),
            entry("bad.sub.example. A", answer=plain("bad.sub.example. 3600 A 203.0.113.66")),
            entry("bad.sub.example. DS", authority=sub.soa() + sub.nsec("bad.sub.example.", "c.sub.example.", "A RRSIG NSEC")))
    s.ask("www.sub.example. A").expect("AD NOERROR", www)
    s.ask("bad.sub.example. A").expect("SERVFAIL")
    s.ask("sub.example. DS").expect("AD NOERROR", top.signed(wrong))
    return s


def ds_of_nothing():
    """DS where no zone is cut: of a host, of an empty non-terminal, of a name that does not exist, of the apex."""
    top, sub = Zone("example."), Zone("sub.example.")
    host = top.soa() + top.nsec("www.example.", "x.example.", "A RRSIG NSEC")
    empty = top.soa() + top.nsec("d.example.", "a.ent.example.", "A RRSIG NSEC")
    absent = top.soa() + top.nsec("m.example.", "o.example.", "A RRSIG NSEC") + top.nsec("example.", "b.example.", APEX)
    below = sub.soa() + sub.nsec("sub.example.", "www.sub.example.", APEX)
    s = base("ds_of_nothing", "DS asked for where there is no zone cut", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("www.example. DS", authority=host),
            entry("ent.example. DS", authority=empty), entry("no.example. DS", "QR AA NXDOMAIN", authority=absent),
            *delegate(top, sub.name, B, [sub.ds()]))
    s.range(B, entry("sub.example. DNSKEY", answer=sub.dnskeys()), entry("a.sub.example. DS", "QR AA NXDOMAIN", authority=below),
            entry("sub.example. DS", authority=below))
    s.ask("www.example. DS").expect("AD NOERROR", (), host)
    s.ask("ent.example. DS").expect("AD NOERROR", (), empty)
    s.ask("no.example. DS").expect("AD NXDOMAIN", (), absent)
    s.ask("a.sub.example. DS").expect("AD NXDOMAIN", (), below)
    s.ask("sub.example. DS").expect("AD NOERROR", top.signed(sub.ds()))
    return s


def unsigned_below_cut():
    """Unsigned data of a zone with a DS is bogus at every depth; so are unsigned denials (RFC 4035 section 5)."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = base("unsigned_below_cut", "a zone with DS that is not signed", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), *delegate(top, sub.name, B, [sub.ds()]))
    bare = plain(sub.soa_line())
    deep = plain("x.y.sub.example. 3600 A 203.0.113.66")
    s.range(B, entry("sub.example. DNSKEY", authority=bare), entry("x.y.sub.example. A", answer=deep),
            entry("x.y.sub.example. DS", authority=bare), entry("y.sub.example. DS", authority=bare),
            entry("no.sub.example. A", "QR AA NXDOMAIN", authority=bare), entry("sub.example. MX", authority=bare))
    s.ask("x.y.sub.example. A").expect("SERVFAIL")
    s.ask("no.sub.example. A").expect("SERVFAIL")
    s.ask("sub.example. MX").expect("SERVFAIL")
    s.ask("sub.example. DNSKEY").expect("SERVFAIL")
    s.ask("x.y.sub.example. A", "RD CD").expect("CD NOERROR", deep)
    return s


def wrong_ds_at_cut():
    """A DS RRset that its parent did not sign is bogus, and so is the zone (RFC 4035 section 5.2)."""
    top, sub = Zone("example."), Zone("sub.example.")
    forged = Zone("example.", Key("nobody's")).signed(sub.ds())
    s = base("wrong_ds_at_cut", "a DS RRset with a false signature", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("sub.example. DS", answer=forged),
            referral("sub.example.", "ns.sub.example.", B, extra=forged))
    s.range(B, entry("sub.example. DNSKEY", answer=sub.dnskeys()), entry("www.sub.example. A", answer=sub.signed("www.sub.example. 3600 A 203.0.113.1")),
            entry("plain.sub.example. A", answer=plain("plain.sub.example. 3600 A 203.0.113.66")))
    s.ask("www.sub.example. A").expect("SERVFAIL")
    s.ask("plain.sub.example. A").expect("SERVFAIL")
    s.ask("sub.example. DS").expect("SERVFAIL")
    return s


def dnskey_expired():
    """Keys whose signature has expired are not used; what they signed is bogus (RFC 4035 section 5.3.1)."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = base("dnskey_expired", "an expired signature of a DNSKEY RRset", top)
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), *delegate(top, sub.name, B, [sub.ds()]))
    keys = sub.signed(f"sub.example. 3600 DNSKEY {sub.key.dnskey().to_text()}", inception="20240101000000", expiration="20240201000000")
    www = sub.signed("www.sub.example. 3600 A 203.0.113.1")
    s.range(B, entry("sub.example. DNSKEY", answer=keys), entry("www.sub.example. A", answer=www))
    s.ask("www.sub.example. A").expect("SERVFAIL")
    s.ask("www.sub.example. A", "RD CD DO").expect("CD NOERROR", www)
    return s
