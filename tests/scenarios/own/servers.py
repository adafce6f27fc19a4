"""What servers do to queries, and what may be made of it (RFC 6891, RFC 5452, RFC 1035, RFC 2181)."""
from rplmaker import ROOT, Scenario, Zone, entry, plain, referral, silence

A, B, C = "192.0.2.10", "192.0.2.20", "192.0.2.30"
NAMES = [f"n{i}.example." for i in range(6)]
SOA = plain(Zone("example.").soa_line())


def scenarios():
    return [edns_refused(), edns_dropped(), recursive_servers(), sideways(), priming_without_glue(), tcp_fails(),
            wrong_question(), negative_without_soa(), soa_of_parent(), alias_brings_address(), no_ttl_at_all(),
            glue_missing(), glue_for_others(), priming_with_dead_address(), minimise_servfail(), servers_without_names()]


def two_servers(s, first=A, second=B, root=()):
    both = entry("example. NS", "QR NOERROR", authority=plain("example. 3600 NS ns1.example.", "example. 3600 NS ns2.example."),
                 additional=plain(f"ns1.example. 3600 A {first}", f"ns2.example. 3600 A {second}"), match="opcode subdomain",
                 adjust="copy_id copy_query")
    return s.range(ROOT, entry(". NS", answer=plain(". 3600 NS k.root-servers.net."),
                               additional=plain(f"k.root-servers.net. 3600 A {ROOT}")), *root, both)


def address(name, last=1):
    return plain(f"{name} 3600 A 203.0.113.{last}")


def edns_refused():
    """RFC 6891 section 7: who has no EDNS says FORMERR (or NOTIMP, RFC 2671); the query is sent again without."""
    s = Scenario("edns_refused", "servers that refuse EDNS")
    s.root(("example.", A), ("other.", B))
    s.range(A, entry("www.example. A", "QR FORMERR", match="opcode qtype qname DO"), entry("www.example. A", answer=address("www.example.")),
            entry("no.example. A", "QR FORMERR", match="opcode qtype qname DO"), entry("no.example. A", "QR AA NXDOMAIN", authority=SOA))
    s.range(B, entry("www.other. A", "QR NOTIMP", match="opcode qtype qname DO"), entry("www.other. A", answer=address("www.other.")))
    s.ask("www.example. A").expect("NOERROR", address("www.example."))
    s.ask("no.example. A").expect("NXDOMAIN", (), SOA)
    s.ask("www.other. A").expect("NOERROR", address("www.other."))
    return s


def edns_dropped():
    """Silence says nothing about EDNS (DNS flag day 2019, ADR 32): the other server is asked, not this one without."""
    s = Scenario("edns_dropped", "a server that drops queries with EDNS", "query-minimization: off")
    mute = {name: [entry(f"{name} A", match="opcode qtype qname DO", adjust="copy_id do_not_answer"),
                   entry(f"{name} A", answer=address(name, 66))] for name in NAMES}
    two_servers(s)
    s.range(A, *[e for name in mute for e in mute[name]])
    s.range(B, *[entry(f"{name} A", answer=address(name)) for name in NAMES])
    for name in NAMES:
        s.ask(f"{name} A").expect("NOERROR", address(name))
    return s


def recursive_servers():
    """A server that answers from its cache (RA, no AA) has the last word only when nobody knows better."""
    s = Scenario("recursive_servers", "servers of a zone that are recursive resolvers")
    two_servers(s, root=[referral("alone.", "ns.alone.", C)])
    s.range(A, *[entry(f"{n} A", "QR RA NOERROR", answer=address(n, 66)) for n in NAMES])
    s.range(B, *[entry(f"{n} A", answer=address(n)) for n in NAMES])
    s.range(C, entry("www.alone. A", "QR RA NOERROR", answer=address("www.alone.")), entry("www.alone. MX", "QR RA NOERROR"),
            entry("no.alone. A", "QR RA NXDOMAIN", authority=plain(Zone("alone.").soa_line())))
    for n in NAMES:
        s.ask(f"{n} A").expect("NOERROR", address(n))
    s.ask("www.alone. A").expect("NOERROR", address("www.alone."))
    s.ask("no.alone. A").expect("NXDOMAIN", (), plain(Zone("alone.").soa_line()))
    return s


