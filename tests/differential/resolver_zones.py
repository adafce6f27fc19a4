"""The internet of the resolver's differential: some forty zones made from a seed, signed with BIND's tools, served by
Knot on loopback addresses of a namespace. What a zone holds is drawn; how it is broken is its fault, by turns."""
import dataclasses
import pathlib
import random
import shutil

import dns.name

import signing

SEED = 3
TTL = 3600
SECONDS, THIRDS = 30, 9
GROUPS = ("root", "top", "second", "third")    # one Knot process each
DEAD = "127.99.0.1"                            # nobody listens
REFUSING = "127.40.9.1"                        # a server that has no zone of the second level

NSEC, NSEC3, OPT_OUT = [], ["-3", "-", "-H", "0"], ["-3", "beef", "-H", "1", "-A"]
PAST = ["-s", "20200101000000", "-e", "20210101000000", "-P"]
FUTURE = ["-s", "20360101000000", "-e", "20370101000000", "-P"]

# How a zone is signed: (arguments of the signer, or None; what the parent says of it).
SIGNINGS = {
    "nsec": (NSEC, "ds"), "nsec3": (NSEC3, "ds"), "opt-out": (OPT_OUT, "ds"), "unsigned": (None, "nothing"),
    "island": (NSEC, "nothing"), "island-nsec3": (NSEC3, "nothing"),
    "expired": (PAST, "ds"), "not-yet": (FUTURE, "ds"), "wrong-ds": (NSEC, "wrong digest"),
    "ds-of-unsigned": (None, "wrong digest"), "unknown-algorithm": (NSEC, "unknown algorithm"),
    "unknown-digest": (NSEC3, "unknown digest"), "many-iterations": (["-3", "beef", "-H", "120"], "ds"),
}
TOPS = ["nsec", "nsec3", "opt-out", "unsigned", "nsec"]
OF_SECONDS = ["nsec", "nsec3", "unsigned", "opt-out", "island", "nsec", "unsigned", "expired", "nsec3", "wrong-ds", "nsec",
              "unknown-algorithm", "opt-out", "ds-of-unsigned", "unsigned", "not-yet", "nsec", "unknown-digest",
              "island-nsec3", "many-iterations", "nsec3"]
OF_THIRDS = ["nsec", "unsigned", "nsec3", "expired", "island", "nsec", "wrong-ds"]
# How a zone is served.
SERVICES = ["glue", "elsewhere", "one dead", "glue", "half lame", "glue", "with the parent", "elsewhere", "glue", "glue"]


@dataclasses.dataclass
class Zone:
    origin: str
    group: str
    signing: str
    service: str = "glue"
    servers: dict = dataclasses.field(default_factory=dict)   # name: address, of the delegation
    children: list = dataclasses.field(default_factory=list)
    addresses: list = dataclasses.field(default_factory=list)
    records: list = dataclasses.field(default_factory=list)   # (owner, type, rdata)
    ds: list = dataclasses.field(default_factory=list)

    def under(self, label):
        return f"{label}.{self.origin.lstrip('.')}"


