"""`dotmesh trace NAME TYPE`: how a node arrives at an answer, step by step, on the real program."""
import json
import time

import dns.dnssec
import dns.flags
import dns.name
import dns.rdatatype
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import namespaces
import upstream

ZONE = "@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1\nout 60 CNAME www.example.\n"
KEY = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
DNSKEY = dns.dnssec.make_dnskey(KEY.public_key(), dns.dnssec.ED25519, 257)
EXAMPLE = dns.name.from_text("example.")


@pytest.fixture
def node(nodes, tmp_path):
    """node(server, anchor): resolves "example." by the scripted server; without a server: an authority."""
    folder = tmp_path / "network"
    folder.mkdir()
    (folder / "mesh.zone").write_text(ZONE)

    def start(server=None, anchors=""):
        (tmp_path / "anchors").write_text(anchors)
        extra = ""
        if server is not None:
            extra = (f'[resolver]\ntrust_anchors = "{tmp_path / "anchors"}"\n'
                     f'[[resolver.forward]]\nzone = "example."\nto = ["{server.address}"]\n')
        roles = '["authority", "resolver"]' if server is not None else '["authority"]'
        return nodes(source=f'path = "{folder}"', roles=roles, zones={"mesh.": None}, extra=extra)
    return start


def address(query, tcp):
    return upstream.reply(query, f"{query.question[0].name} 60 A 192.0.2.9")


def trace(node, *words, status=0):
    done = node.cli("trace", *words, "--json", check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout)


def steps(traced, kind):
    return [step for step in traced["steps"] if step["step"] == kind]


def test_a_name_of_an_own_zone(node):
    traced = trace(node(), "ns.mesh")
    assert [(s["step"], s["zone"]) for s in traced["steps"]] == [("zone", "mesh.")]
    assert traced["answer"]["rcode"] == "NOERROR" and traced["answer"]["authoritative"]
    assert traced["answer"]["records"][0] == {"section": "answer", "name": "ns.mesh.", "ttl": 60, "type": "A", "data": "10.0.0.1"}


def test_a_node_without_resolver_says_why_it_refuses(node):
    authority = node()
    traced = trace(authority, "www.example", status=1)
    assert traced["answer"]["rcode"] == "REFUSED" and steps(traced, "refused")
    assert trace(authority, "no.mesh", "AAAA")["answer"]["rcode"] == "NXDOMAIN"


def test_out_of_the_own_zone_to_a_forwarder_and_then_from_the_cache(node):
    with upstream.Upstream(address) as server:
        traced = trace(resolver := node(server), "out.mesh")
        assert [s["step"] for s in traced["steps"]][0] == "zone"
        routes = {s["way"]: s["zone"] for s in steps(traced, "route")}
        assert routes == {"own-zone": "mesh.", "forward": "example."}
        asked, = steps(traced, "server")
        assert (asked["server"], asked["transport"], asked["name"], asked["type"]) == (server.address, "udp", "www.example.", "A")
        assert asked["outcome"] == "response" and asked["rcode"] == "NOERROR" and asked["answer_records"] == 1
        assert 0 <= asked["took_ms"] < 2000
        assert [r["type"] for r in traced["answer"]["records"]] == ["CNAME", "A"]
        again = trace(resolver, "www.example", "A")
        assert not steps(again, "server") and (steps(again, "cache") or steps(again, "prepared"))
        fresh = trace(resolver, "www.example", "A", "--fresh")
        assert len(steps(fresh, "server")) == 1 and len(server.asked) == 2
        people = resolver.cli("trace", "www.example", "--fresh").stdout
        assert f"asked {server.address} for www.example. A: NOERROR, 1 record" in people
        assert "answer     www.example. 60 A 192.0.2.9" in people


def test_validation_is_told(node):
    def signed(query, tcp):
        message = upstream.reply(query)
        name, rdtype = query.question[0].name, query.question[0].rdtype
        rrset = (dns.rrset.from_rdata_list(name, 300, [DNSKEY]) if rdtype == dns.rdatatype.DNSKEY
                 else dns.rrset.from_text(name, 300, "IN", "A", "192.0.2.1"))
        now = time.time()
        rrsig = dns.dnssec.sign(rrset, KEY, EXAMPLE, DNSKEY, inception=now - 3600, expiration=now + 3600)
        if str(name).startswith("bad"):
            rrset = dns.rrset.from_text(name, 300, "IN", "A", "192.0.2.66")
        message.answer = [rrset, dns.rrset.from_rdata(name, 300, rrsig)]
        return message
    ds = dns.dnssec.make_ds(EXAMPLE, DNSKEY, "SHA256").to_text()
    with upstream.Upstream(signed) as server:
        resolver = node(server, f"example. DS {ds}\n")
        good = trace(resolver, "www.example")
        assert [(s["zone"], s["security"]) for s in steps(good, "keys")] == [("example.", "secure")]
        assert [s["security"] for s in steps(good, "validation") if s["name"] == "www.example."] == ["secure"]
        assert good["answer"]["authenticated"]
        bad = trace(resolver, "bad.example", status=1)
        assert {s["security"] for s in steps(bad, "validation") if s["name"] == "bad.example."} == {"bogus"}
        assert bad["answer"]["rcode"] == "SERVFAIL" and bad["answer"]["extended_error"]["code"] == 6


