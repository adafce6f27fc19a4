"""The zone sets that dotmesh and its peers serve alike: {origin: file} for the peers, a source for dotmesh."""
import pathlib
import random
import subprocess

import dns.name
import dns.rdatatype
import dns.reversename
import dns.zone

import signing

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUNDLE = ROOT.parent / "shared" / "data" / "nyc-mesh-zones.bundle"
NETWORK = ROOT / "examples" / "network"


def nasty(folder):
    """The zones of the conformance tests: wildcards, empty non-terminals, DNAME, loops, glue of every kind."""
    return {f"{path.stem}.": path for path in sorted((ROOT / "tests/conformance/zones").glob("*.zone"))}


def signed(folder):
    """Every case of denial, signed with NSEC, NSEC3 and NSEC3 with opt-out."""
    return signing.signed_zones(folder)


def nasty_signed(folder):
    """The nasty zone itself, signed: what a hand-made list of cases forgets."""
    text = (ROOT / "tests/conformance/zones/example.zone").read_text().replace("$ORIGIN example.\n", "")
    text = "".join(line + "\n" for line in text.splitlines() if not line.startswith("child "))
    return {f"{name}.": signing.sign(f"{name}.", text, folder, arguments)
            for name, arguments in (("ns.test", []), ("ns3.test", ["-3", "beef", "-H", "2"]), ("oo.test", ["-3", "-", "-A"]))}


def bundle_checkout(folder):
    target = pathlib.Path(folder) / "bundle"
    if not target.exists():
        subprocess.run(["git", "clone", "-q", "-b", "main", str(BUNDLE), str(target)], check=True)
    return target


def bundle(folder):
    """The tip of a real network's repository."""
    return {f"{path.stem}.": path for path in sorted(bundle_checkout(folder).glob("*.zone"))}


def bundle_signed(folder):
    """The same, signed: real names under NSEC3."""
    zones = {}
    for origin, path in bundle(folder).items():
        zones[origin] = signing.sign(origin, path.read_text(), pathlib.Path(folder) / "signed", ["-3", "cafe", "-H", "0"])
    return zones


def records_of(path, origin):
    """[(owner, ttl, type, rdata)] of a zone file as dnspython reads it: an oracle of its own."""
    zone = dns.zone.from_file(str(path), origin, relativize=False, check_origin=False)
    return [(owner, ttl, rdata.rdtype, rdata) for owner, ttl, rdata in zone.iterate_rdatas()]


def zone_text(records):
    return "".join(f"{owner} {ttl} {dns.rdatatype.to_text(rrtype)} {rdata}\n" for owner, ttl, rrtype, rdata in records)


