"""Asking a server over plain sockets: whole messages through dnspython, and raw bytes where those matter."""
import contextlib
import socket
import struct

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype

import servers

TIMEOUT = 5.0          # an answer on loopback takes microseconds; a busy machine is patient
SILENCE = 0.3          # how long no answer must stay away to count as silence


class Asker:
    def __init__(self, host, port):
        self.host, self.port = host, port

    def query(self, name, rrtype="A", rrclass="IN", rd=False, do=None, payload=None, options=(), cd=False):
        message = dns.message.make_query(name, rrtype, rrclass, use_edns=False, flags=0)
        if rd:
            message.flags |= dns.flags.RD
        if cd:
            message.flags |= dns.flags.CD
        if do is not None or payload is not None or options:
            message.use_edns(0, dns.flags.DO if do else 0, payload or 1232, options=list(options))
        return message

    def ask(self, name, rrtype="A", tcp=False, **kwargs):
        message = self.query(name, rrtype, **kwargs)
        exchange = dns.query.tcp if tcp else dns.query.udp
        return exchange(message, self.host, TIMEOUT, self.port)

    def raw(self, packet, timeout=TIMEOUT):
        """One datagram; the reply's bytes or None for silence."""
        return servers.udp_exchange(packet, self.port, self.host, timeout)

    def silent(self, packet):
        return self.raw(packet, SILENCE) is None

    def alive(self, name="example.", rrtype=6):
        reply = self.raw(servers.plain_query(name, rrtype))
        return reply is not None and reply[:2] == b"\x12\x34"

    @contextlib.contextmanager
    def connection(self, host=None):
        with socket.create_connection((host or self.host, self.port), TIMEOUT) as sock:
            sock.settimeout(TIMEOUT)
            yield sock


def framed(packet):
    return struct.pack("!H", len(packet)) + packet


def read_exactly(sock, count):
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            return None
        data += piece
    return data


def read_message(sock):
    """One framed message; None when the server has closed."""
    header = read_exactly(sock, 2)
    return header and read_exactly(sock, struct.unpack("!H", header)[0])


def closed_within(sock, seconds):
    """Whether the server closes (or resets) this connection in time."""
    sock.settimeout(seconds)
    try:
        while sock.recv(65536):
            pass
        return True
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def rcode(packet):
    return packet[3] & 15


def counts(packet):
    return struct.unpack("!4H", packet[4:12])


def texts(rrsets):
    """RRsets as a sorted list of record texts without TTL, for comparison."""
    return sorted(f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} {rdata}" for rrset in rrsets for rdata in rrset)
