"""Answers that come later: a node asks a scripted server, its clients wait, over UDP and TCP."""
import socket
import struct
import time

import dns.message
import dns.rcode
import pytest

import asking
import upstream

ZONE = """$ORIGIN mesh.
@ 60 SOA ns ns 1 1 1 1 30
@ 60 NS ns
ns 60 A 10.0.0.1
out 60 CNAME www.example.
"""


@pytest.fixture
def resolving(nodes, tmp_path):
    """resolving(answer) starts a node that forwards example. to a scripted server; (asker, server)."""
    anchors = tmp_path / "no-anchors"
    anchors.write_text("")
    zones = tmp_path / "zones"
    zones.mkdir()
    (zones / "mesh.zone").write_text(ZONE)
    running = []

    def start(answer, extra="", roles='["authority", "resolver"]', zones_source=None):
        server = upstream.Upstream(answer, "127.0.0.1").__enter__()
        running.append(server)
        node = nodes(source=f'path = "{zones}"', roles=roles, zones={"mesh.": None},
                     extra=f'[resolver]\ntrust_anchors = "{anchors}"\n{extra}\n'
                           f'[[resolver.forward]]\nzone = "example."\nto = ["{server.address}"]\n')
        return node.asker, server
    yield start
    for server in running:
        server.__exit__()


def address(query, tcp):
    return upstream.reply(query, f"{query.question[0].name} 60 A 192.0.2.1")


def first_address(message):
    return str(message.answer[-1][0]) if message.answer else None


def test_udp_and_tcp_and_the_alias_out_of_the_mesh(resolving):
    asker, server = resolving(address)
    for tcp in (False, True):
        message = asker.ask(f"a{tcp}.example.", rd=True, tcp=tcp)
        assert first_address(message) == "192.0.2.1" and message.flags & dns.flags.RA
        assert not message.flags & dns.flags.AA
    message = asker.ask("out.mesh.", rd=True)
    assert [rrset.rdtype for rrset in message.answer] == [5, 1]
    assert server.count("www.example.") == 1
    assert first_address(asker.ask("www.example.", rd=True)) == "192.0.2.1"
    assert server.count("www.example.") == 1                  # from the cache


def test_who_asks_one_question_at_a_time_is_one_query(resolving):
    asker, server = resolving(lambda query, tcp: lambda: address(query, tcp))
    clients = []
    for i in range(20):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(10)
        sock.connect((asker.host, asker.port))
        query = asker.query("same.example.", rd=True)
        query.id = i
        sock.send(query.to_wire())
        clients.append(sock)
    server.wait_for(lambda: server.held)
    assert asker.ask("ns.mesh.").answer                       # the node is not held up
    server.held[0][1]()
    for i, sock in enumerate(clients):
        message = dns.message.from_wire(sock.recv(4096))
        assert message.id == i and first_address(message) == "192.0.2.1"
        sock.close()
    assert server.count("same.example.") == 1


def test_tcp_answers_out_of_order(resolving):
    def answer(query, tcp):
        if query.question[0].name.to_text().startswith("slow"):
            return lambda: address(query, tcp)
        return address(query, tcp)
    asker, server = resolving(answer)
    with asker.connection() as sock:
        for number, name in enumerate(["slow1.example.", "slow2.example.", "quick.example.", "ns.mesh."]):
            query = asker.query(name, rd=True)
            query.id = number
            sock.sendall(asking.framed(query.to_wire()))
        server.wait_for(lambda: len(server.held) == 2)
        assert {dns.message.from_wire(asking.read_message(sock)).id for _ in range(2)} == {2, 3}
        for name in ("slow2.example.", "slow1.example."):
            next(send for held, send in server.held if held == name)()
            assert dns.message.from_wire(asking.read_message(sock)).id == {"slow2.example.": 1, "slow1.example.": 0}[name]


