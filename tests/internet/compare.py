#!/usr/bin/env python3
"""Asks dotmesh and Unbound the same questions about the small internet and prints where they differ: RCODE, AD, or
the records of the answer. Exit 0: they agree; 1: they do not; 2: it could not be tried."""
import random
import shutil
import sys
import tempfile

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

import internet
import resolvers
import servers

ZONES = 300
QUESTIONS = 1500
PATIENCE = 6


def questions(zones):
    picker = random.Random(3)
    seconds = [z["origin"] for z in zones if z["tier"] == "second"]
    for _ in range(QUESTIONS):
        origin = picker.choice(seconds)
        label = picker.choice(["www", "alias", f"new{picker.randrange(1000)}", "a.b.c", "*", "ns", ""])
        yield f"{label}.{origin}" if label else origin, picker.choice(["A", "A", "AAAA", "MX", "DS", "DNSKEY", "NS", "CNAME"])


def ask(server, name, rrtype):
    query = dns.message.make_query(name, rrtype, want_dnssec=True)
    try:
        reply, _ = dns.query.udp_with_fallback(query, server.host, port=server.port, timeout=PATIENCE)
    except dns.exception.Timeout:
        return "no answer"
    records = sorted(f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)} {rdata}".lower() for rrset in reply.answer
                     for rdata in rrset if rrset.rdtype != dns.rdatatype.RRSIG)
    return dns.rcode.to_text(reply.rcode()), "AD" if reply.flags & dns.flags.AD else "", tuple(records)


def main():
    internet.enter_namespace()
    folder = tempfile.mkdtemp(prefix="dotmesh-internet-")
    differences = []
    try:
        with internet.Internet(f"{folder}/data", f"{folder}/servers", zones=ZONES) as net:
            with resolvers.Dotmesh(f"{folder}/dotmesh", net) as ours, resolvers.Unbound(f"{folder}/unbound", net) as theirs:
                for name, rrtype in questions(net.zones):
                    a, b = ask(ours, name, rrtype), ask(theirs, name, rrtype)
                    if a != b:
                        differences.append(f"{name} {rrtype}\n  dotmesh {a}\n  unbound {b}")
    except servers.ServerError as error:
        print(error)
        return 2
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join([*differences[:20], f"{QUESTIONS} questions, {len(differences)} differences"]))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