def sideways():
    """A referral leads down (RFC 1034 section 4.3.2): not to another zone, and its glue is not believed."""
    s = Scenario("sideways", "referrals to a zone that the question is not in")
    two_servers(s, root=[referral("other.", "ns.other.", C)])
    s.range(A, *[entry(f"{n} A", "QR NOERROR", authority=plain("other. 3600 NS ns.example."),
                       additional=plain(f"ns.example. 3600 A {A}")) for n in NAMES],
            entry("www.other. A", answer=address("www.other.", 66)))
    s.range(B, *[entry(f"{n} A", answer=address(n)) for n in NAMES])
    s.range(C, entry("www.other. A", answer=address("www.other.")))
    for n in NAMES:
        s.ask(f"{n} A").expect("NOERROR", address(n))
    s.ask("www.other. A").expect("NOERROR", address("www.other."))
    return s


def priming_without_glue():
    """RFC 8109 section 3.2: the root's servers may be named without addresses; those of the hints do."""
    s = Scenario("priming_without_glue", "a priming answer without addresses", "stub-name: k.root-servers.net.")
    s.range(ROOT, entry(". NS", answer=plain(". 3600 NS k.root-servers.net.", ". 3600 NS l.root-servers.net.")),
            referral("example.", "ns.example.", A))
    s.range(A, entry("www.example. A", answer=address("www.example.")))
    s.ask("www.example. A").expect("NOERROR", address("www.example."))
    return s


def tcp_fails():
    """RFC 2181 section 9: what comes with TC is no answer, also when TCP gives none."""
    s = Scenario("tcp_fails", "truncated responses, and no TCP", "query-minimization: off")
    two_servers(s, root=[referral("alone.", "ns.alone.", C)])

    def cut(name):
        return entry(f"{name} A", "QR AA TC NOERROR", answer=address(name, 66), match="opcode qtype qname UDP")

    s.range(A, *[e for n in NAMES[:3] for e in (cut(n), silence(f"{n} A"))])
    s.range(B, *[entry(f"{n} A", answer=address(n)) for n in NAMES[:3]])
    s.range(C, cut("www.alone."), entry("www.alone. A", "QR AA TC NOERROR", answer=address("www.alone.", 66)),
            cut("www.refusing.alone."), entry("www.refusing.alone. A", "QR REFUSED"))
    for n in NAMES[:3]:
        s.ask(f"{n} A").expect("NOERROR", address(n))
    s.ask("www.alone. A").expect("SERVFAIL")
    s.ask("www.refusing.alone. A").expect("SERVFAIL")
    return s


def wrong_question():
    """RFC 5452 section 9.1: a response must repeat the question, and have its ID."""
    s = Scenario("wrong_question", "responses to other questions", "query-minimization: off")
    two_servers(s)
    s.range(A, *[entry(f"{n} TXT", answer=address(n, 66), match="opcode qname") for n in NAMES[:3]],
            *[entry(f"{n} A", answer=address(n, 66), adjust="copy_query") for n in NAMES[3:]])
    s.range(B, *[entry(f"{n} A", answer=address(n)) for n in NAMES])
    for n in NAMES:
        s.ask(f"{n} A").expect("NOERROR", address(n))
    return s


def negative_without_soa():
    """RFC 2308 section 2.2 knows NODATA without SOA; with AA it is one, and for a moment only."""
    s = Scenario("negative_without_soa", "negative answers without SOA", "query-minimization: off")
    s.root(("example.", A))
    s.range(A, entry("www.example. MX"), entry("no.example. A", "QR AA NXDOMAIN"), last=25)
    s.range(A, entry("www.example. MX", answer=plain("www.example. 60 MX 1 m.example.")),
            entry("no.example. A", answer=address("no.example.")), first=26)
    s.ask("www.example. MX").expect("NOERROR", (), ())
    s.ask("no.example. A").expect("NXDOMAIN", (), ())
    s.passes(600)
    s.ask("www.example. MX").expect("NOERROR", plain("www.example. 60 MX 1 m.example."))
    s.ask("no.example. A").expect("NOERROR", address("no.example."))
    return s


def soa_of_parent():
    """A SOA of another zone is not handed on, and nothing of it is believed (RFC 2181 section 5.4.1)."""
    s = Scenario("soa_of_parent", "negative answers with the SOA of another zone", "query-minimization: off")
    s.root(("sub.example.", A))
    s.range(A, entry("www.sub.example. MX", authority=SOA), entry("no.sub.example. A", "QR AA NXDOMAIN", authority=plain(Zone("other.").soa_line())))
    s.ask("www.sub.example. MX").expect("NOERROR", (), ())
    s.ask("no.sub.example. A").expect("NXDOMAIN", (), ())
    return s


