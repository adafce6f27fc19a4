// Reply: what a server's response means for the question that was asked, with everything thrown away
// that the server has no say in (RFC 1034 section 5.3.3, RFC 2181 section 5.4.1, RFC 2308).
//
// Kept: the RRset asked for, the aliases that lead to it from the question on, a negative answer's SOA
// and proofs, a referral's NS, DS and glue. All owners are at or below the zone whose servers were
// asked. Everything else in the message, however well-formed, is dropped unseen: NS RRsets beside
// answers ("promiscuous NS"), unasked records (CVE-2025-40778), other names' addresses.
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dns/message.h"
#include "dns/rrset.h"

namespace dotmesh {

struct Reply {
  enum class Kind : std::uint8_t {
    kAnswer,    // chain.back() is the RRset asked for; aliases before it
    kAlias,     // chain has aliases only (CNAME or DNAME); the target is to be looked up
    kReferral,  // ns, ds or its denial in proofs, glue
    kNodata,
    kNxdomain,
    kLame,      // this server does not know the zone
    kError,     // rcode says what, or the message made no sense
    kTimeout,   // no response
    kExhausted, // not asked: the question's budget or time is used up
  };
  Kind kind = Kind::kError;
  bool authoritative = false;      // AA
  // kNodata without AA, SOA or anything, or an answer or NXDOMAIN with RA and without AA: perhaps the server
  // does not have the zone, and another knows better.
  bool doubtful = false;
  unsigned rcode = 0;
  std::vector<RRset> chain;
  std::optional<RRset> soa;
  std::optional<RRset> ns;
  std::optional<RRset> ds;
  std::optional<RRset> apex_ns;    // beside the SOA of a negative response (RFC 2308 section 2, type 1)
  std::vector<RRset> glue;         // A and AAAA of names in ns, or of a priming response's (RFC 8109)
  std::vector<RRset> proofs;       // NSEC and NSEC3 with signatures, and unsigned ones for a look
};

// What is known about the servers asked.
struct AskedZone {
  NameView zone;
  bool recursive = false;  // a forwarder: answers for everything below `zone`, never authoritatively
};

// `message` is a response to (qname, qtype, IN); `qname` must outlive the call.
Reply interpret(const Message& message, const AskedZone& asked, NameView qname, RRType qtype);

// Where an alias leads: the CNAME's target, or what the DNAME makes of `name` (RFC 6672 section 2.2);
// nullopt when that would be too long.
std::optional<Name> alias_target(const RRset& alias, NameView name);

}  // namespace dotmesh
