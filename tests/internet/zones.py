"""Zones of a small internet: a root, top-level domains, a thousand zones below, half of them signed and some of
these broken. Made from a seed and signed with keys made on the spot; the same names in every run.

    zones = Plan(folder).write()      files, one folder per tier, and trust_anchor.txt, hints.zone
"""
import base64
import dataclasses
import json
import pathlib
import random
import struct
import time

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

SEED = 20261123
FORM = 3  # raise it when zones are made differently: those on disk are made anew
TTL = 3600
DAY = 86400
TIERS = ("root", "top", "second")
SIGNED_SHARE = 0.5
BROKEN_SHARE = 0.02       # of the signed ones: expired signatures
OPT_OUT_OF_ZONE = 0.3     # of the zones: served by names in another zone
ROOT_ADDRESSES = ["127.10.0.1", "127.10.0.2"]
TOP = [f"t{i}" for i in range(5)]


def top_address(i):
    return f"127.20.{i}.1"


def second_address(i):
    return f"127.30.{i % 16}.1"


@dataclasses.dataclass
class ZonePlan:
    origin: str
    tier: str
    addresses: list
    servers: list
    signed: bool = False
    broken: bool = False
    algorithm: str = "ecdsa"
    children: list = dataclasses.field(default_factory=list)
    lines: list = dataclasses.field(default_factory=list)  # (owner, type, rdata)


class Keys:
    """One key per algorithm, for all zones: what a resolver cannot tell."""

    def __init__(self):
        self.private = {"ecdsa": ec.generate_private_key(ec.SECP256R1()),
                        "rsa": rsa.generate_private_key(public_exponent=65537, key_size=2048)}
        number = {"ecdsa": dns.dnssec.Algorithm.ECDSAP256SHA256, "rsa": dns.dnssec.Algorithm.RSASHA256}
        self.dnskey = {kind: dns.dnssec.make_dnskey(key.public_key(), number[kind], flags=257)
                       for kind, key in self.private.items()}

    def ds(self, zone):
        return dns.dnssec.make_ds(zone.origin, self.dnskey[zone.algorithm], "SHA256").to_text()


class Plan:
    def __init__(self, folder, zones=1000):
        self.folder = pathlib.Path(folder)
        self.random = random.Random(SEED)
        self.keys = Keys()
        self.zones = self.plan(zones)

    def plan(self, count):
        root = ZonePlan(".", "root", ROOT_ADDRESSES, ["a.root.", "b.root."], True, algorithm="rsa")
        zones = [root]
        for i, name in enumerate(TOP):
            top = ZonePlan(name + ".", "top", [top_address(i)], [f"ns.{name}."], i != 1, algorithm=("ecdsa", "rsa")[i % 2])
            root.children.append(top)
            zones.append(top)
        host = None
        for i in range(count):
            top = zones[1 + i % len(TOP)]
            origin = f"z{i}.{top.origin}"
            zone = ZonePlan(origin, "second", [second_address(i)], [f"ns.{origin}"])
            if host is None:
                host = zone
            elif self.random.random() < OPT_OUT_OF_ZONE:
                zone.addresses, zone.servers = host.addresses, [f"ns.{host.origin}"]
            zone.signed = self.random.random() < SIGNED_SHARE
            zone.broken = zone.signed and zone is not host and self.random.random() < BROKEN_SHARE
            zone.algorithm = "ecdsa" if self.random.random() < 0.7 else "rsa"
            top.children.append(zone)
            zones.append(zone)
        return zones

    def is_secure(self, zone):
        return zone.signed and (zone.tier != "second" or zone.origin.split(".")[1] != TOP[1])

    def fill(self, zone):
        """The zone's records, unsigned; glue is in a list of its own."""
        def under(label):
            return label + "." + zone.origin.lstrip(".")
        put, glue = zone.lines.append, []
        put((zone.origin, "SOA", f"{zone.servers[0]} hostmaster.{zone.origin.lstrip('.')} 1 3600 600 {30 * DAY} 900"))
        for server, address in zip(zone.servers, zone.addresses):
            put((zone.origin, "NS", server))
            if server.endswith(under("").lstrip(".")) or zone.tier == "root":
                put((server, "A", address))
        for child in zone.children:
            for server, address in zip(child.servers, child.addresses):
                put((child.origin, "NS", server))
                if server.endswith("." + child.origin):
                    glue.append((server, "A", address))
            if self.is_secure(child) or (child.signed and zone.signed):
                put((child.origin, "DS", self.keys.ds(child)))
        if zone.tier == "second":
            number = int(zone.origin.split(".")[0][1:])
            put((under("www"), "A", f"192.0.2.{number % 250 + 1}"))
            put((under("www"), "AAAA", f"2001:db8::{number:x}"))
            put((zone.origin, "MX", f"10 {under('www')}"))
            put((under("*"), "A", f"198.51.100.{number % 250 + 1}"))
            put((under("alias"), "CNAME", f"www.z{(number * 7 + 1) % 100}.{TOP[(number * 7 + 1) % len(TOP)]}."))
        return glue

    def write(self):
        for tier in TIERS:
            (self.folder / tier).mkdir(parents=True, exist_ok=True)
        for zone in self.zones:
            glue = self.fill(zone)
            text = Signer(zone, self.keys).text() if zone.signed else [f"{o} {TTL} {t} {r}" for o, t, r in zone.lines]
            text += [f"{owner} {TTL} {rrtype} {rdata}" for owner, rrtype, rdata in glue]
            self.file(zone).write_text("\n".join(text) + "\n")
        root = self.zones[0]
        (self.folder / "trust_anchor.txt").write_text(f". IN DS {self.keys.ds(root)}\n")
        hints = [f". 3600000 NS {server}\n{server} 3600000 A {address}" for server, address in zip(root.servers, root.addresses)]
        (self.folder / "hints.zone").write_text("\n".join(hints) + "\n")
        summary = [{"origin": z.origin, "tier": z.tier, "addresses": z.addresses, "signed": z.signed, "broken": z.broken,
                    "secure": self.is_secure(z)} for z in self.zones]
        (self.folder / "plan.json").write_text(json.dumps({"made": time.time(), "form": FORM, "zones": summary}))
        return summary

    def file(self, zone):
        return self.folder / zone.tier / f"{zone.origin if zone.origin != '.' else 'root.'}zone"


