"""The same zones in dotmesh, Knot, NSD and BIND; thousands of seeded questions; every difference has a name.

DIFFERENTIAL_QUERIES (default 3000) sets how many questions each zone set gets. DIFFERENTIAL_SUBJECT=nsd puts
another server in dotmesh's place."""
import collections
import os
import pathlib
import sys

import dns.name
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import asking  # noqa: E402
import compare  # noqa: E402
import rules  # noqa: E402
import servers  # noqa: E402
import zone_sets  # noqa: E402

COUNT = int(os.environ.get("DIFFERENTIAL_QUERIES", "3000"))
SEED = 1
KINDS = {kind.name: kind for kind in (servers.Dotmesh, servers.Knot, servers.Nsd, servers.Bind)}
SUBJECT = os.environ.get("DIFFERENTIAL_SUBJECT", "dotmesh")
ROOT = pathlib.Path(__file__).resolve().parents[2]
TRUNCATION_MARGIN = 0.75
SHOWN = 3    # examples of each kind of unexplained difference


def start_subject(which, folder, zones):
    """dotmesh on the example network reads the real folder, so that twins, ranges and reverse zones are compared."""
    kind = KINDS[SUBJECT]
    if kind is servers.Dotmesh and which == "example-network":
        return kind(folder, zones, source=f'path = "{zone_sets.NETWORK}"').start()
    return kind(folder, zones).start()


@pytest.mark.parametrize("which", sorted(zone_sets.SETS))
def test_answers_agree(which, tmp_path):
    if which.startswith("bundle") and not zone_sets.BUNDLE.exists():
        pytest.skip("the bundle of a real network's zones is not beside this tree")
    zones = zone_sets.SETS[which](tmp_path / "zones")
    peers = [kind for name, kind in KINDS.items() if name not in ("dotmesh", SUBJECT) and kind.available()]
    if not peers:
        pytest.skip("no peer is installed")
    running = []
    try:
        subject = start_subject(which, tmp_path / "subject", zones)
        running.append(subject)
        for kind in peers:
            running.append(kind(tmp_path / kind.name, zones).start())
        explained, unexplained = ask_all(subject, running[1:], zone_sets.queries(zones, COUNT, SEED), zones)
    finally:
        for server in running:
            server.stop()
    print(f"{which}: {COUNT} questions, {len(peers)} peers; explained: {dict(explained) or 'no difference'}")
    assert not unexplained, describe(unexplained)


def ask_all(subject, peers, queries, zones):
    explained, unexplained = collections.Counter(), collections.defaultdict(list)
    origins = [dns.name.from_text(origin) for origin in zones]
    ours_asker = asking.Asker(subject.host, subject.port)
    askers = {peer.name: asking.Asker(peer.host, peer.port) for peer in peers}
    for name, rrtype, shape in queries:
        ours = compare.Reply(ours_asker.ask(name, rrtype, **shape))
        for peer, asker in askers.items():
            theirs, mine = compare.Reply(asker.ask(name, rrtype, **shape)), ours
            if mine.differences(theirs) and (mine.tc or theirs.tc):
                explained["truncation_margin"] += check_truncation(mine, theirs, shape)
                mine, theirs = (compare.Reply(a.ask(name, rrtype, tcp=True, **shape)) for a in (ours_asker, asker))
            parts = mine.differences(theirs)
            if parts:
                case = rules.Case(peer, name, rrtype, shape, mine, theirs, parts, origins)
                rule = rules.explain(case)
                if rule:
                    explained[rule] += 1
                else:
                    unexplained[(peer, tuple(parts))].append(case)
    return explained, unexplained


def check_truncation(ours, theirs, shape):
    """Names are compressed differently, so near the limit one reply fits and the other does not: then the two are
    compared over TCP instead. Far from the limit nobody may truncate."""
    if ours.tc == theirs.tc:
        return 0
    whole = theirs if ours.tc else ours
    limit = shape.get("payload", 512)
    assert len(whole.message.to_wire()) > TRUNCATION_MARGIN * limit, whole.message
    return 1


def describe(unexplained):
    out = []
    for (peer, parts), cases in sorted(unexplained.items(), key=lambda item: -len(item[1])):
        out.append(f"{len(cases)} differences from {peer} in {', '.join(parts)}")
        for case in cases[:SHOWN]:
            out.append(f"  {case.name} {case.rrtype} {case.shape}\n   {SUBJECT}\n{case.ours.describe()}   {peer}\n"
                       f"{case.theirs.describe()}")
    return "\n".join(out)


def test_every_rule_is_documented():
    text = (ROOT / "docs" / "differences.md").read_text()
    names = [rule.__name__ for rule in rules.RULES] + ["truncation_margin"]
    missing = [name for name in names if f"`{name}`" not in text]
    assert not missing, f"docs/differences.md does not explain {missing}"
    assert all(rule.__doc__ for rule in rules.RULES)
