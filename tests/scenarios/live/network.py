"""The servers of a scenario with real sockets: every address on the loopback device of this network
namespace, port 53, UDP and TCP, one thread."""
import selectors
import socket
import struct
import subprocess
import threading

import dns.message

import rpl

PORT = 53


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def add_addresses(addresses):
    lines = []
    for address in addresses:
        if ":" in address:
            lines.append(f"-6 addr replace {address}/128 dev lo nodad")
        elif not address.startswith("127."):
            lines.append(f"addr replace {address}/32 dev lo")
    for line in ["link set lo up", *lines]:
        subprocess.run(["ip", *line.split()], check=True)


class ScenarioServers:
    def __init__(self, scenario, silent):
        self.scenario = scenario
        self.silent = silent
        self.step = 0
        self.trace = []
        self.unmatched = 0
        self.addresses = self.all_addresses()
        self.named = {address for r in scenario.ranges for address in r.addresses}
        self.selector = selectors.DefaultSelector()
        self.ending = False
        add_addresses(self.addresses)
        for address in self.addresses:
            self.open_sockets(address)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def all_addresses(self):
        found = dict.fromkeys(self.scenario.config.roots)
        for r in self.scenario.ranges:
            found.update(dict.fromkeys(r.addresses))
        for step in self.scenario.steps:
            if step.kind != "REPLY":
                continue
            for section in step.entry.message.sections[1:]:
                found.update(dict.fromkeys(rdata.address for rrset in section for rdata in rrset
                                           if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)))
        return list(found)

    def open_sockets(self, address):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            sock = socket.socket(family_of(address), kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, PORT))
            if kind == socket.SOCK_STREAM:
                sock.listen(16)
            self.selector.register(sock, selectors.EVENT_READ, (kind, address))

    def serve(self):
        while not self.ending:
            for key, _ in self.selector.select(0.05):
                kind, address = key.data
                if kind == socket.SOCK_DGRAM:
                    data, client = key.fileobj.recvfrom(65535)
                    if (reply := self.reply(data, address, "udp")) is not None:
                        key.fileobj.sendto(reply, client)
                elif kind == socket.SOCK_STREAM:
                    connection, _ = key.fileobj.accept()
                    connection.settimeout(2)
                    self.selector.register(connection, selectors.EVENT_READ, ("connection", address))
                else:
                    self.serve_connection(key.fileobj, address)

    def serve_connection(self, connection, address):
        try:
            size = connection.recv(2, socket.MSG_WAITALL)
            data = connection.recv(struct.unpack("!H", size)[0], socket.MSG_WAITALL) if len(size) == 2 else b""
            if data:
                if (reply := self.reply(data, address, "tcp")) is not None:
                    connection.sendall(struct.pack("!H", len(reply)) + reply)
                return
        except OSError:
            pass
        self.selector.unregister(connection)
        connection.close()

    def reply(self, data, address, transport):
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException as error:
            self.trace.append(f"  {address}: malformed query: {error!r}")
            return None
        asked = f"{query.question[0].name} {dns.rdatatype.to_text(query.question[0].rdtype)}" if query.question else "-"
        entry = self.find_entry(query, address, transport)
        if entry is None:
            self.unmatched += 1
            self.trace.append(f"  {address} {transport} <- {asked}: no entry")
            if self.silent:
                return None
            failure = dns.message.make_response(query)
            failure.set_rcode(dns.rcode.SERVFAIL)
            return failure.to_wire()
        entry.used += 1
        self.trace.append(f"  {address} {transport} <- {asked}: entry of line {entry.line}")
        return rpl.make_reply(entry, query)

    def find_entry(self, query, address, transport):
        for r in self.scenario.ranges:
            if not r.first <= self.step <= r.last:
                continue
            if address in self.named and r.addresses and address not in r.addresses:
                continue
            return next((e for e in r.entries if not rpl.difference(e, query, transport)), None)
        for step in self.scenario.steps:
            if step.kind == "REPLY" and step.number >= self.step and not step.entry.used:
                if not rpl.difference(step.entry, query, transport):
                    return step.entry
        return None

    def stop(self):
        self.ending = True
        self.thread.join()
