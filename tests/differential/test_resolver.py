"""The same small internet, with its faults, under dotmesh, Unbound and Knot Resolver; seeded questions; where dotmesh
differs from both peers, a rule has to explain it. Needs root, for a network namespace with port 53.

RESOLVER_QUERIES (default 1500) sets how many questions are asked."""
import collections
import concurrent.futures
import contextlib
import os
import pathlib
import random
import sys

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "internet")]

import internet  # noqa: E402
import namespaces  # noqa: E402
import resolver_rules as rules  # noqa: E402
import resolver_zones  # noqa: E402
import resolvers  # noqa: E402
import zone_sets  # noqa: E402

COUNT = int(os.environ.get("RESOLVER_QUERIES", "1500"))
SEED = 5
PATIENCE = 5.0
ROOT = HERE.parents[1]
KINDS = [resolvers.Dotmesh, resolvers.Unbound, resolvers.KnotResolver]
TYPES = ["A", "A", "AAAA", "TXT", "MX", "NS", "SOA", "DS", "DNSKEY", "CNAME"]
SHAPES = [{}, {"ad": True}, {"do": True}, {"do": True}, {"do": True}, {"do": True, "cd": True}]
SHOWN = 4    # examples of each kind of unexplained difference


def questions(net, count):
    """[(name, type, shape)]: names that exist, names around them and names below what leads elsewhere."""
    rng = random.Random(SEED)
    names = zone_sets.names_around(net.files, rng)
    for zone in net.zones[1 + len(resolver_zones.TOPS):]:
        for label in ("host.dn", "nothing.dn", "x.dn-wild", "is.dn-wild", "y.wildcname", "x.y.wild", "b.ent", "ent", "below.gone"):
            names.append((dns.name.from_text(zone.under(label)), []))
    # An answer prepared for a client that does not understand AD is given to one that does (RFC 6840 section 5.7).
    again = dns.name.from_text("two.z10.t0.")
    asked = {(again, "A", 0): None, (again, "A", 1): None}
    while len(asked) < count:
        name, types = rng.choice(names)
        rrtype = dns.rdatatype.to_text(rng.choice(types)) if types and rng.random() < 0.5 else rng.choice(TYPES)
        asked.setdefault((name, rrtype, rng.randrange(len(SHAPES))))
    return [(name, rrtype, SHAPES[shape]) for name, rrtype, shape in asked]


def ask(server, name, rrtype, shape):
    query = dns.message.make_query(name, rrtype, use_edns=0 if shape.get("do") else False, payload=1232,
                                   want_dnssec=shape.get("do", False))
    query.flags |= (dns.flags.CD if shape.get("cd") else 0) | (dns.flags.AD if shape.get("ad") else 0)
    try:
        message = dns.query.udp_with_fallback(query, server.host, PATIENCE, server.port)[0]
    except dns.exception.Timeout:      # as a stub resolver sees it
        message = dns.message.make_response(query)
        message.set_rcode(dns.rcode.SERVFAIL)
    return rules.Reply(message)


def ask_all(server, asked):
    return [ask(server, *question) for question in asked]


@contextlib.contextmanager
def running(net, folder):
    """The resolvers, upon the internet's servers."""
    with contextlib.ExitStack() as stack:
        for group, (zones, addresses) in net.groups().items():
            stack.enter_context(internet.Tier(folder / f"knot-{group}", zones, net.folder / group, addresses))
        yield [stack.enter_context(kind(folder / kind.name, net)) for kind in KINDS]


def test_answers_agree(tmp_path):
    missing = [kind.name for kind in [*KINDS, internet.Tier] if not kind.available()]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    with namespaces.alone():
        net = resolver_zones.Internet(tmp_path / "net")
        asked = questions(net, COUNT)
        with running(net, tmp_path) as servers, concurrent.futures.ThreadPoolExecutor(len(servers)) as pool:
            ours, *theirs = pool.map(lambda server: ask_all(server, asked), servers)
    explained, unexplained = collections.Counter(), collections.defaultdict(list)
    zones = {zone.origin: zone for zone in net.zones}
    for i, question in enumerate(asked):
        case = rules.Case(*question, ours[i], {kind.name: replies[i] for kind, replies in zip(KINDS[1:], theirs)}, zones)
        differing = {peer: tuple(parts) for peer in case.theirs if (parts := case.parts(peer))}
        if len(differing) < len(case.theirs):
            explained[" ".join(["all agree" if not differing else "only differs:", *differing])] += 1
        elif rule := rules.explain(case):
            explained[rule] += 1
        else:
            unexplained[tuple(differing.items())].append(case)
    print(*(f"{count:5} {what}" for what, count in explained.most_common()), sep="\n")
    assert not unexplained, describe(unexplained)


def describe(unexplained):
    out = []
    for parts, cases in sorted(unexplained.items(), key=lambda item: -len(item[1])):
        out.append(f"{len(cases)} differences in {parts}")
        for case in cases[:SHOWN]:
            out.append(f"  {case.name} {case.rrtype} {case.shape}\n   dotmesh\n{case.ours.describe()}" +
                       "".join(f"   {peer}\n{reply.describe()}" for peer, reply in case.theirs.items()))
    return "\n".join(out)


def test_every_rule_is_documented():
    text = (ROOT / "docs" / "differences.md").read_text()
    missing = [rule.__name__ for rule in rules.RULES if f"`{rule.__name__}`" not in text]
    assert not missing, f"docs/differences.md does not explain {missing}"
    assert all(rule.__doc__ for rule in rules.RULES)
