"""What is kept and for how long (RFC 2181 section 8, RFC 2308, RFC 5011, RFC 8198, RFC 9077)."""
from rplmaker import Key, Scenario, Zone, entry, plain

A = "192.0.2.10"
APEX = "NS SOA RRSIG NSEC DNSKEY"


def scenarios():
    return [ttl_of_negative(), aggressive_nsec(), aggressive_ends_with_soa(), wildcard_synthesis(), rollover(), rrsig_ends(),
            zero_ttl(), type_after_nxdomain()]


def base(name, title, zone, *config):
    return Scenario(name, title, f'trust-anchor: "{zone.ds()}"', *config).root((zone.name, A))


def ttl_of_negative():
    """RFC 2308 section 5: the lesser of the SOA's TTL and its last field."""
    s = Scenario("ttl_of_negative", "how long NODATA and NXDOMAIN are kept")
    s.root(("example.", A))
    soa = "example. 600 SOA ns.example. admin.example. 1 7200 3600 1209600 60"
    old = [entry("no.example. A", "QR AA NXDOMAIN", authority=plain(soa)), entry("www.example. MX", authority=plain(soa))]
    new = [entry("no.example. A", answer=plain("no.example. 60 A 203.0.113.1")),
           entry("www.example. MX", answer=plain("www.example. 60 MX 1 m.example."))]
    s.range(A, *old, last=25).range(A, *new, first=26)
    s.ask("no.example. A").expect("NXDOMAIN", (), plain(soa))
    s.ask("www.example. MX").expect("NOERROR", (), plain(soa))
    s.passes(50)
    s.ask("no.example. A").expect("NXDOMAIN", (), plain(soa))
    s.ask("www.example. MX").expect("NOERROR", (), plain(soa))
    s.passes(20)
    s.ask("no.example. A").expect("NOERROR", plain("no.example. 60 A 203.0.113.1"))
    s.ask("www.example. MX").expect("NOERROR", plain("www.example. 60 MX 1 m.example."))
    return s


def type_after_nxdomain():
    """NXDOMAIN holds for every type of the name (RFC 2308 section 5)."""
    s = Scenario("type_after_nxdomain", "another type of a name that does not exist")
    s.root(("example.", A))
    soa = plain(Zone("example.").soa_line())
    s.range(A, entry("no.example. A", "QR AA NXDOMAIN", authority=soa))
    s.ask("no.example. A").expect("NXDOMAIN", (), soa)
    s.ask("no.example. AAAA").expect("NXDOMAIN", (), soa)
    return s


def aggressive_nsec():
    """RFC 8198: names in a range that is known to be empty are not asked for."""
    zone = Zone("example.")
    apex, gap = zone.nsec("example.", "b.example.", APEX), zone.nsec("m.example.", "p.example.", "A RRSIG NSEC")
    s = base("aggressive_nsec", "NXDOMAIN and NODATA out of cached NSEC records", zone)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()),
            entry("n.example. A", "QR AA NXDOMAIN", authority=zone.soa() + apex + gap))
    s.ask("n.example. A").expect("AD NXDOMAIN", (), zone.soa() + apex + gap)
    s.ask("o.example. AAAA").expect("AD NXDOMAIN", (), zone.soa() + apex + gap)
    s.ask("x.o.example. A").expect("AD NXDOMAIN", (), zone.soa() + apex + gap)
    s.ask("m.example. MX").expect("AD NOERROR", (), zone.soa() + gap)
    s.ask("example. MX").expect("AD NOERROR", (), zone.soa() + apex)
    return s


def aggressive_ends_with_soa():
    """RFC 9077: an NSEC record denies no longer than the SOA beside it allowed, whatever its own TTL."""
    zone = Zone("example.")
    long = [zone.signed(f"{owner} 86400 NSEC {to} {types}") for owner, to, types in
            (("example.", "b.example.", APEX), ("m.example.", "p.example.", "A RRSIG NSEC"), ("r.example.", "t.example.", "A RRSIG NSEC"))]
    s = base("aggressive_ends_with_soa", "NSEC records that outlive their SOA", zone)
    soa = zone.soa(60)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()),
            entry("n.example. A", "QR AA NXDOMAIN", authority=soa + long[0] + long[1]),
            entry("s.example. A", "QR AA NXDOMAIN", authority=soa + long[0] + long[2]),
            entry("o.example. A", answer=zone.signed("o.example. 3600 A 203.0.113.1")))
    s.ask("n.example. A").expect("AD NXDOMAIN", (), soa + long[0] + long[1])
    s.passes(100)
    s.ask("s.example. A").expect("AD NXDOMAIN", (), soa + long[0] + long[2])
    s.ask("o.example. A").expect("AD NOERROR", zone.signed("o.example. 3600 A 203.0.113.1"))
    return s


