"""A second, independent reader and matcher of .rpl scenarios, upon dnspython: what the C++ player and the
resolver's own message code might overlook together shows here."""
import calendar
import dataclasses
import re
import shlex
import time

import dns.dnssec
import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

FLAGS = ("QR", "AA", "TC", "RD", "RA", "AD", "CD")
SECTIONS = ("ANSWER", "AUTHORITY", "ADDITIONAL")
ALL = {"opcode", "qtype", "qname", "flags", "rcode", "answer", "authority", "additional"}


@dataclasses.dataclass
class Entry:
    line: int
    match: set = dataclasses.field(default_factory=set)
    adjust: set = dataclasses.field(default_factory=set)
    mandatory: bool = False
    raw: bytes | None = None
    message: dns.message.Message = None
    used: int = 0


@dataclasses.dataclass
class Range:
    first: int
    last: int
    addresses: list = dataclasses.field(default_factory=list)
    entries: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Step:
    number: int
    kind: str
    line: int
    seconds: int = 0
    entry: Entry | None = None


@dataclasses.dataclass
class Config:
    roots: list = dataclasses.field(default_factory=list)
    root_name: str = "k.root-servers.net."
    trust_anchors: list = dataclasses.field(default_factory=list)
    negative_anchors: list = dataclasses.field(default_factory=list)
    wall: int | None = None
    minimise: bool | None = None
    ipv4: bool = True
    ipv6: bool = True
    ask_loopback: bool = False
    harden_glue: bool = True
    serve_stale: int = 0
    forwards: list = dataclasses.field(default_factory=list)  # (zone, [addresses])
    features: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Scenario:
    name: str
    config: Config = dataclasses.field(default_factory=Config)
    ranges: list = dataclasses.field(default_factory=list)
    steps: list = dataclasses.field(default_factory=list)


def is_on(text):
    return text.lower() in ("yes", "on", "true", "1")


def without_comment(line):
    quoted = False
    for i, c in enumerate(line):
        if c == '"' and line[i - 1:i] != "\\":
            quoted = not quoted
        elif c == ";" and not quoted:
            return line[:i]
    return line


def read_config(config, line):
    key, _, value = (part.strip() for part in line.split("#")[0].partition(":"))
    value = value.strip("\"' \t")
    if key == "stub-addr":
        config.roots.append(without_comment(value).strip())
    elif key == "stub-name":
        config.root_name = value
    elif key == "trust-anchor":
        config.trust_anchors.append(without_comment(value).strip())
    elif key == "domain-insecure":
        config.negative_anchors.append(value)
    elif key == "val-override-date":
        config.wall = calendar.timegm(time.strptime(value, "%Y%m%d%H%M%S"))
    elif key == "val-override-timestamp":
        config.wall = int(value)
    elif key == "query-minimization":
        config.minimise = is_on(value)
    elif key == "do-ip4":
        config.ipv4 = is_on(value)
    elif key == "do-ip6":
        config.ipv6 = is_on(value)
    elif key == "do-not-query-localhost":
        config.ask_loopback = not is_on(value)
    elif key == "harden-glue":
        config.harden_glue = is_on(value)
    elif key == "serve-stale":
        config.serve_stale = int(value)
    elif key == "forward":
        zone, *addresses = value.split()
        config.forwards.append((zone, addresses))
    elif key == "features":
        name, _, setting = value.partition("=")
        config.features[name.strip()] = setting.strip()
    elif key:
        raise ValueError(f"unknown setting {key}")


def absolute(name):
    return name if name.endswith(".") else name + "."


