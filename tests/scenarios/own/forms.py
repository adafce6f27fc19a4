"""The same data in other forms: case, TTLs, order, duplicates (RFC 4034 section 6, RFC 2181 section 5, RFC 4343)."""
import re

from rplmaker import ROOT, Scenario, Zone, entry, plain, referral

A, B = "192.0.2.10", "192.0.2.20"
APEX = "NS SOA RRSIG NSEC DNSKEY"


def scenarios():
    return [upper_case(), aged_ttls(), duplicates(), signature_alone(), keys_over_tcp(), minimise_dname(), minimise_wildcard(),
            empty_answers(), own_name_as_wildcard(), ttls_that_differ()]


def base(name, title, zone, *config, others=()):
    s = Scenario(name, title, f'trust-anchor: "{zone.ds()}"', *config)
    return s.root((zone.name, A), *others)


def shout(lines):
    """Owners, signers and targets in upper case; the next name of an NSEC record is left alone (RFC 6840 section 5.1)."""
    out = []
    for line in lines:
        owner, ttl, rclass, rtype, rdata = line.split(None, 4)
        if rtype in ("CNAME", "MX", "NS", "DNAME"):
            rdata = rdata.upper()
        if rtype == "RRSIG":
            fields = rdata.split(None, 8)
            fields[7] = fields[7].upper()
            rdata = " ".join(fields)
        out.append(f"{owner.upper()} {ttl} {rclass} {rtype} {rdata}")
    return out


def upper_case():
    """RFC 4034 section 6.2: what is signed is in lower case, whatever is sent."""
    zone = Zone("example.")
    s = base("upper_case", "records in upper case", zone)
    alias, www = zone.signed("a.example. 3600 CNAME www.example."), zone.signed("www.example. 3600 A 203.0.113.1")
    mx = zone.signed("www.example. 3600 MX 10 mail.example.")
    nodata = zone.soa() + zone.nsec("www.example.", "example.", "A MX RRSIG NSEC")
    made, gap = zone.signed("*.w.example. 300 A 203.0.113.2", owner="b.w.example."), zone.nsec("*.w.example.", "z.w.example.", "A RRSIG NSEC")
    absent = zone.soa() + zone.nsec("m.example.", "o.example.", "A RRSIG NSEC") + zone.nsec("example.", "b.example.", APEX)
    s.range(A, entry("example. DNSKEY", answer=shout(zone.dnskeys())), entry("a.example. A", answer=shout(alias + www)),
            entry("www.example. A", answer=shout(www)), entry("www.example. MX", answer=shout(mx)), entry("www.example. TXT", authority=shout(nodata)),
            entry("b.w.example. A", answer=shout(made), authority=shout(gap)), entry("n.example. A", "QR AA NXDOMAIN", authority=shout(absent)))
    s.ask("A.eXample. A").expect("AD NOERROR", alias + www)
    s.ask("wwW.example. MX").expect("AD NOERROR", mx)
    s.ask("www.exaMPLE. TXT").expect("AD NOERROR", (), nodata)
    s.ask("B.W.example. A").expect("AD NOERROR", made, gap)
    s.ask("N.example. A").expect("AD NXDOMAIN", (), absent)
    s.ask("n.Example. A").expect("AD NXDOMAIN", (), absent)
    return s


def aged(lines, ttl):
    return [re.sub(r"^(\S+) \d+ ", rf"\1 {ttl} ", line) for line in lines]


def aged_ttls():
    """RFC 4035 section 5.3.3: the signature holds whatever the TTL has become; never is it longer than what was signed."""
    zone = Zone("example.")
    s = base("aged_ttls", "TTLs below and above those that were signed", zone)
    low, high = zone.signed("low.example. 3600 A 203.0.113.1"), zone.signed("high.example. 3600 A 203.0.113.2")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("low.example. A", answer=aged(low, 100)),
            entry("high.example. A", answer=aged(high, 86400)))
    s.ask("low.example. A").expect("AD NOERROR", aged(low, 100), match="flags rcode question answer ttl")
    s.ask("high.example. A").expect("AD NOERROR", high, match="flags rcode question answer ttl")
    return s