class Signer:
    """NSEC and RRSIG for a zone whose names are few."""

    def __init__(self, zone, keys):
        self.origin = dns.name.from_text(zone.origin)
        self.key, self.dnskey = keys.private[zone.algorithm], keys.dnskey[zone.algorithm]
        now = int(time.time())
        self.inception = now - 60 * DAY
        self.expiration = now - 30 * DAY if zone.broken else now + 60 * DAY
        self.rrsets = {}
        for owner, rrtype, rdata in zone.lines:
            self.add(dns.name.from_text(owner), dns.rdatatype.from_text(rrtype), rdata)
        self.add(self.origin, dns.rdatatype.DNSKEY, self.dnskey.to_text())

    def add(self, owner, rrtype, text):
        rdata = dns.rdata.from_text(dns.rdataclass.IN, rrtype, text)
        rrset = self.rrsets.setdefault(owner, {}).setdefault(rrtype, dns.rrset.RRset(owner, dns.rdataclass.IN, rrtype))
        rrset.add(rdata, TTL)

    def text(self):
        names = sorted(self.rrsets)
        out = []
        for i, name in enumerate(names):
            cut = name != self.origin and dns.rdatatype.NS in self.rrsets[name]
            following = names[(i + 1) % len(names)]
            types = " ".join([dns.rdatatype.to_text(t) for t in self.rrsets[name]] + ["NSEC", "RRSIG"])
            self.add(name, dns.rdatatype.NSEC, f"{following} {types}")
            for rrtype, rrset in self.rrsets[name].items():
                out.append(rrset.to_text())
                if cut and rrtype == dns.rdatatype.NS:
                    continue
                out.append(f"{name} {TTL} IN RRSIG {self.signature(rrset)}")
        return out

    def signature(self, rrset):
        """RRSIG RDATA as text (RFC 4034 section 3.1; dnspython 2.3 counts the label of a wildcard)."""
        labels = len(rrset.name) - 1 - rrset.name.is_wild()
        algorithm, tag = int(self.dnskey.algorithm), dns.dnssec.key_id(self.dnskey)
        data = struct.pack("!HBBIIIH", rrset.rdtype, algorithm, labels, TTL, self.expiration, self.inception, tag)
        data += self.origin.to_digestable()
        for rdata in sorted(rdata.to_digestable() for rdata in rrset):
            data += rrset.name.to_digestable() + struct.pack("!HHIH", rrset.rdtype, rrset.rdclass, TTL, len(rdata)) + rdata
        if algorithm == dns.dnssec.Algorithm.ECDSAP256SHA256:
            r, s = utils.decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
            signed = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        else:
            signed = self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return (f"{dns.rdatatype.to_text(rrset.rdtype)} {algorithm} {labels} {TTL} {self.expiration} {self.inception} "
                f"{tag} {self.origin} {base64.b64encode(signed).decode()}")


def prepared(folder, zones=1000, most_days=20):
    """The folder's summary, made anew when it is not there or its signatures grow old."""
    path = pathlib.Path(folder) / "plan.json"
    if path.exists():
        plan = json.loads(path.read_text())
        fresh = time.time() - plan["made"] < most_days * DAY and plan.get("form") == FORM
        if fresh and len(plan["zones"]) == zones + 1 + len(TOP):
            return plan["zones"]
    return Plan(folder, zones).write()
