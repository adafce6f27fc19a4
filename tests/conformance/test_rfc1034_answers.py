"""RFC 1034 section 4.3.2 (as RFC 2181 and RFC 9499 read it): answers, aliases, referrals, empty non-terminals."""
import dns.flags
import dns.rcode
import pytest

from asking import texts

AA = dns.flags.AA


def test_positive_answer_is_authoritative_and_minimal(dns):
    reply = dns.ask("web.example.")
    assert reply.rcode() == 0 and reply.flags & AA
    assert texts(reply.answer) == ["web.example. A 192.0.2.3"]
    assert not reply.authority


def test_all_records_of_an_rrset_are_there(dns):
    assert len(texts(dns.ask("multi.example.").answer)) == 3


@pytest.mark.parametrize("name, rrtype, text", [
    ("example.", "MX", "10 mail.example."), ("srv.example.", "SRV", "0 5 5222 web.example."),
    ("caa.example.", "CAA", '0 issue "ca.example.net"'), ("unknown.example.", "TYPE65400", r"\# 4 01020304"),
    ("ns1.example.", "AAAA", "2001:db8::1"), ("example.", "SOA", None), ("example.", "NS", None)])
def test_every_kind_of_record(dns, name, rrtype, text):
    reply = dns.ask(name, rrtype)
    assert reply.rcode() == 0 and reply.flags & AA and reply.answer
    if text:
        rdata = str(reply.answer[0][0])
        assert rdata.replace("# 4", r"\# 4").replace("\\\\", "\\") == text or rdata.endswith(text)


def test_names_compare_without_case_but_zone_wide(dns):
    assert texts(dns.ask("mixedcase.EXAMPLE.").answer)[0].endswith("A 192.0.2.13")


def test_escaped_dots_are_part_of_a_label(dns):
    assert texts(dns.ask(r"a\.b.example.").answer)[0].endswith("192.0.2.15")
    assert dns.ask("a.b.example.").rcode() == dns_rcode("NXDOMAIN")
    assert texts(dns.ask(r"\.dot.example.").answer)[0].endswith("192.0.2.14")


def dns_rcode(text):
    return dns.rcode.from_text(text)


def test_cname_is_followed_inside_the_zone(dns):
    assert texts(dns.ask("chain1.example.").answer) == [
        "chain1.example. CNAME chain2.example.", "chain2.example. CNAME chain3.example.",
        "chain3.example. CNAME web.example.", "web.example. A 192.0.2.3"]


def test_cname_itself_can_be_asked_for(dns):
    assert texts(dns.ask("chain1.example.", "CNAME").answer) == ["chain1.example. CNAME chain2.example."]


def test_cname_to_a_name_without_the_type_is_nodata_at_the_end(dns):
    reply = dns.ask("www.example.", "MX")
    assert reply.rcode() == 0 and texts(reply.answer) == ["www.example. CNAME web.example."]
    assert texts(reply.authority)[0].startswith("example. SOA")


def test_dangling_cname_is_nxdomain_of_its_target(dns):
    reply = dns.ask("dangling.example.")
    assert reply.rcode() == dns_rcode("NXDOMAIN")  # RFC 6604 section 3
    assert texts(reply.answer) == ["dangling.example. CNAME nowhere.example."]
    assert texts(reply.authority)[0].startswith("example. SOA")


def test_cname_to_a_foreign_name_stops_there(dns):
    reply = dns.ask("external.example.")
    assert reply.rcode() == 0 and reply.flags & AA
    assert texts(reply.answer) == ["external.example. CNAME www.example.com."]


@pytest.mark.own_choice
def test_cname_is_followed_across_own_zones(dns):
    assert texts(dns.ask("toother.example.").answer) == [
        "toother.example. CNAME www.example.org.", "www.example.org. A 192.0.2.70"]
    assert texts(dns.ask("tochild.example.").answer) == [
        "tochild.example. CNAME www.child.example.", "www.child.example. A 192.0.2.60"]
    assert texts(dns.ask("up.child.example.").answer) == [
        "up.child.example. CNAME web.example.", "web.example. A 192.0.2.3"]