def read_record(line, is_question):
    words = line.split()
    owner, words = absolute(words[0]), words[1:]
    ttl = 3600
    if words and re.fullmatch(r"\d+[smhdwSMHDW]?", words[0]):
        ttl, words = dns.ttl.from_text(words[0]), words[1:]
    if words[0].upper() in ("IN", "CH", "ANY") and len(words) > 1:
        rrclass, words = dns.rdataclass.from_text(words[0]), words[1:]
    else:
        rrclass = dns.rdataclass.IN
    rrtype = dns.rdatatype.from_text(words[0])
    rrset = dns.rrset.RRset(dns.name.from_text(owner), rrclass, rrtype)
    if is_question:
        return rrset
    words = words[1:]
    if rrtype == dns.rdatatype.DS and not words[1].isdigit():
        words[1] = str(int(dns.dnssec.algorithm_from_text(words[1])))
    if rrtype == dns.rdatatype.TXT:
        text = line[line.upper().index("TXT") + 3:].strip()
    else:
        text = " ".join(words)
    rdata = dns.rdata.from_text(rrclass, rrtype, text, origin=dns.name.root, relativize=False)
    rrset.add(rdata, ttl)
    if rrset.rdtype == dns.rdatatype.RRSIG:
        rrset.covers = rdata.type_covered
    return rrset


class Reader:
    def __init__(self, name, text):
        self.scenario = Scenario(name)
        self.lines = enumerate(text.splitlines(), 1)
        self.number = 0

    def next(self):
        for self.number, line in self.lines:
            line = without_comment(line).strip()
            if line:
                return line
        return None

    def read(self):
        scenario = self.scenario
        while (line := self.next()) != "CONFIG_END":
            read_config(scenario.config, line)
        while (line := self.next()) is not None and line != "SCENARIO_END":
            words = line.split()
            if words[0] == "RANGE_BEGIN":
                scenario.ranges.append(self.read_range(int(words[1]), int(words[2]), words[3:]))
            elif words[0] == "STEP":
                seconds = int(words[4]) if words[2] == "TIME_PASSES" else 0
                scenario.steps.append(Step(int(words[1]), words[2], self.number, seconds))
            elif words[0] == "ENTRY_BEGIN":
                scenario.steps[-1].entry = self.read_entry()
            elif words[0] != "SCENARIO_BEGIN":
                raise ValueError(f"{scenario.name}:{self.number}: {line}")
        if not scenario.config.roots:
            scenario.config.roots = list(dict.fromkeys(scenario.ranges[0].addresses))
        return scenario

    def read_range(self, first, last, addresses):
        found = Range(first, last, addresses)
        while (line := self.next()) != "RANGE_END":
            if line == "ENTRY_BEGIN":
                found.entries.append(self.read_entry())
            else:
                keyword, address = line.split()
                assert keyword == "ADDRESS", line
                found.addresses.append(address)
        return found

    def read_entry(self):
        entry = Entry(self.number)
        message = entry.message = dns.message.Message(id=0)
        message.flags = 0
        matched = adjusted = False
        section, rcode, opcode, wants_dnssec = None, 0, 0, False
        while (line := self.next()) != "ENTRY_END":
            keyword, *words = shlex.split(line, posix=False)
            if keyword == "MATCH":
                matched = True
                for word in words:
                    entry.match |= ALL if word == "all" else {"qname", "qtype"} if word == "question" else {word}
            elif keyword == "ADJUST":
                adjusted = True
                entry.adjust |= set(words)
            elif keyword in ("REPLY", "FLAGS"):
                for word in words:
                    if word in FLAGS:
                        message.flags |= dns.flags.from_text(word)
                    elif word == "DO":
                        wants_dnssec = True
                    elif word in dns.opcode.Opcode.__members__:
                        opcode = dns.opcode.from_text(word)
                    else:
                        rcode = dns.rcode.from_text(word)
            elif keyword == "MANDATORY":
                entry.mandatory = True
            elif keyword in ("SECTION", "RAW"):
                section = words[0] if words else keyword
            elif section == "QUESTION":
                message.question.append(read_record(line, True))
            elif section == "RAW":
                entry.raw = bytes.fromhex(line)
            else:
                text = line
                while text.count("(") > text.count(")"):
                    text += " " + self.next()
                text = text.replace("(", " ").replace(")", " ")
                message.sections[1 + SECTIONS.index(section)].append(read_record(text, False))
        message.set_opcode(opcode)
        message.use_edns(0, dns.flags.DO if wants_dnssec else 0, 4096)
        message.set_rcode(rcode)
        entry.match = entry.match if matched else {"opcode", "qtype", "qname"}
        entry.adjust = entry.adjust if adjusted else {"copy_id"}
        return entry


