// Plays a scenario against the resolver's core on a simulated network in simulated time.
#pragma once

#include <string>
#include <vector>

#include "resolver/resolver.h"
#include "scenarios/scenario.h"

namespace dotmesh::scenarios {

struct PlayOptions {
  // What a server does with a query that no entry meets. Deckard answers SERVFAIL; other harnesses,
  // and Deckard for entries that say so, stay silent. A resolver must stand both.
  bool servfail_when_unmatched = true;
  bool qname_minimisation = true;
  // Cookies, 0x20, prefetch: what an operator may have switched on.
  bool all_features = false;
  // How long the client waits: Deckard's does for three seconds.
  unsigned patience_seconds = 3;
};

struct PlayResult {
  std::string failure;  // the first step that went wrong, expected and got; empty: passed
  std::string trace;    // every step and upstream query, one a line
  unsigned unmatched = 0;         // upstream queries that no entry met
  unsigned upstream_queries = 0;
};

PlayResult play(const Scenario& scenario, const PlayOptions& options);

// What a client gets for `answer`, flags as query/ sets them (RFC 6840 sections 5.7 and 5.8, RFC 4035
// section 3.2).
PlainMessage client_message(const PlainMessage& query, const ResolvedAnswer& answer);

}  // namespace dotmesh::scenarios
