"""What make.py writes scenarios with: signed zones whose keys are made of their names (Ed25519 signs the same
octets alike every time, so that the files stay as they are), servers, steps."""
import base64
import hashlib
import pathlib
import struct

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.NSEC3
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ed25519

DATE = "20240501120000"  # the clock of every scenario
INCEPTION, EXPIRATION = "20240401000000", "20240601000000"
ROOT = "192.0.2.1"
SECTIONS = ("ANSWER", "AUTHORITY", "ADDITIONAL")


def rrsets(lines):
    """Text records, grouped."""
    found = {}
    for line in lines:
        owner, ttl, rtype, rdata = line.split(None, 3)
        name, kind = dns.name.from_text(owner), dns.rdatatype.from_text(rtype)
        rrset = found.setdefault((name, kind), dns.rrset.RRset(name, dns.rdataclass.IN, kind))
        rrset.add(dns.rdata.from_text(dns.rdataclass.IN, kind, rdata), int(ttl))
    return list(found.values())


def text(rrset):
    return [f"{rrset.name} {rrset.ttl} IN {dns.rdatatype.to_text(rrset.rdtype)} {rdata.to_text()}" for rdata in rrset]


def plain(*lines):
    return [line for rrset in rrsets(lines) for line in text(rrset)]


class Key:
    def __init__(self, seed, flags=257):
        self.private = ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(seed.encode()).digest())
        self.flags = flags

    def dnskey(self, flags=None):
        return dns.dnssec.make_dnskey(self.private.public_key(), dns.dnssec.Algorithm.ED25519, flags or self.flags)


class Zone:
    def __init__(self, name, key=None):
        self.name = name
        self.apex = dns.name.from_text(name)
        self.key = key or Key(name)

    def ds(self, ttl=3600):
        ds = dns.dnssec.make_ds(self.apex, self.key.dnskey(), "SHA256")
        return f"{self.name} {ttl} DS {ds.to_text()}"

    def rrsig(self, rrset, inception=INCEPTION, expiration=EXPIRATION, key=None, signer=None):
        key = key or self.key
        labels = len(rrset.name) - 1 - rrset.name.is_wild()
        dnskey = key.dnskey()
        fields = (dns.rdatatype.to_text(rrset.rdtype), int(dnskey.algorithm), labels, rrset.ttl, expiration, inception,
                  dns.dnssec.key_id(dnskey), signer or self.name)
        # RFC 4034 section 3.1.8.1.
        template = dns.rdata.from_text(dns.rdataclass.IN, "RRSIG", " ".join(map(str, fields)) + " AAAA")
        data = template.to_wire(origin=dns.name.root)[:18] + template.signer.to_digestable()
        owner = rrset.name.to_digestable()
        for rdata in sorted(rdata.to_digestable() for rdata in rrset):
            data += owner + struct.pack("!HHIH", rrset.rdtype, rrset.rdclass, rrset.ttl, len(rdata)) + rdata
        signature = base64.b64encode(key.private.sign(data)).decode()
        return dns.rdata.from_text(dns.rdataclass.IN, "RRSIG", " ".join(map(str, fields)) + " " + signature)

    def signed(self, *lines, owner=None, **how):
        """`lines` with an RRSIG for each RRset; `owner`: what a wildcard's RRsets are renamed to."""
        out = []
        for rrset in rrsets(lines):
            signature = self.rrsig(rrset, **how)
            if owner is not None and rrset.name.is_wild():
                rrset.name = dns.name.from_text(owner)
            out += [*text(rrset), f"{rrset.name} {rrset.ttl} IN RRSIG {signature.to_text()}"]
        return out

    def dnskeys(self, *more):
        return self.signed(f"{self.name} 3600 DNSKEY {self.key.dnskey().to_text()}",
                           *[f"{self.name} 3600 DNSKEY {key.to_text()}" for key in more])

    def soa_line(self, minimum=300):
        return f"{self.name} 3600 SOA ns.{self.name.lstrip('.')} admin.{self.name.lstrip('.')} 1 7200 3600 1209600 {minimum}"

    def soa(self, minimum=300):
        return self.signed(self.soa_line(minimum))

    def nsec(self, owner, following, types, **how):
        return self.signed(f"{owner} 300 NSEC {following} {types}", **how)

    def nsec3(self, name, types, covering=False, opt_out=False, iterations=0):
        """The record that matches `name`, or one that covers it tightly."""
        digest = dns.dnssec.nsec3_hash(dns.name.from_text(name), None, iterations, 1)
        raw = int.from_bytes(unhex32(digest), "big")
        first, last = (raw - 1, raw + 1) if covering else (raw, raw + 1)
        return self.signed(f"{hex32(first)}.{self.name} 300 NSEC3 1 {int(opt_out)} {iterations} - {hex32(last)} {types}")


