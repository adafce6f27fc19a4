"""Finding and judging servers (RFC 1034 section 5.3.3, RFC 2181, RFC 9156)."""
from rplmaker import ROOT, Scenario, Zone, entry, plain, referral, silence

A, B, C = "192.0.2.10", "192.0.2.20", "192.0.2.30"


def scenarios():
    return [lame_nxdomain(), minimise_cname_at_cut(), minimise_broken("REFUSED"), minimise_broken("NOTIMP"),
            minimise_broken("NXDOMAIN"), ns_is_alias(), both_zones_on_one_server(), glue_cases(), servers_fail_differently(), stale_answer(),
            wrong_answer_section(), tc_then_tcp(), nxdomain_cut(), types_at_cut(), referrals_that_fail(), glue_of_cycle(), wrong_glue(),
            alias_loops(), answers_without_aa(), root_types()]


def lame_nxdomain():
    """A recursive server's cache without AA is no word of the zone, NXDOMAIN neither."""
    s = Scenario("lame_nxdomain", "NXDOMAIN from the cache of a server that does not have the zone")
    two = entry("example. NS", "QR NOERROR", authority=plain("example. 3600 NS ns1.example.", "example. 3600 NS ns2.example."),
                additional=plain(f"ns1.example. 3600 A {A}", f"ns2.example. 3600 A {B}"), match="opcode subdomain",
                adjust="copy_id copy_query")
    s.range(ROOT, entry(". NS", answer=plain(". 3600 NS k.root-servers.net."),
                        additional=plain(f"k.root-servers.net. 3600 A {ROOT}")), two)
    names = [f"n{i}.example." for i in range(8)]
    s.range(A, *[entry(f"{n} A", "QR RA NXDOMAIN", authority=plain(". 3600 SOA a. b. 1 1 1 1 1")) for n in names])
    s.range(B, *[entry(f"{n} A", answer=plain(f"{n} 3600 A 203.0.113.1")) for n in names])
    for n in names:
        s.ask(f"{n} A").expect("NOERROR", plain(f"{n} 3600 A 203.0.113.1"))
    return s


def minimise_cname_at_cut():
    """An alias at a name on the way says nothing of what is below it (RFC 9156 section 2)."""
    s = Scenario("minimise_cname_at_cut", "an alias above the name", "query-minimization: on")
    s.root(("example.", A))
    s.range(A, entry("b.example. NS", answer=plain("b.example. 3600 CNAME c.example.")),
            entry("c.example. NS", answer=plain("c.example. 3600 NS ns.c.example.")),
            entry("a.b.example. A", answer=plain("a.b.example. 3600 A 203.0.113.1")))
    s.ask("a.b.example. A").expect("NOERROR", plain("a.b.example. 3600 A 203.0.113.1"))
    return s


def minimise_broken(rcode):
    """Servers that do not like a minimised query are asked the whole one (RFC 9156 section 2.3)."""
    s = Scenario(f"minimise_{rcode.lower()}", f"{rcode} to a minimised query", "query-minimization: on")
    s.root(("example.", A))
    s.range(A, entry("b.example. NS", f"QR AA {rcode}"), entry("c.b.example. NS", f"QR AA {rcode}"),
            entry("a.c.b.example. A", answer=plain("a.c.b.example. 3600 A 203.0.113.1")),
            entry("c.b.example. A", "QR AA NXDOMAIN", authority=plain(Zone("example.").soa_line())))
    s.ask("a.c.b.example. A").expect("NOERROR", plain("a.c.b.example. 3600 A 203.0.113.1"))
    s.ask("c.b.example. A").expect("NXDOMAIN", (), plain(Zone("example.").soa_line()))
    s.ask("a.c.b.example. A").expect("NOERROR", plain("a.c.b.example. 3600 A 203.0.113.1"))
    return s


def ns_is_alias():
    """NS records that point at an alias are a fault (RFC 2181 section 10.3), which resolvers overlook."""
    s = Scenario("ns_is_alias", "a server's name is an alias")
    s.range(ROOT, entry(". NS", answer=plain(". 3600 NS k.root-servers.net."),
                        additional=plain(f"k.root-servers.net. 3600 A {ROOT}")),
            referral("example.", "ns.hosts."), referral("hosts.", "ns1.hosts.", A))
    s.range(A, entry("ns.hosts. A", answer=plain("ns.hosts. 3600 CNAME real.hosts.")),
            entry("ns.hosts. AAAA", answer=plain("ns.hosts. 3600 CNAME real.hosts.")),
            entry("real.hosts. A", answer=plain(f"real.hosts. 3600 A {B}")),
            entry("real.hosts. AAAA", authority=plain(Zone("hosts.").soa_line())))
    s.range(B, entry("www.example. A", answer=plain("www.example. 3600 A 203.0.113.1")))
    s.ask("www.example. A").expect("NOERROR", plain("www.example. 3600 A 203.0.113.1"))
    return s