def example_network(folder):
    """What examples/network describes, expanded by hand: twin, generated names, computed reverse names."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mesh = records_of(NETWORK / "zones/mesh.zone", "mesh.")
    library = records_of(NETWORK / "zones/library.mesh.zone", "library.mesh.")
    nodes_head = records_of(NETWORK / "zones/nn.mesh.zone", "nn.mesh.")
    reverse_head = records_of(NETWORK / "zones/10.in-addr.arpa.zone", "10.in-addr.arpa.")
    generated = "".join(f"{n}.nn.mesh. 3600 A 10.69.{n // 100}.{n % 100}\n" for n in range(1, 8001))
    texts = {"mesh.": zone_text(mesh), "library.mesh.": zone_text(library), "nn.mesh.": zone_text(nodes_head) + generated}
    for origin in list(texts):
        twin = origin[:-len("mesh.")] + "mesh.example.net."
        texts[twin] = texts[origin].replace("mesh. ", "mesh.example.net. ").replace("mesh.\n", "mesh.example.net.\n")
    explicit = {owner for owner, _, rrtype, _ in reverse_head if rrtype == dns.rdatatype.PTR}
    pointers, pointers6, taken = "", "", set(map(str, explicit))
    for line in (texts["mesh."] + texts["library.mesh."] + texts["nn.mesh."]).splitlines():
        owner, ttl, rrtype, rdata = line.split(None, 3)
        if rrtype in ("A", "AAAA") and not owner.startswith("*"):
            reverse = str(dns.reversename.from_address(rdata))
            if reverse not in taken:
                taken.add(reverse)
                pointer = f"{reverse} {ttl} PTR {owner}\n"
                pointers, pointers6 = (pointers + pointer, pointers6) if rrtype == "A" else (pointers, pointers6 + pointer)
    texts["10.in-addr.arpa."] = zone_text(reverse_head) + pointers
    head6 = [(dns.name.from_text("8.b.d.0.1.0.0.2.ip6.arpa."), ttl, rrtype, rdata) for owner, ttl, rrtype, rdata in mesh
             if str(owner) == "mesh." and rrtype in (dns.rdatatype.SOA, dns.rdatatype.NS)]
    texts["8.b.d.0.1.0.0.2.ip6.arpa."] = zone_text(head6) + pointers6
    files = {}
    for origin, text in texts.items():
        files[origin] = folder / f"{origin}zone"
        files[origin].write_text(text)
    return files


SETS = {"nasty": nasty, "signed": signed, "nasty-signed": nasty_signed, "bundle": bundle, "bundle-signed": bundle_signed,
        "example-network": example_network}

TYPES = ["A", "AAAA", "MX", "NS", "TXT", "CNAME", "SOA", "DS", "PTR", "SRV", "DNAME", "CAA", "DNSKEY", "NSEC", "TYPE65400"]


def names_around(zones, rng, limit=400):
    """Names that exist, that do not, and those around delegations, wildcards and empty non-terminals."""
    names = []
    for origin, path in zones.items():
        zone = dns.zone.from_file(str(path), origin, relativize=False, check_origin=False)
        # Hashed owner names are not names of the zone (RFC 5155 section 7.2.8 has a conformance test of its own).
        owners = sorted(name for name in zone.keys() if not zone.get_rdataset(name, dns.rdatatype.NSEC3))
        owners = owners if len(owners) <= limit else rng.sample(owners, limit)
        apex = dns.name.from_text(origin)
        for owner in [apex, *owners]:
            # RRSIG by itself is, like ANY, answered with a choice of records (RFC 8482 section 7): conformance tests.
            types = [rdataset.rdtype for rdataset in (zone.get_node(owner) or []) if rdataset.rdtype != dns.rdatatype.RRSIG]
            names.append((owner, types))
            around = [dns.name.Name((b"zz",) + owner.labels), dns.name.Name((b"0", b"a") + owner.labels),
                      dns.name.Name((b"*",) + owner.labels)]
            if owner != apex:
                around += [owner.parent(), dns.name.Name((owner.labels[0] + b"0",) + owner.labels[1:]),
                           dns.name.Name((b"!",) + owner.labels[1:])]
            if owner.labels[0] == b"*":
                around.append(dns.name.Name((b"q1", b"q2") + owner.labels[1:]))
            names += [(name, []) for name in around if len(name.to_wire()) <= 255 and all(len(l) < 64 for l in name.labels)]
    return names


def queries(zones, count, seed):
    """`count` seeded queries: (name, type, dict of EDNS, DO, RD and payload)."""
    rng = random.Random(seed)
    names = names_around(zones, rng)
    shapes = [{}, {}, {"rd": True}, {"payload": 1232}, {"payload": 1232, "do": True}, {"payload": 1232, "do": True},
              {"payload": 512, "do": True}, {"payload": 4096}]
    result = []
    for _ in range(count):
        name, types = rng.choice(names)
        rrtype = dns.rdatatype.to_text(rng.choice(types)) if types and rng.random() < 0.5 else rng.choice(TYPES)
        if rng.random() < 0.1:
            name = dns.name.from_text(str(name).upper() if rng.random() < 0.5 else str(name).title())
        result.append((name, rrtype, rng.choice(shapes)))
    return result
