"""What a node serves, as a client and as its operator see it."""
import re

import dns.rdatatype


def served_commit(asker):
    reply = asker.ask("generation.server.", "TXT", rrclass="CH")
    return str(reply.answer[0][0]).strip('"') if reply.answer else None


def serial(asker, origin):
    return asker.ask(origin, "SOA").answer[0][0].serial


def resident_bytes(server):
    total = 0
    for pid in server.pids():
        text = open(f"/proc/{pid}/status").read()
        total += int(re.search(r"^VmRSS:\s+(\d+)", text, re.M).group(1)) * 1024
    return total


def addresses(asker, name, tcp=False):
    reply = asker.ask(name, "A", tcp=tcp)
    return sorted(str(rdata) for rrset in reply.answer if rrset.rdtype == dns.rdatatype.A for rdata in rrset)
