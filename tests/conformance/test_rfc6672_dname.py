"""RFC 6672: DNAME redirects everything below its owner, with a synthesised CNAME."""
import pytest

from asking import texts


def test_names_below_are_redirected_and_followed(dns):
    reply = dns.ask("host.dn.example.")
    assert reply.rcode() == 0 and reply.flags & 0x0400
    assert texts(reply.answer) == ["dn.example. DNAME target.example.", "host.dn.example. CNAME host.target.example.",
                                   "host.target.example. A 192.0.2.50"]


def test_the_owner_itself_is_not_redirected(dns):
    assert texts(dns.ask("dn.example.", "TXT").answer) == ['dn.example. TXT "a DNAME owner may have other data"']
    assert texts(dns.ask("dn.example.", "DNAME").answer) == ["dn.example. DNAME target.example."]
    reply = dns.ask("dn.example.", "A")
    assert reply.rcode() == 0 and not reply.answer


def test_the_synthesised_cname_has_the_dnames_ttl(dns):
    ttls = {rrset.rdtype: rrset.ttl for rrset in dns.ask("host.dn.example.").answer}
    assert ttls[5] == ttls[39]     # section 3.1


def test_redirection_goes_on_through_a_cname(dns):
    assert "host.target.example. A 192.0.2.50" in texts(dns.ask("alias.dn.example.").answer)
    assert "host.target.example. A 192.0.2.50" in texts(dns.ask("cnamedn.example.").answer)


def test_redirection_to_nothing_is_nxdomain(dns):
    reply = dns.ask("missing.dn.example.")
    assert reply.rcode() == 3 and "missing.dn.example. CNAME missing.target.example." in texts(reply.answer)


def test_redirection_out_of_the_zone_stops_there(dns):
    assert texts(dns.ask("www.dnout.example.").answer) == ["dnout.example. DNAME example.net.",
                                                          "www.dnout.example. CNAME www.example.net."]


def test_cname_asked_for_below_a_dname(dns):
    reply = dns.ask("host.dn.example.", "CNAME")
    assert "host.dn.example. CNAME host.target.example." in texts(reply.answer)


def test_a_name_that_becomes_too_long_is_yxdomain(dns):
    label = "c" * 60
    reply = dns.ask(f"{label}.{label}.{label}.dnlong.example.")
    assert reply.rcode() == 6                                    # section 2.2
    assert texts(reply.answer)[0].startswith("dnlong.example. DNAME")


@pytest.mark.parametrize("name", ["x.dnloop.example.", "dnloop.example."])
def test_dname_without_end_is_bounded(dns, name):
    assert len(texts(dns.ask(name).answer)) <= 40
