"""RFC 6891: EDNS(0) versions, options, payload sizes and misplaced OPT records; RFC 9715 sizes."""
import struct

import pytest

from asking import counts, rcode
from servers import plain_query

FORMERR, BADVERS = 1, 16


def opt(payload=1232, version=0, extended=0, flags=0, options=b""):
    return b"\0" + struct.pack("!HHBBHH", 41, payload, extended, version, flags, len(options)) + options


def with_additional(name, *records, rrtype=1):
    query = bytearray(plain_query(name, rrtype))
    query[10:12] = struct.pack("!H", len(records))
    return bytes(query) + b"".join(records)


def find_opt(packet):
    """(payload, extended rcode, version, flags, options) of a reply whose last record is OPT; None without."""
    if counts(packet)[3] == 0:
        return None
    at = packet.rfind(b"\0\0\x29")
    if at < 0:
        return None
    payload, extended, version, flags, length = struct.unpack("!HBBHH", packet[at + 3:at + 11])
    return payload, extended, version, flags, packet[at + 11:at + 11 + length]


def test_no_opt_without_an_opt(dns):
    assert find_opt(dns.raw(plain_query("web.example."))) is None
    assert counts(dns.raw(plain_query("web.example.")))[3] == 0


def test_an_opt_is_answered_by_an_opt(dns):
    for name in ("web.example.", "nowhere.example.", "host.sub.example.", "example.com."):
        found = find_opt(dns.raw(with_additional(name, opt())))
        assert found and found[2] == 0 and found[0] >= 512


@pytest.mark.parametrize("version", [1, 2, 100, 255])
def test_unknown_versions_are_badvers(dns, version):
    reply = dns.raw(with_additional("web.example.", opt(version=version)))
    found = find_opt(reply)
    assert (found[1] << 4 | rcode(reply)) == BADVERS and found[2] == 0     # section 6.1.3
    assert counts(reply)[1] == 0


@pytest.mark.parametrize("options", [
    struct.pack("!HH", 65001, 0), struct.pack("!HH", 65001, 4) + b"abcd", struct.pack("!HH", 0, 0),
    b"".join(struct.pack("!HH", 60000 + i, 3) + b"xyz" for i in range(30)),
    struct.pack("!HH", 12, 40) + bytes(40),             # padding
    struct.pack("!HH", 8, 7) + b"\0\1\x18\0\xc6\x33\x64"])    # client subnet
def test_unknown_options_are_ignored(dns, options):
    reply = dns.raw(with_additional("web.example.", opt(options=options)))
    assert rcode(reply) == 0 and counts(reply)[1] == 1    # section 6.1.2


@pytest.mark.parametrize("options", [b"\0", b"\xff\xff\xff", struct.pack("!HH", 65001, 10) + b"short"])
def test_options_that_overrun_are_formerr(dns, options):
    reply = dns.raw(with_additional("web.example.", opt(options=options)))
    assert rcode(reply) in (FORMERR, 0)
    assert dns.alive()


@pytest.mark.own_choice
def test_options_that_overrun_are_formerr_here(dns):
    reply = dns.raw(with_additional("web.example.", opt(options=struct.pack("!HH", 65001, 10) + b"short")))
    assert rcode(reply) == FORMERR


def test_two_opts_are_formerr(dns):
    assert rcode(dns.raw(with_additional("web.example.", opt(), opt()))) == FORMERR      # section 6.1.1


def test_opt_with_a_name_is_formerr(dns):
    named = b"\x03web" + opt()
    assert rcode(dns.raw(with_additional("web.example.", named))) in (FORMERR, 0)
    assert dns.alive()


def test_rdlength_beyond_the_message_is_formerr(dns):
    broken = b"\0" + struct.pack("!HHBBHH", 41, 1232, 0, 0, 0, 500)
    assert rcode(dns.raw(with_additional("web.example.", broken))) == FORMERR


def test_do_bit_comes_back_and_other_bits_do_not(dns):
    found = find_opt(dns.raw(with_additional("web.example.", opt(flags=0x8000))))
    assert found[3] == 0x8000                                       # RFC 3225 section 3
    found = find_opt(dns.raw(with_additional("web.example.", opt(flags=0x7fff))))
    assert found[3] & 0x3fff == 0


@pytest.mark.parametrize("payload", [0, 1, 511, 512])
def test_payload_sizes_below_512_mean_512(dns, payload):
    reply = dns.raw(with_additional("medium.example.", opt(payload=payload), rrtype=16))
    assert len(reply) <= 512 and reply[2] & 2                       # TC


@pytest.mark.parametrize("payload", [513, 600, 800, 1000, 1232, 1400, 4096, 65535])
def test_response_is_never_larger_than_asked(dns, payload):
    for name, rrtype in (("medium.example.", 16), ("big.example.", 16), ("multi.example.", 1), ("sub.example.", 1)):
        reply = dns.raw(with_additional(name, opt(payload=payload), rrtype=rrtype))
        assert len(reply) <= payload


@pytest.mark.own_choice
def test_large_payload_sizes_are_cut_to_1232(dns):
    reply = dns.raw(with_additional("big.example.", opt(payload=4096), rrtype=16))
    assert len(reply) <= 1232 and reply[2] & 2                      # RFC 9715 section 3.1


def test_response_that_fits_is_not_truncated(dns):
    reply = dns.raw(with_additional("medium.example.", opt(payload=1232), rrtype=16))
    assert not reply[2] & 2 and counts(reply)[1] == 8


def test_without_edns_512_is_the_limit(dns):
    reply = dns.raw(plain_query("medium.example.", 16))
    assert len(reply) <= 512 and reply[2] & 2
