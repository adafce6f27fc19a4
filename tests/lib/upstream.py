"""A scripted server that a node under test asks: UDP and TCP on one loopback address and port.

answer(question, tcp) is called for every query, in the server's thread, and returns a dnspython message, a list
of them, or None for silence. Everything that was asked is in `asked`.
"""
import contextlib
import selectors
import socket
import struct
import threading

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset

import asking
import servers


def reply(query, *records, rcode=0, flags=dns.flags.RA):
    """A response with `records` ("name ttl type rdata") in the answer section."""
    message = dns.message.make_response(query)
    message.flags |= flags
    message.set_rcode(rcode)
    for text in records:
        name, ttl, rrtype, rdata = text.split(" ", 3)
        message.answer.append(dns.rrset.from_text(name, int(ttl), "IN", rrtype, rdata))
    return message


def raw_address(packet, address=b"\xc0\x00\x02\x01"):
    """The response to an A query, with one record, as octets."""
    end = packet.index(b"\0", 12) + 5
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + address
    return packet[:2] + b"\x85\x80\0\1\0\1\0\0\0\0" + packet[12:end] + record


class Upstream:
    def __init__(self, answer, host="127.0.0.1", port=None):
        self.answer, self.host = answer, host
        self.raw = None          # instead: octets to octets, where speed matters
        self.port = port or servers.free_port(host)
        self.asked = []          # (name, type, tcp)
        self.ports = []          # the source port of each UDP query
        self.connections = 0
        self.held = []           # [send the response] that the test releases
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)  # told of every query

    @property
    def address(self):
        return f"{self.host}@{self.port}"

    def __enter__(self):
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.udp.bind((self.host, self.port))
        self.tcp = socket.create_server((self.host, self.port))
        self.wake, self.woken = socket.socketpair()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.wake.send(b"x")
        self.thread.join()
        for sock in (self.udp, self.tcp, self.wake, self.woken):
            sock.close()

    def run(self):
        with selectors.DefaultSelector() as selector, contextlib.ExitStack() as open_connections:
            for sock in (self.udp, self.tcp, self.woken):
                selector.register(sock, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self.woken:
                        return
                    if key.fileobj is self.udp:
                        packet, peer = self.udp.recvfrom(65535)
                        self.ports.append(peer[1])
                        self.take(packet, False, lambda wire, peer=peer: self.udp.sendto(wire, peer))
                    elif key.fileobj is self.tcp:
                        connection, _ = self.tcp.accept()
                        self.connections += 1
                        open_connections.enter_context(connection)
                        selector.register(connection, selectors.EVENT_READ)
                    else:
                        self.take_stream(selector, key.fileobj)

    def take_stream(self, selector, connection):
        packet = asking.read_message(connection)
        if packet is None:
            selector.unregister(connection)
            connection.close()
            return
        self.take(packet, True, lambda wire: connection.sendall(struct.pack("!H", len(wire)) + wire))

    def take(self, packet, tcp, send):
        if self.raw is not None:
            return send(self.raw(packet))
        query = dns.message.from_wire(packet)
        question = query.question[0]
        with self.lock:
            self.asked.append((question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype), tcp))
            self.changed.notify_all()
        messages = self.answer(query, tcp)
        if messages is None:
            return
        if callable(messages):           # hold(...): sent when the test says so
            with self.lock:
                self.held.append((question.name.to_text().lower(), lambda: send(messages().to_wire(max_size=65535))))
                self.changed.notify_all()
            return
        for message in messages if isinstance(messages, list) else [messages]:
            send(message if isinstance(message, bytes) else message.to_wire(max_size=65535))

    def wait_for(self, condition, seconds=10):
        """Until `condition` holds, looked at after every query."""
        with self.changed:
            assert self.changed.wait_for(condition, seconds), f"waited {seconds} s in vain"

    def count(self, name):
        with self.lock:
            return sum(1 for asked, _, _ in self.asked if asked == name)
