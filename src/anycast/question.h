// What a probe asks, and whether the reply is right. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dns/name.h"

namespace dotmesh::anycast {

// A reply must have this question, NOERROR and an answer; with `serials`, an SOA record with one of
// them.
struct Question {
  std::string name;  // presentation format
  std::uint16_t type = 6;
  std::uint16_t rclass = 1;
  bool recursion_desired = false;
  std::vector<std::uint32_t> serials = {};  // empty: none is expected
};

// The query message; empty when `name` is no name.
std::vector<std::uint8_t> query_message(const Question& question, std::uint16_t id);

// What is wrong with `reply` (hostile octets), in words; nullopt: nothing.
std::optional<std::string> reply_fault(const Question& question, std::uint16_t id,
                                       std::span<const std::uint8_t> reply);

}  // namespace dotmesh::anycast