def both_zones_on_one_server():
    """Parent and child on one server: no referral is seen, the types at the cut are each of their zone."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = Scenario("both_zones_on_one_server", "a signed parent and its child on one server", f'trust-anchor: "{top.ds()}"')
    s.root(("example.", A))
    ds = top.signed(sub.ds())
    ns = sub.signed("sub.example. 3600 NS ns.sub.example.")
    nsec = sub.nsec("sub.example.", "www.sub.example.", "NS SOA RRSIG NSEC DNSKEY")
    s.range(A, entry("example. DNSKEY", answer=top.dnskeys()), entry("sub.example. DNSKEY", answer=sub.dnskeys()),
            entry("sub.example. DS", answer=ds), entry("sub.example. NS", answer=ns), entry("sub.example. NSEC", answer=nsec),
            entry("sub.example. SOA", answer=sub.soa()), entry("sub.example. MX", authority=sub.soa() + nsec),
            entry("www.sub.example. A", answer=sub.signed("www.sub.example. 3600 A 203.0.113.1")),
            entry("plain.example. NS", answer=plain("plain.example. 3600 NS ns.plain.example.")),
            entry("plain.example. DS", authority=top.soa() + top.nsec("plain.example.", "sub.example.", "NS RRSIG NSEC")),
            entry("www.plain.example. A", answer=plain("www.plain.example. 3600 A 203.0.113.2")),
            entry("plain.example. A", authority=plain(Zone("plain.example.").soa_line())))
    s.ask("www.sub.example. A").expect("AD NOERROR", sub.signed("www.sub.example. 3600 A 203.0.113.1"))
    s.ask("sub.example. NSEC").expect("AD NOERROR", nsec)
    s.ask("sub.example. DS").expect("AD NOERROR", ds)
    s.ask("sub.example. NS").expect("AD NOERROR", ns)
    s.ask("sub.example. SOA").expect("AD NOERROR", sub.soa())
    s.ask("sub.example. MX").expect("AD NOERROR", (), sub.soa() + nsec)
    s.ask("www.plain.example. A").expect("NOERROR", plain("www.plain.example. 3600 A 203.0.113.2"))
    s.ask("plain.example. A").expect("NOERROR", (), plain(Zone("plain.example.").soa_line()))
    s.ask("plain.example. DS").expect("AD NOERROR", (), top.soa() + top.nsec("plain.example.", "sub.example.", "NS RRSIG NSEC"))
    return s


def glue_cases():
    """Glue out of bailiwick is not believed; sibling glue is; missing glue is looked for."""
    s = Scenario("glue_cases", "glue: of others, of siblings, none")
    s.root(("com.", A), ("net.", B))
    s.range(A, entry("foreign.com. NS", "QR NOERROR", authority=plain("foreign.com. 3600 NS ns.host.net."),
                     additional=plain("ns.host.net. 3600 A 192.0.2.66"), match="opcode subdomain", adjust="copy_id copy_query"),
            entry("sibling.com. NS", "QR NOERROR", authority=plain("sibling.com. 3600 NS ns.host.com."),
                  additional=plain(f"ns.host.com. 3600 A {C}"), match="opcode subdomain", adjust="copy_id copy_query"))
    s.range(B, referral("host.net.", "ns.host.net.", C))
    s.range(C, entry("www.foreign.com. A", answer=plain("www.foreign.com. 3600 A 203.0.113.1")),
            entry("ns.host.net. A", answer=plain(f"ns.host.net. 3600 A {C}")),
            entry("ns.host.net. AAAA", authority=plain(Zone("host.net.").soa_line())),
            entry("www.sibling.com. A", answer=plain("www.sibling.com. 3600 A 203.0.113.2")))
    bad = "192.0.2.66"
    s.range(bad, entry("www.foreign.com. A", answer=plain("www.foreign.com. 3600 A 203.0.113.66")))
    s.ask("www.foreign.com. A").expect("NOERROR", plain("www.foreign.com. 3600 A 203.0.113.1"))
    s.ask("www.sibling.com. A").expect("NOERROR", plain("www.sibling.com. 3600 A 203.0.113.2"))
    return s


def servers_fail_differently():
    """An answer to the query without EDNS is good when EDNS was refused (RFC 6891 section 6.2.2)."""
    s = Scenario("servers_fail_differently", "servers that answer SERVFAIL, REFUSED, or refer to themselves, beside a good one")
    d = "192.0.2.40"
    four = entry("example. NS", "QR NOERROR",
                 authority=plain(*[f"example. 3600 NS ns{i}.example." for i in range(4)]),
                 additional=plain(*[f"ns{i}.example. 3600 A {a}" for i, a in enumerate((A, B, C, d))]),
                 match="opcode subdomain", adjust="copy_id copy_query")
    s.range(ROOT, entry(". NS", answer=plain(". 3600 NS k.root-servers.net."),
                        additional=plain(f"k.root-servers.net. 3600 A {ROOT}")), four)
    names = [f"n{i}.example." for i in range(6)]
    s.range(A, *[entry(f"{n} A", "QR SERVFAIL") for n in names])
    s.range(B, *[entry(f"{n} A", "QR REFUSED") for n in names])
    s.range(C, *[entry(f"{n} A", "QR NOERROR", authority=plain("example. 3600 NS ns2.example.")) for n in names])
    s.range(d, *[entry(f"{n} A", answer=plain(f"{n} 3600 A 203.0.113.1")) for n in names])
    for n in names:
        s.ask(f"{n} A").expect("NOERROR", plain(f"{n} 3600 A 203.0.113.1"))
    return s


def stale_answer():
    """RFC 8767: stale when the servers are silent, fresh again when they are back."""
    s = Scenario("stale_answer", "stale data while the servers are gone", "serve-stale: 86400")
    s.root(("example.", A), last=15)
    s.root(("example.", A), first=35)
    old, new = plain("www.example. 60 A 203.0.113.1"), plain("www.example. 60 A 203.0.113.2")
    nodata = plain("example. 300 SOA ns.example. admin.example. 1 7200 3600 1209600 60")
    s.range(A, entry("www.example. A", answer=old), entry("no.example. A", "QR AA NXDOMAIN", authority=nodata), last=25)
    s.range(A, entry("www.example. A", answer=new), first=45)
    s.ask("www.example. A").expect("NOERROR", old)
    s.ask("no.example. A").expect("NXDOMAIN", (), nodata)
    s.passes(4000)
    s.ask("www.example. A").expect("NOERROR", old)
    s.ask("no.example. A").expect("NXDOMAIN", (), nodata)
    s.passes(2000)
    s.ask("www.example. A").expect("NOERROR", new)
    return s


def wrong_answer_section():
    """Records of other names in the answer section are no answer and are not kept (RFC 2181 section 5.4.1)."""
    s = Scenario("wrong_answer_section", "an answer section about another name")
    s.root(("example.", A))
    s.range(A, entry("a.example. A", answer=plain("a.example. 3600 A 203.0.113.1", "b.example. 3600 A 203.0.113.66")),
            entry("b.example. A", answer=plain("b.example. 3600 A 203.0.113.2")))
    s.ask("a.example. A").expect("NOERROR", plain("a.example. 3600 A 203.0.113.1"))
    s.ask("b.example. A").expect("NOERROR", plain("b.example. 3600 A 203.0.113.2"))
    return s


def tc_then_tcp():
    """TC: nothing of the message counts, TCP has the answer (RFC 2181 section 9)."""
    s = Scenario("tc_then_tcp", "a truncated response with false records")
    s.root(("example.", A))
    s.range(A, entry("a.example. A", "QR AA TC NOERROR", answer=plain("a.example. 3600 A 203.0.113.66"),
                     match="opcode qtype qname UDP"),
            entry("a.example. A", answer=plain("a.example. 3600 A 203.0.113.1"), match="opcode qtype qname TCP"))
    s.ask("a.example. A").expect("NOERROR", plain("a.example. 3600 A 203.0.113.1"))
    return s


def nxdomain_cut():
    """RFC 8020 where it is proved: below a name that does not exist there is nothing; nobody is asked."""
    zone = Zone("example.")
    proof = (zone.nsec("m.example.", "o.example.", "A RRSIG NSEC") + zone.nsec("example.", "b.example.", "NS SOA RRSIG NSEC DNSKEY"))
    s = Scenario("nxdomain_cut", "names below one that does not exist", f'trust-anchor: "{zone.ds()}"')
    s.root(("example.", A))
    s.range(A, entry("example. DNSKEY", answer=zone.dnskeys()),
            entry("n.example. A", "QR AA NXDOMAIN", authority=zone.soa() + proof))
    s.ask("n.example. A").expect("AD NXDOMAIN", (), zone.soa() + proof)
    s.ask("a.b.n.example. MX").expect("AD NXDOMAIN", (), zone.soa() + proof)
    return s


def types_at_cut():
    """NS, A and TXT at a cut are the child's, from its own servers."""
    s = Scenario("types_at_cut", "types asked for at a zone cut of unsigned zones")
    s.root(("example.", A))
    s.range(A, referral("sub.example.", "ns.sub.example.", B))
    s.range(B, entry("sub.example. NS", answer=plain("sub.example. 60 NS other.sub.example.")),
            entry("sub.example. TXT", answer=plain('sub.example. 60 TXT "child"')),
            entry("sub.example. DNSKEY", authority=plain(Zone("sub.example.").soa_line())),
            entry("sub.example. NSEC", authority=plain(Zone("sub.example.").soa_line())))
    s.ask("sub.example. NS").expect("NOERROR", plain("sub.example. 60 NS other.sub.example."))
    s.ask("sub.example. TXT").expect("NOERROR", plain('sub.example. 60 TXT "child"'))
    for kind in ("DNSKEY", "NSEC"):
        s.ask(f"sub.example. {kind}").expect("NOERROR", (), plain(Zone("sub.example.").soa_line()))
    return s


