"""Zones and query files of the benchmark; everything seeded, so that every run asks the same."""
import pathlib
import random
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
SEED = 20240607
MILLION = 1_000_000
MILLION_ORIGIN = "million.example."
QUERIES = 200_000           # per file; dnsperf starts over at the end
NXDOMAIN_SHARE = 0.3        # of the mixed query files


def bundle():
    """The real network's zones, where they are at hand."""
    path = ROOT.parent / "shared" / "data" / "nyc-mesh-zones.bundle"
    return path if path.exists() else None


def small_zones(folder):
    """{origin: file} of small real zones: the bundle's tip, else the example network's files."""
    if bundle():
        target = folder / "bundle"
        if not target.exists():
            subprocess.run(["git", "clone", "-q", "-b", "main", str(bundle()), str(target)], check=True)
        files = sorted(target.glob("*.zone"))
    else:
        files = sorted((ROOT / "examples/network/zones").glob("*.zone"))
    return {file.stem + ".": file for file in files}


def million_address(i, changed=False):
    return f"{11 if changed else 10}.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"


def million_zone(folder):
    path = folder / f"{MILLION_ORIGIN.rstrip('.')}.zone"
    if not path.exists():
        lines = ["$TTL 3600", "@ SOA ns hostmaster 1 1d 2h 4w 1h", "@ NS ns", "ns A 192.0.2.1"]
        lines += [f"h{i:06d} A {million_address(i)}" for i in range(MILLION)]
        path.write_text("\n".join(lines) + "\n")
    return {MILLION_ORIGIN: path}


def existing_names(zones):
    """(name, type) of the plain records of small zones: names that get a positive answer or a referral."""
    wanted = {"A", "AAAA", "CNAME", "MX", "TXT", "NS", "SOA", "PTR", "SRV"}
    names = []
    for origin, path in zones.items():
        for line in path.read_text().splitlines():
            fields = line.split(";")[0].split()
            if len(fields) < 3 or line[0].isspace() or line[0] in ";$" or "*" in fields[0]:
                continue
            rrtype = next((field for field in fields[1:4] if field in wanted), None)
            if rrtype:
                owner = origin if fields[0] == "@" else fields[0] if fields[0].endswith(".") else f"{fields[0]}.{origin}"
                names.append((owner, rrtype))
    return names


def query_files(folder, tag, zones, positive):
    """Two files for dnsperf: names that exist; the same with NXDOMAIN_SHARE names that do not."""
    rng = random.Random(SEED)
    origins = list(zones)
    files = {}
    for mix in ("hit", "mix"):
        path = folder / f"{tag}-{mix}.txt"
        if not path.exists():
            with path.open("w") as out:
                for _ in range(QUERIES):
                    if mix == "mix" and rng.random() < NXDOMAIN_SHARE:
                        out.write(f"x{rng.getrandbits(40):010x}.{rng.choice(origins)} A\n")
                    else:
                        name, rrtype = positive(rng)
                        out.write(f"{name} {rrtype}\n")
        files[mix] = path
    return files


def small_queries(folder, zones):
    names = existing_names(zones)
    return query_files(folder, "small", zones, lambda rng: rng.choice(names))


def million_queries(folder, zones):
    return query_files(folder, "million", zones,
                       lambda rng: (f"h{rng.randrange(MILLION):06d}.{MILLION_ORIGIN}", "A"))
