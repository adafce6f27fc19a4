// Validator: the chain of trust from a trust anchor to what was found (RFC 4035 section 5, RFC 6840). What
// it needs on the way (DS, DNSKEY) it looks up through its caller; cryptography and proofs are in dnssec/.
//
// Every name has one of three standings: below a trust anchor, so that data is secure, provably insecure or
// bogus; below a negative trust anchor (RFC 7646) or in a zone of the network, so that it is insecure; or
// below nothing, insecure too.
// One thread: that of the Resolver.
#pragma once

#include <functional>

#include "dnssec/keyset.h"
#include "resolver/engine.h"
#include "resolver/jobs.h"
#include "resolver/task.h"

namespace dotmesh {

class Validator {
 public:
  using Find = std::function<Task<EntryPtr>(Caller, Name, RRType)>;

  using FindElsewhere = std::function<Task<EntryPtr>(Caller, Name, RRType, SocketAddress bad)>;

  // `find_checked` gives validated entries, `find_data` any, `find_anew` new ones, `find_elsewhere`
  // new ones from another server.
  Validator(Engine& engine, Jobs& jobs, Find find_checked, Find find_data, Find find_anew,
            FindElsewhere find_elsewhere)
      : engine_(engine),
        jobs_(jobs),
        find_checked_(std::move(find_checked)),
        find_data_(std::move(find_data)),
        find_anew_(std::move(find_anew)),
        find_elsewhere_(std::move(find_elsewhere)) {}

  // `entry`, found for (name, type), with its security told, and the TTLs that its signatures allow.
  Task<CacheEntry> check(Caller caller, CacheEntry entry, Name name, RRType type);
  // Asks for the keys of `zone`, which has a trust anchor, although they are known (RFC 5011
  // section 2.3). What is known stays if the new ones are bogus.
  Task<EntryPtr> refresh_keys(Caller caller, Name zone);

 private:
  struct Verdict {
    Security security = Security::kBogus;
    ExtendedError error = ExtendedError::kDnssecBogus;
  };

  struct Signer {
    Name zone;
    EntryPtr keys;
  };

  Task<Verdict> check_positive(Caller caller, CacheEntry& entry, RRType type);
  Task<Verdict> check_negative(Caller caller, CacheEntry& entry, const Name& name, RRType type);
  // What did not verify with the keys of `signer`, from the servers of `zone`.
  Task<Verdict> insecure_or_bogus(Caller caller, Name signer, Name zone, ExtendedError error);
  // Why `name` has no signatures, where it should lie below `anchor`.
  Task<Verdict> check_unsigned(Caller caller, Name name, Name known_zone, const TrustAnchor* anchor);
  // Of the zones that signed `set`, which there must be, the first that did so rightly, or else the first; with its
  // keys. `set` must live until this is done.
  Task<Signer> find_signer(Caller caller, const RRset& set, std::vector<Name> signers);
  // The DNSKEY RRset of `zone`: kSecure with rrsets[0], kInsecure, kBogus.
  Task<EntryPtr> keys(Caller caller, Name zone);
  // The same where nothing needs to be asked; else null.
  EntryPtr known_keys(const Context& context, NameView zone) const;
  EntryPtr remember_insecure(NameView zone, const CacheEntry& ds, ExtendedError error);
  Task<EntryPtr> find_keys(Caller caller, Name zone);
  Task<EntryPtr> find_anchored_keys_anew(Caller caller, Name zone);
  // `found`, or what other servers have, if `ds`, or if null `anchor`, vouches for it.
  Task<EntryPtr> judge_keys(Caller caller, Name zone, EntryPtr ds, const TrustAnchor* anchor,
                            EntryPtr found);
  KeysetVerdict judge_anchored(Context& context, const TrustAnchor& anchor, const RRset& keys,
                               CacheSeconds fetched);

  Engine& engine_;
  Jobs& jobs_;
  Find find_checked_;
  Find find_data_;
  Find find_anew_;
  FindElsewhere find_elsewhere_;
};

}  // namespace dotmesh
