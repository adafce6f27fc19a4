"""TCP clients that nobody means well: half-open, slow, greedy, malformed. Others are answered all the same."""
import contextlib
import pathlib
import random
import socket
import struct

import pytest

import serving
from asking import closed_within, framed, rcode, read_message
from servers import plain_query
from test_hostile_packets import GROWTH, SEED, check_reply, mutate, seeds

GREEDY_QUERIES = 50_000  # 200 MB of answers
CLOSING_SECONDS = 30     # well over the idle limit of ten seconds


@pytest.fixture
def node(nodes):
    zones = pathlib.Path(__file__).resolve().parents[1] / "conformance" / "zones"
    return nodes(zones={f"{path.stem}.": path for path in sorted(zones.glob("*.zone"))})


def test_malformed_messages(node):
    rng = random.Random(SEED + 2)
    originals = seeds()
    for _ in range(300):
        with node.asker.connection() as sock, contextlib.suppress(OSError):   # closed by the server in between
            for _ in range(3):
                sock.sendall(framed(mutate(rng, rng.choice(originals))))
            sock.shutdown(socket.SHUT_WR)
            while (reply := read_message(sock)) is not None:
                assert len(reply) >= 12 and reply[2] & 0x80
    assert node.asker.alive()


def test_half_open_connections_do_not_starve_others(node):
    """More silent connections than a client may hold: others, and UDP, are answered all the same."""
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            with contextlib.suppress(OSError):
                sock = stack.enter_context(node.asker.connection())
                sock.send(b"\0")         # half a length
        assert node.asker.alive()
        with socket.create_connection((node.host, node.port), 5, source_address=("127.0.0.9", 0)) as sock:
            sock.settimeout(5)
            sock.sendall(framed(plain_query("web.example.")))
            assert rcode(read_message(sock)) == 0


def test_slow_reader_costs_little_and_is_dropped(node):
    """It asks for answers and reads none: the server stops reading from it, and closes."""
    before = serving.resident_bytes(node)
    query = framed(plain_query("big.example.", 16))
    with node.asker.connection() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        sock.settimeout(1)
        sent = 0
        with contextlib.suppress(TimeoutError, ConnectionError):
            while sent < GREEDY_QUERIES:
                sock.sendall(query)
                sent += 1
        assert sent < GREEDY_QUERIES         # the server has stopped reading
        assert node.asker.alive()
        assert serving.resident_bytes(node) < before + GROWTH
        assert closed_within(sock, CLOSING_SECONDS)


def test_idle_connection_is_closed(node):
    with node.asker.connection() as sock:
        sock.sendall(framed(plain_query("web.example.")))
        assert rcode(read_message(sock)) == 0
        assert closed_within(sock, CLOSING_SECONDS)


def test_half_a_message_is_closed_too(node):
    with node.asker.connection() as sock:
        sock.sendall(framed(plain_query("web.example."))[:9])
        assert closed_within(sock, CLOSING_SECONDS)


def test_one_octet_at_a_time_does_not_hold_others(node):
    """A client that trickles a 64 KiB message: others are answered meanwhile."""
    with node.asker.connection() as slow, node.asker.connection() as quick:
        slow.sendall(struct.pack("!H", 65535))
        for _ in range(200):
            slow.send(b"x")
            quick.sendall(framed(plain_query("web.example.")))
            reply = read_message(quick)
            check_reply(reply)
            assert rcode(reply) == 0


def test_a_connection_is_reset_in_the_middle_of_answers(node):
    query = framed(plain_query("big.example.", 16))
    for _ in range(50):
        with node.asker.connection() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.sendall(query * 20)
    assert node.asker.alive()
