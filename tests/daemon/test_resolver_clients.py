"""Who may ask what: client classes, the limit on amplification, cookies; and `flush`, `status`."""
import json
import select
import socket
import time

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest

import asking
import namespaces
import signing
import upstream

ZONE = """$ORIGIN mesh.
@ 60 SOA ns ns 1 1 1 1 30
@ 60 NS ns
ns 60 A 10.0.0.1
big 60 TXT "{0}" "{0}" "{0}" "{0}"
""".format("a" * 250)
SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf"


@pytest.fixture
def network(tmp_path):
    """network(prefixes) writes the network's folder and returns its [source]."""
    def write(prefixes):
        folder = tmp_path / "network"
        folder.mkdir()
        (folder / "mesh.zone").write_text(ZONE)
        (folder / "dotmesh.toml").write_text(
            f'[network]\nname = "test"\nmesh_prefixes = {json.dumps(prefixes)}\n[[zone]]\nname = "mesh."\nfile = "mesh.zone"\n')
        return f'path = "{folder}"'
    return write


def resolver_lines(tmp_path, server, extra=""):
    (tmp_path / "no-anchors").write_text("")
    return (f'[resolver]\ntrust_anchors = "{tmp_path / "no-anchors"}"\n{extra}\n'
            f'[[resolver.forward]]\nzone = "example."\nto = ["{server.address}"]\n')


@pytest.fixture
def cable():
    """A client's namespace joined to the server's: 10.9.0.2 and 192.0.2.2 ask 10.9.0.1 and 192.0.2.1."""
    with namespaces.pair(["10.9.0.1/24", "192.0.2.1/24"], ["10.9.0.2/24", "192.0.2.2/24", "192.0.2.3/24"]) as names:
        yield names


def start_there(nodes, cable, tmp_path, network, answer, extra="", limits=""):
    """A node in the first namespace that listens on both addresses; the scripted server is there too."""
    with namespaces.inside(cable[0]):
        server = upstream.Upstream(answer, "127.0.0.1", 5301).__enter__()
        node = nodes(source=network, zones={"mesh.": None}, roles='["authority", "resolver"]', host="127.0.0.1", port=5300,
                     listen=["127.0.0.1@5300", "10.9.0.1@5300", "192.0.2.1@5300"],
                     extra=resolver_lines(tmp_path, server, extra) + limits)
    return node, server


def ask_from(cable, host, name, rrtype="A", **kwargs):
    with namespaces.inside(cable[1]):
        return asking.Asker(host, 5300).ask(name, rrtype, rd=True, payload=1232, **kwargs)


def address(query, tcp):
    return upstream.reply(query, f"{query.question[0].name} 60 A 192.0.2.99")


def extended_errors(message):
    return [option.code for option in message.options if option.otype == dns.edns.OptionType.EDE]


def test_the_mesh_is_resolved_for_and_strangers_get_the_zones(nodes, cable, tmp_path, network):
    node, server = start_there(nodes, cable, tmp_path, network(["10.0.0.0/8"]), address)
    assert ask_from(cable, "10.9.0.1", "www.example.").answer
    refused = ask_from(cable, "192.0.2.1", "www.example.")
    assert refused.rcode() == dns.rcode.REFUSED and extended_errors(refused) == [18]
    assert not refused.flags & dns.flags.RA
    assert ask_from(cable, "192.0.2.1", "ns.mesh.").answer
    assert ask_from(cable, "192.0.2.1", "www.example.", tcp=True).rcode() == dns.rcode.REFUSED
    server.__exit__()


@pytest.mark.parametrize("extra", ["public = true", 'allow = ["192.0.2.0/24"]', 'allow = ["0.0.0.0/0", "::/0"]'])
def test_the_node_may_open_it(nodes, cable, tmp_path, network, extra):
    node, server = start_there(nodes, cable, tmp_path, network(["10.0.0.0/8"]), address, extra)
    assert ask_from(cable, "192.0.2.1", "www.example.").answer
    server.__exit__()


def test_without_mesh_prefixes_the_attached_networks_are_the_mesh(nodes, cable, tmp_path, network):
    node, server = start_there(nodes, cable, tmp_path, network([]), address)
    assert ask_from(cable, "192.0.2.1", "www.example.").answer
    server.__exit__()


