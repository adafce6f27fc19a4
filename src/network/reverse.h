// Reverse zones: PTR records computed from the A and AAAA records of other zones (RFC 1035 section 3.5,
// RFC 3596 section 2.5).
//
// One name per address: a PTR record in the reverse zone's own file wins, then the first A or AAAA in
// the order of reverse_of and of the files. Every other name of the address is reported. Wildcard
// owners give no PTR. Glue counts like any other address; so do records below a delegation, as they
// tell whose address it is. Addresses outside the zone are left to other reverse zones.
// (docs/adr/0006-zones-of-a-network.md)  One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "dns/name.h"
#include "zone/record.h"

namespace dotmesh {

// An address with more names than this is a hosting machine or a mistake; the rest is not compared.
inline constexpr std::size_t kMaxNamesCompared = 64;

// The address block that a reverse zone stands for.
struct ReversePrefix {
  bool ipv6 = false;
  std::uint8_t length = 0;  // bits: whole octets for IPv4, whole nibbles for IPv6
  std::array<std::uint8_t, 16> address{};

  // nullopt when `origin` is not at or below in-addr.arpa. or ip6.arpa., or a label is no number.
  static std::optional<ReversePrefix> of_zone(NameView origin);
  bool contains(std::span<const std::uint8_t> other) const;
};

// "82.90.70.10.in-addr.arpa." for 4 octets, 32 nibbles under ip6.arpa. for 16.
Name reverse_name(std::span<const std::uint8_t> address);

// Collects addresses for one reverse zone, then hands out its PTR records.
class ReverseCollector {
 public:
  using Address = std::array<std::uint8_t, 16>;  // IPv4 in the first four octets

  // An address that has several names.
  struct Clash {
    Address address;
    Name name;             // gets no PTR record
    std::uint32_t file;
    std::uint32_t line;
    Name winner;           // what the PTR record says
    std::uint32_t winner_file;
    std::uint32_t winner_line;
  };

  ReverseCollector(NameView origin, ReversePrefix prefix) : origin_(origin), prefix_(prefix) {}

  // A record of the reverse zone's own file.
  void see_own(const RecordView& record);
  // A record of a zone of reverse_of; A and AAAA count.
  void see_source(const RecordView& record);
  // Names below `origin`, another zone of this network, are not computed here.
  void leave_to(NameView origin) { cuts_.insert(lowered_wire(origin)); }

  // Hands out the PTR records, by address; calls `clash` for every name that gets none.
  template <typename OnClash>
  void finish(RecordSink& sink, OnClash clash);

  bool ipv6() const { return prefix_.ipv6; }
  std::span<const std::uint8_t> octets(const Address& address) const {
    return {address.data(), prefix_.ipv6 ? 16U : 4U};
  }

 private:
  struct Entry {
    Address address;
    std::size_t name;  // offset into names_
    std::uint32_t ttl;
    std::uint32_t file;
    std::uint32_t line;
    bool is_explicit;
  };

  static std::string lowered_wire(NameView name);
  void add(const Address& address, NameView name, const RecordView& record, bool is_explicit);
  NameView name_of(const Entry& entry) const;
  // Whether the reverse zone says itself that this name is not its own: a cut, CNAME or DNAME.
  bool is_taken(NameView owner) const;
  void sort();
  void emit(const Entry& entry, RecordSink& sink) const;

  Name origin_;
  ReversePrefix prefix_;
  std::vector<Entry> entries_;
  std::vector<std::uint8_t> names_;  // wire forms, one behind the other
  std::unordered_set<std::string> cuts_;    // lowered; at and below, nothing is computed
  std::unordered_set<std::string> aliases_; // owners of CNAME
};

template <typename OnClash>
void ReverseCollector::finish(RecordSink& sink, OnClash clash) {
  sort();
  for (std::size_t i = 0; i < entries_.size();) {
    const Entry& winner = entries_[i];
    bool taken = !winner.is_explicit && is_taken(reverse_name(octets(winner.address)));
    if (!winner.is_explicit && !taken) emit(winner, sink);
    std::size_t j = i + 1;
    for (; j < entries_.size() && entries_[j].address == winner.address; j++) {
      const Entry& other = entries_[j];
      if (j - i > kMaxNamesCompared || taken || other.is_explicit || name_of(other).equals(name_of(winner))) continue;
      bool told = false;  // the same name again, or an explicit PTR of this name
      for (std::size_t k = i; k < j && !told; k++) told = name_of(entries_[k]).equals(name_of(other));
      if (told) continue;
      clash(Clash{winner.address, Name(name_of(other)), other.file, other.line, Name(name_of(winner)),
                  winner.file, winner.line});
    }
    i = j;
  }
}

}  // namespace dotmesh