def test_a_silent_server_is_told_and_bounds_the_trace(node):
    with upstream.Upstream(lambda query, tcp: None) as server:
        began = time.monotonic()
        traced = trace(node(server), "www.example", status=1)
        assert time.monotonic() - began < 10
        assert traced["answer"]["rcode"] == "SERVFAIL" and traced["answer"]["extended_error"]["code"] == 22
        assert steps(traced, "server") and {s["outcome"] for s in steps(traced, "server")} == {"silence"}


def test_a_server_that_is_not_there_and_truncation(node):
    def cut(query, tcp):
        message = address(query, tcp)
        if not tcp:
            message.answer.clear()
            message.flags |= dns.flags.TC
        return message
    with upstream.Upstream(cut) as server:
        traced = trace(node(server), "www.example")
        assert [(s["transport"], s["outcome"]) for s in steps(traced, "server")] == [("udp", "truncated"), ("tcp", "response")]


def referral(query, tcp):
    """What a root says of "example.": its servers, 127.0.9.2."""
    message = upstream.reply(query, flags=0)
    message.authority = [dns.rrset.from_text("example.", 300, "IN", "NS", "ns.example.")]
    message.additional = [dns.rrset.from_text("ns.example.", 300, "IN", "A", "127.0.9.2")]
    return message


def test_from_the_root_by_referrals(nodes, tmp_path):
    def authority(query, tcp):
        message = address(query, tcp) if query.question[0].rdtype == 1 else upstream.reply(query)
        message.flags |= dns.flags.AA
        return message
    (tmp_path / "zones").mkdir()
    (tmp_path / "zones" / "mesh.zone").write_text(ZONE)
    (tmp_path / "hints").write_text(". 3600000 NS a.root.\na.root. 3600000 A 127.0.9.1\n")
    (tmp_path / "anchors").write_text("")
    with namespaces.alone(), upstream.Upstream(referral, "127.0.9.1", 53), upstream.Upstream(authority, "127.0.9.2", 53):
        resolver = nodes(source=f'path = "{tmp_path / "zones"}"', roles='["authority", "resolver"]', zones={"mesh.": None},
                         extra=f'[resolver]\nroot_hints = "{tmp_path / "hints"}"\ntrust_anchors = "{tmp_path / "anchors"}"\n'
                               "allow_loopback_servers = true\npriming = false\n")
        traced = trace(resolver, "www.example", "A", "--fresh")
    assert [(s["way"], s["zone"]) for s in steps(traced, "route")] == [("iteration", ".")]
    asked = [(s["server"], s["name"], s["outcome"]) for s in steps(traced, "server")]
    # The root sees one label only (RFC 9156); the last is who has the answer.
    assert asked[0] == ("127.0.9.1@53", "example.", "referral") and steps(traced, "server")[0]["referral"] == "example."
    assert asked[-1] == ("127.0.9.2@53", "www.example.", "response")
    assert traced["answer"]["records"][0]["data"] == "192.0.2.9"


def test_nothing_is_counted_or_kept(node):
    with upstream.Upstream(address) as server:
        resolver = node(server)
        before = json.loads(resolver.cli("status", "--json").stdout)
        trace(resolver, "canary-name.example", "A", "--fresh")
        after = json.loads(resolver.cli("status", "--json").stdout)
        assert after["resolver"] == before["resolver"] and after["upstream"] == before["upstream"]
        assert "canary" not in json.dumps(after) + resolver.log_text()


def test_wrong_questions(node):
    authority = node()
    for words, told in ((("a..b",), "a..b"), (("ns.mesh", "NOTYPE"), "NOTYPE"), ((), "name is required")):
        done = authority.cli("trace", *words, check=False)
        assert done.returncode == 2 and told in done.stderr, words