def flood(cable, packet, count):
    """Sends `count` packets at 10,000 a second; the octets that came back."""
    with namespaces.inside(cable[1]):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    sock.connect(("192.0.2.1", 5300))

    def take(seconds, idle):
        """Octets that come within `seconds`, counted anew after each message if `idle`."""
        taken, until = 0, time.monotonic() + seconds
        while select.select([sock], [], [], max(0.0, until - time.monotonic()))[0]:
            taken += len(sock.recv(4096))
            if idle:
                until = time.monotonic() + seconds
        return taken
    octets = 0
    for i in range(count):
        sock.send(packet)
        if i % 100 == 99:
            octets += take(0.01, idle=False)
    octets += take(0.5, idle=True)
    sock.close()
    return octets


def test_a_flood_gets_back_less_than_it_sends(nodes, cable, tmp_path, network):
    node, server = start_there(nodes, cable, tmp_path, network(["10.0.0.0/8"]), address,
                               limits=f'[limits]\ncookie_secrets = ["{SECRET}"]\n')
    packet = asking.Asker("", 0).query("big.mesh.", "TXT", payload=1232).to_wire()
    assert flood(cable, packet, 2000) > 0                     # what was saved up is gone
    assert flood(cable, packet, 5000) < 5000 * len(packet)
    # The ways out: TCP, and a cookie.
    assert ask_from(cable, "192.0.2.1", "big.mesh.", "TXT", tcp=True).answer
    client = bytes(range(8))
    learnt = ask_from(cable, "192.0.2.1", "ns.mesh.", options=[dns.edns.GenericOption(10, client)])
    cookie = next(option.data for option in learnt.options if option.otype == 10)
    assert cookie[:8] == client and len(cookie) == 24
    for _ in range(50):
        assert ask_from(cable, "192.0.2.1", "big.mesh.", "TXT", options=[dns.edns.GenericOption(10, cookie)]).answer
    status = json.loads(node.cli("status", "--json").stdout)
    assert status["resolver"]["amplification_limited"] > 1000
    server.__exit__()


def test_flush_and_status(nodes, tmp_path, network):
    with upstream.Upstream(address) as server:
        node = nodes(source=network([]), zones={"mesh.": None}, roles='["resolver"]', extra=resolver_lines(tmp_path, server))
        for _ in range(2):
            assert node.asker.ask("www.example.", rd=True).answer
        assert server.count("www.example.") == 1
        assert "forgotten" in node.cli("flush", "example").stdout
        assert node.asker.ask("www.example.", rd=True).answer
        assert server.count("www.example.") == 2
        status = json.loads(node.cli("status", "--json").stdout)
        assert status["resolver"]["upstream_queries"] >= 2 and status["upstream"]["udp_sent"] >= 2
        assert status["udp"]["later"] >= 2
        wrong = node.cli("flush", "a..b", check=False)
        assert wrong.returncode == 2 and "a..b" in wrong.stderr


def test_flush_without_a_resolver_says_so(nodes, network):
    node = nodes(source=network([]), zones={"mesh.": None})
    answer = node.cli("flush", "example", check=False)
    assert answer.returncode == 2 and "no resolver" in answer.stderr


def test_bad_cookie_secret_is_told(nodes, network):
    node = nodes(source=network([]), zones={"mesh.": None}, ready=False,
                 extra=f'[limits]\ncookie_secrets = ["{"g" * 32}"]\n')
    assert node.process.wait(10) == 2
    assert "cookie_secrets" in node.log_text() and "openssl rand -hex 16" in node.log_text()


def test_zone_with_a_local_anchor_is_validated(nodes, tmp_path):
    zones = tmp_path / "zones"
    zones.mkdir()
    signed = signing.sign("mesh.", "$TTL 60\n@ SOA ns1 h 1 1 1 1 30\n@ NS ns1\nns1 A 10.0.0.1\n", tmp_path / "keys", [])
    (zones / "mesh.zone").write_text(signed.read_text())
    anchors = tmp_path / "keys" / "dsset-mesh."
    node = nodes(source=f'path = "{zones}"', zones={"mesh.": None}, roles='["authority", "resolver"]',
                 extra=f'[resolver]\ntrust_anchors = "{anchors}"\n')
    for name, rcode in (("ns1.mesh.", 0), ("no.mesh.", 3)):
        message = node.asker.ask(name, rd=True, do=True)
        assert message.rcode() == rcode and message.flags & dns.flags.AD, message
    message = node.asker.ask("ns1.mesh.", do=True)            # without RD: the authority
    assert message.flags & dns.flags.AA and not message.flags & dns.flags.AD