def duplicates():
    """RFC 2181 section 5: equal records are one, and do not break a signature."""
    zone = Zone("example.")
    s = base("duplicates", "records that are there twice", zone)
    www = zone.signed("www.example. 3600 A 203.0.113.1", "www.example. 3600 A 203.0.113.2")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys() + zone.dnskeys()), entry("www.example. A", answer=www + www + www[:1]))
    s.ask("www.example. A").expect("AD NOERROR", www)
    return s


def signature_alone():
    """An RRSIG without its RRset is no answer; without a proof it is no NODATA of a signed zone either."""
    zone = Zone("example.")
    s = base("signature_alone", "a signature without its RRset", zone, "query-minimization: off")
    www = zone.signed("www.example. 3600 A 203.0.113.1")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("www.example. A", answer=www[1:]), entry("www.example. DS", authority=zone.soa()))
    s.ask("www.example. A").expect("SERVFAIL")
    return s


def keys_over_tcp():
    """DNSKEY and DS RRsets that do not fit: TCP has them."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = base("keys_over_tcp", "truncated DNSKEY and DS responses", top)

    def cut(question):
        return entry(question, "QR AA TC NOERROR", match="opcode qtype qname UDP")

    ds = top.signed(sub.ds())
    s.range(A, cut("example. DNSKEY"), entry("example. DNSKEY", answer=top.dnskeys()), cut("sub.example. DS"), entry("sub.example. DS", answer=ds),
            referral("sub.example.", "ns.sub.example.", B))
    www = sub.signed("www.sub.example. 3600 A 203.0.113.1")
    s.range(B, cut("sub.example. DNSKEY"), entry("sub.example. DNSKEY", answer=sub.dnskeys()), cut("www.sub.example. A"), entry("www.sub.example. A", answer=www))
    s.ask("www.sub.example. A").expect("AD NOERROR", www)
    return s


def minimise_dname():
    """A minimised query may meet the DNAME that the whole name leads through (RFC 9156 section 2.3, RFC 6672)."""
    zone = Zone("example.")
    s = base("minimise_dname", "minimised queries below a DNAME", zone, "query-minimization: on")
    dname = zone.signed("d.example. 300 DNAME t.example.")
    nodata = zone.soa() + zone.nsec("d.example.", "e.example.", "DNAME RRSIG NSEC")
    t_nodata = zone.soa() + zone.nsec("s.example.", "a.x.y.t.example.", "A RRSIG NSEC")
    name, target = "a.x.y.d.example.", "a.x.y.t.example."
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("d.example. NS", authority=nodata),
            *[entry(f"{n}.d.example. NS", answer=dname + plain(f"{n}.d.example. 300 CNAME {n}.t.example."), authority=t_nodata) for n in ("y", "x.y")],
            entry(f"{name} A", answer=dname + plain(f"{name} 300 CNAME {target}")),
            *[entry(f"{n} NS", authority=t_nodata) for n in ("t.example.", "y.t.example.", "x.y.t.example.")],
            entry(f"{target} A", answer=zone.signed(f"{target} 300 A 203.0.113.1")))
    s.ask(f"{name} A").expect("AD NOERROR", dname + plain(f"{name} 300 CNAME {target}") + zone.signed(f"{target} 300 A 203.0.113.1"))
    return s


def minimise_wildcard():
    """Minimised queries are answered from a wildcard too: NODATA for NS, which does not end the search."""
    zone = Zone("example.")
    s = base("minimise_wildcard", "minimised queries that a wildcard answers", zone, "query-minimization: on")
    gap = zone.nsec("*.example.", "d.example.", "A RRSIG NSEC")
    made = zone.signed("*.example. 300 A 203.0.113.1", owner="a.b.c.example.")
    bad = zone.soa() + gap
    alias = zone.signed("*.w.example. 300 CNAME www.example.", owner="b.w.example.")
    whole = zone.signed("*.w.example. 300 CNAME www.example.", owner="a.b.w.example.")
    w_gap, www = zone.nsec("*.w.example.", "z.w.example.", "CNAME RRSIG NSEC"), zone.signed("www.example. 300 A 203.0.113.2")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), *[entry(f"{n} NS", authority=bad) for n in ("c.example.", "b.c.example.")],
            entry("a.b.c.example. A", answer=made, authority=gap), entry("www.example. A", answer=www),
            entry("w.example. NS", authority=zone.soa() + zone.nsec("v.example.", "*.w.example.", "A RRSIG NSEC")),
            entry("b.w.example. NS", answer=alias, authority=w_gap), entry("a.b.w.example. A", answer=whole, authority=w_gap))
    s.ask("a.b.c.example. A").expect("AD NOERROR", made, gap)
    s.ask("a.b.w.example. A").expect("AD NOERROR", whole + www, w_gap)
    return s


def empty_answers():
    """NOERROR without AA, RA or any record may be NODATA or a broken server: another is asked first (RFC 2308 section 2.2)."""
    s = Scenario("empty_answers", "empty responses", "query-minimization: off")
    both = entry("example. NS", "QR NOERROR", authority=plain("example. 3600 NS ns1.example.", "example. 3600 NS ns2.example."),
                 additional=plain(f"ns1.example. 3600 A {A}", f"ns2.example. 3600 A {B}"), match="opcode subdomain", adjust="copy_id copy_query")
    s.range(ROOT, entry(". NS", answer=plain(". 3600 NS k.root-servers.net."), additional=plain(f"k.root-servers.net. 3600 A {ROOT}")), both)
    names = [f"n{i}.example." for i in range(6)]
    s.range(A, *[entry(f"{n} A", "QR NOERROR") for n in names])
    s.range(B, *[entry(f"{n} A", answer=plain(f"{n} 300 A 203.0.113.1")) for n in names])
    for n in names:
        s.ask(f"{n} A").expect("NOERROR", plain(f"{n} 300 A 203.0.113.1"))
    return s


def own_name_as_wildcard():
    """The wildcard's own name, asked for literally, is a name like others (RFC 4592 section 2.1.1), and *.* is made from it."""
    zone = Zone("example.")
    s = base("own_name_as_wildcard", "asterisks in questions", zone, "query-minimization: off")
    wild = zone.signed("*.w.example. 300 A 203.0.113.1")
    made = zone.signed("*.w.example. 300 A 203.0.113.1", owner="a.*.w.example.")
    gap = zone.nsec("*.w.example.", "z.w.example.", "A RRSIG NSEC")
    none = zone.soa() + gap
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("*.w.example. A", answer=wild), entry("*.w.example. MX", authority=none),
            # Nothing is made below the asterisk itself: it exists, and is its own closest encloser.
            entry("a.*.w.example. A", answer=made, authority=gap), entry("b.*.w.example. A", "QR AA NXDOMAIN", authority=none),
            entry("a.*.w.example. DS", "QR AA NXDOMAIN", authority=none))
    s.ask("a.*.w.example. A").expect("SERVFAIL")
    s.ask("*.w.example. A").expect("AD NOERROR", wild)
    s.ask("*.w.example. MX").expect("AD NOERROR", (), none)
    s.ask("b.*.w.example. A").expect("AD NXDOMAIN", (), none)
    return s


def ttls_that_differ():
    """RFC 2181 section 5.2: an RRset has one TTL, the least."""
    s = Scenario("ttls_that_differ", "an RRset with several TTLs", "query-minimization: off")
    s.root(("example.", A))
    records = [f"www.example. {ttl} IN A 203.0.113.{ttl % 199}" for ttl in (3600, 60, 600)]
    s.range(A, entry("www.example. A", answer=records))
    s.ask("www.example. A").expect("NOERROR", aged(records, 60), match="flags rcode question answer ttl")
    return s
