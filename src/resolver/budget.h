// Every bound on the work that one client's question can cause, with its reason and the attack that it
// answers. One Budget is made for the whole question and handed down to every sub-question: aliases,
// server addresses, keys, proofs. Nothing resets it (CAMP, CacheFlush).
// One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "dnssec/budget.h"

namespace dotmesh {

// Messages to servers for one question. A cold cache, a chain of a few aliases and DNSSEC need 30 to 60;
// delegations that lead to delegations (NXNSAttack, NRDelegationAttack) and aliases that lead to aliases
// (CAMP) would need any number.
inline constexpr unsigned kMaxUpstreamQueries = 100;
// CNAME and DNAME links. Chains of more than 3 are rare, loops are endless; BIND has 16, Unbound 11.
inline constexpr unsigned kMaxAliasLinks = 11;
// Referrals from one starting point: names have at most 127 labels, real cuts are under ten.
inline constexpr unsigned kMaxReferrals = 20;
// Sub-questions inside sub-questions: two for each zone cut of a chain of trust, of which names in
// ip6.arpa have seven, and those for a server's address below a zone whose servers ...
inline constexpr unsigned kMaxDepth = 32;
// Server names without glue whose addresses are looked for on behalf of one delegation (NXNSAttack), ...
inline constexpr unsigned kMaxServerNamesPerDelegation = 5;
// ... and of one question.
inline constexpr unsigned kMaxServerNames = 20;
// Aliases between a server's name and its addresses: there should be none.
inline constexpr unsigned kMaxServerAliases = 2;
// Server names and addresses of one delegation that are looked at at all (NRDelegationAttack).
inline constexpr std::size_t kMaxServersPerDelegation = 32;
// Tries for one query to one zone, over all of its servers.
inline constexpr unsigned kMaxTriesPerZone = 12;
// Of these, tries that ended in silence: a zone whose servers are dead fails in some seconds.
inline constexpr unsigned kMaxTimeoutsPerZone = 6;
// The same while another server is looked for after bogus data.
inline constexpr unsigned kMaxTimeoutsElsewhere = 1;
// The same for a minimised query: some servers answer no NS queries, and the whole name follows.
inline constexpr unsigned kMaxTimeoutsMinimised = 2;
// Minimised queries for one name (RFC 9156 section 2.3), and how many of these add just one label.
inline constexpr unsigned kMaxMinimisedQueries = 10;
inline constexpr unsigned kMinimiseOneLabel = 4;
// Zone cuts looked for between a trust anchor and an unsigned answer.
inline constexpr unsigned kMaxChainSteps = 24;
// A resolution ends after this, also when nobody waits any more.
inline constexpr std::chrono::seconds kMaxResolutionTime{12};
// A client gets SERVFAIL after this: stub resolvers wait 5 seconds.
inline constexpr std::chrono::milliseconds kClientPatience{4500};
// A client gets stale data, if there is some, after this (RFC 8767 section 5).
inline constexpr std::chrono::milliseconds kStalePatience{1800};
// Client questions, and resolutions, that one worker has open; more get SERVFAIL at once.
inline constexpr std::size_t kMaxOpenQuestions = 16384;
inline constexpr std::size_t kMaxOpenJobs = 16384;

struct Budget {
  unsigned queries = kMaxUpstreamQueries;
  unsigned aliases = kMaxAliasLinks;
  unsigned server_names = kMaxServerNames;
  WorkBudget crypto;
  std::chrono::nanoseconds deadline{};  // monotonic
};

}  // namespace dotmesh