def referrals_that_fail():
    """Referrals upward, to the same zone, in a circle, beside a server that answers; and where nobody does."""
    s = Scenario("referrals_that_fail", "referrals that lead nowhere")
    s.range(ROOT, entry(". NS", answer=plain(". 3600 NS k.root-servers.net."), additional=plain(f"k.root-servers.net. 3600 A {ROOT}")),
            entry("up.example. NS", "QR NOERROR", authority=plain("up.example. 3600 NS ns1.up.example.", "up.example. 3600 NS ns2.up.example."),
                  additional=plain(f"ns1.up.example. 3600 A {A}", f"ns2.up.example. 3600 A {B}"), match="opcode subdomain",
                  adjust="copy_id copy_query"),
            referral("lost.example.", "ns.lost.example.", C),
            # Two zones whose servers are named in each other.
            referral("one.example.", "ns.two.example."), referral("two.example.", "ns.one.example."))
    upward = plain(". 3600 NS k.root-servers.net.")
    names = [f"n{i}.up.example." for i in range(6)]
    s.range(A, *[entry(f"{n} A", "QR NOERROR", authority=upward, additional=plain(f"k.root-servers.net. 3600 A {A}")) for n in names])
    s.range(B, *[entry(f"{n} A", answer=plain(f"{n} 3600 A 203.0.113.1")) for n in names])
    s.range(C, entry("www.lost.example. A", "QR NOERROR", authority=upward), entry("ns.lost.example. A", "QR NOERROR", authority=upward),
            entry("ns.lost.example. AAAA", "QR NOERROR", authority=upward))
    for n in names:
        s.ask(f"{n} A").expect("NOERROR", plain(f"{n} 3600 A 203.0.113.1"))
    s.ask("www.lost.example. A").expect("SERVFAIL")
    s.ask("www.one.example. A").expect("SERVFAIL")
    return s


