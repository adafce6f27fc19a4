"""Packets that nobody means well: a standard answer or silence, no crash, no growth (seeded, the same every time)."""
import contextlib
import pathlib
import random
import select
import socket
import struct

import pytest

import serving
from asking import counts, rcode
from servers import encode_name, plain_query

SEED = 7
MUTATED = 30_000
GROWTH = 16 << 20     # allocator slack and grown buffers; a leak of a packet each would be far more
STANDARD_RCODES = {0, 1, 2, 3, 4, 5, 6, 9}


@pytest.fixture
def node(nodes):
    zones = pathlib.Path(__file__).resolve().parents[1] / "conformance" / "zones"
    return nodes(zones={f"{path.stem}.": path for path in sorted(zones.glob("*.zone"))})


def opt(options=b"", payload=1232, flags=0):
    return b"\0" + struct.pack("!HHIH", 41, payload, flags, len(options)) + options


def seeds():
    plain = [plain_query(name, rrtype) for name, rrtype in (
        ("web.example.", 1), ("nowhere.example.", 28), ("x.wild.example.", 16), ("host.dn.example.", 1), ("big.example.", 16),
        ("sub.example.", 2), ("chain1.example.", 1), ("example.", 255))]
    with_opt = [query[:10] + b"\0\1" + query[12:] + opt(struct.pack("!HH", 3, 0), flags=0x8000) for query in plain]
    return plain + with_opt


def mutate(rng, packet):
    data = bytearray(packet)
    for _ in range(rng.randrange(1, 6)):
        kind = rng.randrange(6)
        at = rng.randrange(len(data)) if data else 0
        if kind == 0 and data:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and data:
            data[at] = rng.choice((0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xff))
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            data[at:at] = rng.randbytes(rng.randrange(1, 40))
        elif kind == 4:
            del data[at:at + rng.randrange(1, 8)]
        else:
            data += data[at:]
    return bytes(data[:4096])


def exchange_all(node, packets, window=32):
    """Sends all of them, a window at a time; yields the replies."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((node.host, node.port))
        sock.setblocking(False)
        for start in range(0, len(packets), window):
            for packet in packets[start:start + window]:
                with contextlib.suppress(OSError):
                    sock.send(packet)
            while select.select([sock], [], [], 0.001)[0]:
                with contextlib.suppress(OSError):
                    yield sock.recv(65535)


def check_reply(reply):
    assert len(reply) >= 12 and reply[2] & 0x80 and len(reply) <= 4096
    assert rcode(reply) in STANDARD_RCODES, reply


def check_all(node, packets):
    """Exchanges all; every reply is a standard one, and the node lives. Returns the number of replies."""
    answered = 0
    for reply in exchange_all(node, packets):
        check_reply(reply)
        answered += 1
    assert node.asker.alive()
    return answered


def test_mutated_packets(node):
    rng = random.Random(SEED)
    originals = seeds()
    check_all(node, [mutate(rng, rng.choice(originals)) for _ in range(2000)])
    before = serving.resident_bytes(node)
    answered = check_all(node, [mutate(rng, rng.choice(originals)) for _ in range(MUTATED)])
    assert answered > MUTATED // 20          # not all hopeless: the mutations reach the code behind the parser
    assert serving.resident_bytes(node) < before + GROWTH


def test_every_truncation(node):
    check_all(node, [seed[:length] for seed in seeds() for length in range(len(seed))])


def test_every_header_bit(node):
    """All 65,536 values of the flags: who asks gets QR, the same id and opcode; a response gets nothing."""
    answered = set()
    packets = [plain_query("web.example.", flags=value, message_id=value) for value in range(65536)]
    for reply in exchange_all(node, packets):
        check_reply(reply)
        message_id, flags = struct.unpack("!2H", reply[:4])
        assert not message_id & 0x8000, f"a response ({message_id:#x}) was answered"
        assert flags >> 11 & 15 == message_id >> 11 & 15
        if message_id & 0x7800:
            assert rcode(reply) != 0 and counts(reply)[1] == 0
        answered.add(message_id)
    assert len(answered) > 32768 * 0.99      # loopback may lose a few when the machine is busy
    assert node.asker.alive()


def test_random_bytes(node):
    rng = random.Random(SEED + 1)
    check_all(node, [rng.randbytes(rng.randrange(0, 1500)) for _ in range(5000)])


def test_hostile_names(node):
    """Compression loops, the longest names, octets of every value: bounded work and a standard answer."""
    header = struct.pack("!6H", 7, 0, 1, 0, 0, 0)
    names = [b"\xc0\x0c", b"\x01a\xc0\x0c", b"\x3f" + b"a" * 63 + b"\xc0\x0c", b"\x01a" * 127 + b"\0", b"\x01a" * 128 + b"\0",
             (b"\x3f" + b"\xff" * 63) * 3 + b"\x3d" + b"\0" * 61 + b"\0", b"\x02\0\0" * 20 + b"\0"]
    names += [bytes([1, value]) + encode_name("example.") for value in range(256)]
    names += [b"\xc0" + bytes([low]) for low in range(256)]
    check_all(node, [header + name + b"\0\1\0\1" for name in names])


def test_additional_records_of_every_kind(node):
    query = plain_query("web.example.")
    records = [b"\xc0\x0c" + struct.pack("!HHIH", rrtype, 1, 0, length) + bytes(min(length, 200))
               for rrtype in (0, 1, 24, 41, 249, 250, 255, 65535) for length in (0, 1, 4, 100, 65535)]
    check_all(node, [query[:10] + struct.pack("!H", n) + query[12:] + record * n for record in records for n in (1, 2, 5)])
