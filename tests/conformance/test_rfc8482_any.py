"""RFC 8482: ANY gets a small answer, at names that exist, that do not, and below delegations."""
from asking import texts


def test_any_is_answered_small_over_udp(dns):
    reply = dns.ask("example.", "ANY", payload=4096)
    assert reply.rcode() == 0 and reply.answer and len(reply.to_wire()) < 1232


def test_any_has_only_records_of_that_name(dns):
    reply = dns.ask("web.example.", "ANY")
    assert reply.rcode() == 0 and reply.answer
    assert all(str(rrset.name) == "web.example." for rrset in reply.answer)


def test_any_at_an_alias_shows_the_alias_and_does_not_follow(dns):
    reply = dns.ask("www.example.", "ANY")
    assert texts(reply.answer) == ["www.example. CNAME web.example."]


def test_any_at_a_missing_name_is_nxdomain(dns):
    reply = dns.ask("nowhere.example.", "ANY")
    assert reply.rcode() == 3 and not reply.answer


def test_any_at_an_empty_non_terminal_is_nodata(dns):
    reply = dns.ask("deep.ent.example.", "ANY")
    assert reply.rcode() == 0 and not reply.answer and reply.authority


def test_any_below_a_delegation_is_a_referral(dns):
    reply = dns.ask("host.sub.example.", "ANY")
    assert not reply.answer and texts(reply.authority)[0].startswith("sub.example. NS")


def test_any_of_a_wildcard(dns):
    reply = dns.ask("x.wild.example.", "ANY")
    assert reply.rcode() == 0 and reply.answer and str(reply.answer[0].name) == "x.wild.example."