def glue_of_cycle():
    """Servers named in each other's zones, with sibling glue (RFC 9471 section 2.2): the glue breaks the circle."""
    s = Scenario("glue_of_cycle", "a circle of servers that sibling glue breaks")
    s.root(("example.", A))
    def both(zone, server, address):
        return entry(f"{zone} NS", "QR NOERROR", authority=plain(f"{zone} 3600 NS {server}"),
                     additional=plain(f"{server} 3600 A {address}"), match="opcode subdomain", adjust="copy_id copy_query")
    s.range(A, both("one.example.", "ns.two.example.", B), both("two.example.", "ns.one.example.", C))
    s.range(B, entry("www.one.example. A", answer=plain("www.one.example. 3600 A 203.0.113.1")))
    s.range(C, entry("www.two.example. A", answer=plain("www.two.example. 3600 A 203.0.113.2")))
    s.ask("www.one.example. A").expect("NOERROR", plain("www.one.example. 3600 A 203.0.113.1"))
    s.ask("www.two.example. A").expect("NOERROR", plain("www.two.example. 3600 A 203.0.113.2"))
    return s


def wrong_glue():
    """Glue that is out of date: the servers' addresses are looked for where the names are served from elsewhere."""
    s = Scenario("wrong_glue", "glue that names a server without the zone")
    s.root(("example.", A), ("hosts.", B))
    s.range(A, entry("old.example. NS", "QR NOERROR", authority=plain("old.example. 3600 NS ns.mail.example."),
                     additional=plain(f"ns.mail.example. 3600 A {C}"), match="opcode subdomain", adjust="copy_id copy_query"),
            entry("ns.mail.example. A", answer=plain(f"ns.mail.example. 3600 A {B}")),
            entry("ns.mail.example. AAAA", authority=plain(Zone("example.").soa_line())),
            entry("mail.example. NS", authority=plain(Zone("example.").soa_line())))
    s.range(C, entry("www.old.example. A", "QR REFUSED"))
    s.range(B, entry("www.old.example. A", answer=plain("www.old.example. 3600 A 203.0.113.1")))
    s.ask("www.old.example. A").expect("NOERROR", plain("www.old.example. 3600 A 203.0.113.1"))
    return s


