"""RFC 1035 section 4.1 and RFC 9619: headers, questions, and what is not a query at all."""
import struct

import pytest

from asking import counts, rcode
from servers import encode_name, plain_query

FORMERR, NXDOMAIN, NOTIMP, REFUSED = 1, 3, 4, 5
QR, AA, TC, RD, RA, Z, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010


def flags(packet):
    return struct.unpack("!H", packet[2:4])[0]


def test_id_and_question_come_back(dns):
    for message_id in (0, 1, 0x8000, 0xffff):
        query = plain_query("web.example.", message_id=message_id)
        reply = dns.raw(query)
        assert reply[:2] == query[:2] and reply[12:len(query)] == query[12:]


def test_case_of_the_question_is_preserved(dns):
    query = plain_query("wEb.eXAMPLE.")
    assert dns.raw(query)[12:len(query)] == query[12:]
    query = plain_query("NoWHere.eXAMPLE.")
    assert dns.raw(query)[12:len(query)] == query[12:]


@pytest.mark.parametrize("bit", [TC, RA, Z, AD, CD, RD, AA])
def test_header_bits_of_a_query_do_not_disturb(dns, bit):
    reply = dns.raw(plain_query("web.example.", flags=bit))
    assert rcode(reply) == 0 and counts(reply)[1] == 1
    assert flags(reply) & (QR | AA) == QR | AA
    assert not flags(reply) & (TC | RA | Z)
    assert flags(reply) & RD == (RD if bit == RD else 0)


def test_response_is_not_answered(dns):
    assert dns.silent(plain_query("web.example.", flags=QR))


@pytest.mark.parametrize("opcode", [1, 2, 3, 6, 7, 15])
def test_unknown_opcodes_are_notimp(dns, opcode):
    reply = dns.raw(plain_query("web.example.", flags=opcode << 11))
    assert rcode(reply) == NOTIMP and flags(reply) >> 11 & 15 == opcode


@pytest.mark.own_choice
@pytest.mark.parametrize("opcode", [4, 5])
def test_notify_and_update_are_not_done(dns, opcode):
    reply = dns.raw(plain_query("example.", rrtype=6, flags=opcode << 11))
    assert rcode(reply) in (NOTIMP, REFUSED, FORMERR, 9)


@pytest.mark.parametrize("length", range(12))
def test_less_than_a_header_is_silence(dns, length):
    if length >= 3:
        assert dns.silent(plain_query("web.example.")[:length])
    assert dns.alive()


def test_a_bare_header_is_formerr(dns):
    assert rcode(dns.raw(struct.pack("!6H", 7, 0, 0, 0, 0, 0))) == FORMERR


def test_two_questions_are_formerr(dns):
    question = plain_query("web.example.")[12:]
    reply = dns.raw(struct.pack("!6H", 7, 0, 2, 0, 0, 0) + question + question)  # RFC 9619 section 4
    assert rcode(reply) == FORMERR


@pytest.mark.parametrize("cut", [13, 17, 20, 24, 25, 26, 27])
def test_truncated_question_is_formerr(dns, cut):
    query = plain_query("web.example.")
    assert rcode(dns.raw(query[:cut])) == FORMERR


def test_counts_that_lie_are_formerr(dns):
    query = plain_query("web.example.")
    for header in (struct.pack("!6H", 7, 0, 1, 1, 0, 0), struct.pack("!6H", 7, 0, 1, 0, 1, 0),
                   struct.pack("!6H", 7, 0, 1, 0, 0, 1), struct.pack("!6H", 7, 0, 1, 65535, 65535, 65535)):
        reply = dns.raw(header + query[12:])
        assert reply is None or rcode(reply) == FORMERR
        assert dns.alive()


def test_label_types_that_do_not_exist_are_formerr(dns):
    for first in (0x40, 0x80, 0xbf):
        packet = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + bytes([first]) + encode_name("web.example.") + b"\0\1\0\1"
        assert rcode(dns.raw(packet)) == FORMERR


@pytest.mark.parametrize("question", [
    b"\xc0\x0c",                      # a pointer to itself
    b"\xc0\x0d",                      # forward
    b"\xc0\xff",                      # out of the message
    b"\x03web\xc0\x0c",               # a loop through a label
    b"\xc0\x00"])                     # into the header
def test_pointers_in_the_question_are_bounded(dns, question):
    packet = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + question + b"\0\1\0\1"
    reply = dns.raw(packet, timeout=0.5)
    assert reply is None or rcode(reply) in (FORMERR, REFUSED)
    assert dns.alive()


def test_name_of_255_octets_is_answered_and_longer_is_formerr(dns):
    longest = b"".join(bytes([63]) + b"a" * 63 for _ in range(3)) + bytes([53]) + b"b" * 53 + encode_name("example.")
    assert len(longest) == 255
    packet = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + longest + b"\0\1\0\1"
    assert rcode(dns.raw(packet)) == NXDOMAIN
    too_long = bytes([1]) + b"c" + longest
    packet = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + too_long + b"\0\1\0\1"
    assert rcode(dns.raw(packet)) == FORMERR


def test_any_octet_may_stand_in_a_label(dns):
    label = bytes(range(256))
    for part in (label[i:i + 32] for i in range(0, 256, 32)):
        packet = struct.pack("!6H", 7, 0, 1, 0, 0, 0) + bytes([32]) + part + encode_name("example.") + b"\0\1\0\1"
        reply = dns.raw(packet)
        assert rcode(reply) == NXDOMAIN and reply[12:12 + 33] == packet[12:12 + 33]


@pytest.mark.parametrize("rrclass", [2, 4, 254, 65280])
def test_other_classes_are_refused(dns, rrclass):
    reply = dns.raw(plain_query("web.example.", rrclass=rrclass))
    assert rcode(reply) in (REFUSED, NOTIMP, FORMERR) and counts(reply)[1] == 0


def test_class_any_gets_no_wrong_answer(dns):
    reply = dns.raw(plain_query("web.example.", rrclass=255))
    assert rcode(reply) in (0, REFUSED, NOTIMP, FORMERR)
    if counts(reply)[1]:
        assert not flags(reply) & AA   # RFC 1034 section 3.7.1 / 4.3.2: class * is never authoritative


@pytest.mark.parametrize("rrtype", [251, 252])
def test_transfers_are_refused(dns, rrtype):
    reply = dns.raw(plain_query("example.", rrtype=rrtype))
    assert reply is None or rcode(reply) in (REFUSED, NOTIMP, FORMERR, 9, 0)
    assert reply is None or counts(reply)[1] <= 1


@pytest.mark.parametrize("rrtype", [0, 41, 128, 249, 250, 253, 254, 65535])
def test_types_that_are_not_data_are_answered_by_rcode(dns, rrtype):
    reply = dns.raw(plain_query("web.example.", rrtype=rrtype))
    assert reply is None or (rcode(reply) in (0, FORMERR, NOTIMP, REFUSED) and counts(reply)[1] == 0)
    assert dns.alive()


def test_octets_after_the_message_do_no_harm(dns):
    reply = dns.raw(plain_query("web.example.") + b"\0" * 20)
    assert rcode(reply) in (0, FORMERR)
