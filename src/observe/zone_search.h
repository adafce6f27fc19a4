// ZoneSearch: finds what is served by a part of its name, or by its address, for people.
//
//   "10.70.90.82", "2001:db8::1"     names with that address, and its PTR record
//   "10.70.90.0/24"                  names with an address of that block
//   "wiki.mesh", "wiki", "iki.me"    that name; names that begin with it; names that contain it
//
// A name that does not exist is answered by what answers for it: a wildcard, or the delegation that
// it lies below. Twins are not searched by part, since their names are those of their zone; results
// name them. Bounded: see kMax...; one search at a time, whoever asks next waits. On the threads of
// the HTTP side, never on a worker. What is asked is kept nowhere. Result: JSON
// (docs/OPERATIONS.md).
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "base/snapshot.h"
#include "network/generation.h"

namespace dotmesh::observe {

class ZoneSearch {
 public:
  // A full screen or two; a longer question finds the rest.
  static constexpr std::size_t kMaxResults = 50;
  // Of one name.
  static constexpr std::size_t kMaxRecords = 20;
  // The longest name as text, each octet escaped as \DDD.
  static constexpr std::size_t kMaxQuestion = 1024;
  // Names looked at: well below a second. Beyond it the result says that it is incomplete.
  static constexpr std::size_t kMaxNames = 2'000'000;

  // `published` must outlive this.
  explicit ZoneSearch(const Snapshot<Generation>& published) : published_(published) {}

  std::string find(const std::string& question);

 private:
  const Snapshot<Generation>& published_;
  std::mutex one_at_a_time_;
};

// The search itself; another bound is for tests.
std::string search_zones(const Generation& generation, std::string_view question,
                         std::size_t max_names = ZoneSearch::kMaxNames);

}  // namespace dotmesh::observe
