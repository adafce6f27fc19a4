"""The uplink is gone for days: what was asked before is answered as stale, the mesh as ever (RFC 8767, design.md:
fail open). The clock is libfaketime's."""
import dns.edns
import dns.flags
import dns.rcode
import pytest

import upstream
from faketime import Calendar
from servers import wait_until

STALE_ANSWER = 3  # RFC 8914
DAY = 86400
ZONE = """$ORIGIN mesh.
@ 60 SOA ns ns 1 1 1 1 30
@ 60 NS ns
ns 60 A 10.0.0.1
out 60 CNAME www.example.
"""


class Uplink:
    up = True
    address = "192.0.2.1"

    def answer(self, query, tcp):
        return upstream.reply(query, f"{query.question[0].name} 60 A {self.address}") if self.up else None


@pytest.fixture
def node(nodes, tmp_path):
    """(asker, calendar, uplink) of a node that keeps stale data for three days."""
    (tmp_path / "no-anchors").write_text("")
    zones = tmp_path / "zones"
    zones.mkdir()
    (zones / "mesh.zone").write_text(ZONE)
    calendar, uplink = Calendar(tmp_path / "time"), Uplink()
    with upstream.Upstream(uplink.answer) as server:
        started = nodes(source=f'path = "{zones}"', roles='["authority", "resolver"]', zones={"mesh.": None},
                        env=calendar.environment,
                        extra=f'[resolver]\ntrust_anchors = "{tmp_path / "no-anchors"}"\nserve_stale = "3d"\n'
                              f'[[resolver.forward]]\nzone = "example."\nto = ["{server.address}"]\n')
        yield started.asker, calendar, uplink


def errors(message):
    return [option.code for option in message.options if option.otype == dns.edns.OptionType.EDE]


def ask(asker, name):
    return asker.ask(name, rd=True, payload=1232)


def test_days_without_uplink(node):
    asker, calendar, uplink = node
    assert str(ask(asker, "www.example.").answer[0][0]) == "192.0.2.1"
    uplink.up = False
    for days in (1, 2):
        calendar.set(days * DAY)
        stale = ask(asker, "www.example.")
        assert str(stale.answer[0][0]) == "192.0.2.1" and errors(stale) == [STALE_ANSWER], days
        assert 0 < stale.answer[0].ttl <= 30  # RFC 8767 section 4
        through_the_mesh = ask(asker, "out.mesh.")
        assert [rrset.rdtype for rrset in through_the_mesh.answer] == [5, 1] and errors(through_the_mesh) == [STALE_ANSWER]
        assert str(ask(asker, "ns.mesh.").answer[0][0]) == "10.0.0.1"
        assert ask(asker, f"new{days}.example.").rcode() == dns.rcode.SERVFAIL
        # That it could not be had anew does not push it out.
        again = ask(asker, "www.example.")
        assert str(again.answer[0][0]) == "192.0.2.1" and errors(again) == [STALE_ANSWER], days
    calendar.set(4 * DAY)  # beyond serve_stale
    assert ask(asker, "www.example.").rcode() == dns.rcode.SERVFAIL
    assert str(ask(asker, "ns.mesh.").answer[0][0]) == "10.0.0.1"


def test_the_uplink_returns(node):
    asker, calendar, uplink = node
    ask(asker, "www.example.")
    uplink.up = False
    calendar.set(DAY)
    assert errors(ask(asker, "www.example.")) == [STALE_ANSWER]
    uplink.up, uplink.address = True, "192.0.2.2"
    calendar.set(DAY + 120)  # the server that was silent is asked again

    def is_fresh():
        message = ask(asker, "www.example.")
        assert message.answer, message  # never a failure meanwhile
        return str(message.answer[0][0]) == "192.0.2.2" and errors(message) == []
    wait_until(is_fresh, 10, "a fresh answer")
