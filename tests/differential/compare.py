"""Two servers' replies to one query, brought into a form in which only what matters differs."""
import dns.flags
import dns.rdatatype

SOA, RRSIG, NS = dns.rdatatype.SOA, dns.rdatatype.RRSIG, dns.rdatatype.NS


def rdata_text(rrset, rdata):
    if rrset.rdtype == SOA:
        return f"{rdata.mname} {rdata.rname} * {rdata.refresh} {rdata.retry} {rdata.expire} {rdata.minimum}".lower()
    text = rdata.to_digestable().hex() if rrset.rdtype != RRSIG else rdata.to_text().lower()
    return text


def section(rrsets):
    """A set of (owner, type, ttl, rdata): the order of records is free."""
    return frozenset((str(rrset.name).lower(), dns.rdatatype.to_text(rrset.rdtype), rrset.ttl, rdata_text(rrset, rdata))
                     for rrset in rrsets for rdata in rrset)


class Reply:
    """What is compared of a reply."""

    def __init__(self, message):
        self.message = message
        self.rcode = message.rcode()
        self.aa = bool(message.flags & dns.flags.AA)
        self.tc = bool(message.flags & dns.flags.TC)
        self.answer = section(message.answer)
        self.authority = section(message.authority)
        self.additional = section(message.additional)
        self.referral = not self.answer and not self.aa and any(rrset.rdtype == NS for rrset in message.authority)

    def differences(self, other):
        if self.tc and other.tc:      # RFC 2181 section 9: what else a truncated response holds is to be ignored
            return ["rcode"] if self.rcode != other.rcode else []
        found = [part for part in ("rcode", "aa", "tc", "answer", "authority") if getattr(self, part) != getattr(other, part)]
        if self.referral and self.additional != other.additional:
            found.append("glue")
        return found

    def describe(self):
        def lines(rrsets):
            return "".join(f"      {line}\n" for line in sorted(rrset.to_text() for rrset in rrsets)).replace("\n      ;", "")
        return (f"    rcode {self.rcode} aa {self.aa} tc {self.tc}\n    answer\n{lines(self.message.answer)}"
                f"    authority\n{lines(self.message.authority)}    additional\n{lines(self.message.additional)}")