def wildcard_synthesis():
    """RFC 8198 section 5.3: what a wildcard gives for names that are known not to exist; CD and DO as ever."""
    zone = Zone("example.")
    made = {name: zone.signed("*.w.example. 300 A 203.0.113.1", owner=f"{name}.w.example.") for name in "abc"}
    gap = zone.nsec("*.w.example.", "z.w.example.", "A RRSIG NSEC")
    s = base("wildcard_synthesis", "answers made from a cached wildcard", zone, "query-minimization: off")
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("a.w.example. A", answer=made["a"], authority=gap))
    s.ask("a.w.example. A").expect("AD NOERROR", made["a"], gap)
    s.ask("b.w.example. A").expect("AD NOERROR", made["b"], gap)
    s.ask("c.w.example. A", "RD").expect("NOERROR", made["c"][:1])
    return s


def rollover():
    """RFC 5011: a new key is trusted after thirty days of being seen; then the old one may go."""
    zone = Zone("example.")
    following = Zone("example.", Key("example. following"))
    new = following.key.dnskey()
    s = base("rollover", "a key rollover of a trust anchor's zone", zone)
    span = {"inception": "20240401000000", "expiration": "20240801000000"}

    def keys(by, *kept):
        return by.signed(*[f"example. 3600 DNSKEY {key.to_text()}" for key in kept], **span)

    www = {zone: zone.signed("www.example. 60 A 203.0.113.1", **span), following: following.signed("www.example. 60 A 203.0.113.2", **span)}
    both = keys(zone, zone.key.dnskey(), new)
    s.range(A, entry("example. DNSKEY", answer=both), entry("www.example. A", answer=www[zone]), last=35)
    s.range(A, entry("example. DNSKEY", answer=keys(following, new)), entry("www.example. A", answer=www[following]), first=36)
    s.ask("www.example. A").expect("AD NOERROR", www[zone])
    s.passes(16 * 86400)
    s.ask("www.example. A").expect("AD NOERROR", www[zone])
    s.passes(15 * 86400)
    s.ask("www.example. A").expect("AD NOERROR", www[zone])
    s.step = 40
    s.passes(86400)
    s.ask("www.example. A").expect("AD NOERROR", www[following])
    return s


def rrsig_ends():
    """Data is kept no longer than its signature is good (RFC 4035 section 5.3.3)."""
    zone = Zone("example.")
    short = zone.signed("www.example. 86400 A 203.0.113.1", inception="20240401000000", expiration="20240501121000")
    long = zone.signed("www.example. 86400 A 203.0.113.2")
    s = base("rrsig_ends", "a signature that ends before the TTL", zone)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("www.example. A", answer=short), last=15)
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()), entry("www.example. A", answer=long), first=16)
    s.ask("www.example. A").expect("AD NOERROR", short)
    s.step = 20
    s.ask("www.example. A").expect("AD NOERROR", short)
    s.passes(700)
    s.ask("www.example. A").expect("AD NOERROR", long)
    return s


def zero_ttl():
    """TTL 0 is for the question under way; a TTL with its first bit set counts as 0 (RFC 2181 section 8)."""
    s = Scenario("zero_ttl", "records that are not kept")
    s.root(("example.", A))
    alias = plain("a.example. 0 CNAME b.example.")
    s.range(A, entry("a.example. A", answer=alias + plain("b.example. 0 A 203.0.113.1")),
            entry("b.example. A", answer=plain("b.example. 0 A 203.0.113.1")),
            entry("c.example. A", answer=plain("c.example. 4294967295 A 203.0.113.1")), last=25)
    s.range(A, entry("a.example. A", answer=alias + plain("b.example. 0 A 203.0.113.2")),
            entry("b.example. A", answer=plain("b.example. 0 A 203.0.113.2")),
            entry("c.example. A", answer=plain("c.example. 60 A 203.0.113.2")), first=26)
    s.ask("a.example. A").expect("NOERROR", alias + plain("b.example. 0 A 203.0.113.1"))
    s.ask("c.example. A").expect("NOERROR", plain("c.example. 0 A 203.0.113.1"))
    s.step = 30
    s.passes(1)
    s.ask("a.example. A").expect("NOERROR", alias + plain("b.example. 0 A 203.0.113.2"))
    s.ask("c.example. A").expect("NOERROR", plain("c.example. 60 A 203.0.113.2"))
    return s
