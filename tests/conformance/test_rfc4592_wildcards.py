"""RFC 4592: wildcards synthesise at the closest encloser only, never below names that exist."""
import pytest

from asking import texts


@pytest.mark.parametrize("name", ["x.wild.example.", "a.b.c.wild.example.", "*.wild.example."])
def test_names_below_are_synthesised_with_the_asked_owner(dns, name):
    reply = dns.ask(name)
    assert reply.rcode() == 0 and texts(reply.answer) == [f"{name} A 192.0.2.30"]


def test_the_wildcard_has_only_its_own_types(dns):
    reply = dns.ask("x.wild.example.", "AAAA")
    assert reply.rcode() == 0 and not reply.answer and texts(reply.authority)[0].startswith("example. SOA")


@pytest.mark.parametrize("name", [
    "below.host.wild.example.",     # section 2.2.1: host.wild is the closest encloser
    "y.ent.wild.example.",          # an empty non-terminal is one as well
    "y.x.ent.wild.example.",
    "x.*.wild.example."])           # and so is the wildcard itself, asked for literally
def test_an_existing_name_stops_the_wildcard(dns, name):
    assert dns.ask(name).rcode() == 3


def test_existing_names_are_not_synthesised(dns):
    assert texts(dns.ask("host.wild.example.").answer) == ["host.wild.example. A 192.0.2.31"]
    reply = dns.ask("host.wild.example.", "TXT")
    assert reply.rcode() == 0 and not reply.answer
    reply = dns.ask("ent.wild.example.")
    assert reply.rcode() == 0 and not reply.answer


def test_the_wildcards_parent_itself_is_empty(dns):
    reply = dns.ask("wild.example.")
    assert reply.rcode() == 0 and not reply.answer


def test_a_wildcard_may_have_descendants(dns):
    assert texts(dns.ask("sub.*.star.example.").answer) == ["sub.*.star.example. A 192.0.2.33"]
    assert dns.ask("other.*.star.example.").rcode() == 3     # "*.star" exists: it is the closest encloser
    assert texts(dns.ask("x.star.example.", "TXT").answer) == ['x.star.example. TXT "star"']


def test_wildcard_cname_is_followed(dns):
    assert texts(dns.ask("q.wildcname.example.").answer) == ["q.wildcname.example. CNAME web.example.",
                                                            "web.example. A 192.0.2.3"]
    assert texts(dns.ask("q.wildcname.example.", "CNAME").answer) == ["q.wildcname.example. CNAME web.example."]


def test_wildcard_cname_to_itself_ends(dns):
    reply = dns.ask("x.wildloop.example.")
    assert len(texts(reply.answer)) <= 20 and dns.alive()


def test_wildcard_cname_to_nothing_is_nxdomain(dns):
    reply = dns.ask("x.wilddead.example.")
    assert reply.rcode() == 3 and texts(reply.answer) == ["x.wilddead.example. CNAME nowhere.example."]


def test_alias_to_a_synthesised_name(dns):
    assert texts(dns.ask("towild.example.").answer) == ["anything.wild.example. A 192.0.2.30",
                                                       "towild.example. CNAME anything.wild.example."]


def test_a_delegation_beside_a_wildcard_is_a_referral(dns):
    reply = dns.ask("host.deleg.wild.example.")
    assert not reply.answer and texts(reply.authority) == ["deleg.wild.example. NS ns.deleg.wild.example."]


def test_wildcard_of_a_child_zone(dns):
    assert texts(dns.ask("x.w.child.example.").answer) == ["x.w.child.example. A 192.0.2.61"]