def alias_brings_address():
    """The address that comes with an alias into another zone is that zone's affair (RFC 2181 section 5.4.1)."""
    s = Scenario("alias_brings_address", "an alias with an address of another zone")
    s.root(("example.", A), ("other.", B))
    for_a = plain("a.example. 3600 CNAME www.other.") + address("www.other.", 66)
    dname = plain("d.example. 3600 DNAME other.", "www.d.example. 3600 CNAME www.other.") + address("www.other.", 66)
    backwards = address("www.other.", 66) + plain("b.example. 3600 CNAME www.other.")
    s.range(A, entry("a.example. A", answer=for_a), entry("www.d.example. A", answer=dname), entry("b.example. A", answer=backwards))
    s.range(B, entry("www.other. A", answer=address("www.other.")))
    s.ask("a.example. A").expect("NOERROR", for_a[:1] + address("www.other."))
    s.ask("www.d.example. A").expect("NOERROR", dname[:2] + address("www.other."))
    s.ask("b.example. A").expect("NOERROR", backwards[1:] + address("www.other."))
    s.ask("www.other. A").expect("NOERROR", address("www.other."))
    return s


def no_ttl_at_all():
    """TTL 0 everywhere, keys and delegations too: good for the question under way (RFC 1035 section 3.2.1)."""
    top, sub = Zone("example."), Zone("sub.example.")
    s = Scenario("no_ttl_at_all", "a chain of trust of records with TTL 0", f'trust-anchor: "{top.ds()}"')
    ds = top.signed(sub.ds(0))
    s.range(ROOT, entry(". NS", answer=plain(". 0 NS k.root-servers.net."), additional=plain(f"k.root-servers.net. 0 A {ROOT}")),
            entry("example. NS", "QR NOERROR", authority=plain("example. 0 NS ns.example."),
                  additional=plain(f"ns.example. 0 A {A}"), match="opcode subdomain", adjust="copy_id copy_query"))
    keys = {z: z.signed(f"{z.name} 0 DNSKEY {z.key.dnskey().to_text()}") for z in (top, sub)}
    s.range(A, entry("example. DNSKEY", answer=keys[top]), entry("sub.example. DS", answer=ds),
            entry("sub.example. NS", "QR NOERROR", authority=plain("sub.example. 0 NS ns.sub.example.") + ds,
                  additional=plain(f"ns.sub.example. 0 A {B}"), match="opcode subdomain", adjust="copy_id copy_query"))
    www = sub.signed("www.sub.example. 0 A 203.0.113.1")
    alias = sub.signed("a.sub.example. 0 CNAME www.sub.example.")
    s.range(B, entry("sub.example. DNSKEY", answer=keys[sub]), entry("www.sub.example. A", answer=www),
            entry("a.sub.example. A", answer=alias))
    s.ask("www.sub.example. A").expect("AD NOERROR", www)
    s.ask("a.sub.example. A").expect("AD NOERROR", alias + www)
    s.ask("www.sub.example. A").expect("AD NOERROR", www)
    return s


def glue_missing():
    """In-domain servers without glue cannot be found (RFC 9471 section 3): the others are asked, or it fails at once."""
    s = Scenario("glue_missing", "in-domain servers without glue")
    s.range(ROOT, entry(". NS", answer=plain(". 3600 NS k.root-servers.net."), additional=plain(f"k.root-servers.net. 3600 A {ROOT}")),
            entry("half.example. NS", "QR NOERROR", authority=plain("half.example. 3600 NS ns1.half.example.", "half.example. 3600 NS ns2.half.example."),
                  additional=plain(f"ns2.half.example. 3600 A {A}"), match="opcode subdomain", adjust="copy_id copy_query"),
            referral("none.example.", "ns.none.example."),
            # Nor can two zones below each other's names.
            referral("x.example.", "ns.y.x.example."))
    s.range(A, entry("www.half.example. A", answer=address("www.half.example.")))
    s.ask("www.half.example. A").expect("NOERROR", address("www.half.example."))
    s.ask("www.none.example. A").expect("SERVFAIL")
    s.ask("www.x.example. A").expect("SERVFAIL")
    return s


