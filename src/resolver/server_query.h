// One question to one server, to the end: EDNS and its absence, TCP after truncation, cookies, letters
// of random case, and what to make of the response. What it learns of the server goes to ServerTable.
//
// Sent: DO always (RFC 4035 section 3.2.1), CD to forwarders (RFC 6840 section 5.9), cookies (RFC 7873),
// random ID; accepted: a response to exactly this question (RFC 5452 section 9).
// One thread: that of the Resolver.
#pragma once

#include "dns/name.h"
#include "dns/rr_type.h"
#include "resolver/delegation.h"
#include "resolver/engine.h"
#include "resolver/jobs.h"
#include "resolver/reply.h"
#include "resolver/task.h"

namespace dotmesh {

// `delegation` and `server` must outlive the Task.
Task<Reply> query_server(Engine& engine, Caller caller, const Delegation& delegation, const SocketAddress& server,
                         Name qname, RRType qtype);

// The same to the node's own zones.
Reply query_local(Engine& engine, const Delegation& delegation, NameView qname, RRType qtype);

}  // namespace dotmesh
