"""Trust anchors: what the node makes of the file, and of keys that change by themselves (RFC 5011)."""
import json
import time

import dns.dnssec
import dns.flags
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import upstream
from faketime import Calendar
from servers import wait_until

DAY = 86400
ROOT = dns.name.root


class Key:
    def __init__(self, seed):
        self.secret = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.dnskey = dns.dnssec.make_dnskey(self.secret.public_key(), dns.dnssec.ED25519, 257)

    @property
    def ds(self):
        return dns.dnssec.make_ds(ROOT, self.dnskey, "SHA256").to_text()


OLD, NEW = Key(1), Key(2)


def signed_root(keys, key_signer, data_signer, clock=time.time):
    """A forwarder's answers: a root of these keys, with an address at every name."""
    def answer(query, tcp):
        name, rdtype = query.question[0].name, query.question[0].rdtype
        message = upstream.reply(query)
        if rdtype == dns.rdatatype.DNSKEY:
            rrset = dns.rrset.from_rdata_list(ROOT, 3600, [key.dnskey for key in keys])
            signer = key_signer
        else:
            rrset = dns.rrset.from_text(name, 3600, "IN", "A", "192.0.2.1")
            signer = data_signer
        now = clock()
        rrsig = dns.dnssec.sign(rrset, signer.secret, ROOT, signer.dnskey, inception=now - DAY, expiration=now + DAY)
        message.answer = [rrset, dns.rrset.from_rdata(rrset.name, 3600, rrsig)]
        return message
    return answer


@pytest.fixture
def resolving(nodes, tmp_path):
    """resolving(upstream): a resolver with OLD's DS as its anchor; all of one test share a state folder."""
    (tmp_path / "network").mkdir()
    (tmp_path / "network" / "mesh.zone").write_text("@ 60 SOA ns ns 1 1 1 1 30\n@ 60 NS ns\nns 60 A 10.0.0.1\n")
    anchors = tmp_path / "anchors"
    anchors.write_text(f". DS {OLD.ds}\n")

    def start(server, env=None):
        return nodes(env=env, folder=tmp_path / "node", source=f'path = "{tmp_path / "network"}"',
                     roles='["authority", "resolver"]', zones={"mesh.": None},
                     extra=f'[resolver]\ntrust_anchors = "{anchors}"\npersist_cache = false\n'
                           f'[[resolver.forward]]\nzone = "."\nto = ["{server.address}"]\n')
    return start


def ask(node):
    message = node.asker.ask("www.example.", rd=True, do=True)
    return dns.rcode.to_text(message.rcode()) + (" ad" if message.flags & dns.flags.AD else "")


def states(node):
    file = node.folder / "state" / "trust-anchors"
    text = file.read_text() if file.exists() else ""
    return sorted(line.split(" ; ")[1].split()[0] for line in text.splitlines() if line.startswith(". DNSKEY"))


def test_a_new_key_is_trusted_after_thirty_days(resolving):
    with upstream.Upstream(signed_root([OLD, NEW], OLD, OLD)) as server:
        node = resolving(server)
        assert ask(node) == "NOERROR ad"
        node.stop()
        assert states(node) == ["add-pending", "valid"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(server, "answer", signed_root([NEW], NEW, NEW))
            node = resolving(server)
            assert ask(node) == "SERVFAIL", "not yet"
            node.stop()
        # The same thirty-one days later, as far as the state knows.
        file = node.folder / "state" / "trust-anchors"
        lines = file.read_text().splitlines()
        waited = [line.rsplit(" ", 1)[0] + f" {int(time.time()) - 31 * DAY}" if "add-pending" in line else line for line in lines]
        file.write_text("\n".join(waited) + "\n")
        node = resolving(server)
        assert ask(node) == "NOERROR ad"
        node.stop()
        assert states(node) == ["valid", "valid"]
        server.answer = signed_root([NEW], NEW, NEW)
        node = resolving(server)
        assert ask(node) == "NOERROR ad"
        node.stop()
        assert states(node) == ["missing", "valid"]


def test_a_damaged_state_is_told_and_left_out(resolving):
    with upstream.Upstream(signed_root([OLD], OLD, OLD)) as server:
        node = resolving(server)
        assert ask(node) == "NOERROR ad"
        node.stop()
        file = node.folder / "state" / "trust-anchors"
        file.write_text("; anything\nnonsense\n")
        node = resolving(server)
        assert ask(node) == "NOERROR ad"
        assert f"{file}: line 2: not as this program writes it" in node.log_tail(80)


def times_asked(server):
    return sum(rdtype == "DNSKEY" for _, rdtype, _ in server.asked)


# RFC 5011 section 2.3: the node looks by itself, and writes down what it saw.
def test_a_node_that_nobody_asks_follows_a_rollover(resolving, tmp_path):
    calendar = Calendar(tmp_path / "time")
    with upstream.Upstream(signed_root([OLD, NEW], OLD, OLD, calendar.now)) as server:
        node = resolving(server, env=calendar.environment)
        assert times_asked(server) == 0
        for later, seen in ((120, ["add-pending", "valid"]), (31 * DAY, ["valid", "valid"])):
            calendar.set(later)
            wait_until(lambda seen=seen: states(node) == seen, 20, f"{seen} after {later} s")
        told, = json.loads(node.cli("status", "--json").stdout)["trust_anchors"]
        assert (told["zone"], [key["state"] for key in told["keys"]]) == (".", ["valid", "valid"])
        assert told["seen"] < told["next_look"]
        server.answer = signed_root([NEW], NEW, NEW, calendar.now)
        calendar.set(31 * DAY + 7200)
        wait_until(lambda: states(node) == ["missing", "valid"], 20, "the old key to be missed")
        assert {rdtype for _, rdtype, _ in server.asked} == {"DNSKEY"}
        node.stop()
        assert ask(resolving(server, env=calendar.environment)) == "NOERROR ad"


def test_a_node_without_a_network_tries_and_serves(resolving, tmp_path):
    calendar = Calendar(tmp_path / "time")
    with upstream.Upstream(lambda query, tcp: None) as server:
        node = resolving(server, env=calendar.environment)
        calendar.set(120)
        server.wait_for(lambda: times_asked(server) > 0, seconds=20)
        assert node.asker.ask("ns.mesh.").answer[0][0].address == "10.0.0.1"
        server.answer = signed_root([OLD], OLD, OLD, calendar.now)

        def half_an_hour_later():
            calendar.set(calendar.later + 1800)
            return states(node) == ["valid"]
        wait_until(half_an_hour_later, 30, "the key to be seen", interval=1)
