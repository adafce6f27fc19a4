"""Zones signed at test time with BIND's tools: NSEC, NSEC3, NSEC3 with opt-out."""
import pathlib
import re
import subprocess

# What the three zones hold: every case of denial. The origin differs, the names are the same.
UNSIGNED = """$TTL 3600
@            SOA    ns1 hostmaster 2024010100 7200 3600 1209600 300
@            NS     ns1
ns1          A      192.0.2.1
www          A      192.0.2.2
             TXT    "www"
alias        CNAME  www
dead         CNAME  nowhere
host.deep.ent A     192.0.2.3
*.wild       A      192.0.2.4
host.wild    A      192.0.2.5
*.wildcname  CNAME  www
insecure     NS     ns.insecure
ns.insecure  A      192.0.2.6
insecure2    NS     ns1
secure       NS     ns.secure
             DS     12345 8 2 0000000000000000000000000000000000000000000000000000000000000001
ns.secure    A      192.0.2.7
deep.nest.cut NS    ns1
dn           DNAME  target
host.target  A      192.0.2.8
zz           A      192.0.2.9
"""
VARIANTS = {
    "nsec.test.": [],
    "nsec3.test.": ["-3", "0badcafe", "-H", "1"],
    "optout.test.": ["-3", "-", "-H", "0", "-A"],
}


def sign(origin, text, folder, arguments):
    """The path of the signed zone file; signatures are valid for years around now."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{origin}unsigned"
    path.write_text(text)
    keys = []
    for flags in ([], ["-f", "KSK"]):
        made = subprocess.run(["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-K", str(folder), *flags, origin],
                              capture_output=True, text=True, check=True)
        keys.append(made.stdout.strip())
    signed = folder / f"{origin}signed"
    subprocess.run(["dnssec-signzone", "-q", "-S", "-K", str(folder), "-d", str(folder), "-s", "20200101000000",
                    "-e", "20370101000000", "-o", origin, "-f", str(signed), *arguments, str(path)],
                   capture_output=True, text=True, check=True, cwd=folder)
    # dnssec-signzone comments its output; servers read the same without.
    signed.write_text(re.sub(r"^;.*\n", "", signed.read_text(), flags=re.M))
    return signed


def signed_zones(folder):
    return {origin: sign(origin, UNSIGNED, folder, arguments) for origin, arguments in VARIANTS.items()}