ALPHABETS = (b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHIJKLMNOPQRSTUV")


def unhex32(label):
    return base64.b32decode(label.upper().encode().translate(bytes.maketrans(ALPHABETS[1], ALPHABETS[0])))


def hex32(number):
    octets = number.to_bytes(20, "big")
    return base64.b32encode(octets).translate(bytes.maketrans(*ALPHABETS)).decode().lower()


class Scenario:
    def __init__(self, name, title, *config):
        self.name = name
        self.lines = [*config, f'val-override-date: "{DATE}"', f"stub-addr: {ROOT}", "CONFIG_END", "",
                      f"SCENARIO_BEGIN {title}", ""]
        self.step = 0
        self.steps = []

    def range(self, address, *entries, first=0, last=1000):
        self.lines += [f"RANGE_BEGIN {first} {last}", f"ADDRESS {address}"]
        for entry in entries:
            self.lines += entry
        self.lines += ["RANGE_END", ""]
        return self

    def root(self, *delegations, first=0, last=1000):
        """`delegations`: (zone, address of its server)."""
        entries = [entry(". NS", answer=[". 3600 NS k.root-servers.net."],
                         additional=[f"k.root-servers.net. 3600 A {ROOT}"])]
        entries += [referral(zone, f"ns.{zone}", address) for zone, address in delegations]
        return self.range(ROOT, *entries, first=first, last=last)

    def ask(self, question, flags="RD DO"):
        self.step += 10
        self.steps += [f"STEP {self.step} QUERY", "ENTRY_BEGIN", f"REPLY {flags}", "SECTION QUESTION",
                       in_class(question), "ENTRY_END"]
        self.question = question
        return self

    def expect(self, flags, answer=(), authority=None, match="flags rcode question answer"):
        """`flags` with the rcode; QR, RD and RA are meant."""
        self.step += 1
        if authority is not None:
            match += " authority"
        self.steps += [f"STEP {self.step} CHECK_ANSWER",
                       *entry(self.question, "QR RD RA " + flags, answer, authority or (), match=match), ""]
        return self

    def passes(self, seconds):
        self.step += 1
        self.steps += [f"STEP {self.step} TIME_PASSES ELAPSE {seconds}"]
        return self

    def write(self, folder):
        head = ["; Written by make.py; edit that.", ""]
        lines = [*head, *self.lines, *self.steps, "SCENARIO_END", ""]
        (pathlib.Path(folder) / f"{self.name}.rpl").write_text("\n".join(lines))


def in_class(question):
    name, rtype = question.split()
    return f"{name} IN {rtype}"


def entry(question, reply="QR AA NOERROR", answer=(), authority=(), additional=(), match="opcode qtype qname",
          adjust="copy_id"):
    match = match.replace("question", "qname qtype")
    lines = ["ENTRY_BEGIN", f"MATCH {match}", f"ADJUST {adjust}", f"REPLY {reply}", "SECTION QUESTION", in_class(question)]
    for section, records in zip(SECTIONS, (answer, authority, additional)):
        if records:
            lines += [f"SECTION {section}", *records]
    return [*lines, "ENTRY_END"]


def referral(zone, server, address=None, extra=()):
    return entry(f"{zone} NS", "QR NOERROR", authority=[f"{zone} 3600 IN NS {server}", *extra],
                 additional=[f"{server} 3600 IN A {address}"] if address else [],
                 match="opcode subdomain", adjust="copy_id copy_query")


def silence(question):
    return entry(question, adjust="copy_id do_not_answer")