def glue_for_others():
    """The address that a parent gave for a server serves others too, where the server's own zone does not tell it."""
    s = Scenario("glue_for_others", "glue of a server that is named elsewhere", "query-minimization: off")
    s.root(("net.", A), ("com.", C), ("test.", "192.0.2.40"))
    s.range("192.0.2.40", entry("old.test. NS", "QR NOERROR", authority=plain("old.test. 3600 NS ns.below.test."),
                                additional=plain("ns.below.test. 3600 A 192.0.2.50"), match="opcode subdomain", adjust="copy_id copy_query"),
            referral("below.test.", "ns.below.test.", B))
    s.range("192.0.2.50", entry("www.old.test. A", "QR REFUSED"))
    s.range(A, referral("host.net.", "ns.host.net.", B), referral("none.net.", "ns.none.net."))
    refer = [referral(f"{n}.com.", f"ns.{host}.net.") for n, host in (("good", "host"), ("bad", "none"))]
    s.range(C, *refer, referral("denied.com.", "other.host.net."))
    s.range(B, *[entry(f"{n} A", answer=address(n)) for n in ("www.good.com.", "www.old.test.")],
            *[entry(f"ns.below.test. {t}", "QR REFUSED") for t in ("A", "AAAA")],
            *[entry(f"ns.host.net. {t}", "QR REFUSED") for t in ("A", "AAAA")],
            *[entry(f"other.host.net. {t}", "QR AA NXDOMAIN", authority=plain(Zone("host.net.").soa_line())) for t in ("A", "AAAA")],
            entry("www.denied.com. A", answer=address("www.denied.com.", 66)))
    s.ask("www.good.com. A").expect("NOERROR", address("www.good.com."))
    s.ask("www.bad.com. A").expect("SERVFAIL", match="flags rcode question")
    # Also where the referral had an address for it that is out of date.
    s.ask("www.old.test. A").expect("NOERROR", address("www.old.test."))
    s.ask("www.denied.com. A").expect("SERVFAIL", match="flags rcode question")
    # Glue answers no client.
    s.ask("ns.host.net. A").expect("SERVFAIL", match="flags rcode question")
    return s


def priming_with_dead_address():
    """Nothing vouches for the addresses of a priming response: where they do not answer, the hints do (RFC 8109 section 3)."""
    s = Scenario("priming_with_dead_address", "a priming response with the address of nobody")
    s.range(ROOT, entry(". NS", answer=plain(". 3600 NS k.root-servers.net."), additional=plain("k.root-servers.net. 3600 A 192.0.2.99")),
            referral("example.", "ns.example.", A), referral("other.", "ns.other.", B),
            *[entry(f"k.root-servers.net. {t}", authority=plain(Zone(".").soa_line())) for t in ("A", "AAAA")])
    s.range("192.0.2.99", entry(". NS", "QR REFUSED", match="opcode"))
    s.range(A, entry("www.example. A", answer=address("www.example.")))
    s.range(B, entry("www.other. A", answer=address("www.other.")))
    s.ask("www.example. A").expect("NOERROR", address("www.example."))
    s.ask("www.other. A").expect("NOERROR", address("www.other."))
    return s


def minimise_servfail():
    """RFC 9156 section 2.3 (6): a server that fails at minimised queries is asked the whole name."""
    s = Scenario("minimise_servfail", "SERVFAIL and silence for minimised queries", "query-minimization: on")
    s.root(("example.", A), ("other.", B))
    s.range(A, entry("www.a.b.example. A", answer=address("www.a.b.example.")),
            *[entry(f"{n} NS", "QR SERVFAIL") for n in ("b.example.", "a.b.example.")])
    s.range(B, entry("www.a.b.other. A", answer=address("www.a.b.other.")), *[silence(f"{n} NS") for n in ("b.other.", "a.b.other.")])
    s.ask("www.a.b.example. A").expect("NOERROR", address("www.a.b.example."))
    s.ask("www.a.b.other. A").expect("NOERROR", address("www.a.b.other."))
    return s


def servers_without_names():
    """Servers whose names do not exist, or have no address, beside one that has; alone, SERVFAIL."""
    s = Scenario("servers_without_names", "servers whose names do not exist")
    s.range(ROOT, entry(". NS", answer=plain(". 3600 NS k.root-servers.net."), additional=plain(f"k.root-servers.net. 3600 A {ROOT}")),
            entry("zone.test. NS", "QR NOERROR", authority=plain(*[f"zone.test. 3600 NS {n}.example." for n in ("no", "empty", "good")]),
                  match="opcode subdomain", adjust="copy_id copy_query"),
            entry("lost.test. NS", "QR NOERROR", authority=plain("lost.test. 3600 NS no.example.", "lost.test. 3600 NS empty.example."),
                  match="opcode subdomain", adjust="copy_id copy_query"),
            referral("example.", "ns.example.", A))
    s.range(A, *[entry(f"no.example. {t}", "QR AA NXDOMAIN", authority=SOA) for t in ("A", "AAAA")],
            *[entry(f"empty.example. {t}", authority=SOA) for t in ("A", "AAAA")],
            entry("good.example. A", answer=plain(f"good.example. 3600 A {B}")), entry("good.example. AAAA", authority=SOA))
    s.range(B, entry("www.zone.test. A", answer=address("www.zone.test.")))
    s.ask("www.zone.test. A").expect("NOERROR", address("www.zone.test."))
    s.ask("www.lost.test. A").expect("SERVFAIL")
    return s