class Internet:
    """What resolvers need to know (.hints, .trust_anchor) and what questions are made of (.zones, .files)."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.random = random.Random(SEED)
        self.plan()
        for zone in self.zones:
            self.fill(zone)
        self.files = {}
        for zone in reversed(self.zones):                       # children first: parents need their DS
            self.write(zone)
        self.write_hints()

    def plan(self):
        root = Zone(".", "root", "nsec", servers={"a.root.": "127.10.0.1", "b.root.": "127.10.0.2"},
                    addresses=["127.10.0.1", "127.10.0.2"])
        tops = [self.child(root, f"t{i}", "top", how, f"127.20.{i}.1") for i, how in enumerate(TOPS)]
        self.seconds = []
        for i in range(SECONDS):
            service = "glue" if i == 0 else "lame" if i == SECONDS - 1 else SERVICES[i % len(SERVICES)]
            self.seconds.append(self.child(tops[i % len(tops)], f"z{i}", "second", OF_SECONDS[i % len(OF_SECONDS)],
                                           f"127.30.{i % 8}.1", service))
        thirds = []
        for i in range(THIRDS):
            parent = self.seconds[(0, 1, 2, 5, 8, 10, 12, 4, 14)[i % 9]]
            thirds.append(self.child(parent, f"sub{i}", "third", OF_THIRDS[i % len(OF_THIRDS)], f"127.40.{i % 4}.1",
                                     SERVICES[(i * 3) % len(SERVICES)]))
        self.zones = [root, *tops, *self.seconds, *thirds]

    def child(self, parent, label, group, how, address, service="glue"):
        zone = Zone(parent.under(label), group, how, service)
        inside = zone.under("ns")
        zone.addresses = [address]
        if service == "with the parent":
            zone.group, zone.addresses = parent.group, parent.addresses[:1]
        zone.servers = {inside: zone.addresses[0]}
        if service == "elsewhere" and group != "top":
            zone.group, zone.addresses = "second", [self.seconds[0].addresses[0]]
            zone.servers = {"ns.z0.t0.": None}
        elif service == "one dead":
            zone.servers = {inside: address, zone.under("ns2"): DEAD}
        elif service == "half lame":
            zone.servers = {inside: address, zone.under("ns2"): REFUSING}
        elif service == "lame":
            zone.servers = {inside: REFUSING}
        parent.children.append(zone)
        return zone

    def any_zone(self):
        return self.random.choice([zone for zone in self.seconds if zone.service != "lame"])

    def fill(self, zone):
        def put(label, rrtype, rdata):
            zone.records.append((zone.under(label) if label else zone.origin, rrtype, rdata))
        first = next(iter(zone.servers))
        put("", "SOA", f"{first} {zone.under('hostmaster')} 1 3600 600 2592000 900")
        for server, address in zone.servers.items():
            put("", "NS", server)
            if address:
                zone.records.append((server, "A", address))
        if zone.group in ("root", "top") and zone.service == "glue":
            put("only-txt", "TXT", '"here"')
            return
        draw, number = self.random, self.random.randrange(200)
        put("www", "A", f"192.0.2.{number + 1}")
        put("www", "AAAA", f"2001:db8::{number:x}")
        put("", "MX", f"10 {zone.under('www')}")
        put("", "TXT", f'"zone {zone.origin}"')
        put("two", "A", f"192.0.2.{number + 2}")
        put("two", "A", f"192.0.2.{number + 3}")
        put("a.b.ent", "TXT", '"below empty non-terminals"')
        put("host.tree", "A", f"198.51.100.{number + 1}")
        put("host.tree", "TXT", '"in the tree"')
        put("*.wild", "A", f"203.0.113.{number + 1}")
        put("is.wild", "TXT", '"beside the wildcard"')
        put("inner", "CNAME", zone.under("www"))
        put("alias", "CNAME", self.any_zone().under("www"))
        put("dangling", "CNAME", self.any_zone().under("nowhere"))
        put("to-wild", "CNAME", self.any_zone().under("x.wild"))
        put("long", "CNAME", self.any_zone().under(draw.choice(["alias", "to-wild", "inner", "long", "host.dn"])))
        put("to-nodata", "CNAME", self.any_zone().under("a.b.ent"))
        put("*.wildcname", "CNAME", self.any_zone().under("www"))
        put("dn", "DNAME", self.any_zone().under("tree"))
        put("dn-wild", "DNAME", self.any_zone().under("wild"))
        put("self", "CNAME", zone.under("self"))
        put("ping", "CNAME", self.any_zone().under("pong"))
        put("pong", "CNAME", self.any_zone().under("ping"))
        if draw.random() < 0.4:
            put("*", "A", f"203.0.113.{number + 2}")
            put("*", "TXT", '"any"')
        zone.records.append((zone.under("gone"), "NS", zone.under("ns.gone")))     # a delegation to a refusing server
        zone.records.append((zone.under("ns.gone"), "A", REFUSING))

    def write(self, zone):
        for child in zone.children:
            for server, address in child.servers.items():
                zone.records.append((child.origin, "NS", server))
                if address and dns.name.from_text(server).is_subdomain(dns.name.from_text(child.origin)):
                    zone.records.append((server, "A", address))
            zone.records += [(child.origin, "DS", rdata) for rdata in child.ds]
        text = "".join(f"{owner} {TTL} {rrtype} {rdata}\n" for owner, rrtype, rdata in dict.fromkeys(zone.records))
        arguments, parent_says = SIGNINGS[zone.signing]
        work = self.folder / "signing"
        work.mkdir(parents=True, exist_ok=True)
        plain = work / f"{zone.origin}plain"
        plain.write_text(text)
        result = plain if arguments is None else signing.sign(zone.origin, text, work, arguments)
        self.files[zone.origin] = plain
        zone.ds = [] if parent_says == "nothing" else [self.ds(work, zone, parent_says)]
        served = self.folder / zone.group / f"{'root.' if zone.origin == '.' else zone.origin}zone"
        served.parent.mkdir(exist_ok=True)
        shutil.copyfile(result, served)

    @staticmethod
    def ds(work, zone, parent_says):
        made = work / f"dsset-{zone.origin}"
        fields = made.read_text().splitlines()[0].split("DS", 1)[1].split() if made.exists() else ["1", "13", "2", "0" * 64]
        tag, algorithm, kind, digest = *fields[:3], "".join(fields[3:])
        if parent_says == "wrong digest":
            digest = "00" + digest[2:]
        elif parent_says == "unknown algorithm":
            algorithm = "200"
        elif parent_says == "unknown digest":
            kind = "200"
        return f"{tag} {algorithm} {kind} {digest}"

    def write_hints(self):
        root = self.zones[0]
        self.trust_anchor, self.hints = self.folder / "trust_anchor.txt", self.folder / "hints.zone"
        self.trust_anchor.write_text(f". IN DS {root.ds[0]}\n")
        self.hints.write_text("".join(f". 3600000 NS {server}\n{server} 3600000 A {address}\n"
                                      for server, address in root.servers.items()))

    def groups(self):
        """{group: (zones, addresses)} for the servers."""
        result = {}
        for group in GROUPS:
            mine = [{"origin": zone.origin} for zone in self.zones if zone.group == group]
            addresses = {address for zone in self.zones if zone.group == group for address in zone.addresses}
            result[group] = mine, sorted(addresses | ({REFUSING} if group == "third" else set()))
        return result
