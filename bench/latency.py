"""How long one client waits at low load: one query at a time, the servers asked in turn, query by query, so that
the noise of the machine hits all alike. Medians and the slowest tenth say more than an average here."""
import random
import select
import socket
import statistics
import struct
import time

TIMEOUT = 2.0
PAUSE = 0.0005  # between two queries: every server sleeps when it is asked


def wire(name, number):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split(".") if label)
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", 1, 1)


class Client:
    def __init__(self, server):
        self.name = server.name
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((server.host, server.port))
        self.waits, self.lost = [], 0

    def ask(self, query):
        begun = time.perf_counter_ns()
        self.socket.send(query)
        while select.select([self.socket], [], [], TIMEOUT)[0]:
            reply = self.socket.recv(4096)
            if reply[:2] == query[:2]:
                self.waits.append(time.perf_counter_ns() - begun)
                return
        self.lost += 1


def measure(running, names_for):
    """{server: (median, slowest tenth, lost)} in seconds; names_for(server): as many names for each."""
    clients = [(Client(server), names_for(server)) for server in running]
    order = random.Random(1)
    for i in range(min(len(names) for _, names in clients)):
        order.shuffle(clients)
        for client, names in clients:
            client.ask(wire(names[i], i & 0xffff))
            time.sleep(PAUSE)
    by_name = {server.name: i for i, server in enumerate(running)}
    clients.sort(key=lambda item: by_name[item[0].name])
    return {client.name: (statistics.median(client.waits) / 1e9, statistics.quantiles(client.waits, n=10)[-1] / 1e9, client.lost)
            for client, _ in clients if len(client.waits) > 1}
