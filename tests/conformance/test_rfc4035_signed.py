"""RFC 4035 section 3.1 and RFC 5155 section 7.2: zones that come signed are served so that a validator accepts
every answer and every denial. The validator is BIND's delv, with the zone's own key as trust anchor."""
import pathlib
import re
import shutil
import subprocess

import pytest

import signing
from asking import texts

ORIGINS = sorted(signing.VARIANTS)
pytestmark = pytest.mark.skipif(shutil.which("delv") is None, reason="delv (bind9-dnsutils) is not installed")

# name below the origin, type, what delv must say
CASES = [
    ("www", "A", "; fully validated"),
    ("", "SOA", "; fully validated"),
    ("", "DNSKEY", "; fully validated"),
    ("alias", "A", "; fully validated"),
    ("dead", "A", "; fully validated"),
    ("www", "MX", "; negative response, fully validated"),
    ("", "AAAA", "; negative response, fully validated"),
    ("nowhere", "A", "; negative response, fully validated"),
    ("a.b.nowhere", "A", "; negative response, fully validated"),
    ("below.www", "A", "; negative response, fully validated"),
    ("ent", "A", "; negative response, fully validated"),
    ("deep.ent", "A", "; negative response, fully validated"),
    ("x.deep.ent", "A", "; negative response, fully validated"),
    ("x.wild", "A", "; fully validated"),
    ("x.y.wild", "A", "; fully validated"),
    ("x.wild", "MX", "; negative response, fully validated"),
    ("*.wild", "A", "; fully validated"),
    ("x.host.wild", "A", "; negative response, fully validated"),
    ("x.wildcname", "A", "; fully validated"),
    ("host.dn", "A", "; fully validated"),
    ("missing.dn", "A", "; fully validated"),
    ("secure", "DS", "; fully validated"),
    ("insecure", "DS", "; negative response, fully validated"),
    ("deep0.nest.cut", "A", "; negative response, fully validated"),
    ("cut", "A", "; negative response, fully validated"),
    ("zzz", "A", "; negative response, fully validated"),
    ("0", "A", "; negative response, fully validated"),
]


def trust_anchor(folder, origin):
    """delv's anchor file: the zone's key-signing key."""
    keys = [path.read_text() for path in pathlib.Path(folder).glob(f"K{origin}+*.key")]
    ksk = next(key for key in keys if " 257 " in key)
    flags, protocol, algorithm, data = re.search(r"DNSKEY (\d+) (\d+) (\d+) ([\w+/= ]+)", ksk).groups()
    path = pathlib.Path(folder) / f"{origin}anchor"
    path.write_text(f'trust-anchors {{ "{origin}" static-key {flags} {protocol} {algorithm} "{data.replace(" ", "")}"; }};\n')
    return path


def delv(server, origin, name, rrtype):
    anchor = trust_anchor(pathlib.Path(server.zones[origin]).parent, origin)
    asked = f"{name}.{origin}" if name else origin
    result = subprocess.run(["delv", f"@{server.host}", "-p", str(server.port), "-a", str(anchor), f"+root={origin}",
                             asked, rrtype], capture_output=True, text=True, timeout=30)
    return result.stdout + result.stderr


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("name, rrtype, verdict", CASES, ids=[f"{n or '@'}-{t}" for n, t, _ in CASES])
def test_a_validator_accepts(server, origin, name, rrtype, verdict):
    if origin == "optout.test." and (name, rrtype) == ("insecure", "DS"):
        pytest.skip("opt-out says nothing about an insecure delegation but its span; see test_opt_out below")
    if origin == "optout.test." and name in ("x.wild", "x.y.wild") and rrtype == "A":
        verdict = "; unsigned answer"     # an opt-out span covers the next closer name (RFC 5155 section 12.2)
    said = delv(server, origin, name, rrtype)
    assert verdict in said, said


@pytest.mark.parametrize("origin", ORIGINS)
def test_signatures_only_for_those_who_ask(dns, origin):
    for name, rrtype in ((f"www.{origin}", "A"), (f"nowhere.{origin}", "A"), (f"host.secure.{origin}", "A")):
        plain = dns.ask(name, rrtype)
        assert all(rrset.rdtype not in (46, 47, 50) for rrset in plain.answer + plain.authority)
        signed = dns.ask(name, rrtype, do=True)
        assert any(rrset.rdtype == 46 for rrset in signed.answer + signed.authority)


@pytest.mark.parametrize("origin", ORIGINS)
def test_every_rrset_of_an_answer_is_signed(dns, origin):
    for name, rrtype in ((f"www.{origin}", "TXT"), (f"alias.{origin}", "A"), (origin, "NS"), (f"x.wild.{origin}", "A")):
        reply = dns.ask(name, rrtype, do=True)
        covered = {(str(rrset.name), rrset.covers) for rrset in reply.answer if rrset.rdtype == 46}
        assert covered == {(str(rrset.name), rrset.rdtype) for rrset in reply.answer if rrset.rdtype != 46}


@pytest.mark.parametrize("origin", ORIGINS)
def test_referral_to_a_signed_child_has_its_ds(dns, origin):
    reply = dns.ask(f"host.secure.{origin}", "A", do=True)
    kinds = {rrset.rdtype for rrset in reply.authority}
    assert 2 in kinds and 43 in kinds and not reply.flags & 0x0400
    assert all(rrset.covers == 43 for rrset in reply.authority if rrset.rdtype == 46)   # NS at a cut is not signed
    assert texts(reply.additional) == [f"ns.secure.{origin} A 192.0.2.7"]


@pytest.mark.parametrize("origin, denial", [("nsec.test.", 47), ("nsec3.test.", 50), ("optout.test.", 50)])
def test_referral_to_an_unsigned_child_denies_its_ds(dns, origin, denial):
    reply = dns.ask(f"host.insecure.{origin}", "A", do=True)
    kinds = [rrset.rdtype for rrset in reply.authority]
    assert 2 in kinds and 43 not in kinds and denial in kinds


def test_opt_out_denial_of_ds_has_the_closest_encloser_and_an_opt_out_span(dns):
    reply = dns.ask("insecure.optout.test.", "DS", do=True)      # RFC 5155 section 7.2.4
    records = [rdata for rrset in reply.authority if rrset.rdtype == 50 for rdata in rrset]
    assert records and any(rdata.flags & 1 for rdata in records)


def test_nsec_is_data_that_can_be_asked_for(dns):
    reply = dns.ask("www.nsec.test.", "NSEC", do=True)
    assert [rrset.rdtype for rrset in reply.answer] == [47, 46]


def test_rrsig_asked_for_by_itself_is_bounded(dns):
    reply = dns.ask("www.nsec.test.", "RRSIG")
    assert reply.rcode() in (0, 4, 5)


def test_nsec3_owner_names_are_not_names(dns):
    reply = dns.ask("nowhere.nsec3.test.", "A", do=True)
    owner = next(rrset.name for rrset in reply.authority if rrset.rdtype == 50)
    reply = dns.ask(owner, "A", do=True)                          # RFC 5155 section 7.2.8
    assert reply.rcode() == 3 and not reply.answer


def test_unsigned_zones_ignore_do(dns):
    reply = dns.ask("web.example.", do=True)
    assert texts(reply.answer) == ["web.example. A 192.0.2.3"]