@pytest.mark.own_choice
def test_cname_across_own_zones_to_nothing_carries_the_other_zones_soa(dns):
    reply = dns.ask("toothernx.example.")
    assert reply.rcode() == dns_rcode("NXDOMAIN")
    assert texts(reply.authority)[0].startswith("example.org. SOA")


@pytest.mark.parametrize("name", ["loop1.example.", "self.example."])
def test_cname_loop_ends(dns, name):
    reply = dns.ask(name)
    assert reply.rcode() in (0, dns_rcode("SERVFAIL"))
    assert len(texts(reply.answer)) <= 20


def test_referral_has_the_delegation_and_glue_and_no_aa(dns):
    for name in ("sub.example.", "host.sub.example.", "a.b.c.sub.example."):
        reply = dns.ask(name)
        assert reply.rcode() == 0 and not reply.flags & AA and not reply.answer
        assert texts(reply.authority) == ["sub.example. NS ns.example.net.", "sub.example. NS ns.sub.example."]
        assert texts(reply.additional) == ["ns.sub.example. A 192.0.2.40", "ns.sub.example. AAAA 2001:db8::40"]


def test_ns_of_a_delegation_is_a_referral_too(dns):
    reply = dns.ask("sub.example.", "NS")
    assert not reply.flags & AA and not reply.answer and len(texts(reply.authority)) == 2


def test_glue_is_not_an_answer(dns):
    reply = dns.ask("ns.sub.example.")
    assert not reply.flags & AA and not reply.answer and texts(reply.authority)


def test_glue_of_a_sibling_delegation_is_given(dns):
    assert "ns.sub.example. A 192.0.2.40" in texts(dns.ask("x.sibling.example.").additional)  # RFC 9471 section 2.2


def test_delegation_through_an_alias(dns):
    reply = dns.ask("todelegated.example.")
    assert texts(reply.answer) == ["todelegated.example. CNAME host.sub.example."]
    assert texts(reply.authority)[0].startswith("sub.example. NS")


def test_child_zone_on_the_same_server_answers_itself(dns):
    reply = dns.ask("www.child.example.")
    assert reply.flags & AA and texts(reply.answer) == ["www.child.example. A 192.0.2.60"]
    assert dns.ask("child.example.", "SOA").flags & AA


def test_ds_of_a_child_zone_is_answered_by_the_parent(dns):
    reply = dns.ask("child.example.", "DS")  # RFC 4035 section 3.1.4.1
    assert reply.flags & AA and not reply.answer
    assert texts(reply.authority)[0].startswith("example. SOA")


def test_ds_at_the_cut_is_answered_by_the_parent(dns):
    reply = dns.ask("secure.example.", "DS")
    assert reply.flags & AA and texts(reply.answer)[0].startswith("secure.example. DS 12345")


def test_empty_non_terminal_exists(dns):
    for name in ("deep.ent.example.", "ent.example.", "nest.cut.example.", "cut.example."):
        reply = dns.ask(name)
        assert reply.rcode() == 0 and reply.flags & AA and not reply.answer  # RFC 8020 section 2
        assert texts(reply.authority)[0].startswith("example. SOA")


def test_other_zones_are_refused(dns):
    for name in ("example.com.", ".", "com.", "xexample.", "www.example.net.", "arpa."):
        reply = dns.ask(name)
        assert reply.rcode() == dns_rcode("REFUSED") and not reply.flags & AA
        assert not reply.answer and not reply.authority


def test_recursion_is_not_available_here(dns):
    reply = dns.ask("web.example.", rd=True)
    assert reply.flags & dns_flag("RD") and not reply.flags & dns_flag("RA")


def dns_flag(text):
    return dns.flags.from_text(text)
