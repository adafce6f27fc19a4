"""RFC 7766: TCP carries what UDP cannot; pipelining, split and joined reads, closing, bad framing."""
import struct

import pytest

from asking import counts, framed, rcode, read_message
from servers import plain_query


def test_truncated_response_comes_whole_over_tcp(dns):
    assert dns.ask("big.example.", "TXT", payload=1232).flags & 0x0200
    reply = dns.ask("big.example.", "TXT", tcp=True)
    assert not reply.flags & 0x0200 and len(reply.answer[0]) == 40


def test_truncated_response_is_a_whole_message(dns):
    reply = dns.raw(plain_query("big.example.", 16))
    assert reply[2] & 2 and counts(reply)[0] == 1


def test_connection_stays_open_for_more_queries(dns):
    with dns.connection() as sock:
        for i in range(50):
            sock.sendall(framed(plain_query("web.example.", message_id=i)))
            assert struct.unpack("!H", read_message(sock)[:2])[0] == i


def test_pipelined_queries_are_all_answered(dns):
    with dns.connection() as sock:                                  # section 6.2.1.1
        count = 500
        sock.sendall(b"".join(framed(plain_query("web.example.", message_id=i)) for i in range(count)))
        ids = sorted(struct.unpack("!H", read_message(sock)[:2])[0] for _ in range(count))
        assert ids == list(range(count))


def test_length_and_message_in_separate_segments(dns):
    with dns.connection() as sock:                                  # section 8
        query = framed(plain_query("web.example."))
        for i in range(len(query)):
            sock.sendall(query[i:i + 1])
        assert rcode(read_message(sock)) == 0


def test_half_closed_connection_still_gets_its_answers(dns):
    import socket
    with dns.connection() as sock:
        sock.sendall(b"".join(framed(plain_query("web.example.", message_id=i)) for i in range(5)))
        sock.shutdown(socket.SHUT_WR)
        assert [struct.unpack("!H", read_message(sock)[:2])[0] for _ in range(5)] == list(range(5))
        assert read_message(sock) is None


@pytest.mark.parametrize("length", [0, 1, 11])
def test_message_shorter_than_a_header_ends_or_is_ignored(dns, length):
    with dns.connection() as sock:
        sock.sendall(struct.pack("!H", length) + b"x" * length)
        sock.sendall(framed(plain_query("web.example.")))
        try:
            reply = read_message(sock)
        except ConnectionError:
            reply = None
        assert reply is None or rcode(reply) in (0, 1)
    assert dns.alive()


def test_message_of_64_kib_is_read_whole(dns):
    query = plain_query("web.example.")
    with dns.connection() as sock:
        padded = query[:10] + b"\0\1" + query[12:] + b"\0" + struct.pack("!HHIH", 41, 1232, 0, 65535 - len(query) - 11)
        padded = padded.ljust(65535, b"\0")
        # an OPT whose only option fills the message
        length = 65535 - len(query) - 11
        options = struct.pack("!HH", 65001, length - 4) + bytes(length - 4)
        message = query[:10] + b"\0\1" + query[12:] + b"\0" + struct.pack("!HHIH", 41, 1232, 0, length) + options
        assert len(message) == 65535
        sock.sendall(framed(message) + framed(query))
        assert rcode(read_message(sock)) == 0
        assert rcode(read_message(sock)) == 0


def test_malformed_query_is_formerr_and_the_connection_lives(dns):
    with dns.connection() as sock:
        sock.sendall(framed(plain_query("web.example.")[:20]) + framed(plain_query("web.example.", message_id=9)))
        assert rcode(read_message(sock)) == 1
        assert read_message(sock)[:2] == b"\0\x09"


def test_many_connections_at_once(dns):
    import contextlib
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(dns.connection()) for _ in range(60)]
        for sock in socks:
            sock.sendall(framed(plain_query("big.example.", 16)))
        assert all(counts(read_message(sock))[1] == 40 for sock in socks)
