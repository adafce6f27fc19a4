"""RFC 2308 sections 2, 3 and 5: negative responses carry the SOA, with the TTL that caches may keep them."""
import pytest

from asking import texts


@pytest.mark.parametrize("name, rrtype, rcode", [
    ("nowhere.example.", "A", 3), ("a.b.c.nowhere.example.", "TXT", 3), ("below.web.example.", "A", 3),
    ("web.example.", "MX", 0), ("example.", "AAAA", 0), ("multi.example.", "TYPE65401", 0)])
def test_negative_response_has_the_soa_with_the_negative_ttl(dns, name, rrtype, rcode):
    reply = dns.ask(name, rrtype)
    assert reply.rcode() == rcode and reply.flags & 0x0400 and not reply.answer
    assert len(reply.authority) == 1 and texts(reply.authority)[0].startswith("example. SOA")
    # Section 3: the minimum of the SOA's own TTL (3600) and its MINIMUM field (300).
    assert reply.authority[0].ttl == 300


def test_positive_soa_keeps_its_own_ttl(dns):
    assert dns.ask("example.", "SOA").answer[0].ttl == 3600
