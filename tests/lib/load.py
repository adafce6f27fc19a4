"""Steady questions in the background, each of which must be answered: nothing lost, nothing wrong."""
import select
import socket
import struct
import threading
import time

import servers

BURST_SECONDS = 0.005
LAST_ANSWERS_SECONDS = 5.0    # for the last answers of a busy machine to come


class SteadyLoad(threading.Thread):
    """`with SteadyLoad(server, questions) as load:`; afterwards load.sent, load.lost, load.wrong, load.slowest.

    questions: [(name, type)], asked in turn. accept(question, reply bytes) tells whether a reply is right."""

    def __init__(self, server, questions, rate=2000, accept=None):
        super().__init__(daemon=True)
        self.target = (server.host, server.port)
        self.questions, self.accept = questions, accept or (lambda question, reply: reply[3] & 15 == 0)
        self.packets = [servers.plain_query(name, rrtype)[2:] for name, rrtype in questions]
        self.burst = max(1, int(rate * BURST_SECONDS))
        self.sent, self.lost, self.wrong, self.slowest = 0, 0, [], 0.0
        self.outstanding, self.ending = {}, threading.Event()

    def __enter__(self):
        self.start()
        servers.wait_until(lambda: self.sent > self.burst, 10, "the load to begin")
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.join()

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            sock.connect(self.target)
            sock.setblocking(False)
            while not self.ending.is_set():
                for _ in range(self.burst):
                    self.send(sock)
                self.receive(sock, BURST_SECONDS)
            deadline = time.monotonic() + LAST_ANSWERS_SECONDS
            while self.outstanding and time.monotonic() < deadline:
                self.receive(sock, BURST_SECONDS)
            self.lost += len(self.outstanding)

    def send(self, sock):
        index, message_id = self.sent % len(self.packets), self.sent & 0xffff
        if message_id in self.outstanding:
            self.lost += 1
        self.outstanding[message_id] = (index, time.monotonic())
        self.sent += 1
        try:
            sock.send(struct.pack("!H", message_id) + self.packets[index])
        except OSError:
            pass     # counted as lost when no answer comes

    def receive(self, sock, seconds):
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([sock], [], [], left)[0]:
                return
            try:
                reply = sock.recv(65535)
            except OSError:
                continue
            asked = self.outstanding.pop(struct.unpack("!H", reply[:2])[0], None)
            if asked is None:
                continue
            self.slowest = max(self.slowest, time.monotonic() - asked[1])
            if not self.accept(self.questions[asked[0]], reply) and len(self.wrong) < 10:
                self.wrong.append((self.questions[asked[0]], reply))

    def check(self):
        assert self.sent > 0 and self.lost == 0, f"{self.lost} of {self.sent} queries lost"
        assert not self.wrong, f"wrong answers: {self.wrong[:3]}"