def test_many_at_once(resolving):
    asker, server = resolving(address)
    server.raw = upstream.raw_address
    count = 2000
    queries = []
    for i in range(count):
        query = asker.query(f"n{i}.example.", rd=True, payload=1232)
        query.id = i
        queries.append(query.to_wire())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.settimeout(10)
        sock.connect((asker.host, asker.port))
        replies = []
        for i, query in enumerate(queries):
            sock.send(query)
            if i >= 100:                                      # as many as the scripted server answers in time
                replies.append(sock.recv(4096))
        while len(replies) < count:
            replies.append(sock.recv(4096))
    messages = [dns.message.from_wire(wire) for wire in replies]
    assert {message.id for message in messages} == set(range(count))
    failed = [message for message in messages if first_address(message) != "192.0.2.1"]
    assert not failed, f"{len(failed)}: {failed[0]} {failed[0].options}"
    assert len(set(server.ports)) >= count / 128              # ports are not kept for long


def test_dead_server_is_said_before_the_client_gives_up(resolving):
    asker, server = resolving(lambda query, tcp: None)
    began = time.monotonic()
    message = asker.ask("dead.example.", rd=True, payload=1232)
    assert message.rcode() == dns.rcode.SERVFAIL and time.monotonic() - began < 5
    assert [option.otype for option in message.options] == [15], "no extended error"
    assert asker.ask("ns.mesh.").answer


def test_others_are_served_while_ten_thousand_wait_for_a_dead_server(resolving):
    def answer(query, tcp):
        return address(query, tcp) if "alive" in query.question[0].name.to_text() else None
    asker, server = resolving(answer)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((asker.host, asker.port))
    template = bytearray(asker.query("n00000.dead.example.", rd=True).to_wire())
    for i in range(10_000):
        template[0:2] = struct.pack("!H", i)
        template[13:19] = b"n%05d" % i
        sock.send(template)
        if i % 2000 == 0:
            assert asker.ask("ns.mesh.", rd=True).answer
    began = time.monotonic()
    assert asker.ask("ns.mesh.", rd=True).answer and time.monotonic() - began < 1
    assert first_address(asker.ask("alive.example.", rd=True)) == "192.0.2.1" or server.count("alive.example.") == 0
    sock.close()


def test_unreachable_server_fails_at_once(resolving):
    asker, server = resolving(address)
    server.__exit__()
    began = time.monotonic()
    message = asker.ask("www.example.", rd=True)
    assert message.rcode() == dns.rcode.SERVFAIL and time.monotonic() - began < 5
    server.__enter__()


def test_truncated_answers_are_fetched_by_tcp(resolving):
    def answer(query, tcp):
        if not tcp:
            message = upstream.reply(query, flags=dns.flags.RA | dns.flags.TC)
            return message
        return upstream.reply(query, *[f"{query.question[0].name} 60 A 192.0.2.{i}" for i in range(1, 200)])
    asker, server = resolving(answer)
    message = asker.ask("big.example.", rd=True)
    assert message.flags & dns.flags.TC and not message.answer
    message = asker.ask("big.example.", rd=True, tcp=True)
    assert sum(len(rrset) for rrset in message.answer) >= 1 and server.connections >= 1


def test_forged_ids_end_in_tcp(resolving):
    def answer(query, tcp):
        if tcp:
            return address(query, tcp)
        lies = []
        for i in range(16):
            lie = upstream.reply(query, f"{query.question[0].name} 60 A 203.0.113.66")
            lie.id = (query.id + 1 + i) & 0xffff
            lies.append(lie)
        return lies
    asker, server = resolving(answer)
    message = asker.ask("www.example.", rd=True)
    assert first_address(message) == "192.0.2.1"
    assert any(tcp for _, _, tcp in server.asked)


def test_client_that_goes_away_harms_nobody(resolving):
    asker, server = resolving(lambda query, tcp: lambda: address(query, tcp))
    for i in range(50):
        with asker.connection() as sock:
            sock.sendall(asking.framed(asker.query(f"gone{i}.example.", rd=True).to_wire()))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            server.wait_for(lambda: server.count(f"gone{i}.example."))
    for _, send in list(server.held):
        send()
    assert asker.ask("ns.mesh.").answer


def test_authority_only_address_does_not_recurse(resolving):
    asker, server = resolving(address, roles='["authority"]')
    message = asker.ask("www.example.", rd=True)
    assert message.rcode() == dns.rcode.REFUSED and not message.flags & dns.flags.RA
    assert server.asked == []


def test_without_rd_nothing_is_looked_up(resolving):
    asker, server = resolving(address)
    assert asker.ask("www.example.").rcode() == dns.rcode.REFUSED
    assert asker.ask("ns.mesh.").answer and server.asked == []