def records(rrsets):
    """Comparable: names without case, TTLs left out."""
    return sorted((rrset.name.canonicalize().to_text(), int(rrset.rdclass), int(rrset.rdtype),
                   rdata.to_digestable(dns.name.root)) for rrset in rrsets for rdata in rrset)


def first_question(message):
    return message.question[0] if message.question else None


def difference(entry, got, transport="udp"):
    """What differs, in words; empty: nothing that the entry compares."""
    want, found = entry.message, []
    a, b = first_question(want), first_question(got)
    for part in sorted(entry.match):
        if part in ("qname", "qtype", "qcase"):
            if (a is None) != (b is None):
                found.append("one has no question")
            elif a is not None and part == "qname" and a.name != b.name:
                found.append(f"qname {b.name}, expected {a.name}")
            elif a is not None and part == "qcase" and a.name.labels != b.name.labels:
                found.append(f"qname {b.name}, expected {a.name}, with its case")
            elif a is not None and part == "qtype" and a.rdtype != b.rdtype:
                found.append("qtype")
        elif part == "subdomain":
            if a is not None and not (b.name if b is not None else dns.name.root).is_subdomain(a.name):
                found.append("subdomain")
        elif part in ("UDP", "TCP"):
            if part.lower() != transport:
                found.append(part)
        elif part.startswith("ede="):
            codes = [str(int(option.code)) for option in got.options if isinstance(option, dns.edns.EDEOption)] or ["none"]
            if codes != [part[4:]]:
                found.append(f"EDE {codes[0]}, expected {part[4:]}")
        elif part == "DO":
            if not got.ednsflags & dns.flags.DO:
                found.append("DO")
        elif part == "opcode" and want.opcode() != got.opcode():
            found.append("opcode")
        elif part == "rcode" and want.rcode() != got.rcode():
            found.append(f"{dns.rcode.to_text(got.rcode())}, expected {dns.rcode.to_text(want.rcode())}")
        elif part == "flags" and dns.flags.to_text(want.flags) != dns.flags.to_text(got.flags):
            found.append(f"flags {dns.flags.to_text(got.flags)}, expected {dns.flags.to_text(want.flags)}")
        elif part.upper() in SECTIONS:
            i = 1 + SECTIONS.index(part.upper())
            if records(want.sections[i]) != records(got.sections[i]):
                found.append(f"{part} differs")
        elif part == "edns" and (want.edns, want.payload) != (got.edns, got.payload):
            found.append("EDNS")
    return found


def make_reply(entry, query):
    """Octets, or None for silence."""
    if "do_not_answer" in entry.adjust:
        return None
    if entry.raw is not None:
        return query.id.to_bytes(2, "big") + entry.raw[2:] if "raw_id" in entry.adjust else entry.raw
    want = entry.message
    reply = dns.message.Message(id=query.id if "copy_id" in entry.adjust else query.id ^ 0xffff)
    reply.flags = want.flags
    reply.sections[0] = list(want.sections[0])
    if "copy_query" in entry.adjust:
        reply.sections[0] = list(query.question)
    elif "copy_id" in entry.adjust and reply.question and query.question:
        kept = reply.question[0]
        reply.sections[0] = [dns.rrset.RRset(query.question[0].name, kept.rdclass, kept.rdtype)]
    for i in (1, 2, 3):
        reply.sections[i] = list(want.sections[i])
    if query.edns >= 0:
        reply.use_edns(0, query.ednsflags, 4096)
    reply.set_rcode(want.rcode())
    return reply.to_wire(max_size=65535)
