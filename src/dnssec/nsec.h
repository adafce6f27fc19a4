// NSEC records (RFC 4034 section 4) and what one of them says about a name: for proofs (denial_check.h) and for
// answers made from the cache (RFC 8198).
// Views must not outlive the RRset. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "dns/rrset.h"

namespace dotmesh {

// Types whose records prove that something is absent.
constexpr bool is_denial(RRType type) { return type == RRType::kNSEC || type == RRType::kNSEC3; }

// Type bit maps of NSEC and NSEC3 (RFC 4034 section 4.1.2).
class TypeBitmap {
 public:
  TypeBitmap() = default;
  // nullopt: malformed (windows not ascending, empty or cut).
  static std::optional<TypeBitmap> from_wire(std::span<const std::uint8_t> octets);
  bool contains(RRType type) const;
  bool empty() const { return octets_.empty(); }
  // The parent's side of a zone cut: NS without SOA (RFC 6840 section 4.1).
  bool is_delegation() const { return contains(RRType::kNS) && !contains(RRType::kSOA); }

 private:
  explicit TypeBitmap(std::span<const std::uint8_t> octets) : octets_(octets) {}
  std::span<const std::uint8_t> octets_;
};

// What an NSEC record says about a name.
enum class NsecRelation : std::uint8_t {
  kNothing,
  kMatches,           // it is the owner
  kEmptyNonTerminal,  // it exists without records: the next name is below it
  kCovers,            // it does not exist
};

struct Nsec {
  NameView owner;
  NameView next;
  TypeBitmap types;

  // nullopt: not exactly one well-formed NSEC record.
  static std::optional<Nsec> from(const RRset& rrset);
  // `name` must be in the zone. A name below a zone cut or a DNAME at the owner is kNothing: the record does
  // not speak for it (RFC 6840 section 4.1).
  NsecRelation relation(NameView name, NameView zone) const;
  // Labels of the closest encloser of `name` that a covering record implies: the longest name that `name`
  // shares with the owner or the next name.
  std::size_t closest_encloser_labels(NameView name) const;
};

}  // namespace dotmesh