def alias_loops():
    """A loop of aliases, and one to itself, are SERVFAIL in bounded work; the names beside live."""
    s = Scenario("alias_loops", "aliases that lead back")
    s.root(("example.", A))
    links = {"a": "b", "b": "c", "c": "a", "self": "self"}
    s.range(A, *[entry(f"{x}.example. A", answer=plain(f"{x}.example. 3600 CNAME {y}.example.")) for x, y in links.items()],
            entry("ok.example. A", answer=plain("ok.example. 3600 A 203.0.113.1")))
    s.ask("a.example. A").expect("SERVFAIL", match="flags rcode question")
    s.ask("self.example. A").expect("SERVFAIL", match="flags rcode question")
    s.ask("ok.example. A").expect("NOERROR", plain("ok.example. 3600 A 203.0.113.1"))
    s.ask("a.example. CNAME").expect("NOERROR", plain("a.example. 3600 CNAME b.example."))
    return s


def answers_without_aa():
    """Without AA, but not out of a cache (no RA): some servers never set it."""
    s = Scenario("answers_without_aa", "an authoritative server that forgets AA")
    s.root(("example.", A))
    soa = plain(Zone("example.").soa_line())
    s.range(A, entry("www.example. A", "QR NOERROR", answer=plain("www.example. 3600 A 203.0.113.1")),
            entry("www.example. MX", "QR NOERROR", authority=soa), entry("no.example. A", "QR NXDOMAIN", authority=soa))
    s.ask("www.example. A").expect("NOERROR", plain("www.example. 3600 A 203.0.113.1"))
    s.ask("www.example. MX").expect("NOERROR", (), soa)
    s.ask("no.example. A").expect("NXDOMAIN", (), soa)
    return s


def root_types():
    """DS and NS of the root, and of a name right below it (RFC 4035 section 3.1.4.1: the root has no parent)."""
    root, top = Zone("."), Zone("example.")
    s = Scenario("root_types", "types of the root itself", f'trust-anchor: "{root.ds()}"')
    proof = root.nsec(".", "example.", "NS SOA RRSIG NSEC DNSKEY")
    s.range(ROOT, entry(". NS", answer=root.signed(". 3600 NS k.root-servers.net."), additional=plain(f"k.root-servers.net. 3600 A {ROOT}")),
            entry(". DNSKEY", answer=root.dnskeys()), entry(". DS", authority=root.soa() + proof), entry(". SOA", answer=root.soa()),
            entry("example. DS", answer=root.signed(top.ds())), entry("no. A", "QR AA NXDOMAIN", authority=root.soa() + proof +
                  root.nsec("example.", "plain.", "NS DS RRSIG NSEC")))
    s.ask(". DS").expect("AD NOERROR", (), root.soa() + proof)
    s.ask(". SOA").expect("AD NOERROR", root.soa())
    s.ask(". NS").expect("AD NOERROR", root.signed(". 3600 NS k.root-servers.net."))
    s.ask("example. DS").expect("AD NOERROR", root.signed(top.ds()))
    s.ask("no. A").expect("AD NXDOMAIN", (), root.soa() + proof + root.nsec("example.", "plain.", "NS DS RRSIG NSEC"))
    s.ask("no. MX", "RD AD").expect("AD NXDOMAIN", (), plain(root.soa_line()))
    return s
