"""RFC 5001 (NSID) and RFC 4892 (CHAOS names): which node answers, and what it serves."""
import dns.edns
import pytest

from conformance_names import NODE_NAME

pytestmark = pytest.mark.own_choice
NSID = dns.edns.GenericOption(dns.edns.NSID, b"")


def nsid_of(reply):
    return [option.data for option in reply.options if option.otype == 3]


def test_nsid_gives_the_nodes_name_when_asked(dns):
    assert nsid_of(dns.ask("web.example.", options=[NSID])) == [NODE_NAME.encode()]


def test_nsid_is_not_given_unasked(dns):
    assert nsid_of(dns.ask("web.example.", payload=1232)) == []


@pytest.mark.parametrize("name", ["id.server.", "hostname.bind.", "ID.Server."])
def test_chaos_identity(dns, name):
    reply = dns.ask(name, "TXT", rrclass="CH")
    assert reply.rcode() == 0 and str(reply.answer[0][0]) == f'"{NODE_NAME}"'


def test_chaos_version_and_generation(dns):
    assert "dotmesh" in str(dns.ask("version.server.", "TXT", rrclass="CH").answer[0][0]) or \
        str(dns.ask("version.server.", "TXT", rrclass="CH").answer[0][0]).strip('"')[0].isdigit()
    generation = str(dns.ask("generation.server.", "TXT", rrclass="CH").answer[0][0]).strip('"')
    assert len(generation) >= 7


def test_other_chaos_names_are_refused(dns):
    assert dns.ask("web.example.", "TXT", rrclass="CH").rcode() == 5
    assert dns.ask("authors.bind.", "TXT", rrclass="CH").rcode() == 5


def test_chaos_names_are_not_internet_names(dns):
    assert dns.ask("id.server.", "TXT").rcode() == 5


def test_chaos_name_of_another_type_is_nodata(dns):
    reply = dns.ask("id.server.", "A", rrclass="CH")
    assert not reply.answer and reply.rcode() in (0, 5)
